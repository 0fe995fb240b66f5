# The two commands: `make demo` shows the whole path on the land-cover page, `make test` checks everything.
# Both need only Python 3.11 or later and make; they install into .venv and use the network for that alone.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PAGE := tests/scripts/err/cnes_land_cover_page.js

.PHONY: demo test docs bench clean
.DELETE_ON_ERROR:

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# Wheels of this package and of all it needs, so that the tests can install it elsewhere without the network.
$(VENV)/wheels: $(VENV)/installed-dev $(shell git ls-files oso_evalscript templates 2>/dev/null)
	@rm -rf $@
	$(BIN)/pip wheel --quiet --disable-pip-version-check --wheel-dir $@ .
	@touch $@

demo: $(VENV)/installed
	@$(BIN)/python docs/demo.py $(PAGE)

test: $(VENV)/installed-dev $(VENV)/wheels
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	OSO_EVALSCRIPT_WHEELS=$(CURDIR)/$(VENV)/wheels $(BIN)/pytest -n auto

docs: $(VENV)/installed-dev
	$(BIN)/python docs/generate.py

bench: $(VENV)/installed-dev
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf $(VENV) demo dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
