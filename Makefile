# The two commands: `make demo` shows the whole path on the land-cover page, `make test` checks everything.
# Both need only Python 3.11 or later and make; they install into .venv and use the network for that alone.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PAGE := tests/scripts/err/cnes_land_cover_page.js

# Further versions of Python to run the tests with, from pyenv or the path.
PYTHONS := 3.12 3.13

.PHONY: demo test test-lowest proof clients docs site bench clean
.DELETE_ON_ERROR:

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[raster]'
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

# Wheels of this package and of all it needs, so that the tests can install it elsewhere without the network.
SOURCES := $(shell git ls-files oso_evalscript templates 2>/dev/null)

$(VENV)/wheels: $(VENV)/installed-dev $(SOURCES)
	@rm -rf $@
	$(BIN)/pip wheel --quiet --disable-pip-version-check --wheel-dir $@ '.[test]'
	@touch $@

# npm packages for tests: the schema of SARIF, test262's parser tests, pyright and OpenLayers. An empty file stands for a
# package that could not be fetched: its tests are skipped, and fail if CI=true (tests/npm.py).
PACKAGES := $(addprefix $(VENV)/,sarif.tgz peers.tgz pyright.tgz ol.tgz)
$(VENV)/sarif.tgz: PACKAGE := @microsoft/jest-sarif@1.0.0-beta.0
$(VENV)/peers.tgz: PACKAGE := test262-parser-tests@0.0.5
$(VENV)/pyright.tgz: PACKAGE := pyright@1.1.414
$(VENV)/ol.tgz: PACKAGE := ol@10.11.0
$(PACKAGES): $(VENV)/installed-dev
	@rm -rf $@.npm && mkdir $@.npm
	@cd $@.npm && npm pack --silent $(PACKAGE) >/dev/null || echo "$(PACKAGE) could not be fetched; its tests will be skipped"
	@touch $@
	@for file in $@.npm/*.tgz; do test ! -e $$file || cp $$file $@; done

demo: $(VENV)/installed
	@mkdir -p demo
	@cp $(PAGE) demo/page.js
	@printf '\n1. The script as the page publishes it: five colours are broken, so it does not load.\n\n'
	$(BIN)/oso-evalscript lint demo/page.js; test $$? -eq 1
	@printf '\n2. Fix the copy, and run it on a made-up scene.\n\n'
	$(BIN)/oso-evalscript lint --fix demo/page.js; test $$? -eq 1 # two warnings are left for a person
	$(BIN)/oso-evalscript run demo/page.js -o demo/page_output.png
	$(BIN)/oso-evalscript preview demo/page.js
	@printf '\n3. Compile the scripts of evalscripts/ from their specs, and run two of them.\n\n'
	$(BIN)/oso-evalscript build
	$(BIN)/oso-evalscript preview evalscripts/oso_palette.js -o demo/oso_palette.png
	$(BIN)/oso-evalscript preview evalscripts/oso_confident_palette.js -o demo/oso_confident_palette.png
	@printf '\n4. A GeoTIFF goes in, a cloud-optimised GeoTIFF comes out.\n\n'
	$(BIN)/python -c "from oso_evalscript.rasters import write_example; write_example('demo/land_cover.tif')"
	$(BIN)/oso-evalscript run evalscripts/oso_palette.js --input demo/land_cover.tif -o demo/picture.tif
	@printf '\nLook at the pictures:\n  %s\n  %s\n  %s\n  %s\n' $(CURDIR)/demo/page.png \
	  $(CURDIR)/demo/oso_palette.png $(CURDIR)/demo/oso_confident_palette.png $(CURDIR)/demo/picture.tif

WITH_PACKAGES := OSO_EVALSCRIPT_SARIF=$(CURDIR)/$(VENV)/sarif.tgz OSO_EVALSCRIPT_PEERS=$(CURDIR)/$(VENV)/peers.tgz \
  OSO_EVALSCRIPT_PYRIGHT=$(CURDIR)/$(VENV)/pyright.tgz OSO_EVALSCRIPT_OL=$(CURDIR)/$(VENV)/ol.tgz

test: $(VENV)/installed-dev $(VENV)/wheels $(PACKAGES)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	OSO_EVALSCRIPT_WHEELS=$(CURDIR)/$(VENV)/wheels $(WITH_PACKAGES) $(BIN)/pytest -n auto --dist worksteal

# The tests with the lowest versions that pyproject.toml allows, and then with the newest ones on further versions of
# Python; missing ones are skipped with a notice.
test-lowest: $(VENV)-lowest/wheels $(PACKAGES) $(foreach python,$(PYTHONS),test-on-$(python))
	OSO_EVALSCRIPT_WHEELS=$(CURDIR)/$(VENV)-lowest/wheels $(WITH_PACKAGES) $(VENV)-lowest/bin/pytest -n auto --dist worksteal

$(VENV)-lowest/installed: pyproject.toml tests/lowest.txt
	$(PYTHON) -m venv --clear $(VENV)-lowest
	$(VENV)-lowest/bin/pip install --quiet --disable-pip-version-check --constraint tests/lowest.txt --editable '.[dev]'
	@touch $@

$(VENV)-lowest/wheels: $(VENV)-lowest/installed $(SOURCES)
	@rm -rf $@
	$(VENV)-lowest/bin/pip wheel --quiet --disable-pip-version-check --constraint tests/lowest.txt --wheel-dir $@ '.[test]'
	@touch $@

test-on-%: $(PACKAGES)
	@python=$$(ls -d $${PYENV_ROOT:-$$HOME/.pyenv}/versions/$*.*/bin/python 2>/dev/null | tail -n 1); \
	python=$${python:-$$(command -v python$*)}; \
	if [ -z "$$python" ]; then echo "Python $* is not on this machine: its tests are skipped."; exit 0; fi; \
	set -ex; test -e $(VENV)-$*/installed -a $(VENV)-$*/installed -nt pyproject.toml || { \
	  $$python -m venv --clear $(VENV)-$*; \
	  $(VENV)-$*/bin/pip install --quiet --disable-pip-version-check --editable '.[dev]'; \
	  touch $(VENV)-$*/installed; }; \
	rm -rf $(VENV)-$*/wheels; \
	$(VENV)-$*/bin/pip wheel --quiet --disable-pip-version-check --wheel-dir $(VENV)-$*/wheels '.[test]'; \
	OSO_EVALSCRIPT_WHEELS=$(CURDIR)/$(VENV)-$*/wheels $(WITH_PACKAGES) $(VENV)-$*/bin/pytest -n auto --dist worksteal

