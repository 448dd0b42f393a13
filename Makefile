# Two commands matter: `make demo` and `make test`. Each makes the environment that it needs.
SHELL := /bin/sh
PORT ?= 8000
PYTHON := $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$name"; break; }; done)
IN := .venv/bin
TEMPLATES = $$(git ls-files 'templates/*.html')

.DEFAULT_GOAL := help
.PHONY: help python install install-demo install-dev demo demo-reset test check bench fuzz fmt

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

python:
	@test -n "$(PYTHON)" || { echo "Monetize needs Python 3.11 or newer: install it, and run make again." >&2; exit 1; }

install: install-dev ## make .venv with everything that developing needs

install-demo: python
	@$(PYTHON) -m devserver.install demo

install-dev: python
	@$(PYTHON) -m devserver.install dev

demo: install-demo ## run the whole product here, with a filled shop (PORT=8000)
	@exec $(IN)/python -m devserver.demo start --port $(PORT)

demo-reset: install-demo ## stop the demo and delete its data
	@$(IN)/python -m devserver.demo reset

test: install-dev ## run every test, in parallel, on a PostgreSQL of its own
	@$(IN)/python -m pytest -n auto

check: install-dev ## run what CI runs: lint, types, floors, migrations, templates, tests
	$(IN)/ruff check .
	$(IN)/ruff format --check .
	$(IN)/mypy
	$(IN)/lint-imports
	DJANGO_SETTINGS_MODULE=monetize.settings.test $(IN)/python -W ignore manage.py makemigrations --check --dry-run
	$(IN)/djade --check --target-version 5.2 $(TEMPLATES)
	$(MAKE) test

bench: install-dev ## measure event intake and the billing run against bounds
	@$(IN)/python -m benchmarks

fuzz: install-dev ## send a running demo whatever its API's description allows (KEY=mk_test_…)
	@$(IN)/uv tool run schemathesis@4.32.5 run http://127.0.0.1:$(PORT)/api/schema/ \
		--header "Authorization: Bearer $(KEY)" --phases coverage,fuzzing --max-examples 25 \
		--continue-on-failure --checks not_a_server_error,status_code_conformance,response_schema_conformance

fmt: install-dev ## format code and templates
	$(IN)/ruff check --fix .
	$(IN)/ruff format .
	-$(IN)/djade --target-version 5.2 $(TEMPLATES)
