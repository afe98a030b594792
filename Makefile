# Every target sets up what it needs: python3 (3.10 or newer, with venv), make and git are enough.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# That of the shell, or a faster build of the same version; `make setup PYTHON=python3.13` takes any other.
PYTHON ?= $(or $(shell .ci/python 2>/dev/null),python3)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# dbt has an environment of its own, in the versions of transform/uv.lock, for tests and docs. Meltano makes another one,
# when it first builds the models.
DBT := transform/.venv/bin
DBT_READY := transform/.venv/.ready
# What builds the site, on top of .venv, and the script that draws its diagrams.
DOCS_READY := $(VENV)/.docs-ready
MERMAID := output/mermaid.js
# Processes that share the tests, file by file: more than two cores, because many tests wait.
WORKERS ?= 4
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder
NEXT := .venv-next
NEXT_SDK := singer-sdk[testing]==0.55.0b7
# So has the fleet, because Airflow and Meltano do not fit into one.
FLEET := fleet/.venv/bin
FLEET_READY := fleet/.venv/.ready
# And the loader's lakes, because DuckDB's extensions are on PyPI for older versions than the lock's.
LAKE := ducklake
LAKE_READY := $(LAKE)/.venv/.ready
# dbt and Airflow do not work with Python 3.14 yet: there uv looks for another one.
SAME_PYTHON = $(shell $(BIN)/python -c 'import sys; sys.version_info < (3, 14) and print("--python $(BIN)/python")')
PACKAGES := singer-fanout sandbox maintenance target-duckdb report $(wildcard tap-*)

# The project's own environment and no other, whatever the shell has activated.
unexport VIRTUAL_ENV
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/$(VENV)

# Without bytecode every start of a program compiles thousands of modules again, which takes longer than its work.
unexport PYTHONDONTWRITEBYTECODE
export UV_COMPILE_BYTECODE := 1

.PHONY: help setup catalogs demo query report picture docs test test-quick test-next test-slow test-ducklake fleet-test fleet-check fleet-image fleet-simulation lint typecheck dependencies format bench chaos build clean

help: ## Show the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# uv does not compile editable packages.
setup: $(READY) catalogs ## Install everything into .venv
	@$(BIN)/python -m compileall -q -x /tests/ $(PACKAGES)
	@echo "Ready: the commands are in $(BIN)"

catalogs: ## Let Meltano discover anew what the taps read
	@rm -f .meltano/run/*/tap.properties.cache_key

demo: $(READY) ## Load five products from a sandbox into DuckDB, and show what came
	@$(BIN)/python -m demo

# The text as it was typed: a dollar sign in it is no variable of make.
query: export QUERY := $(value SQL)
query: $(READY) ## Ask the demo's database, or another: make query SQL="SELECT ..." [DB=output/warehouse.duckdb]
	@$(BIN)/python -m demo $(if $(DB),--database '$(DB)') -- "$$QUERY"

report: $(READY) ## Write the page of the demo's data, or of another database: make report [DB=output/warehouse.duckdb]
	@$(BIN)/python -m demo.report $(DB)

picture: $(READY) ## Take the picture of the page that stands in the README, after `make demo`
	@.ci/chromium
	@$(BIN)/python -m demo.picture

# No database is needed: columns are declared, and what they hold is not asked.
docs: export DBT_DUCKDB_PATH := :memory:
docs: export DBT_TARGET_PATH := $(CURDIR)/output/dbt
docs: export DBT_LOG_PATH := $(CURDIR)/output/dbt
docs: export NO_MKDOCS_2_WARNING := 1
docs: $(READY) $(DBT_READY) $(DOCS_READY) $(MERMAID) ## Write the data dictionary, the documentation site, and dbt's page of the models
	@cd transform && ../$(DBT)/dbt --quiet parse
	@cd transform && ../$(DBT)/dbt --quiet docs generate --static --empty-catalog --no-compile
	@$(BIN)/data-dictionary --manifest output/dbt/manifest.json
	@$(BIN)/documentation-pages
	@$(BIN)/mkdocs --quiet build
	@cp output/dbt/static_index.html output/models.html
	@echo "The site is in output/site ($(BIN)/mkdocs serve shows it), the page of the models is output/models.html"

test: $(READY) $(DBT_READY) ## Run all tests
	@.ci/postgresql
	@.ci/chromium
	@$(PYTEST) $(ARGS)

test-quick: $(READY) ## Run the tests that take no time: none that is long or starts a process
	@$(PYTEST) --quick $(ARGS)

# The lock's versions of everything else, in an environment of its own: the lock and .venv stay as they are.
test-next: $(READY) ## Run the tests of engine, loader and taps with the next Singer SDK
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(NEXT)
	@$(BIN)/uv export --quiet --frozen --all-packages --no-hashes --no-emit-package singer-sdk \
	  | $(BIN)/uv pip install --quiet --python $(NEXT)/bin/python --requirement - "$(NEXT_SDK)"
	@status=0; for package in singer-fanout target-duckdb $(wildcard tap-*); do \
	  echo "$$package with $(NEXT_SDK)"; \
	  $(NEXT)/bin/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $$package/tests $(ARGS) || status=1; \
	done; exit $$status

test-slow: $(READY) ## Run what takes minutes: every source into S3, runs with prepared catalogs
	@$(BIN)/pytest tests/slow $(ARGS)

test-ducklake: $(READY) $(LAKE_READY) ## Run the loader's tests with lakes: catalogs in PostgreSQL, data on S3
	@.ci/postgresql
	@$(LAKE)/.venv/bin/python -m pytest -c $(LAKE)/pyproject.toml --rootdir . --confcutdir $(LAKE) -n $(WORKERS) $(LAKE)/tests $(ARGS)

fleet-test: $(READY) $(FLEET_READY) ## Run the tests of the fleet, in Airflow's environment
	@.ci/postgresql
	@AIRFLOW_HOME=$(CURDIR)/output/fleet/airflow $(FLEET)/python -m pytest -c fleet/pyproject.toml --rootdir . --confcutdir fleet fleet/tests $(ARGS)

fleet-check: $(READY) $(FLEET_READY) ## Load 24 accounts on a whole Airflow while workers are killed and servers fail
	@.ci/postgresql
	@.ci/redis
	@$(BIN)/python -m fleet.check $(ARGS)

fleet-image: $(READY) ## Build the image of the fleet, and load accounts in a container that has no network
	@.ci/buildah
	@.ci/postgresql
	@fleet/check/image.sh

fleet-simulation: $(FLEET_READY) ## Print how many workers 500 and 5,000 accounts need
	@$(FLEET)/python -m fleet.simulation $(ARGS)

lint: $(READY) ## Check style, types and dependencies
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(MAKE) typecheck dependencies

# One run a folder: the tests of several packages hold modules of the same name. The end-to-end tests share what the taps'
# tests know of the sources.
typecheck: export MYPYPATH := tap-instatus/tests:tap-rootly/tests:tap-statuspages/tests:report/tests:fleet
typecheck: $(READY) $(FLEET_READY) $(LAKE_READY)
	@status=0; for folder in $(PACKAGES) tests demo bench chaos "-p fleet.check"; do \
	  echo "mypy $$folder"; \
	  $(BIN)/mypy --no-error-summary $$folder || status=1; \
	done; \
	for folder in fleet/status_fleet fleet/dags "-p fleet.simulation" "-p fleet.tests"; do \
	  echo "mypy $$folder"; \
	  $(BIN)/mypy --no-error-summary --python-executable $(FLEET)/python $$folder || status=1; \
	done; \
	echo "mypy $(LAKE)"; \
	$(BIN)/mypy --no-error-summary --python-executable $(LAKE)/.venv/bin/python $(LAKE)/tests || status=1; \
	exit $$status

# Never imported: zoneinfo and DuckDB find tzdata and pytz, uvicorn finds httptools and uvloop.
dependencies: $(READY)
	@status=0; for package in $(PACKAGES); do \
	  echo "deptry $$package"; \
	  (cd $$package && ../$(BIN)/deptry --no-ansi --per-rule-ignores 'DEP002=tzdata|pytz|httptools|uvloop' .) || status=1; \
	done; \
	echo "deptry fleet"; \
	(cd fleet && ../$(BIN)/deptry --no-ansi --known-first-party status_fleet \
	  --package-module-name-map apache-airflow=airflow status_fleet dags) || status=1; \
	echo "deptry $(LAKE)"; \
	(cd $(LAKE) && ../$(BIN)/deptry --no-ansi tests) || status=1; \
	exit $$status

format: $(READY) ## Format the code and mend what can be mended
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

bench: $(READY) $(DBT_READY) ## Run the benchmarks
	@$(BIN)/python -m bench $(ARGS)

chaos: $(READY) ## Load all taps while answers fail, rows move and processes are killed
	@$(BIN)/python -m chaos $(ARGS)

build: $(READY) ## Build and check the packages for PyPI: make build [PACKAGE=tap-cachet] [TAG=tap-cachet-v0.1.0]
	@$(BIN)/check-packages $(if $(TAG),--tag $(TAG)) $(PACKAGE)

# Meltano's database stays: it holds the states, without which the next runs would read everything again.
clean: ## Remove environments, caches and the demo's output; states and loaded data stay
	@rm -rf $(VENV) $(NEXT) transform/.venv fleet/.venv $(LAKE)/.venv output/fleet .fleet-image dist output/demo.* output/dbt output/models.html output/site $(MERMAID) output/report.html
	@rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@[ ! -d .meltano ] || find .meltano -mindepth 1 -maxdepth 1 ! -name 'meltano.db*' -exec rm -rf {} +

$(READY): Makefile uv.lock pyproject.toml $(wildcard */pyproject.toml) | $(BIN)/uv
	@echo "Installing the project's packages into $(VENV)"
	@$(BIN)/uv sync --frozen --inexact --quiet
