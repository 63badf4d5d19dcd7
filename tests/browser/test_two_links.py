"""Two links in two tabs of one phone: each code is sent by its own tab, or not at all."""

import json

import pytest

from tests.browser.phone import Phone, address, ballots, link
from tests.public import Survey


def _reviewing(phone: Phone, survey: Survey, code: str, stratum: str = "north") -> None:
    """Bring a tab to where only the sending is left."""
    phone.page.bring_to_front()
    phone.open(link(survey, code, stratum), "welcome")
    phone.press("#begin", "questions")
    phone.answer("dealings", 0)
    phone.press("#check", "review")


def _tab(phone: Phone) -> Phone:
    """Open another tab of the same browser."""
    return Phone(phone.page.context.new_page())


def _claimed(survey: Survey) -> int:
    """How many codes the issuer has signed for."""
    return survey.installation.claims(survey.name)


def _leave_on_its_way(phone: Phone, survey: Survey, code: str) -> None:
    """Send a ballot that does not get through, and close the tab."""
    _reviewing(phone, survey, code)
    phone.page.route("**/ballots", lambda route: route.abort())
    phone.press("#send", "notice")
    phone.page.wait_for_selector("#again:not([hidden])")
    phone.page.close()


def test_each_tab_sends_its_own_answers_under_its_own_code(phone: Phone, survey: Survey) -> None:
    second, before, claimed = _tab(phone), set(ballots(survey)), _claimed(survey)
    _reviewing(phone, survey, survey.code("north"))
    _reviewing(second, survey, survey.code("south"), "south")

    receipts = set()
    for tab, stratum in ((phone, "north"), (second, "south")):
        tab.page.bring_to_front()  # a tab behind another is drawn once a second only
        tab.press("#send", "received")
        receipts.add(tab.receipt())
        (ballot,) = tab.post_bodies("ballots")
        assert ballot["stratum"] == stratum
    assert set(ballots(survey)) - before == receipts
    assert _claimed(survey) == claimed + 2


def test_a_code_sent_by_one_tab_shows_its_receipt_in_the_other(
    phone: Phone, survey: Survey
) -> None:
    second, code = _tab(phone), survey.code()
    _reviewing(phone, survey, code)
    _reviewing(second, survey, code)
    phone.page.bring_to_front()
    phone.press("#send", "received")

    second.page.bring_to_front()
    second.press("#send", "received")

    assert "已在另一个窗口提交" in second.text("#twice")
    assert second.post_bodies("ballots") == []
    assert second.receipt() == phone.receipt()
    assert phone.receipt() in ballots(survey)


def test_a_ballot_on_its_way_goes_before_another_code(phone: Phone, survey: Survey) -> None:
    second, before = _tab(phone), len(ballots(survey))
    _reviewing(second, survey, survey.code("south"), "south")
    _leave_on_its_way(phone, survey, survey.code("north"))

    second.page.bring_to_front()
    second.press("#send", "notice")
    second.page.get_by_text("另有一份答卷还没送到").wait_for()
    assert second.post_bodies("credentials") == []
    second.press("#again")
    second.page.get_by_role("button", name="先送出它").wait_for()
    second.press("#again", "received")
    assert len(ballots(survey)) == before + 1
    second.page.reload()
    second.see("welcome")
    assert second.text("#unit") == "South"


@pytest.mark.parametrize(
    ("address_of", "reply", "sentence"),
    [
        ("credentials", {"signature": "AAAA"}, "签名或回执不对"),
        ("ballots", {"error": "ballot_refused", "message": ""}, "服务器拒绝了（ballot_refused）"),
    ],
)
def test_a_refusal_locks_nobody_out(
    phone: Phone, survey: Survey, address_of: str, reply: dict[str, str], sentence: str
) -> None:
    status = 403 if "error" in reply else 200
    phone.page.route(
        f"**/{address_of}", lambda route: route.fulfill(status=status, body=json.dumps(reply))
    )
    _reviewing(phone, survey, survey.code())
    phone.press("#send", "notice")
    phone.page.get_by_text(sentence).wait_for()
    assert phone.page.is_visible("#erase")
    phone.page.unroute(f"**/{address_of}")

    second = _tab(phone)
    _reviewing(second, survey, survey.code("south"), "south")
    second.press("#send", "received")
    assert second.receipt() in ballots(survey)


def test_a_refused_ballot_is_erased_on_demand(phone: Phone, survey: Survey) -> None:
    phone.page.route("**/credentials", lambda route: route.fulfill(body='{"signature": "AAAA"}'))
    _reviewing(phone, survey, survey.code())
    phone.press("#send", "notice")
    phone.page.get_by_text("签名或回执不对").wait_for()

    phone.press("#erase", "asking")
    assert "已从本手机删除" in phone.text("#wrong")
    assert phone.stored_entries() == {}


@pytest.mark.parametrize("absent", [(), ("signature",)], ids=["signed", "not yet signed"])
def test_what_release_0_1_0_left_on_a_phone_is_sent_or_left_out(
    phone: Phone, survey: Survey, absent: tuple[str, ...]
) -> None:
    key, context = f"survey/{survey.name}", phone.page.context
    code = survey.code()
    _leave_on_its_way(phone, survey, code)
    later = Phone(context.new_page())
    later.page.goto(address(survey, "anonymity"))
    state = later.stored_entries()[key]
    for name in ("sealed", "mark", *absent):
        del state[name]
    entry = json.dumps(state | {"code": code, "answers": {"dealings": 1}, "step": "review"})
    later.page.evaluate("([key, entry]) => { localStorage[key] = entry; }", [key, entry])
    later.open(address(survey), "received")
    assert later.receipt() in ballots(survey)

    draft = json.dumps({"code": code, "digest": state["digest"], "step": "welcome"})
    later.page.evaluate("([key, entry]) => { localStorage[key] = entry; }", [key, draft])
    later.page.goto("about:blank")
    later.open(address(survey), "asking")
    assert "已经交过" in later.text("#answered")


def test_a_ballot_of_another_manifest_is_not_sent_and_gives_way(
    phone: Phone, survey: Survey
) -> None:
    key, context = f"survey/{survey.name}", phone.page.context
    _leave_on_its_way(phone, survey, survey.code())
    later = Phone(context.new_page())
    later.page.goto(address(survey, "anonymity"))
    entry = json.dumps(later.stored_entries()[key] | {"digest": "A" * 43})
    later.page.evaluate("([key, entry]) => { localStorage[key] = entry; }", [key, entry])
    later.open(address(survey), "notice")
    later.page.get_by_text("链接与问卷对不上").wait_for()
    assert later.page.is_visible("#erase")

    later.press("#again", "asking")
    later.page.fill("#code", survey.code("south"))
    later.press("#asking .main", "welcome")
    later.press("#begin", "questions")
    later.press("#check", "review")
    later.press("#send", "received")
    assert later.receipt() in ballots(survey)
