.DEFAULT_GOAL := help
.PHONY: help run test check demo trial bench static lock audit format serve

PY := .venv/bin/python
UV := .venv/bin/uv --no-config
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

help: ## Say what each target does
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: ## Set up what is needed, then start the site with its demonstration borough
	@.ci/setup run
	@.ci/serve

serve: ## Start the site without looking at what is installed
	@.ci/serve

check: ## The quick checks: lint, types, contracts, templates, all but the thorough tests on SQLite
	@.ci/setup test
	@$(PY) .ci/gates check

test: ## Every check, on both databases and in a browser
	@.ci/setup test
	@$(PY) .ci/gates test

demo: ## Build the demonstration borough afresh
	@.ci/setup run
	@.venv/bin/flask demo build

trial: ## Try the import on real register data: make trial DATA=folder
	@test -n "$(DATA)" || { echo "Say where the data is: make trial DATA=folder" >&2; exit 2; }
	@.ci/setup test
	@$(PY) -m tests.trial "$(DATA)"

bench: ## Measure the pages
	@.ci/setup test
	@$(PY) -m bench

static: node_modules ## Build static/ from the packages in package-lock.json
	@$(PY) .ci/build-static

node_modules: package-lock.json
	@npm ci --silent
	@touch node_modules

lock: ## Write the lock files again (UPGRADE=1 moves to the newest versions allowed)
	@$(COMPILE) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	@$(COMPILE) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt
	@npm install --package-lock-only --silent
	@! grep -nE -e '--(index-url|extra-index-url|find-links)|file:|https?://' requirements.txt requirements-dev.txt
	@! grep -n '"resolved"' package-lock.json

audit: ## Look the pinned packages up in the list of known holes (needs the network)
	@.venv/bin/pip-audit --require-hashes --disable-pip -r requirements.txt

format: ## Let ruff and djlint lay the files out
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .
