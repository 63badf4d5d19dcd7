"""Staff in a real browser: signing in with an authenticator, and the log, in both languages."""

import time
from base64 import b32decode
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from survey_app.crypto.totp import STEP_SECONDS, code_at
from tests.installation import Installation, stratum

PASSWORD = "a long enough password"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation whose staff need an authenticator, with one account for each look at it."""
    installation = Installation(tmp_path_factory.mktemp("office") / "installation", totp="on")
    installation.campaign("spring", [stratum("north")])
    file = installation.folder / "password.txt"
    file.write_text(PASSWORD, encoding="utf-8")
    installation.chain(
        *(("manage", "staff", f"first-{look}", "--password-file", file) for look in range(4))
    )
    installation.start()
    yield installation
    installation.stop()


def _check(page: Page) -> None:
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    violations = AXE.run(page, options=options).response["violations"]
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _sign_in(page: Page, name: str, code: str) -> None:
    page.fill("#username", name)
    page.fill("#password", PASSWORD)
    page.fill("#code", code)
    page.click("#submit")


@pytest.mark.parametrize(
    ("look", "locale", "width"),
    [
        (0, "zh-CN", 360),
        (1, "zh-CN", 1280),
        (2, "en-GB", 360),
        (3, "en-GB", 1280),
    ],
)
def test_from_the_first_sign_in_to_the_log_and_back_in(
    browser: Browser, office: Installation, look: int, locale: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, locale=locale)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.goto(f"{office.base}/manage/log")
    _check(page)
    _sign_in(page, f"first-{look}", "")
    page.wait_for_url("**/second-factor")
    _check(page)
    key = page.locator("code.key").inner_text().replace(" ", "")
    secret = b32decode(key + "=" * (-len(key) % 8))
    first_code = code_at(secret, time.time())
    page.fill("#code", first_code)
    page.click("form button:has-text('完成'), form button:has-text('Done')")
    page.wait_for_url("**/manage/")
    _check(page)
    page.goto(f"{office.base}/manage/log?action=enrol")
    _check(page)
    assert page.locator("tbody tr").first.inner_text().count(f"first-{look}") == 1
    assert page.locator("time").first.get_attribute("datetime")
    page.locator("form[action$=logout] button").click()
    page.wait_for_url("**/login")
    _sign_in(page, f"first-{look}", first_code)
    page.wait_for_selector("[role=alert]")
    _check(page)
    _sign_in(page, f"first-{look}", code_at(secret, time.time() + STEP_SECONDS))
    page.wait_for_url("**/manage/")
    assert faults == []
    context.close()
