"""The respondent's page in a real browser, from the link to the receipt."""

import re

import pytest

from survey_app.crypto import signatures
from survey_app.crypto.encoding import from_text
from survey_app.crypto.receipts import receipt as receipt_of
from survey_app.crypto.receipts import signed_content
from tests.browser.conftest import Phones
from tests.browser.phone import Phone, address, answer_all, ballots, link
from tests.public import CHINESE, Survey


@pytest.mark.parametrize(
    ("stratum", "items", "heading"), [("north", 8, "外部问卷"), ("staff", 6, "内部问卷")]
)
def test_both_questionnaires_are_answered_by_touch(
    phone: Phone, survey: Survey, stratum: str, items: int, heading: str
) -> None:
    code = survey.code(stratum)
    phone.open(link(survey, code, stratum), "welcome")
    phone.check_width()
    unit, posts = phone.text("#unit"), phone.text("#posts")
    assert f"您要回答的是：{unit}从事“{posts}”的人员" in phone.text("#welcome .card")
    assert re.search(r"邀请了 \d+ 人", phone.text("#size"))
    phone.press("#begin", "questions")
    phone.check_width()
    codes = phone.items()
    assert len(codes) == items
    assert heading in phone.text("#questionnaire")
    for item, value in zip(codes[:3], (1, 8, 9), strict=True):
        phone.answer(item, value)
    assert phone.text("#label") == f"已答 3 / {items} 题"

    for item in codes[3:-1]:
        phone.answer(item, 0)
    phone.press("#check", "review")
    phone.check_width()
    assert phone.page.locator("#answers em").all_inner_texts() == ["没有回答"]
    phone.press(f"#answers li:nth-child({items}) button", "questions")
    phone.answer(codes[-1], 0)
    phone.press("#check", "review")
    assert phone.page.locator("#answers b").all_inner_texts() == [
        "有",
        "记不清",
        "不想答",
        *["没有"] * (items - 3),
    ]
    phone.press("#send", "received")
    phone.check_width()

    receipt = phone.receipt()
    assert ballots(survey).count(receipt) == 1
    (kept,) = phone.stored_entries()[f"answered/{survey.name}"].values()
    assert kept["receipt"] == receipt
    assert phone.post_bodies("stratum") == []
    assert phone.faults == []


def test_the_receipt_is_the_hash_of_what_was_sent(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code()), "welcome")
    phone.press("#begin", "questions")
    phone.press("#check", "review")
    phone.press("#send", "received")

    (ballot,) = phone.post_bodies("ballots")
    own = receipt_of(2, from_text(ballot["message"]), from_text(ballot["sealed"]))
    assert phone.receipt() == own.hex()
    manifest = survey.campaign.manifest
    assert manifest.receipts_key
    signature = from_text(phone.signature())
    signatures.verify(manifest.receipts_key, signature, signed_content(manifest.root, own))
    assert not phone.page.is_visible("#unverified")
    assert ballot.keys() == {"stratum", "message", "signature", "sealed"}


def test_the_period_is_always_in_sight(phone: Phone, survey: Survey) -> None:
    period = survey.campaign.manifest.reference_period
    dates = [f"{day.year}年{day.month}月{day.day}日" for day in (period.start, period.end)]
    phone.open(link(survey, survey.code()), "welcome")
    phone.press("#begin", "questions")
    phone.page.locator("fieldset").last.scroll_into_view_if_needed()

    assert phone.text("#period") == "至".join(dates)
    bar = phone.page.locator("#period").bounding_box()
    assert bar
    assert 0 <= bar["y"] < 100


def test_no_cookie_no_stranger_and_no_code_in_any_address(phone: Phone, survey: Survey) -> None:
    code = survey.code()
    phone.open(link(survey, code), "welcome")
    assert phone.page.url == address(survey)
    phone.press("#begin", "questions")
    answer_all(phone)
    phone.press("#check", "review")
    phone.press("#send", "received")

    assert phone.page.context.cookies() == []
    for request in phone.requests:
        assert request.url.startswith((f"{survey.installation.base}/", "data:", "blob:"))
        assert code not in request.url.partition("#")[0]
        assert not request.headers.get("referer")
    for response in phone.responses:
        assert "set-cookie" not in response.all_headers()


def test_english_is_a_switch_away_and_stays(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code()), "welcome")
    assert phone.page.evaluate("document.documentElement.lang") == "zh-CN"
    assert phone.page.title() == "调查 autumn"
    loaded = len(phone.requests)

    phone.page.get_by_role("button", name="English").tap()

    assert len(phone.requests) == loaded
    assert phone.page.evaluate("document.documentElement.lang") == "en"
    assert phone.page.title() == "Survey autumn"
    phone.press("#begin", "questions")
    assert phone.text("#label") == "0 of 8 answered"
    assert not CHINESE.search(phone.text("main"))
    phone.page.reload()
    phone.see("welcome")
    assert not CHINESE.search(phone.text("main"))


