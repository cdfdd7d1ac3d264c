# Two commands matter: `make run` and `make test`. Each sets up what it needs; `make help` lists the rest.
PYTHON ?= python3
# More for pytest, such as PYTEST=--cov, which takes twice the time.
PYTEST ?=
BIN := .venv/bin
READY := .venv/.ready
PAGES := web/dist/index.html
CLIENTS := tests/clients/node_modules/.package-lock.json
PEERS := bench/peers/node_modules/.package-lock.json
E2E := tests/e2e/node_modules/.package-lock.json
EXAMPLES := examples/javascript/node_modules/.package-lock.json
# Trusts what the machine trusts: many networks have a certificate authority of their own.
NPM := NODE_USE_SYSTEM_CA=1 PATH="$(CURDIR)/$(BIN):$$PATH" npm
CODE := auth.py config.py errors.py ids.py server.py bench cli db delivery doctor endpoint examples executor live loaders monitoring resolvers schema templates tests

.DEFAULT_GOAL := help
.PHONY: help setup web ready run check test e2e examples peers bench soak fmt lock clean

help: ## list the commands
	@grep -E '^[a-z0-9.-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(READY) ## make the environment in .venv

$(READY): .venv/.locked pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.locked: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "CareNotes needs Python 3.11 or newer, and $(PYTHON) is not. Another: make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv --clear .venv || { echo "Python's venv is missing. On Debian: apt-get install python3-venv"; exit 1; }
	# The lock is complete: resolving anew would let pip meet a newer release, which has no hash in it, and give up.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements.lock
	@touch $@

web: $(PAGES) ## build the pages; node comes with the environment

# The schema by another name, so that building the pages does not write it anew: a test is to see where it is not what the code says.
$(PAGES): $(READY) $(CURDIR)/schema.graphql $(wildcard web/*.json web/*.ts web/*.html web/.npmrc web/src/* web/src/dashboard/* web/src/dashboard/*/*)
	$(NPM) --prefix web ci --no-audit --no-fund --loglevel=error
	$(NPM) --prefix web run --silent build
	@touch $@

ready: $(READY) $(PAGES) $(EXAMPLES) $(CLIENTS) $(E2E) ## what the tests need

run: $(READY) $(PAGES) ## serve on port 8000 with demo data
	@exec $(BIN)/carenotes serve --demo

check: $(READY) ## lint, format, types, layers, the one door to SQL
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports
	$(BIN)/pytest tests/guards

test: $(READY) $(PAGES) $(EXAMPLES) $(CLIENTS) ## all tests, on real servers
	$(BIN)/pytest -m "not soak" --numprocesses logical --dist loadfile $(PYTEST)

e2e: $(READY) $(PAGES) $(E2E) ## the pages in Chromium, against a real server
	$(BIN)/node --test --test-isolation=none tests/e2e/*.test.mjs

$(E2E): $(READY) tests/e2e/package.json tests/e2e/package-lock.json
	$(NPM) --prefix tests/e2e ci --no-audit --no-fund --loglevel=error
	@touch $@

examples: $(EXAMPLES) ## install what the examples in JavaScript need

$(EXAMPLES): $(READY) examples/javascript/package.json examples/javascript/package-lock.json
	$(NPM) --prefix examples/javascript ci --no-audit --no-fund --loglevel=error
	@touch $@

$(CLIENTS): $(READY) tests/clients/package.json tests/clients/package-lock.json
	$(NPM) --prefix tests/clients ci --no-audit --no-fund --loglevel=error
	@touch $@

peers: $(PEERS) ## install the servers in node that bench.queries compares with

$(PEERS): $(READY) bench/peers/package.json bench/peers/package-lock.json
	$(NPM) --prefix bench/peers ci --no-audit --no-fund --loglevel=error
	@touch $@

bench: $(READY) $(PEERS) ## the benchmarks; their tables are in bench/RESULTS.md
	$(BIN)/python -m bench.load --check
	$(BIN)/python -m bench.queries --check
	$(BIN)/python -m bench.stats --check
	$(BIN)/python -m bench.reminders --check
	$(BIN)/python -m bench.relay --check
	$(BIN)/python -m bench.live --check

soak: $(READY) $(PAGES) $(CLIENTS) $(E2E) ## the long proofs
	$(BIN)/pytest -m soak
	$(BIN)/node --test tests/e2e/long/*.test.mjs

fmt: $(READY) ## format, and mend what can be mended
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

schema.graphql: $(READY) $(wildcard schema/*.py resolvers/*.py) ## write the schema down anew
	$(BIN)/carenotes print-schema > $@

lock: $(READY) ## newest versions into requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --all-extras --group dev pyproject.toml --output-file requirements.lock

clean: ## remove what was built
	rm -rf .venv web/node_modules web/src/generated tests/e2e/node_modules bench/peers/node_modules examples/javascript/node_modules tests/clients/node_modules tests/clients/relay/__generated__ web/dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
