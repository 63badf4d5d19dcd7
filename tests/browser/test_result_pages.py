"""Estimates, items and comparisons in a real browser: what stands beside a rate, on a phone too."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.answers.analyse import boxes
from tests.browser.analyst import LOOKS, RULES, opened, signed_in
from tests.installation import Installation


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with opened(tmp_path_factory.mktemp("results"), boxes.two_by_two()) as served:
        yield served


@pytest.fixture
def page(browser: Browser, installation: Installation, language: str, width: int) -> Iterator[Page]:
    with signed_in(browser, installation.base, language, width) as page:
        page.goto(f"{installation.base}/analyse/spring/")
        yield page


def check(page: Page) -> None:
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    violations = Axe().run(page, options=options).response["violations"]
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def is_within(page: Page, place: Locator) -> bool:
    """Tell whether something is seen whole without scrolling to the side."""
    box, size = place.bounding_box(), page.viewport_size
    return bool(box and size and box["x"] >= 0 and box["x"] + box["width"] <= size["width"])


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_a_level_is_seen_with_its_rate_and_reliability_without_scrolling(page: Page) -> None:
    row = page.locator("section", has=page.locator(".risk")).locator("tbody tr").first

    for part in (".risk", ".rate", ".reliability"):
        assert is_within(page, row.locator(part))
    page.locator("summary", has_text="合计人数").or_(
        page.locator("summary", has_text="Totals")
    ).click()
    check(page)


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_the_names_of_units_stay_while_their_items_scroll(page: Page) -> None:
    page.locator("a[href*='/items/unit']").click()
    table = page.locator(".table-responsive").first
    table.evaluate("table => table.scrollLeft = table.scrollWidth")

    assert is_within(page, table.locator("tbody th").first)
    assert is_within(page, table.locator("tbody td .rate").nth(6))
    page.locator("summary", has_text="下次").or_(page.locator("summary", has_text="next")).click()
    check(page)


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_units_are_compared_by_odds_and_the_choice_stays(page: Page, language: str) -> None:
    page.locator(".nav-tabs a[href*='compare']").click()
    page.select_option("#option-subject", "unit")
    page.select_option("#option-measure", "odds")
    page.locator("form:has(#option-subject) [type=submit]").click()

    expect(page.locator("#option-measure")).to_have_value("odds")
    head = page.locator(".table thead th").nth(2)
    expect(head).to_have_text("优势比" if language == "zh" else "Odds ratio")
    assert is_within(page, page.locator(".table tbody td").nth(2))
    check(page)
    page.locator("summary").first.click()
    page.select_option("#option-level", "0.9")
    page.locator("form:has(#option-level) [type=submit]").click()
    expect(page.locator("#option-measure")).to_have_value("odds")
