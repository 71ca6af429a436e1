# From a fresh clone: `make atlas` builds the demo site, `make test` runs everything there is to check.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin


.PHONY: atlas test check bench docs clean
.DEFAULT_GOAL := atlas

$(VENV)/installed: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/tested: $(VENV)/installed tests/browser.sh tests/browser/package.json
	$(BIN)/pip install --quiet --group test
	tests/browser.sh $(BIN)
	touch $@

atlas: $(VENV)/installed
	$(BIN)/convatlas build

test: $(VENV)/tested check
	$(BIN)/pytest -n auto --dist loadfile

check: $(VENV)/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/tested
	for script in benchmarks/bench_*.py benchmarks/examples.py benchmarks/scan.py benchmarks/probes.py; do $(BIN)/python $$script || exit 1; done

docs: $(VENV)/installed
	$(BIN)/pip install --quiet --group docs
	$(BIN)/mkdocs build --strict

clean:
	rm -rf $(VENV) .convatlas* site/* dist docs-site
