"""The page of leadership post categories in a real browser: read, sorted, and printed."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from survey_app.answers.analyse.estimates.opened_box import OpenedBox
from survey_app.documents.design import Kind, Names, Stratum
from tests.answers.analyse import boxes
from tests.answers.analyse.boxes import filled_sheet
from tests.browser.analyst import LOOKS, RULES, opened, signed_in
from tests.installation import Installation
from tests.sites import design

YES_AND_SHEETS = {"inspection": (30, 120), "training": (0, 90), "design": (1, 13)}


def opened_box() -> OpenedBox:
    """A clear post, one without a yes, one of few answers, and one that stays sealed."""
    names = [*YES_AND_SHEETS, "archive"]
    strata = [
        Stratum(
            id=name,
            unit=Names(zh="全支队", en="Whole bureau"),
            post_category=Names(zh=f"岗位 {name}", en=f"Posts of {name}"),
            kind=Kind.NON_BUSINESS if name == "archive" else Kind.BUSINESS,
            population=400,
            sample=150,
        )
        for name in names
    ]
    plan = design("posts", strata=strata)
    sheets = {
        name: [filled_sheet(plan, name, red_envelope=1)] * yes
        + [filled_sheet(plan, name)] * (number - yes)
        for name, (yes, number) in YES_AND_SHEETS.items()
    }
    return boxes.box(sheets, plan, {"archive": 7})


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with opened(tmp_path_factory.mktemp("posts"), opened_box()) as served:
        yield served


@pytest.fixture
def page(browser: Browser, installation: Installation, language: str, width: int) -> Iterator[Page]:
    with signed_in(browser, installation.base, language, width) as page:
        yield page


@pytest.mark.parametrize(("language", "width"), LOOKS)
def test_the_page_is_read_at_any_width_and_sorted_without_a_script(
    page: Page, installation: Installation, language: str
) -> None:
    page.goto(f"{installation.base}/analyse/posts/posts?lang={language}")
    expect(page.locator(".post")).to_have_count(4)
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    violations = Axe().run(page, options=options).response["violations"]
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("a[href*='sort=rate']").click()
    expect(page.locator(".post h4").first).to_have_text(
        "岗位 inspection" if language == "zh" else "Posts of inspection"
    )
    expect(page.locator(".post h4").nth(2)).to_contain_text("design")
    page.emulate_media(media="print")
    expect(page.locator(".posts nav")).to_be_hidden()
    expect(page.locator(".post").last).to_be_visible()
