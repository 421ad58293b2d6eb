# Stamp files record what is installed, so nothing is installed twice. Running needs the dependencies. All other targets
# also need the development extras.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip install --disable-pip-version-check
INSTALLED := $(VENV)/.installed
DEV := $(VENV)/.installed-dev
SDL := schema/schema.graphql
# Many tests wait for servers, so there are two processes more than there are processors. Each begins at another part.
TESTERS := $(shell expr $$(nproc 2> /dev/null || echo 2) + 2)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run setup pages test faults citus-test clients check lint types format schema bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(INSTALLED) pages ## serve the demo on 127.0.0.1:8000 (MUSTER_PORT for another port)
	@exec $(PY) -m muster demo-serve

setup: $(INSTALLED) ## create .venv with what running needs

$(INSTALLED): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Muster needs Python 3.11 or later; this is %d.%d. Try PYTHON=python3.12 make …" % sys.version_info[:2])'
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is missing: on Debian and Ubuntu, apt install python3-venv." >&2; exit 1; }
	@echo "Installing what running needs into $(VENV)…" >&2
	@$(PIP) -e . >&2
	@touch $@

$(DEV): $(INSTALLED)
	@echo "Installing what tests and checks need into $(VENV)…" >&2
	@$(PIP) -e '.[dev]' >&2
	@touch $@

pages: $(INSTALLED) ## fetch the files of the console and GraphiQL, so that they work without a network
	@$(PY) -m web.npm.fetching || true

test: $(DEV) ## run all tests, on SQLite and, if its binaries are found, on PostgreSQL
	@$(PY) -m pytest -n $(TESTERS) --dist worksteal $(ARGS)

faults: $(DEV) ## run the full fault tests, with minutes of hostile load (make test runs a short form)
	@MUSTER_FAULTS=full $(PY) -m pytest tests/faults --timeout 1800 $(ARGS)

citus-test: $(DEV) ## run tests on a Citus cluster, if PostgreSQL has the extension
	@$(PY) -m tests.citus $(ARGS)

clients: $(DEV) ## run real clients of Node.js and Java against a server; installs their npm packages
	@$(PY) -m tests.clients $(ARGS)

check: lint types ## run all checks of CI except the tests
	@$(PY) -m muster schema | diff -u $(SDL) - || { echo "The schema has changed: run make schema and commit $(SDL)." >&2; exit 1; }
	@$(PY) -m muster drift

lint: $(DEV)
	@$(VENV)/bin/ruff format --check --quiet . || { echo "Run make format." >&2; exit 1; }
	@$(VENV)/bin/ruff check --quiet .
	@told=$$($(VENV)/bin/lint-imports --no-cache) || { echo "$$told"; exit 1; }

types: $(DEV)
	@$(VENV)/bin/mypy

format: $(DEV) ## format the code, and apply ruff's fixes
	@$(VENV)/bin/ruff format --quiet .
	@$(VENV)/bin/ruff check --fix --quiet .

schema: $(DEV) ## write schema/schema.graphql
	@$(PY) -m muster schema > $(SDL)

bench: $(DEV) ## run the benchmarks on PostgreSQL and SQLite; writes bench/out/latest.json, and files.json without ARGS
	@$(PY) -m bench $(ARGS)
	$(if $(ARGS),,@$(PY) -m bench.files)

clean: ## remove all generated files except the database in var/
	rm -rf $(VENV) static/graphiql static/console .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