# Meltano does not notice that an editable package asks for other dependencies; this makes it install again.
	@rm -f .meltano/*/*/venv/.meltano_plugin_fingerprint
	@touch $@

$(DBT_READY): Makefile transform/pyproject.toml transform/uv.lock | $(BIN)/uv
	@echo "Installing dbt into transform/.venv"
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/transform/.venv $(BIN)/uv sync --project transform --frozen --quiet $(SAME_PYTHON) --all-groups
	@touch $@

$(DOCS_READY): $(READY)
	@echo "Installing what builds the site into $(VENV)"
	@$(BIN)/uv sync --frozen --inexact --quiet --group docs
	@touch $@

$(MERMAID): maintenance/maintenance/site/mermaid.py | $(READY)
	@mkdir -p output
	@$(BIN)/python -m maintenance.site.mermaid $@

$(FLEET_READY): Makefile fleet/pyproject.toml fleet/uv.lock | $(BIN)/uv
	@echo "Installing Airflow into fleet/.venv"
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/fleet/.venv $(BIN)/uv sync --project fleet --frozen --quiet $(SAME_PYTHON) --all-groups
	@touch $@

$(LAKE_READY): Makefile $(LAKE)/pyproject.toml $(LAKE)/uv.lock | $(BIN)/uv
	@echo "Installing DuckDB with its extensions into $(LAKE)/.venv"
	@UV_PROJECT_ENVIRONMENT=$(CURDIR)/$(LAKE)/.venv $(BIN)/uv sync --project $(LAKE) --frozen --quiet --python $(BIN)/python
	@touch $@

# uv comes from PyPI; the version in uv.lock replaces it at once, because Meltano depends on it.
$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or newer is needed, for example: make PYTHON=python3.12")'
	@echo "Creating $(VENV) and installing uv"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
