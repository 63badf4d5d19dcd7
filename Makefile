# The two commands: `make run` serves on a fresh machine, `make test` passes everything.
PYTHON ?= python3
PORT ?= 8000
export PORT
BIN := .venv/bin
PY := $(BIN)/python
TESTS := -n auto --dist loadfile --no-loadscope-reorder
SCRIPTS := 'survey_app/**/static/*.js' 'tests/**/*.mjs'
SHEETS := 'survey_app/**/static/*.css'
LOCKED := --quiet --upgrade --universal --python-version 3.11 --no-strip-extras --generate-hashes --custom-compile-command "make lock"

.PHONY: run test check format programs bench bench-check attack fuzz pictures lock audit sbom licences reference scripts

run: .venv/runtime
	@$(PY) -m survey_app prepare
	@exec $(PY) -m gunicorn -c gunicorn.conf.py wsgi:app

# `make test COVERAGE=--cov` says too how much of the program tests reached in their own process.
test: check programs
	$(PY) -m pytest $(TESTS) $(COVERAGE)

# What is quick comes first.
check: .venv/development
	$(BIN)/oxfmt --check $(SCRIPTS) $(SHEETS)
	$(BIN)/oxlint --deny-warnings --ignore-pattern '**/built' survey_app tests
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	$(PY) -m djlint --check --lint survey_app
	$(PY) -m mypy

format: .venv/development
	$(PY) -m ruff check --select I --fix-only --quiet .
	$(PY) -m ruff format .
	$(BIN)/oxfmt $(SCRIPTS) $(SHEETS)
	$(PY) -m djlint --reformat --quiet survey_app

# Installs what tests start beside Python's packages: as root by apt, else it names what is missing.
programs: .venv/development
	@$(PY) -m supply programs

pictures: programs
	$(PY) -m tests.browser.pictures

bench: programs
	$(PY) -m bench

# The short form: fails when the service takes 30 % more floors than bench/results.json says.
bench-check: programs
	$(PY) -m bench.check

attack: .venv/development
	$(PY) -m tests.linkage

# For ten minutes; `make fuzz SECONDS=60` for one.
fuzz: .venv/development
	$(PY) -m tests.fuzz.ballots -max_total_time=$(or $(SECONDS),600)

# Renews both locks, for every Python that pyproject.toml allows, and the table of licences.
lock: .venv/development
	$(PY) -m uv pip compile $(LOCKED) requirements.txt -o requirements.lock
	$(PY) -m uv pip compile $(LOCKED) requirements-dev.txt -c requirements.lock -o requirements-dev.lock
	$(MAKE) licences

# The reference of the statistics library, from its docstrings.
reference: .venv/development
	$(PY) -m reference

# What respondents' browsers load, from its sources.
scripts: .venv/development
	$(PY) -m supply scripts

licences: .venv/development
	$(PY) -m supply licences

audit: .venv/development
	$(PY) -m supply audit

sbom: .venv/development
	$(PY) -m supply sbom

.venv/runtime: requirements.lock
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

.venv/development: requirements.lock requirements-dev.lock
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@ .venv/runtime
