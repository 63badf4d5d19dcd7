"""Two links in two tabs of one phone: each code is sent by its own tab, or not at all."""

import pytest

from tests.browser.conftest import Phones
from tests.browser.phone import Phone, address, answer_all, ballots, link
from tests.public import Survey


def _reviewing(phone: Phone, survey: Survey, code: str) -> None:
    """Bring a tab to where only the sending is left."""
    phone.open(link(survey, code), "welcome")
    phone.press("#begin", "questions")
    answer_all(phone)
    phone.press("#check", "review")


def _tab(phone: Phone) -> Phone:
    """Open another tab of the same browser."""
    return Phone(phone.page.context.new_page())


def _send_answers(phone: Phone) -> str:
    phone.press("#begin", "questions")
    answer_all(phone)
    phone.press("#check", "review")
    phone.press("#send", "received")
    return phone.receipt()


def _claimed(survey: Survey) -> int:
    """How many codes the issuer has signed for."""
    return survey.installation.claims(survey.name)


def _store_unnoticed(phone: Phone, survey: Survey, code: str) -> None:
    """Store another code as if no event had come of it: a tab that slept meets it on waking."""
    phone.page.evaluate(
        """([key, code, digest]) =>
            { localStorage[key] = JSON.stringify({code, digest, step: 'welcome'}); }""",
        [f"survey/{survey.name}", code.replace("-", ""), survey.campaign.manifest.digest],
    )


@pytest.mark.parametrize("stratum", ["south", "north"])
def test_another_link_waits_for_the_answers_on_this_phone(
    phone: Phone, survey: Survey, stratum: str
) -> None:
    first, second = survey.code("north"), survey.code(stratum)
    _reviewing(phone, survey, first)
    other = _tab(phone)
    claimed, before = _claimed(survey), set(ballots(survey))

    other.open(link(survey, second), "notice")
    other.page.get_by_text("另一个邀请码没有提交").wait_for()
    assert phone.stored_entries()["survey/autumn"]["code"] == first.replace("-", "")
    assert other.post_bodies("stratum") == []
    assert phone.page.locator("#answers b").count() == 8

    phone.press("#send", "received")
    (ballot,) = phone.post_bodies("ballots")
    assert ballot["stratum"] == "north"
    assert [body["code"] for body in phone.post_bodies("credentials")] == [first.replace("-", "")]
    other.press("#again", "welcome")
    receipts = {phone.receipt(), _send_answers(other)}
    assert set(ballots(survey)) - before == receipts
    assert len(receipts) == 2
    assert _claimed(survey) == claimed + 2
    assert phone.stored_entries() == {}


@pytest.mark.parametrize("stratum", ["south", "north"])
def test_erasing_for_another_link_is_noticed_by_the_first_tab(
    phone: Phone, phones: Phones, survey: Survey, stratum: str
) -> None:
    first, second = survey.code("north"), survey.code(stratum)
    _reviewing(phone, survey, first)
    other = _tab(phone)
    claimed, before = _claimed(survey), set(ballots(survey))
    other.open(link(survey, second), "notice")
    other.page.get_by_text("另一个邀请码没有提交").wait_for()

    other.press("#erase", "welcome")

    phone.see("asking")
    assert "已不在本手机上" in phone.text("#wrong")
    assert phone.page.locator("#answers li").count() == 0
    receipt = _send_answers(other)
    phone.see("asking")
    assert phone.post_bodies("credentials") == []
    assert set(ballots(survey)) - before == {receipt}
    assert _claimed(survey) == claimed + 1
    fresh = phones()
    fresh.open(link(survey, first), "welcome")
    assert {_send_answers(fresh), receipt} == set(ballots(survey)) - before


@pytest.mark.parametrize("stratum", ["south", "north"])
def test_a_tab_that_slept_sends_nothing_under_another_code(
    phone: Phone, phones: Phones, survey: Survey, stratum: str
) -> None:
    first, second = survey.code("north"), survey.code(stratum)
    _reviewing(phone, survey, first)
    claimed, before = _claimed(survey), set(ballots(survey))
    _store_unnoticed(phone, survey, second)

    phone.press("#send", "asking")

    assert "这个窗口的邀请码已不在本手机上" in phone.text("#wrong")
    phone.page.get_by_role("button", name="English").tap()
    assert "it was sent or erased" in phone.text("#wrong")
    assert phone.post_bodies("credentials") == phone.post_bodies("ballots") == []
    assert (_claimed(survey), set(ballots(survey))) == (claimed, before)
    fresh = phones()
    fresh.open(link(survey, second), "welcome")
    assert {_send_answers(fresh)} == set(ballots(survey)) - before


def test_a_tab_without_answers_is_not_taken_over_either(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code("north")), "welcome")
    other = _tab(phone)

    other.open(link(survey, survey.code("south")), "notice")

    other.page.get_by_text("另一个邀请码没有提交").wait_for()
    other.page.get_by_role("button", name="English").tap()
    assert "Another code on this phone is not sent yet" in other.text("#reason")
    assert _send_answers(phone) in ballots(survey)
    other.press("#again", "welcome")
    assert other.text("#unit") == "South"


def test_a_code_typed_beside_a_ballot_on_its_way_waits(phone: Phone, survey: Survey) -> None:
    other = _tab(phone)
    other.open(address(survey), "asking")
    first = survey.code("north")
    phone.page.route("**/ballots", lambda route: route.abort())
    _reviewing(phone, survey, first)
    phone.press("#send", "notice")
    phone.page.wait_for_selector("#again:not([hidden])")

    other.page.fill("#code", survey.code("south"))
    other.press("#asking .main", "notice")

    other.page.get_by_text("另一个邀请码没有提交").wait_for()
    assert phone.stored_entries()["survey/autumn"]["code"] == first.replace("-", "")
    phone.page.unroute("**/ballots")
    assert phone.receipt() in ballots(survey)
    other.press("#again", "welcome")
    assert other.text("#unit") == "South"


def test_answers_changed_in_another_tab_are_reviewed_before_they_go(
    phone: Phone, survey: Survey
) -> None:
    _reviewing(phone, survey, survey.code())
    other = _tab(phone)
    other.open(address(survey), "review")
    other.press("#answers li:nth-child(1) button", "questions")
    other.answer(other.items()[0], 1)

    phone.press("#send", "notice")

    assert "答案在另一个窗口改过" in phone.text("#reason")
    assert phone.post_bodies("credentials") == []
    phone.press("#again", "questions")
    phone.press("#check", "review")
    assert phone.page.locator("#answers b").all_inner_texts() == ["是", *["否"] * 7]
    phone.press("#send", "received")
    assert phone.receipt() in ballots(survey)


def test_a_refused_signature_does_not_lock_out_another_link(phone: Phone, survey: Survey) -> None:
    false = '{"signature": "AAAA"}'
    phone.page.route("**/credentials", lambda route: route.fulfill(body=false))
    _reviewing(phone, survey, survey.code())
    phone.press("#send", "notice")
    phone.page.wait_for_selector("#again:not([hidden])")
    assert "签名或回执不对" in phone.text("#reason")

    phone.press("#erase", "asking")
    assert "邀请码可能已用掉" in phone.text("#wrong")
    phone.page.unroute("**/credentials")
    assert phone.stored_entries() == {}
    phone.open(link(survey, survey.code("south")), "welcome")
    assert _send_answers(phone) in ballots(survey)
