# One word for each thing a person does here; `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# The steps share one environment and one machine's cores: -j changes nothing.
.NOTPARALLEL:
# Some machines set this; then each of some hundred processes would compile anew all that it imports.
unexport PYTHONDONTWRITEBYTECODE

VENV := .venv
BIN := $(VENV)/bin
# One more than there are cores: many tests wait for processes of their own.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
# The rooms of tests/ that count for coverage. The others run what was measured there once more, whole and in processes
# of their own, which measuring does not follow; what takes longest stands first.
MEASURED := tests/unit tests/dashboard tests/integration
WHOLE := tests/dags tests/browser tests/whole
SLIPCOVER := $(BIN)/python -m slipcover
PYTEST := pytest -q -n $(WORKERS) --dist loadscope
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header

.PHONY: help setup run check static test bench torture realdata docs lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## Make the environment from the locked requirements (again only when they change)

run: setup ## Start everything: PostgreSQL, Airflow, the board; Ctrl-C ends it
	@exec $(BIN)/roadmap up

check: setup static ## Quick checks while working: style, types, import rules, generated files, unit tests
	$(BIN)/pytest -q -n $(WORKERS) tests/unit

static: setup
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo
	$(BIN)/roadmap schemas --check
	$(BIN)/roadmap permissions --check
	@! grep -nE '://|^ *-[^ ]*(index|find-links|trusted)' requirements/*.txt

test: setup ## Everything: the checks, then every test up to the real browser, with the coverage gate
	@.ci/system-packages
	@$(MAKE) --no-print-directory static
	@mkdir -p build
	$(SLIPCOVER) --json --out build/measured.json -m $(PYTEST) $(MEASURED)
	$(SLIPCOVER) --merge build/measured.json --out build/coverage.json # and a table of what is missing
	$(BIN)/python .ci/coverage_gate.py < build/coverage.json
	$(BIN)/$(PYTEST) $(WHOLE)

bench: setup $(VENV)-bench/.installed ## Measure the targets of docs as ratios beside their peers
	$(BIN)/python -m benchmarks.run
	$(VENV)-bench/bin/python benchmarks/chart.py build/bench.json docs/benchmarks.svg

torture: setup ## The durability tests, longer than in make test (hours at full size; SCALE=0.01: minutes)
	$(BIN)/python -m benchmarks.torture $(if $(SCALE),--scale $(SCALE))

realdata: setup ## Run on real data: make realdata DATA=/path/to/folder
	@test -d "$(DATA)" || { echo "Name the folder of the data: make realdata DATA=/path/to/folder" >&2; exit 1; }
	$(BIN)/python -m benchmarks.realdata "$(DATA)"

docs: setup ## Write again what is generated from the code: schemas/ and docs/permissions.md
	$(BIN)/roadmap schemas
	$(BIN)/roadmap permissions

lock: $(VENV)/.uv ## Compile the locked requirements from pyproject.toml (newer versions: make lock UPGRADE=--upgrade)
	$(COMPILE) $(UPGRADE) requirements/uv.in -o requirements/uv.txt
	$(COMPILE) $(UPGRADE) pyproject.toml -o requirements/run.txt
	$(COMPILE) $(UPGRADE) requirements/bench.in -o requirements/bench.txt
	$(COMPILE) $(UPGRADE) pyproject.toml --group dev -c requirements/run.txt -o requirements/dev.txt

clean: ## Remove caches, reports and build results; the environment and the data stay
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache \
		build dist test-results
	find . -path ./$(VENV) -prune -o -type d -name __pycache__ -exec rm -rf {} +

# A stamp for each step, newer than what the step was made from.
$(VENV)/.uv: requirements/uv.txt
	@.ci/find-python $(BIN)/python >/dev/null 2>&1 || { \
		python=$$(.ci/find-python $(PYTHON)); \
		echo "Making $(VENV) with $$python"; \
		"$$python" -m venv --clear $(VENV); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.locked: $(VENV)/.uv requirements/dev.txt
	@echo "Installing the locked requirements (the first time takes a minute or two)"
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@touch $@

$(VENV)/.installed: $(VENV)/.locked pyproject.toml
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

# The peer of the benchmarks has requirements of its own that would not go together with ours.
$(VENV)-bench/.installed: $(VENV)/.uv requirements/bench.txt
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-bench
	@$(BIN)/uv pip sync --quiet --python $(VENV)-bench/bin/python --require-hashes requirements/bench.txt
	@touch $@
