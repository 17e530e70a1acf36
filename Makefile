# Everything a newcomer runs. Each target sets up what it needs; a second call finds it done.
# Windows has no make: README.md lists the same commands one by one.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
export UV_LINK_MODE := copy

.PHONY: setup lab test test-fast notebooks solutions lock lint clean
.DEFAULT_GOAL := setup

setup: $(READY)

# uv is bootstrapped by pip into the environment it then fills, so that pip and venv are all a machine needs.
# The interpreter is named, because uv would otherwise look for one to download.
$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "vislab needs Python 3.11, 3.12 or 3.13, this is " + sys.version.split()[0] + "; name another one: make setup PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@
