"""Both languages stand in every page; the browser's is shown, and a choice stays for the tab."""

import json

import pytest

from tests.browser.conftest import Phones
from tests.browser.phone import Phone, address, link
from tests.public import Survey

PAGES = ["", "receipts", "anonymity", "turnout"]
MARKS = """[...document.querySelectorAll('header [value]')].map((button) =>
  getComputedStyle(button).boxShadow === 'none' ? 'none' : 'marked')"""
BROKEN_STORAGE = [
    "Object.defineProperty(window, 'sessionStorage', {get() { throw Error('no'); }})",
    "Object.defineProperty(window, 'sessionStorage', {value: null})",
    "Storage.prototype.getItem = Storage.prototype.setItem = () => { throw Error('no'); };",
]


def _shown(phone: Phone) -> tuple[str, str, list[str]]:
    """The page's language, its title, and the button that is pressed."""
    pressed = phone.page.locator("header button[aria-pressed=true]").all_inner_texts()
    return phone.page.locator("html").get_attribute("lang") or "", phone.page.title(), pressed


@pytest.mark.parametrize(
    ("languages", "lang"),
    [
        (["fr", "en-US", "zh-CN"], "en"),
        (["de-DE", "zh-TW", "en"], "zh-CN"),
        (["zh"], "zh-CN"),
        (["en"], "en"),
        (["ja", "enm"], "zh-CN"),
        ([], "zh-CN"),
    ],
)
def test_the_browsers_first_language_that_is_here_is_shown(
    phone: Phone, survey: Survey, languages: list[str], lang: str
) -> None:
    phone.page.add_init_script(
        f"Object.defineProperty(navigator, 'languages', {{value: {json.dumps(languages)}}})"
    )
    phone.page.goto(address(survey, "anonymity"))

    assert _shown(phone)[0] == lang


@pytest.mark.parametrize("page", PAGES)
def test_a_choice_stays_for_the_tab_and_is_marked(phone: Phone, survey: Survey, page: str) -> None:
    phone.page.goto(f"{survey.installation.base}/respond/")
    assert _shown(phone) == ("zh-CN", "匿名问卷", ["中文"])

    phone.page.get_by_role("button", name="English").tap()
    assert _shown(phone) == ("en", "Anonymous surveys", ["English"])
    assert phone.page.evaluate("document.activeElement.innerText") == "English"

    phone.page.goto(address(survey, page))
    lang, title, pressed = _shown(phone)
    assert (lang, pressed) == ("en", ["English"])
    assert title.isascii() or "·" in title
    assert phone.page.evaluate(MARKS) == ["none", "marked"]


def test_the_details_open_in_the_language_that_was_chosen(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code()), "welcome")
    phone.page.get_by_role("button", name="English").tap()
    with phone.page.context.expect_page() as window:
        phone.page.locator("#welcome a[target]").tap()

    window.value.wait_for_load_state()
    assert window.value.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("script", BROKEN_STORAGE)
def test_a_page_whose_browser_stores_nothing_still_changes_its_language(
    phone: Phone, survey: Survey, script: str
) -> None:
    phone.page.add_init_script(script)
    phone.page.goto(address(survey, "anonymity"))
    phone.page.get_by_role("button", name="English").tap()

    assert _shown(phone)[0] == "en"
    assert phone.faults == []


@pytest.mark.parametrize("page", ["anonymity", "turnout", "nothing"])
def test_without_scripts_both_languages_are_shown_and_no_button(
    phones: Phones, survey: Survey, page: str
) -> None:
    phone = phones(scripts=False)
    phone.page.goto(address(survey, page))

    assert phone.page.locator("header button:visible").count() == 0
    heading = phone.page.locator("h1")
    assert heading.locator("[lang=zh-CN]").is_visible()
    assert heading.locator("[lang=en]").is_visible()


@pytest.mark.parametrize(
    "change",
    [
        lambda link: link.replace("#", "%23"),
        lambda link: link.replace("/#", "%23"),
        lambda link: link.replace("#", "%2523").replace(".north", "%2Enorth"),
        lambda link: link.replace("#", "?from=singlemessage&isappinstalled=0%23"),
        lambda link: f"{link.replace('#', '%23')}?from=timeline",
    ],
)
def test_a_link_that_a_mail_program_changed_opens_the_survey(
    phone: Phone, survey: Survey, change: object
) -> None:
    assert callable(change)
    whole = link(survey, survey.code())
    bad_link = change(whole)

    phone.page.goto(bad_link)
    phone.see("welcome")

    requests = [
        request for request in phone.requests if "%23" in request.url or "%25" in request.url
    ]
    assert [request.url for request in requests] == [bad_link]
    assert not [request for request in phone.requests if request.headers.get("referer")]
    assert phone.faults == []


def test_without_scripts_a_changed_link_leads_to_the_survey_by_hand(
    phones: Phones, survey: Survey
) -> None:
    phone = phones(scripts=False)
    phone.page.goto(link(survey, survey.code()).replace("#", "%23"))
    phone.page.locator("#mended").tap()

    phone.page.wait_for_url(address(survey))
