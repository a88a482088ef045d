# Every target says what it does; `make` alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup cases stress train compare promote rollback evaluate screen interview ui serve \
    test test-slow test-browser lint audit key mutants bench bench-cases soak clean

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 2
PAGE ?=
SCHEDULER ?=
UI_PORT ?= 5000
NAME ?=
N ?= 1048576
STRESS_N ?= 100000
SEED ?= 1
RECIPE ?= search
TRAIN_SEED ?= 1
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
BACKEND ?= loky
DATA ?=
SKIP_BAD ?=
WEIGHT ?= 0.2
MINUTES ?= 10

BIN := .venv/bin
SERVING = HOST=$(HOST) PORT=$(PORT) WORKERS=$(WORKERS) $(if $(PAGE),CAUDA_PAGE='$(PAGE)')
OWN := --data '$(DATA)' --skip-bad '$(SKIP_BAD)'
CORE := $(wildcard service/clinical/*.py service/clinical/*/*.py service/clinical/*.csv)
WORLD := $(wildcard synthetic/*.py synthetic/*.csv) $(CORE)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: .venv/.dev ## create .venv with everything that development needs

cases: .venv/.training ## draw N synthetic cases from SEED into build/cases
	$(BIN)/python -m synthetic cases --number '$(N)' --seed '$(SEED)' --scheduler '$(SCHEDULER)'

stress: .venv/.training ## draw STRESS_N cases of a second world, for testing alone, into build/stress
	$(BIN)/python -m synthetic stress --number '$(STRESS_N)' --seed '$(SEED)' \
	    --scheduler '$(SCHEDULER)'

train: .venv/.training build/cases/card.json build/stress/card.json ## search by RECIPE, track in MLflow, register a challenger; DATA is your own cases
	$(BIN)/python -m training train --recipe '$(RECIPE)' --seed '$(TRAIN_SEED)' --jobs '$(JOBS)' \
	    --backend '$(BACKEND)' --scheduler '$(SCHEDULER)' $(OWN) --weight '$(WEIGHT)'

compare: .venv/.training build/cases/card.json ## set the challenger against the champion, with what exceeds noise
	@$(BIN)/python -m training compare --jobs '$(JOBS)' $(OWN)

promote: .venv/.training build/cases/card.json ## let the challenger serve if it passes its gates, and export it to models
	@$(BIN)/python -m training promote --jobs '$(JOBS)' $(OWN)

rollback: .venv/.training ## let the version that served before serve again, and export it to models
	@$(BIN)/python -m training rollback

evaluate: .venv/.training ## judge the served model on the published patients
	@$(BIN)/python -m training evaluate

screen: .venv/.training build/cases/card.json ## measure the red flags alone, each by itself, on patients and synthetic cases
	@$(BIN)/python -m training screen

interview: .venv/.training ## ask 1,000 synthetic people question by question; the curve goes to build/interview.png
	@$(BIN)/python -m training interview --jobs '$(JOBS)'

ui: .venv/.training ## open the runs tracked in build in the MLflow UI on UI_PORT
	@case "$$MLFLOW_TRACKING_URI" in http*) echo "The runs are at $$MLFLOW_TRACKING_URI";; \
	    *) exec $(BIN)/mlflow ui --host 127.0.0.1 --port $(UI_PORT) \
	        --backend-store-uri "$${MLFLOW_TRACKING_URI:-sqlite:///build/mlflow.db}";; esac

serve: check-settings served ## serve the model on HOST:PORT with WORKERS, after building one if there is none
	@echo "Starting on http://$(HOST):$(PORT), stop with Ctrl-C."
	@$(SERVING) exec $(BIN)/gunicorn --config deploy/gunicorn.conf.py

key: .venv/.training ## make an API key for NAME: its hash goes to the file CAUDA_KEYS, the key is shown once
	@$(BIN)/python -m service key '$(NAME)'

test: .venv/.dev ## run the tests but for those marked slow or browser
	$(BIN)/python -m pytest -m "not slow and not browser"

test-slow: .venv/.dev ## run the tests marked slow
	$(BIN)/python -m pytest -m "slow and not browser"

test-browser: .venv/.dev ## run the tests marked browser: the pages, in the Chromium of this machine
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest -m browser

lint: .venv/.dev ## check style and types, of Python and of the pages' scripts and styles
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/oxfmt --check service/web/static
	$(BIN)/oxlint --deny-warnings -D correctness -D suspicious -D perf service/web/static

# Bandit's B403, B404 and B603 are asked by ruff too (S), which has the exceptions with their reasons.
audit: .venv/.dev ## ask for known vulnerabilities of what the service installs, and for careless code
	@$(BIN)/bandit --quiet --recursive --skip B403,B404,B603 service synthetic training
	@found=$$($(BIN)/pip-audit --requirement requirements/service.txt --disable-pip \
	    --progress-spinner off 2>&1); code=$$?; \
	case "$$found" in \
	    *"could not be audited"*) printf '%s\n' "$$found"; \
	        echo "Not audited is what is listed above.";; \
	    *requests.exceptions.*Error*) code=0; \
	        echo "Not audited: the database of vulnerabilities does not answer.";; \
	    *) printf '%s\n' "$$found";; esac; exit $$code

mutants: .venv/.dev ## change the red-flag layer in every small way and see whether a test notices (half an hour)
	$(BIN)/python tests/mutants.py

bench: .venv/.training ## compare the service with a Flask echo and with MLflow's server, turn by turn (needs wrk)
	@$(BIN)/python -m tests.load bench

bench-cases: .venv/.training ## measure the generator: cases a second and peak memory
	$(BIN)/python -m synthetic speed

soak: .venv/.training ## load the service for MINUTES with right, wrong and hostile requests while workers are killed
	@$(BIN)/python -m tests.load soak --minutes '$(MINUTES)'

clean: ## remove what was built: cases, runs and models, but not .venv
	rm -rf build .mypy_cache .pytest_cache .ruff_cache models/manifest.json models/model.joblib \
	    models/MODEL_CARD.md models/.new-*
	find . -name __pycache__ -not -path "./.venv/*" -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
	    "Cauda needs Python 3.11 or later, found " + sys.version.split()[0])'
	@echo "Creating .venv"
	@$(PYTHON) -m venv .venv

.venv/.training: requirements/training.txt | .venv/bin/python
	@echo "Installing the service and training from $< (about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

.venv/.dev: requirements/dev.txt | .venv/.training
	@echo "Installing the tools of development from $<"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

build/cases/card.json: $(WORLD) | .venv/.training
	@echo "Drawing $(N) synthetic cases into build/cases"
	@$(BIN)/python -m synthetic cases --number '$(N)' --seed '$(SEED)' --scheduler '$(SCHEDULER)'

build/stress/card.json: $(WORLD) | .venv/.training
	@echo "Drawing $(STRESS_N) cases of a second synthetic world into build/stress"
	@$(BIN)/python -m synthetic stress --number '$(STRESS_N)' --seed '$(SEED)' \
	    --scheduler '$(SCHEDULER)'

# Where nothing is served, or what the service refuses: the champion again, or else the quick recipe,
# through the same gates as any other. What serves well is left to `make promote`.
.PHONY: served quick
served: .venv/.training
	@$(BIN)/python -m training served || $(BIN)/python -m training restore \
	    || $(MAKE) --no-print-directory quick

quick: .venv/.training build/cases/card.json
	@echo "Training a quick model, tracking it in MLflow, promoting it to models"
	@$(BIN)/python -m training train --recipe quick --jobs '$(JOBS)'
	@$(BIN)/python -m training promote --jobs '$(JOBS)'

# Before anything is built: what gunicorn would refuse at its start is told at once.
.PHONY: check-settings
check-settings: .venv/.training
	@$(SERVING) $(BIN)/python -c 'import runpy; from gunicorn.util import parse_address; \
	        read = runpy.run_path("deploy/gunicorn.conf.py"); \
	        read["check"]([parse_address(read["bind"])])'
