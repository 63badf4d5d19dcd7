"""WCAG 2.2 AA at every step in both languages, as far as axe sees it; and what axe does not see."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe

from survey_app.respondent.protocol import SignedBallot
from tests.browser.conftest import Phones
from tests.browser.phone import Phone, address, link
from tests.public import Survey

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LANGUAGES = ["中文", "English"]
AXE = Axe()

Language = pytest.mark.parametrize("language", LANGUAGES)


def _check(phone: Phone) -> None:
    """See that axe finds nothing, and that nothing reaches beyond the screen."""
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    violations = AXE.run(phone.page, options=options).response["violations"]
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in violations] == []
    phone.check_width()


def _focused(phone: Phone) -> str:
    text: str = phone.page.evaluate("document.activeElement.innerText")
    return text


@Language
@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_every_step_of_the_survey(
    phones: Phones, survey: Survey, language: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    phone = phones(width)
    phone.page.emulate_media(color_scheme=scheme)
    phone.open(address(survey), "asking")
    phone.page.get_by_role("button", name=language).tap()
    _check(phone)
    phone.page.fill("#code", "A" * 16)
    phone.press("#asking .main")
    phone.page.wait_for_selector("#wrong:not(:empty)")
    _check(phone)
    phone.page.fill("#code", survey.code())
    phone.press("#asking .main", "welcome")
    _check(phone)
    phone.press("#begin", "questions")
    _check(phone)
    phone.answer(phone.items()[0], 0)
    _check(phone)
    phone.press("#unfold")
    phone.answer(phone.items()[1], 1)
    _check(phone)
    phone.press("#check", "review")
    _check(phone)
    phone.page.route("**/credentials", lambda route: route.abort())
    phone.press("#send", "notice")
    phone.page.wait_for_selector("#again:not([hidden])")
    _check(phone)
    phone.page.unroute("**/credentials")
    phone.see("received")
    _check(phone)
    phone.press("#copy")
    _check(phone)
    phone.press("#erase", "asking")
    _check(phone)


@Language
def test_the_pages_beside_it(
    phone: Phone,
    survey: Survey,
    opened_survey: tuple[Survey, SignedBallot, SignedBallot],
    language: str,
) -> None:
    closed_survey = opened_survey[0]
    pages = {
        f"{survey.installation.base}/respond/": lambda: None,
        address(survey, "anonymity"): lambda: None,
        address(survey, "receipts"): lambda: phone.page.get_by_text("has not closed").wait_for(
            state="attached"
        ),
        address(closed_survey, "receipts"): lambda: phone.see("counts"),
        f"{address(survey)}#{survey.code()}.{'A' * 43}": lambda: phone.page.wait_for_selector(
            "#again:not([hidden])"
        ),
    }
    for page, wait in pages.items():
        phone.page.goto(page)
        phone.page.get_by_role("button", name=language).tap()
        wait()
        _check(phone)
    assert phone.faults == []


def test_what_stands_before_any_script_runs(phones: Phones, survey: Survey) -> None:
    phone = phones()
    phone.page.add_init_script("delete window.BigInt")
    phone.page.goto(link(survey, survey.code()))
    phone.page.wait_for_selector(".late", state="visible")

    _check(phone)


def test_focus_goes_to_the_heading_of_each_step(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code()), "welcome")
    assert "感谢您" in _focused(phone)
    phone.press("#begin", "questions")
    assert "外部问卷" in _focused(phone)
    phone.press("#check", "review")
    assert "检查后提交" in _focused(phone)
    phone.press("#send", "received")
    assert "已收到" in _focused(phone)


def test_a_row_of_the_review_leads_back_to_its_question(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code()), "welcome")
    phone.press("#begin", "questions")
    phone.answer(phone.items()[4], 8)
    phone.press("#check", "review")
    phone.press("#answers li:nth-child(5) button", "questions")

    name, value = phone.page.evaluate("[document.activeElement.name, document.activeElement.value]")
    assert (name, value) == (phone.items()[4], "8")
    bar = phone.page.locator("#progress").bounding_box()
    legend = phone.page.locator("fieldset:has(:focus) legend").bounding_box()
    assert bar is not None
    assert legend is not None
    assert legend["y"] >= bar["y"] + bar["height"]


def test_the_whole_survey_goes_by_keyboard(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code()), "welcome")
    keys = phone.page.keyboard
    phone.page.focus("#begin")
    keys.press("Enter")
    phone.see("questions")
    for item in phone.items():
        keys.press("Tab")
        keys.press("Space")
        assert phone.page.locator(f'input[name="{item}"]:checked').input_value() == "1"
        keys.press("Tab")
        assert phone.page.evaluate("document.activeElement.id") == f"clear-{item}"
    keys.press("Tab")
    keys.press("Enter")
    phone.see("review")
    phone.page.focus("#send")
    keys.press("Enter")

    phone.receipt()


@Language
@pytest.mark.parametrize("step", ["welcome", "questions", "review"])
def test_text_of_twice_the_size_still_fits(
    phone: Phone, survey: Survey, language: str, step: str
) -> None:
    phone.open(link(survey, survey.code()), "welcome")
    phone.page.get_by_role("button", name=language).tap()
    if step != "welcome":
        phone.press("#begin", "questions")
    if step == "review":
        phone.press("#check", "review")
    phone.page.evaluate("document.documentElement.style.fontSize = '200%'")

    phone.check_width()
    phone.page.locator(f"#{step} > button").first.tap()
