# Every target prepares what it needs: Python 3.11+, a C++20 compiler and make are enough.
# PYTHON=/path/to/python3 and CXX=clang++ choose others; ARGS="..." goes to the command.
.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench build clean ci

PYTHON ?=
ARGS ?=
WERROR ?= OFF
ifeq ($(origin CXX),default)
CXX :=
endif
export PYTHON CXX WERROR
unexport PYTHONPATH PYTHONHOME

prepare = python=$$(sh scripts/doctor.sh) && "$$python" scripts/prepare.py

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' Makefile

demo: ## Generate a day of order flow, trade it, and say where the report is
	@$(prepare) --build extension
	@.venv/bin/ai-trading demo $(ARGS)

test: ## Run the C++ and the Python tests (ARGS="-k book" goes to pytest)
	@$(prepare) --extra test
	@.venv/bin/python scripts/run_tests.py $(ARGS)

lint: ## Check style, types, layers, stubs and generated files
	@$(prepare) --extra test --extra lint --build extension
	@.venv/bin/python scripts/lint.py $(ARGS)

format: ## Rewrite Python and C++ sources in the house style
	@$(prepare) --extra test --extra lint --build none
	@.venv/bin/python scripts/lint.py --fix

bench: ## Print one table of benchmarks (ARGS=--full: the long streams, and a plot)
	@$(prepare) --extra test --build extension
	@.venv/bin/python scripts/run_benchmarks.py $(ARGS)

build: ## Build the library, the C++ tests and the extension, and install into .venv
	@$(prepare) --extra test

ci: ## Everything the continuous integration runs
	@.ci/run

clean: ## Remove .venv, build trees and the extensions built in the source tree
	rm -rf .venv build dist
	rm -f python/ai_trading/_core.*.so
