"""A real Chromium, and phones in it."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, BrowserContext, BrowserType, sync_playwright

from survey_app.answers import client
from tests.browser.phone import Phone

QUIET = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Phones = Callable[..., Phone]
STATIC = Path(client.__file__).parent / "static"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium where there is one, else the one that Playwright downloads."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield browser
        browser.close()


@contextmanager
def kept_browser(chromium: BrowserType, profile: Path) -> Iterator[BrowserContext]:
    """Open a browser that keeps its files, as people's browsers do."""
    context = chromium.launch_persistent_context(
        profile,
        executable_path=shutil.which("chromium"),
        args=QUIET,
        viewport={"width": 360, "height": 740},
        has_touch=True,
    )
    try:
        yield context
    finally:
        context.close()


@pytest.fixture
def phones(browser: Browser) -> Iterator[Phones]:
    """Phones of 360 px width, each with a browser that knows nothing yet."""
    contexts: list[BrowserContext] = []

    def unpack(width: int = 360, *, scripts: bool = True, locale: str = "zh-CN") -> Phone:
        context = browser.new_context(
            viewport={"width": width, "height": 740},
            has_touch=True,
            java_script_enabled=scripts,
            locale=locale,
        )
        contexts.append(context)
        return Phone(context.new_page())

    yield unpack
    for context in contexts:
        context.close()


@pytest.fixture
def phone(phones: Phones) -> Phone:
    """One such phone."""
    return phones()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def static_url() -> Iterator[str]:
    """Where the scripts' modules are, each for itself."""
    handler = partial(_Quiet, directory=str(STATIC))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()
