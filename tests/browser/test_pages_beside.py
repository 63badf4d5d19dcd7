"""The pages beside the questionnaire, in both languages, light and dark, narrow and wide."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from survey_app.respondent.protocol import SignedBallot
from tests.browser.conftest import Phones
from tests.browser.phone import address
from tests.public import Survey

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = Axe()
Scheme = Literal["light", "dark"]


@pytest.mark.parametrize("locale", ["zh-CN", "en-GB"])
@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_they_are_readable_and_fit(
    phones: Phones,
    survey: Survey,
    opened_survey: tuple[Survey, SignedBallot, SignedBallot],
    locale: str,
    scheme: Scheme,
    width: int,
) -> None:
    assert opened_survey
    phone = phones(width, locale=locale)
    phone.page.emulate_media(color_scheme=scheme)
    phone.page.route("**/changed_link.js", lambda route: route.abort())
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    start = f"{survey.installation.base}/respond/"
    pages = ["anonymity", "turnout", "nothing", "%23AAAA-BBBB"]
    for page in [start, *(address(survey, page) for page in pages)]:
        phone.page.goto(page)
        faults = AXE.run(phone.page, options=options).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in faults] == []
        phone.check_width()
    assert phone.faults == []


def test_a_receipt_alone_finds_its_way_from_the_start_page_after_the_end(
    phones: Phones, opened_survey: tuple[Survey, SignedBallot, SignedBallot]
) -> None:
    survey, _, _ = opened_survey
    phone = phones()
    phone.page.goto(f"{survey.installation.base}/respond/")

    phone.page.locator(f'a[href$="/{survey.name}/receipts"]').tap()

    phone.page.wait_for_url(address(survey, "receipts"))
    assert "查验回执" in phone.page.title()