# The long ones: every mutant of the shipped scripts, ten thousand corrupted palettes, twenty thousand changed scripts
# that V8 reads or refuses, two thousand scripts whose scoping decides whether they keep state, as many whose names tell
# what they stand for, two thousand requests to the service, hostile ones among them, a job killed 50 times,
# and every page on how to add something, followed step by step.
proof: $(VENV)/installed-dev
	OSO_EVALSCRIPT_PROOF=1 $(BIN)/pytest -n auto tests/testing/test_mutants.py
	OSO_EVALSCRIPT_PROOF=10000 $(BIN)/pytest -n auto tests/linter/test_corruption.py
	OSO_EVALSCRIPT_PROOF=2000 $(BIN)/pytest -n auto tests/linter/test_safe_fixes.py
	OSO_EVALSCRIPT_PROOF=20000 $(BIN)/pytest -n auto tests/linter/test_mutants.py
	OSO_EVALSCRIPT_PROOF=50000 $(BIN)/pytest -n auto tests/kernels/test_differential.py
	OSO_EVALSCRIPT_PROOF=20000 $(BIN)/pytest -n auto tests/javascript/test_agreement_with_v8.py
	OSO_EVALSCRIPT_PROOF=2000 $(BIN)/pytest -n auto tests/test_scoping_agreement.py tests/javascript/test_scopes_agreement.py
	OSO_EVALSCRIPT_PROOF=1 $(BIN)/pytest tests/service/test_payloads.py tests/service/test_app.py tests/service/test_openapi.py
	OSO_EVALSCRIPT_KILLS=50 $(BIN)/pytest tests/rasters/test_job.py -k killed_at
	OSO_EVALSCRIPT_PROOF=1 $(BIN)/pytest -n auto tests/test_how_to_add.py

# Unmodified clients against the service on this machine: sentinelhub-py, eo-learn, curl, and OpenLayers in Chromium
# (on Debian: apt-get install chromium curl npm).
$(VENV)/clients/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)/clients
	$(VENV)/clients/bin/pip install --quiet --disable-pip-version-check --editable '.[serve,test]' \
	  'eo-learn==1.5.7' 'sentinelhub==3.12.0' httpx playwright
	cd $(VENV)/clients && npm pack --silent ol@10.11.0
	@touch $@

clients: $(VENV)/clients/installed
	OSO_EVALSCRIPT_CLIENTS=1 OSO_EVALSCRIPT_OL=$(CURDIR)/$(VENV)/clients/ol-10.11.0.tgz \
	  $(VENV)/clients/bin/pytest tests/clients -W ignore

docs: $(VENV)/installed-dev
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/pictures.py
	$(BIN)/python docs/terminal.py
	$(BIN)/python docs/notebook.py

site: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[docs]'
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(VENV)/installed-dev
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf $(VENV) $(VENV)-lowest $(PYTHONS:%=$(VENV)-%) demo dist site .mypy_cache .pytest_cache .ruff_cache .hypothesis