def test_a_code_is_typed_as_people_type(phone: Phone, survey: Survey) -> None:
    code = survey.code()
    spelling = code.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    phone.open(address(survey), "asking")
    phone.check_width()
    assert phone.text("#digest") == check_code(survey.campaign.manifest.root)
    wide = spelling[:4].translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)})
    phone.page.fill("#code", wide + spelling[4:])
    phone.press("#asking .main", "welcome")
    phone.press("#begin", "questions")
    phone.press("#check", "review")
    phone.press("#send", "received")

    assert phone.receipt() in ballots(survey)
    assert phone.page.url == address(survey)


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [("A" * 20, "A character is wrong"), ("AB12", "20 letters and digits"), ("", "20 letters")],
)
def test_a_wrong_code_may_be_typed_again(
    phone: Phone, survey: Survey, entry: str, sentence: str
) -> None:
    phone.open(address(survey), "asking")
    phone.page.get_by_role("button", name="English").tap()
    phone.page.fill("#code", entry)
    phone.press("#asking .main")
    phone.page.wait_for_selector("#wrong:not(:empty)")

    assert sentence in phone.text("#wrong")
    assert [request.method for request in phone.requests if request.method != "GET"] == []
    phone.page.fill("#code", survey.code())
    phone.press("#asking .main", "welcome")


def test_a_slip_in_a_link_is_found_before_anything_is_sent(phone: Phone, survey: Survey) -> None:
    code = survey.code()
    slip = code.replace(code[0], "0" if code[0] == "1" else "1", 1)
    phone.open(link(survey, slip), "asking")

    assert "有字符不对" in phone.text("#wrong")
    assert [request.method for request in phone.requests if request.method != "GET"] == []


def test_that_a_code_is_used_is_learned_when_it_is_sent(phones: Phones, survey: Survey) -> None:
    code = survey.code()
    first, second = phones(), phones()
    first.open(link(survey, code), "welcome")
    second.open(link(survey, code), "welcome")
    for phone in (first, second):
        phone.press("#begin", "questions")
        phone.press("#check", "review")
    first.press("#send", "received")
    second.press("#send", "notice")
    second.page.wait_for_selector("#again:not([hidden])")

    assert "已经用过" in second.text("#reason")
    assert "没有提交" in second.text("#reason")
    assert second.stored_entries() == {}
    assert second.post_bodies("ballots") == []


def test_a_phone_remembers_that_it_has_answered_until_that_is_erased(
    phone: Phone, survey: Survey
) -> None:
    own_link = link(survey, survey.code())
    phone.open(own_link, "welcome")
    phone.press("#begin", "questions")
    phone.press("#check", "review")
    phone.press("#send", "received")

    phone.page.goto("about:blank")
    phone.open(own_link, "notice")
    assert "已经答过" in phone.text("#state")
    phone.press("#again", "welcome")
    phone.press("#erase", "asking")

    assert phone.stored_entries() == {}
    phone.page.goto("about:blank")
    phone.open(own_link, "welcome")


@pytest.mark.parametrize("digest", ["A" * 43, "short", ""])
def test_a_manifest_of_another_digest_is_refused(phone: Phone, survey: Survey, digest: str) -> None:
    code = survey.code()
    phone.page.goto(f"{address(survey)}#{code}.{digest}")
    phone.page.wait_for_selector("#again:not([hidden])")

    assert "指纹不符" in phone.text("#reason")
    assert [request.method for request in phone.requests if request.method != "GET"] == []
    assert phone.stored_entries() == {}


def test_a_link_that_lost_its_digest_shows_it_to_compare(phone: Phone, survey: Survey) -> None:
    code = survey.code()
    phone.open(f"{address(survey)}#{code}", "asking")

    assert phone.page.input_value("#code") == code
    assert phone.text("#digest") == check_code(survey.campaign.manifest.root)
    assert phone.post_bodies("stratum") == []


def test_answers_stay_in_the_page_alone_until_they_are_sent(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code()), "welcome")
    phone.press("#begin", "questions")
    answer_all(phone, 1)

    assert phone.stored_entries() == {}
    assert phone.page.evaluate("Object.keys(sessionStorage)") == []
    phone.page.reload()
    phone.see("welcome")
    phone.press("#begin", "questions")
    assert phone.page.locator("input:checked").count() == 0


def test_the_receipt_is_copied_and_saved(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code()), "welcome")
    phone.press("#begin", "questions")
    phone.press("#check", "review")
    phone.press("#send", "received")

    with phone.page.expect_download() as download:
        phone.press("#save")
    phone.press("#copy")

    content = download.value.path().read_text(encoding="utf-8")
    assert phone.receipt() in content
    assert phone.text("#signature") in content
    assert survey.campaign.manifest.digest in content
    assert f"{address(survey)}receipts" in content
    assert phone.text("#copied") == "已复制。"
    phone.press("#erase", "received")
    assert phone.stored_entries() == {}
    assert phone.receipt() in content


def test_a_survey_past_its_window_says_so(phone: Phone, too_late: Survey) -> None:
    phone.page.goto(link(too_late, too_late.code("staff"), "staff"))
    phone.page.wait_for_selector("#again:not([hidden])")

    assert "结束" in phone.text("#reason")
    assert phone.stored_entries() == {}


def test_a_survey_before_its_window_names_its_first_day(phone: Phone, too_early: Survey) -> None:
    phone.page.goto(link(too_early, too_early.code("staff"), "staff"))
    phone.page.wait_for_selector("#again:not([hidden])")

    assert re.search(r"\d+月\d+日", phone.text("#reason"))
    assert phone.post_bodies("stratum") == []
