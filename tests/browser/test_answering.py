"""The respondent's page in a real browser, from the link to the receipt."""

import re
from datetime import date

import pytest

from survey_app.crypto import signatures
from survey_app.crypto.credentials import check_code
from survey_app.crypto.encoding import from_text
from survey_app.crypto.receipts import receipt as receipt_of
from survey_app.crypto.receipts import signed_content
from survey_app.respondent.protocol import SignedBallot
from tests.browser.conftest import Phones
from tests.browser.phone import Phone, address, answer_all, ballots, link
from tests.public import CHINESE, Survey


def _in_chinese(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _send(phone: Phone, own_link: str) -> None:
    """Go from a link to a receipt."""
    phone.open(own_link, "welcome")
    phone.press("#begin", "questions")
    phone.press("#check", "review")
    phone.press("#send", "received")


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
    assert re.search(r"打算请 \d+ 人", phone.text("#size"))
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
    (entry,) = phone.stored_entries()[f"answered/{survey.name}"].values()
    assert entry["receipt"] == receipt
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
    dates = [_in_chinese(day) for day in (period.start, period.end)]
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
    [
        ("A" * 20, "A character is wrong"),
        ("AB12", "20 letters and digits; these are 4"),
        ("", "Please type your code"),
        ("HTTPS://X.CN", "20 letters and digits; these are 8"),
    ],
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
    assert phone.page.evaluate("document.activeElement.id") == "code"
    assert phone.page.get_attribute("#code", "aria-invalid") == "true"
    assert [request.method for request in phone.requests if request.method != "GET"] == []
    phone.page.fill("#code", survey.code())
    phone.press("#asking .main", "welcome")


@pytest.mark.parametrize(
    "form",
    [
        "{link}",
        "请打开 {link} 作答",
        "code {code} 12月31日前有效",
        "code is {plain}, thanks",
        "{u}",
    ],
)
def test_a_code_is_found_in_what_is_pasted(phone: Phone, survey: Survey, form: str) -> None:
    code = survey.code()
    phone.open(address(survey), "asking")
    plain = code.replace("-", "")
    pasted = form.format(link=link(survey, code), code=code, plain=plain, u=code.replace("V", "U"))
    phone.page.fill("#code", pasted)
    phone.press("#asking .main", "welcome")


def test_a_slip_in_a_link_is_found_before_anything_is_sent(phone: Phone, survey: Survey) -> None:
    code = survey.code()
    slip = code.replace(code[0], "0" if code[0] == "1" else "1", 1)
    phone.open(link(survey, slip), "asking")

    assert "有字符输错了" in phone.text("#wrong")
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


def test_the_link_tapped_again_shows_the_receipt_until_it_is_removed(
    phone: Phone, survey: Survey
) -> None:
    own_link = link(survey, survey.code())
    _send(phone, own_link)
    receipt, signature = phone.receipt(), phone.signature()
    phone.page.reload()
    assert phone.receipt() == receipt

    later = Phone(phone.page.context.new_page())
    later.open(own_link, "received")
    assert (later.receipt(), later.signature()) == (receipt, signature)
    assert len(later.post_bodies("ballots")) == 0

    later.press("#erase", "asking")
    assert "浏览器历史" in later.text("#wrong")
    assert later.stored_entries() == {}
    later.page.goto("about:blank")
    later.open(own_link, "welcome")


def test_the_next_person_on_a_phone_sees_no_receipt_but_that_there_was_one(
    phone: Phone, survey: Survey
) -> None:
    _send(phone, link(survey, survey.code()))
    receipt = phone.receipt()
    phone.page.goto("about:blank")
    phone.open(link(survey, survey.code("south"), "south"), "welcome")

    assert "一个邀请码只能用一次" in phone.text("#answered")
    assert receipt[:4] not in phone.text("body")
    phone.page.goto("about:blank")
    phone.open(address(survey), "asking")
    assert "一个邀请码只能用一次" in phone.text("#answered")


def test_a_code_typed_again_shows_its_receipt(phone: Phone, survey: Survey) -> None:
    code = survey.code()
    _send(phone, link(survey, code))
    receipt = phone.receipt()
    phone.page.goto("about:blank")
    phone.open(address(survey), "asking")
    phone.page.fill("#code", code)
    phone.press("#asking .main", "received")

    assert phone.receipt() == receipt


def test_a_link_to_another_manifest_is_refused_and_offers_the_code_field(
    phone: Phone, survey: Survey
) -> None:
    code = survey.code()
    phone.page.goto(f"{address(survey)}#{code}.{'A' * 43}.north")
    phone.page.wait_for_selector("#again:not([hidden])")

    assert "链接与问卷对不上" in phone.text("#reason")
    assert [request.method for request in phone.requests if request.method != "GET"] == []
    assert phone.stored_entries() == {}
    phone.press("#again", "asking")
    phone.press("#asking .main", "welcome")


@pytest.mark.parametrize(
    "behind",
    [
        "，",
        "。请勿转发",
        ")",
        ">",
        "?from=singlemessage&isappinstalled=0",
        " （请点开）",
        "%E3%80%82",
    ],
)
def test_what_chats_put_behind_a_link_is_ignored(phone: Phone, survey: Survey, behind: str) -> None:
    phone.open(link(survey, survey.code()) + behind, "welcome")

    assert phone.post_bodies("stratum") == []


@pytest.mark.parametrize("form", ["?from=timeline#", "#"])
def test_a_link_survives_queries_and_escaped_dots(phone: Phone, survey: Survey, form: str) -> None:
    address_typed = link(survey, survey.code()).replace("#", form).replace(".north", "%2Enorth")
    phone.open(address_typed, "welcome")

    assert phone.page.url == address(survey)


def test_a_link_whose_end_is_missing_offers_its_code(phone: Phone, survey: Survey) -> None:
    code = survey.code()
    phone.open(link(survey, code)[:-20], "asking")

    assert "链接不完整" in phone.text("#wrong")
    assert phone.page.input_value("#code") == code.replace("-", "")
    phone.press("#asking .main", "welcome")


def test_a_link_whose_stratum_was_cut_is_looked_up(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code())[:-2], "welcome")

    assert len(phone.post_bodies("stratum")) == 1
    assert phone.text("#unit") == "North"


