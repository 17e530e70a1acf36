# Everything a newcomer runs. Each target sets up what it needs; a second call finds it done.
# Windows has no make: README.md lists the same commands one by one.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
PYTEST := $(BIN)/python -m pytest
export UV_LINK_MODE := copy
# The same as in vislab/__init__.py; set here too for notebooks, which may import torch first.
export GOMP_SPINCOUNT := 10000

.DEFAULT_GOAL := help
# What `make compare` passes on, as in: make compare ARGS="--data street --minutes 1"
ARGS ?=

.PHONY: help setup lab compare benchmarks docs pretrained test test-fast test-notebooks test-browser test-seeds grade-demo lint notebooks solutions screenshots lock

help:
	@echo "make lab        set everything up and open the course"
	@echo "make compare    train all tasks on the same pictures and compare their answers and costs (3 to 6 minutes);"
	@echo "                other choices: ARGS=\"--data street\" and whatever vislab compare --help lists"
	@echo "make test       set everything up and run every test (an hour on two slow cores)"
	@echo "make test-fast  the tests without notebooks, browser and training (about a minute)"
	@echo "make test-seeds run the notebooks with two other training seeds (a minute or more each); one: ARGS=\"01 --steps 1\""
	@echo "make grade-demo grade two made-up submissions with nbgrader, to show a teacher how; other notebooks: ARGS=\"00 04\""
	@echo "make docs       build the API reference from the docstrings into docs/reference (no network needed)"
	@echo "make notebooks  build the learners' notebooks from notebooks/source"
	@echo "make solutions  build the teacher's notebooks into notebooks/solutions"
	@echo "make screenshots take the README's pictures of the widgets again (needs Chromium)"
	@echo "make pretrained train the models that vl.pretrained returns again (half an hour)"
	@echo "make benchmarks measure every table of benchmarks/results again that a CPU can (hours; alone on the machine);"
	@echo "                some: ARGS=\"--only compare metrics\""
	@echo "make lock       resolve requirements.lock again"

setup: $(READY)

# uv is bootstrapped by pip into the environment it then fills: pip and venv are all a machine needs.
# The interpreter is named, because uv would otherwise look for one to download.
$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "vislab needs Python 3.11, 3.12 or 3.13, and this is " + sys.version.split()[0] + "; name another: make setup PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

lab: $(READY)
	$(BIN)/vislab lab

compare: $(READY)
	$(BIN)/vislab compare $(ARGS)

# The notebooks' and the browser's tests take the time. They run beside each other, on one thread each: two threads
# beside another busy process are many times slower than one. What notebooks do in the browser is among the notebooks'
# tests, as what they train is there.
test: $(READY) lint
	$(BIN)/python -m tools.find_browser
	$(PYTEST) -n 2 -m "not notebook and not browser"
	$(MAKE) -j 2 test-notebooks test-browser

test-notebooks: $(READY)
	OMP_NUM_THREADS=1 $(PYTEST) -m notebook

test-browser: $(READY)
	OMP_NUM_THREADS=1 $(PYTEST) -m "browser and not notebook"

# Without nbval and the browser's tests, whose imports alone take seconds in each process.
test-fast: $(READY)
	$(PYTEST) -n 2 -p no:nbval --ignore=tests/browser -m "not notebook and not browser and not wheel and not slow"

test-seeds: $(READY)
	$(BIN)/python -m tools.try_seeds $(ARGS)

grade-demo: $(READY)
	$(BIN)/python -m tools.grade_demo $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Peers and other people's tools run when benchmarks/requirements.txt is installed; a table that cannot be measured
# here stays, and the last lines say why.
benchmarks: $(READY)
	$(BIN)/python benchmarks/run_all.py $(ARGS)

docs: $(READY)
	$(BIN)/python -m tools.build_reference

notebooks: $(READY)
	$(BIN)/python -m tools.build_notebooks
	$(BIN)/python -m tools.course_pictures

solutions: $(READY)
	$(BIN)/python -m tools.build_notebooks --solutions

screenshots: $(READY)
	$(BIN)/python -m tools.find_browser
	$(BIN)/python -m tools.take_screenshots $(ARGS)

pretrained: $(READY)
	$(BIN)/python -m tools.make_pretrained

# One lock for every system and Python, with hashes and without the name of any host.
lock: $(READY)
	$(BIN)/uv pip compile --universal --generate-hashes --no-emit-index-url --python-version 3.11 --all-extras \
		--custom-compile-command "make lock" --quiet --upgrade pyproject.toml --output-file requirements.lock
