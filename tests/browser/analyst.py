"""A statistician before an opened box, in a real browser."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page

from survey_app.answers.analyse.estimates.opened_box import OpenedBox
from survey_app.storage.database import Database
from tests.answers.analyse import boxes
from tests.installation import Installation

NAME, PASSWORD = "statistician", "correct horse battery"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [(language, width) for language in ("zh", "en") for width in (360, 1280)]


@contextmanager
def opened(folder: Path, box: OpenedBox) -> Iterator[Installation]:
    """Serve an installation in which a box was opened, and which has one statistician."""
    installation = Installation(folder / "installation")
    installation.prepare_apart()
    password = installation.folder / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    installation.cli("analyse", "staff", NAME, "--password-file", password)
    store = Database(f"sqlite:///{installation.instance / 'answers' / 'answers.sqlite'}")
    with store.begin() as session:
        boxes.store(session, box)
    store.engine.dispose()
    installation.serve()
    yield installation
    installation.stop()


@contextmanager
def signed_in(browser: Browser, base: str, language: str, width: int) -> Iterator[Page]:
    """Sign the statistician in, in one language and on a screen of one width."""
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(f"{base}/analyse/login?lang={language}")
    page.fill("input[name=username]", NAME)
    page.fill("input[name=password]", PASSWORD)
    page.locator("main [type=submit]").click()
    yield page
    context.close()
