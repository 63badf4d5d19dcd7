"""A survey manager in a real browser, from the first sign-in to the close, in both languages."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.browser.walk import PASSWORD, walk
from tests.laptop import Laptop, stratum

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [("zh-CN", 360), ("en-GB", 1280)]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laptop]:
    """A laptop with a manager for each look at it."""
    laptop = Laptop(tmp_path_factory.mktemp("office") / "laptop", totp="on")
    laptop.campaign("autumn", [stratum("north")])
    laptop.staff(PASSWORD, *(f"manager-{width}" for _, width in LOOKS))
    laptop.start()
    yield laptop
    laptop.stop()


@pytest.mark.parametrize(("locale", "width"), LOOKS)
def test_a_manager_goes_from_the_plan_to_the_close(
    browser: Browser, office: Laptop, locale: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, locale=locale)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))

    def look(name: str) -> None:
        options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        found = Axe().run(page, options=options).response["violations"]
        told = [(fault["id"], [node["html"] for node in fault["nodes"]][:3]) for fault in found]
        assert told == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    walk(office, page, f"manager-{width}", f"wave-{width}", look)

    assert faults == []
    context.close()
