# Two commands: `make demo` and `make test`. Each sets everything up by itself.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lock bench clean

# The first Python that is new enough; PYTHON=… chooses another.
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
ifneq ($(wildcard ../shared/data),)
export OPSTWIN_DATASETS ?= $(abspath ../shared/data)
endif

help: ## What can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

setup: $(VENV)/.done ## Install what requirements.lock names into .venv, nothing else

$(VENV)/.done: requirements.lock pyproject.toml
	@if [ -z "$(PYTHON)" ]; then echo "OpsTwin needs Python >= 3.11 with its venv package (Debian: apt install python3-venv)"; exit 2; fi
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV) (about two minutes with an empty cache) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## The whole story in the terminal; ARGS="--yes --fault NAME --keep"
	@$(BIN)/opstwin demo $(ARGS)

test: setup ## All tests
	$(BIN)/python -m pytest -n 3 --dist loadfile --durations 25 $(ARGS)

check: setup ## Format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup ## Put the code into the one format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## Benchmarks; ARGS="loop --quick"
	@$(BIN)/opstwin bench $(ARGS)

lock: ## Resolve pyproject.toml into requirements.lock (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --quiet -o requirements.lock

clean: ## Remove what was installed and cached
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
