# `make demo` and `make test` are all a newcomer needs; both set up what is missing.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
PYTHON ?= python3
UV_VERSION := 0.13.9
INSTALLED := $(VENV)/.installed
PEERS := $(VENV)/.peers
LAKE := .venv-lake

help: ## what there is to make
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(INSTALLED) ## everything a bare machine lacks, and .venv/bin/briefing

$(INSTALLED): requirements.lock pyproject.toml scripts/system-packages.sh
	bash scripts/system-packages.sh
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; set PYTHON=/path/to/python3")'
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	$(VENV)/bin/uv pip install --quiet --compile-bytecode --python $(VENV)/bin/python --require-hashes -r requirements.lock
	$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python --no-deps --editable .
	touch $@

demo: setup ## the whole path offline, on a simulated market: prints the path of a PDF
	$(VENV)/bin/briefing demo

# A worker for each core has them all busy: threads of their own would only wait for each other. Each
# worker takes tests that lie beside each other, so that homes and pages are mostly made once.
PYTEST := PYTHONDONTWRITEBYTECODE= POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 \
	$(VENV)/bin/python -m pytest -q -n auto --dist worksteal

test: setup ## all tests, and the ten slowest; those on real data run only where the data are
	bash scripts/test-package.sh chromium
	$(PYTEST) --durations=10

# Besides those of a real lake there are tests of single parts that import what it needs.
LAKE_TESTS = tests/lake $(shell grep -rl --include='test_*.py' 'importorskip("psycopg")' tests)

# Two workers, each with servers of its own: tests of a file share a lake.
test-lake: $(LAKE)/.installed ## a warehouse on Postgres and S3: both are started on loopback, and stopped
	bash scripts/test-package.sh postgresql
	PYTHONDONTWRITEBYTECODE= POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 \
		$(LAKE)/bin/python -m pytest -q -n 2 --dist loadfile $(LAKE_TESTS) --durations=10

$(LAKE)/.installed: requirements-lake.lock pyproject.toml | $(INSTALLED)
	test -x $(LAKE)/bin/python || $(PYTHON) -m venv $(LAKE)
	$(VENV)/bin/uv pip install --quiet --compile-bytecode --python $(LAKE)/bin/python --require-hashes -r requirements-lake.lock
	$(VENV)/bin/uv pip install --quiet --python $(LAKE)/bin/python --no-deps --editable .
	touch $@

test-unit: setup ## formulas, metrics, readers and rules, in a minute or two
	$(PYTEST) -m unit tests/transforms tests/warehouse

check: setup ## format, lint, types, import rules
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy --num-workers 2
	$(VENV)/bin/lint-imports

bench: $(PEERS) ## speed, side by side with peers
	$(VENV)/bin/python -m benchmarks

$(PEERS): $(INSTALLED)
	$(VENV)/bin/uv pip install --quiet --python $(VENV)/bin/python --group bench
	touch $@

dictionary: setup ## docs/dictionary.md and docs/metrics.md out of the declarations
	$(VENV)/bin/python -m warehouse.storage.dictionary > docs/dictionary.md
	$(VENV)/bin/python -m transforms.metric_reference > docs/metrics.md

handbook: setup ## docs/metrics.md with a picture of each metric's history
	$(VENV)/bin/python -m flows.handbook

upstreams: setup ## docs/upstreams.md: functions in use, and what their reading was held against
	$(VENV)/bin/python -m scripts.upstreams

architecture: setup ## docs/architecture.svg and its tables, drawn from the imports
	$(VENV)/bin/python -m scripts.architecture

stages: setup ## README.md: stages, requests and hours of `briefing bootstrap`
	$(VENV)/bin/python -m scripts.stages

exchange-days: setup ## when Hong Kong and New York rest, out of the library exchange_calendars
	$(VENV)/bin/python -m scripts.exchange_days

requests: setup ## how many requests each akshare function makes, counted on 5,400 simulated shares
	$(VENV)/bin/python -m scripts.requests_per_call > requests.csv
	mv requests.csv flows/bootstrap/requests.csv

faults: setup ## docs/faults.md: what becomes of each dataset family under each fault
	WRITE_FAULTS=1 $(VENV)/bin/pytest -q tests/flows/ingestion/test_faults.py

statements: setup ## tests/templates/statements: what the pages of the drawn markets say
	WRITE_STATEMENTS=1 $(VENV)/bin/pytest -q tests/templates/test_statements.py tests/templates/test_markup.py tests/templates/test_documents.py tests/templates/test_drawings.py tests/templates/sections/test_charts.py tests/templates/test_read_issues.py

sentences: setup ## tests/templates/wording: what findings and pages say, in both languages
	WRITE_SENTENCES=1 $(VENV)/bin/pytest -q tests/templates/wording/test_sentences.py tests/templates/wording/test_spelled.py tests/templates/wording/test_pages.py

values: setup ## tests/markets/values: what the metrics of the drawn markets add up to
	WRITE_VALUES=1 $(VENV)/bin/pytest -q tests/test_no_lookahead.py tests/transforms/engine/test_read_declarations.py tests/transforms/outlook/test_scenarios.py tests/transforms/findings/test_read_findings.py tests/transforms/metrics/test_known_windows.py -k read_last

rules: setup ## tests/warehouse/*.txt and rules.csv: what each dataset refuses, declares, asks and reads
	WRITE_RULES=1 $(VENV)/bin/pytest -q tests/warehouse/test_rules.py tests/warehouse/test_declarations.py tests/warehouse/test_calls.py tests/warehouse/datasets -k read_last

SEED ?= 1
mutants: $(LAKE)/.installed ## how honest the tests are: N mutants of the seed SEED, each against the tests near it
	bash scripts/lake-packages.sh
	$(LAKE)/bin/python -m scripts.mutants --seed $(SEED) --number $(or $(N),150)

hostile: setup ## N random hostile files (1,000), and what becomes of each when it is imported
	POLARS_MAX_THREADS=1 $(VENV)/bin/python -m tests.hostile $(or $(N),1000)

kills: setup ## kill -9 at random moments of all that runs; K kills, over half an hour for 100
	$(VENV)/bin/python -m scripts.kills --kills $(or $(K),100)

LOCK := $(VENV)/bin/uv pip compile pyproject.toml --group dev --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --quiet

lock: setup ## requirements.lock and requirements-lake.lock out of pyproject.toml
	$(LOCK) -o requirements.lock
	$(LOCK) --extra lake --group lake-test -o requirements-lake.lock

akshare-update: setup ## look at the newest akshare, or VERSION=…, test it, and lock it if all passes
	$(VENV)/bin/python -m scripts.akshare_update $(if $(VERSION),--version $(VERSION))

.PHONY: help setup demo test test-lake test-unit check bench dictionary handbook upstreams architecture stages exchange-days requests faults statements sentences values rules \
	mutants kills hostile lock akshare-update
