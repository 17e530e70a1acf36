# Everything a newcomer runs. Each target sets up what it needs; a second call finds it done.
# Windows has no make: README.md lists the same commands one by one.
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
# The same as in vislab/__init__.py; set here too for notebooks, which may import torch first.
export GOMP_SPINCOUNT := 10000

# What a learner needs is set up first; TOOLS adds the tests, the builds and the extras.
# READY holds which PyTorch .venv has and the folder it was made in, as an environment that was moved or copied breaks:
# if either is another now, it is made again, by the same Python unless one is named.
READY := .venv/ready
TOOLS := .venv/ready-tools
IS := $(shell cat $(READY) 2>/dev/null)
TORCH ?= $(or $(firstword $(IS)),default)
PYTHON ?= $(or $(wildcard $(shell sed -n "s/^executable = //p" .venv/pyvenv.cfg 2>/dev/null)),python3)
LOCKED_default := --require-hashes requirements.lock requirements-torch.lock
LOCKED_cpu := --torch-backend cpu requirements.lock requirements-torch-cpu.lock
LOCKED := $(LOCKED_$(TORCH))
ifneq ($(IS),$(TORCH) $(CURDIR))
.PHONY: $(READY)
endif

.DEFAULT_GOAL := help
# What `make compare` passes on, as in: make compare ARGS="--data street --minutes 1"
ARGS ?=

.PHONY: help setup tools lab compare benchmarks docs pretrained test test-fast matrix test-notebooks test-browser test-seeds grade-demo lint notebooks solutions screenshots lock

help:
	@echo "make lab        set everything up and open the course; on a small PyTorch without GPU: make lab TORCH=cpu"
	@echo "make compare    train all tasks on the same pictures and compare their answers and costs (3 to 6 minutes);"
	@echo "                other choices: ARGS=\"--data street\" and whatever vislab compare --help lists"
	@echo "make test       set everything up and run every test (an hour on two slow cores)"
	@echo "make test-fast  the tests without notebooks, browser and training (about a minute)"
	@echo "make matrix     the same on Python 3.11, 3.12 and 3.13 and with the oldest packages that are allowed;"
	@echo "                some: ARGS=\"3.12 oldest\""
	@echo "make test-seeds run the notebooks with two other training seeds (a minute or more each); one: ARGS=\"01 --steps 1\""
	@echo "make grade-demo grade two made-up submissions with nbgrader, to show a teacher how; other notebooks: ARGS=\"00 04\""
	@echo "make docs       build the API reference from the docstrings into docs/reference (no network needed)"
	@echo "make notebooks  build the learners' notebooks from notebooks/source"
	@echo "make solutions  build the teacher's notebooks into notebooks/solutions"
	@echo "make screenshots take the README's pictures of the widgets again (needs Chromium)"
	@echo "make pretrained train the models that vl.pretrained returns again (half an hour)"
	@echo "make benchmarks measure every table of benchmarks/results again that a CPU can (hours; alone on the machine);"
	@echo "                some: ARGS=\"--only compare metrics\""
	@echo "make lock       resolve the locks again"

setup: $(READY)

tools: $(TOOLS)

# uv is bootstrapped by pip into the environment it then fills: pip and venv are all a machine needs. The interpreter is
# named, because uv would otherwise look for one to download. Files are linked from uv's cache where the disk can.
$(READY): requirements.lock requirements-torch.lock requirements-torch-cpu.lock pyproject.toml
	$(if $(LOCKED),,$(error TORCH is default or cpu, not $(TORCH)))
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "vislab needs Python 3.11, 3.12 or 3.13, and this is " + sys.version.split()[0] + "; name another: make setup PYTHON=python3.12")'
	test "$(wordlist 2,99,$(IS))" = "$(wordlist 1,98,$(CURDIR))" || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python $(LOCKED)
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@echo "$(TORCH) $(CURDIR)" > $@

$(TOOLS): $(READY) requirements-dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

lab: $(READY)
	$(BIN)/vislab lab

compare: $(READY)
	$(BIN)/vislab compare $(ARGS)

# The notebooks' and the browser's tests take the time. They run beside each other, on one thread each: two threads
# beside another busy process are many times slower than one. What notebooks do in the browser is among the notebooks'
# tests, as what they train is there.
test: $(TOOLS) lint
	$(BIN)/python -m tools.find_browser
	$(PYTEST) -n 2 -m "not notebook and not browser"
	$(MAKE) -j 2 test-notebooks test-browser

test-notebooks: $(TOOLS)
	OMP_NUM_THREADS=1 $(PYTEST) -m notebook

test-browser: $(TOOLS)
	OMP_NUM_THREADS=1 $(PYTEST) -m "browser and not notebook"

# Without nbval and the browser's tests, whose imports alone take seconds in each process.
test-fast: $(TOOLS)
	$(PYTEST) -n 2 -p no:nbval --ignore=tests/browser -m "not notebook and not browser and not wheel and not slow"

# Each in an environment of its own under .venv/matrix; a Python that this machine lacks is named and left out.
matrix: $(TOOLS)
	$(BIN)/python -m tools.matrix $(ARGS)

test-seeds: $(TOOLS)
	$(BIN)/python -m tools.try_seeds $(ARGS)

grade-demo: $(TOOLS)
	$(BIN)/python -m tools.grade_demo $(ARGS)

lint: $(TOOLS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Peers and other people's tools run when benchmarks/requirements.txt is installed; a table that cannot be measured
# here stays, and the last lines say why.
benchmarks: $(TOOLS)
	$(BIN)/python benchmarks/run_all.py $(ARGS)

docs: $(TOOLS)
	$(BIN)/python -m tools.build_reference

notebooks: $(TOOLS)
	$(BIN)/python -m tools.build_notebooks
	$(BIN)/python -m tools.course_pictures

solutions: $(TOOLS)
	$(BIN)/python -m tools.build_notebooks --solutions

screenshots: $(TOOLS)
	$(BIN)/python -m tools.find_browser
	$(BIN)/python -m tools.take_screenshots $(ARGS)

pretrained: $(TOOLS)
	$(BIN)/python -m tools.make_pretrained

lock: $(TOOLS)
	$(BIN)/python -m tools.lock
