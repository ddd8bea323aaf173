# Everything sets itself up: Python 3.11 or newer and make are enough.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# The first interpreter that runs and is new enough; Lambda's own version is preferred.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.14 python3.11 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
# sam build wants the runtime's exact minor on PATH; pyenv keeps it where only pyenv finds it.
PYTHON313 = $(shell for p in python3.13 "$$(PYENV_VERSION=$$(pyenv versions --bare 2>/dev/null | grep '^3\.13' | tail -1) pyenv which python3.13 2>/dev/null)"; do \
	[ -n "$$p" ] && $$p -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))' >/dev/null 2>&1 && { command -v $$p; break; }; done)
# The oldest interpreter that is new enough, Debian's own among them: `re`, `unicodedata` and others change in patch releases.
OLDEST ?= $(shell for p in /usr/bin/python3 /usr/bin/python3.11 python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys; v = sys.version_info; v < (3, 11) or print("%03d%03d%03d" % v[:3], sys.executable)' 2>/dev/null || :; done | sort | head -1 | cut -d" " -f2)
BIN := .venv/bin
# Without bytecode on disk every process compiles all it imports.
unexport PYTHONDONTWRITEBYTECODE
ARGS ?=
SEED ?= 1
RUNS ?= 25
UV_LOCK = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links

.PHONY: help setup demo test unit unit-oldest check secrets format bench chaos e2e build lock openapi data-model clean

help: ## What there is to make
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: .venv/.ready ## The environment: .venv with the locked dependencies

.venv/.ready: requirements/dev.txt requirements/uv.txt
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed, and none was found on PATH." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	$(BIN)/uv pip install -q --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.txt \
		|| $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: setup ## Collect a simulated account on this machine: make demo ARGS="--lookback 365 --out DIR"
	$(BIN)/python -m local demo $(ARGS)

test: setup ## All tests that need no container, in an order of their own
	$(BIN)/pytest -n auto --dist loadfile --randomly-seed=$(SEED) -m "not e2e" $(ARGS)

unit: setup ## The tests that open no socket
	$(BIN)/pytest -n auto tests/unit $(ARGS)

.venv-oldest/.ready: requirements/dev.txt | setup
	$(BIN)/uv venv -q --clear --python $(OLDEST) .venv-oldest
	$(BIN)/uv pip install -q --python .venv-oldest/bin/python --require-hashes -r requirements/dev.txt \
		|| $(BIN)/python -m pip --python .venv-oldest/bin/python install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

unit-oldest: .venv-oldest/.ready ## The same on the oldest Python of this machine that is supported
	@echo "The unit tests on the oldest interpreter found, $(OLDEST): $$(.venv-oldest/bin/python -VV)"
	.venv-oldest/bin/pytest -q -n auto tests/unit $(ARGS)

check: setup .venv-sam/.ready .venv-checkov/.ready ## Format, lint, types, direction of imports, the template, secrets and generated files
	$(BIN)/ruff format --check -q .
	$(BIN)/ruff check -q .
	$(BIN)/mypy
	PYTHONPATH=.:layers/common $(BIN)/lint-imports
	$(BIN)/cfn-lint template.yaml
	SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam validate --lint
	.venv-checkov/bin/checkov --config-file .checkov.yaml
	@if git rev-parse >/dev/null 2>&1; then git ls-files -z | xargs -0 $(BIN)/detect-secrets-hook --baseline .secrets.baseline; \
		else echo "The files were not searched for secrets: this is no git clone, or git is not installed."; fi
	$(BIN)/python -m local openapi --check
	$(BIN)/python -m local data-model --check
	$(BIN)/python -m local report-documents --check
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory page-scripts; \
		else echo "The page's scripts were not checked: npm is not installed."; fi

PAGE_BUNDLE := local/page_bundle

$(PAGE_BUNDLE)/node_modules/.ready: $(PAGE_BUNDLE)/package-lock.json
	cd $(PAGE_BUNDLE) && npm ci --silent --ignore-scripts
	@touch $@

page-scripts: $(PAGE_BUNDLE)/node_modules/.ready ## Types of the page's scripts, and the chart library built anew (needs npm)
	cd $(PAGE_BUNDLE) && npm run --silent check

page-bundle: $(PAGE_BUNDLE)/node_modules/.ready ## Write the page's chart library anew, after a version changed (needs npm)
	cd $(PAGE_BUNDLE) && npm run --silent bundle

# What `make check` does not take for a secret, beside what .secrets.baseline lists: hashes of locks and of results, what
# npm and others made, and pictures; and as values: names of settings, parameters and ARNs (which name a secret), ids of
# applications and accounts, the simulator's credentials, which open nothing else, words of tests, and the account and
# API id of the sample events.
NO_SECRETS := --exclude-files '(^|/)requirements(/[a-z]+)?\.txt$$|(^|/)package-lock\.json$$|\.(gz|png)$$|/assets/vendor/|/digests\.json$$' \
	--exclude-lines '(?i)account_?key_?ref' \
	--exclude-secrets '^arn(:|$$)|_ARN$$|SecretArn$$|GetSecretValue$$|^AWS::|^KmsKeyId$$' \
	--exclude-secrets '^86[a-z-]+$$|^linkedin_learning_account:|^demo[+]secret|^hush' \
	--exclude-secrets '^(token|benchmark|wrong|guess|testing|linkedin)$$|^hu.x00sh$$' \
	--exclude-secrets '^[0-9]+:learning-graph-|^a1b2c3d4e5$$'

secrets: setup ## Write .secrets.baseline anew; then go through it: .venv/bin/detect-secrets audit .secrets.baseline
	$(BIN)/detect-secrets scan $(NO_SECRETS) > .secrets.baseline

format: setup ## Let ruff put everything into form
	$(BIN)/ruff format -q .
	$(BIN)/ruff check -q --fix .

bench: setup ## Speed, memory and calls beside what is to be reached: make bench ARGS="--quick"
	PYTHONPATH=.:layers/common $(BIN)/python -m benchmarks $(ARGS)

chaos: setup ## Random fault schedules through the local run: make chaos SEED=7 RUNS=100
	$(BIN)/python -m local chaos --seed $(SEED) --runs $(RUNS) $(ARGS)

# sam and checkov pin what the project has in other versions.
.venv-%/.ready: requirements/%.txt requirements/uv.txt | setup
	$(PYTHON) -m venv .venv-$*
	$(BIN)/uv pip install -q --python .venv-$*/bin/python --require-hashes -r $< \
		|| .venv-$*/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes -r $<
	@touch $@

build: .venv-sam/.ready ## sam build, with a SAM CLI of its own
	@[ -n "$(PYTHON313)" ] || { echo "sam build needs python3.13 on PATH (or run: sam build --use-container)." >&2; exit 1; }
	PATH="$(dir $(PYTHON313)):$$PATH" .venv-sam/bin/sam build $(ARGS)

e2e: setup .venv-sam/.ready ## sam build and sam local in containers; needs a container engine and python3.13
	PATH="$(CURDIR)/.venv-sam/bin:$(dir $(PYTHON313)):$$PATH" $(BIN)/pytest -p no:randomly -m e2e tests/e2e $(ARGS)

openapi: setup ## Write docs/openapi.json anew
	$(BIN)/python -m local openapi

data-model: setup ## Write the tables of docs/data-model.md anew
	$(BIN)/python -m local data-model

lock: setup ## Resolve the dependencies anew
	$(UV_LOCK) pyproject.toml -o layers/dependencies/requirements.txt
	$(UV_LOCK) --group sam -o requirements/sam.txt
	$(UV_LOCK) --group checkov -o requirements/checkov.txt
	echo 'duckdb>=2.0' | $(UV_LOCK) --no-annotate - -o layers/duckdb/requirements.txt
	$(UV_LOCK) --extra assembly --group dev -c layers/duckdb/requirements.txt -c layers/dependencies/requirements.txt pyproject.toml -o requirements/dev.txt

clean: ## Remove what was built
	rm -rf build .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis
