# Needs Python 3.11 or later and make; everything else goes into .venv, which is made when a target first needs it.

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SEARCH := python3.11 python3

.PHONY: help demo test chip safety fuzz mutants lint format uf2 clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.base ## Treat a simulated cheek for five seconds with either pen and draw what the needles did
	@$(BIN)/python scripts/make_demo.py build

test: $(VENV)/.test ## All tests but those of make chip, on two cores, then the firmware's coverage
	@mkdir -p build
	@echo "The firmware's unit tests, with coverage"
	@$(BIN)/python -m pytest -q -n 2 --cov --cov-report=json --cov-report= -m "not minutes" tests/firmware
	@echo "Those of virtual minutes, without it"
	@$(BIN)/python -m pytest -q -n 2 -m minutes tests/firmware
	@echo "Simulator, tools and the suite on the simulator, at full speed"
	@$(BIN)/python -m pytest -q -n 2 --ignore=tests/firmware $$($(BIN)/python scripts/chip_suite.py --ignore)
	@echo "A sample of the suite on a simulated pen with a solenoid"
	@$(BIN)/python -m pytest -q -n 2 --board pen_solenoid --sample --hil-report build/hil_solenoid hil_tests
	@$(BIN)/python scripts/check_coverage.py
	@$(BIN)/python -m scripts.safety --results
	@$(BIN)/python scripts/chip_suite.py --say

chip: $(VENV)/.test ## Tests and suite on the emulated chip, a sample of each test's cases; FULL=--full for all of them
	@$(BIN)/python scripts/chip_suite.py $(FULL)
	@$(BIN)/python -m scripts.safety --results

safety: $(VENV)/.test ## Make the safety file's tables of code, tests and faults, and the page of last results, build/safety.html
	@$(BIN)/python -m scripts.safety

fuzz: $(VENV)/.test ## Fuzz the console for MINUTES=60, guided by its branches; findings are in build/fuzz
	@$(PIP) --editable '.[fuzz]'
	@$(BIN)/python scripts/fuzz_console.py --minutes $(or $(MINUTES),60)

mutants: $(VENV)/.test ## Change the motion's code a bit at a time and see whether tests notice; MODULES="turn limits", SAMPLE=300 for some
	@$(PIP) --editable '.[mutants]'
	@$(BIN)/python scripts/mutants.py --sample $(or $(SAMPLE),0) $(MODULES)

lint: $(VENV)/.lint ## Format, lint and types, of host code and of firmware; changes nothing
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/pyright
	@$(BIN)/pyright --project firmware

format: $(VENV)/.lint ## Format, and mend what ruff can mend
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

uf2: $(VENV)/.test ## Build the UF2 images from sources: the MicroPython runtime and a release for each board
	@$(BIN)/pen build runtime $(INSTALL)
	@$(BIN)/pen build release --board bench_stepper $(INSTALL)
	@$(BIN)/pen build release --board pen_solenoid $(INSTALL)

clean: ## Remove what was built; .venv stays (rm -r .venv removes that too)
	@rm -rf build dist hil_report .coverage .coverage.* .hypothesis .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# One environment, filled as far as a target needs it; a change of pyproject.toml fills it again.

$(BIN)/python:
	@for python in $(SEARCH); do \
	    if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	        "$$python" -c 'import ensurepip, venv' 2>/dev/null || { \
	            echo "$$python cannot make environments; on Debian and Ubuntu: apt install python3-venv"; exit 1; }; \
	        echo "Setting up $(VENV) with $$("$$python" --version)"; \
	        exec "$$python" -m venv --clear $(VENV); \
	    fi; \
	done; \
	echo "needlepen needs Python 3.11 or later, as python3.11 or python3"; exit 1

$(VENV)/.base: pyproject.toml | $(BIN)/python
	@echo "Installing the pen command"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	@echo "Installing the pen command and the test tools"
	@$(PIP) --editable '.[test]'
	@touch $(VENV)/.base $@

$(VENV)/.lint: $(VENV)/.test
	@echo "Installing ruff, pyright and the types of MicroPython"
	@$(PIP) --editable '.[test,lint]'
	@rm -rf $(VENV)/typings
	@$(PIP) --target $(VENV)/typings --no-deps $$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["firmware-stubs"])')
	@touch $@
