# The two commands: `make run` serves on a fresh machine, `make test` passes everything.
PYTHON ?= python3
PORT ?= 8000
export PORT
BIN := .venv/bin
PY := $(BIN)/python
LOCKED := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"

.PHONY: run test check bench bench-check attack fuzz browser servers pictures lock audit sbom licences reference

run: .venv/runtime
	@$(PY) -m survey_app prepare
	@exec $(PY) -m gunicorn -c gunicorn.conf.py wsgi:app

test: check browser servers
	$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder

check: .venv/development
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	$(PY) -m mypy
	$(PY) -m djlint --check --lint survey_app

pictures: browser
	$(PY) -m tests.browser.pictures

bench: .venv/development servers
	$(PY) -m bench

# The short form: fails when the service takes 30 % more floors than bench/results.json says.
bench-check: .venv/development servers
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

licences: .venv/development
	$(PY) -m supply licences

audit: .venv/development
	$(PY) -m supply audit

sbom: .venv/development
	$(PY) -m supply sbom

# Debian's package as root, Playwright's own download elsewhere; nothing where Chromium is there.
browser: .venv/development
	@command -v chromium >/dev/null 2>&1 \
	|| ls "$$HOME"/.cache/ms-playwright/chromium-* >/dev/null 2>&1 \
	|| if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; \
	   then apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-noto-cjk; \
	   else $(PY) -m playwright install chromium; fi

# What tests start or ask: nginx with limits and HTTP/2, systemd's own judge, and curl for the docs' commands.
servers:
	@{ PATH="$$PATH:/usr/sbin" command -v nginx && command -v systemd-analyze && command -v curl; } >/dev/null 2>&1 \
	|| if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; \
	   then apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nginx-light systemd curl; \
	   else echo "Install nginx, systemd-analyze and curl for the tests." >&2; exit 1; fi

.venv/runtime: requirements.lock
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

.venv/development: requirements.lock requirements-dev.lock
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@ .venv/runtime
