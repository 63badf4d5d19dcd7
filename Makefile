# The two commands: `make run` serves on a fresh machine, `make test` passes everything.
PYTHON ?= python3
PORT ?= 8000
export PORT
BIN := .venv/bin
PY := $(BIN)/python

.PHONY: run test check bench attack browser servers pictures

run: .venv/runtime
	@$(PY) -m survey_app prepare
	@exec $(PY) -m gunicorn -c gunicorn.conf.py wsgi:app

test: check browser servers
	$(PY) -m pytest -n auto --dist loadfile

check: .venv/development
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"
	$(PY) -m mypy
	$(PY) -m djlint --check --lint survey_app

pictures: browser
	$(PY) -m tests.browser.pictures

bench: .venv/development
	$(PY) -m bench

attack: .venv/development
	$(PY) -m tests.linkage

# Debian's package as root, Playwright's own download elsewhere; nothing where Chromium is there.
browser: .venv/development
	@command -v chromium >/dev/null 2>&1 \
	|| ls "$$HOME"/.cache/ms-playwright/chromium-* >/dev/null 2>&1 \
	|| if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; \
	   then apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium fonts-noto-cjk; \
	   else $(PY) -m playwright install chromium; fi

# What the production tests start or ask: nginx with limits and HTTP/2, and systemd's own judge.
servers:
	@{ PATH="$$PATH:/usr/sbin" command -v nginx && command -v systemd-analyze; } >/dev/null 2>&1 \
	|| if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; \
	   then apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends nginx-light systemd; \
	   else echo "Install nginx and systemd-analyze for tests/production." >&2; exit 1; fi

.venv/runtime: requirements.txt
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/development: requirements.txt requirements-dev.txt
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@ .venv/runtime