def test_a_link_that_lost_its_root_shows_the_check_code_to_compare(
    phone: Phone, survey: Survey
) -> None:
    code = survey.code()
    phone.open(f"{address(survey)}#{code}", "asking")

    assert phone.page.input_value("#code") == code.replace("-", "")
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
    manifest = survey.campaign.manifest
    phone.page.context.grant_permissions(["clipboard-read"])
    _send(phone, link(survey, survey.code()).replace("#", "?from=timeline#"))
    receipt, signature = phone.receipt(), phone.signature()

    with phone.page.expect_download() as download:
        phone.press("#save")
    phone.press("#copy")

    content = download.value.path().read_text(encoding="utf-8")
    assert phone.text("#copied") == "已复制。"
    assert phone.page.evaluate("navigator.clipboard.readText()") == content.rstrip("\n")
    for part in (receipt, signature, manifest.digest, manifest.title.zh, manifest.window.end):
        assert str(part) in content
    assert content.count(f"{address(survey)}receipts\n") == 1
    assert phone.text("#where") == f"{address(survey)}receipts"
    assert phone.text("#received .last") == _in_chinese(manifest.window.end)


def test_who_asks_and_until_when_stands_on_the_first_page(phone: Phone, survey: Survey) -> None:
    manifest = survey.campaign.manifest
    phone.open(link(survey, survey.code()), "welcome")

    page = phone.text("#welcome")
    for part in (manifest.organiser, manifest.purpose, manifest.results, manifest.contact):
        assert part
        assert part.zh in page
    assert manifest.report_channel
    assert f"要举报请找：{manifest.report_channel.zh}" in page
    assert phone.text("#welcome .last") == _in_chinese(manifest.window.end)
    for sentence in ("自愿参加", "不受理举报", "防不住的", "没有遇到，同样重要"):
        assert sentence in page


def test_a_survey_past_its_window_says_so(phone: Phone, too_late: Survey) -> None:
    phone.page.goto(link(too_late, too_late.code("staff"), "staff"))
    phone.page.wait_for_selector("#again:not([hidden])")

    assert "结束" in phone.text("#reason")
    assert phone.stored_entries() == {}


def test_after_the_last_day_the_issuer_is_asked_before_anything_is_answered(
    phone: Phone, past_its_last_day: Survey
) -> None:
    phone.page.goto(link(past_its_last_day, past_its_last_day.code("staff"), "staff"))
    phone.page.wait_for_selector("#again:not([hidden])")

    assert "问卷已经结束" in phone.text("#reason")
    assert len(phone.post_bodies("stratum")) == 1


def test_a_closed_survey_says_so_and_leads_to_the_check_page(
    phone: Phone, opened_survey: tuple[Survey, SignedBallot, SignedBallot]
) -> None:
    closed = opened_survey[0]
    for start in (address(closed), link(closed, closed.code())):
        phone.page.goto("about:blank")
        phone.open(start, "notice")
        phone.page.get_by_text("问卷已经结束").wait_for()
        phone.press("#again")
        phone.page.wait_for_url(address(closed, "receipts"))


def test_a_survey_before_its_window_names_its_first_day(phone: Phone, too_early: Survey) -> None:
    phone.page.goto(link(too_early, too_early.code("staff"), "staff"))
    phone.page.wait_for_selector("#again:not([hidden])")

    assert re.search(r"\d+月\d+日", phone.text("#reason"))
    assert phone.post_bodies("stratum") == []
