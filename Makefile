# Two commands matter: `make run` and `make test`. Each sets up what it needs; `make help` lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PAGE := web/dist/index.html
PACKAGES := schema resolvers loaders db web
MODULES := auth.py cli.py config.py errors.py server.py

.DEFAULT_GOAL := help
.PHONY: help setup run test check e2e bench soak fmt lock web clean

help: ## list the commands
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(READY) ## make the environment in .venv

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "CareNotes needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

web: $(PAGE) ## build the pages (node comes with the environment)

$(PAGE): $(READY) web/package.json web/vite.config.ts $(wildcard web/*.html) $(wildcard web/src/*)
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm install --no-audit --no-fund --loglevel=error
	cd web && PATH="$(CURDIR)/$(BIN):$$PATH" npm run --silent build
	@touch $@

run: $(READY) $(PAGE) ## serve on port 8000 with demo data
	@exec $(BIN)/carenotes serve --demo
