"""Two links in two tabs of one phone: each code is sent by its own tab, or not at all."""

import json

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


def test_a_code_sent_by_one_tab_is_refused_to_the_other(phone: Phone, survey: Survey) -> None:
    second, code = _tab(phone), survey.code()
    _reviewing(phone, survey, code)
    _reviewing(second, survey, code)
    phone.page.bring_to_front()
    phone.press("#send", "received")

    second.page.bring_to_front()
    second.press("#send", "notice")
    second.page.get_by_text("已经用过").wait_for()

    assert second.post_bodies("ballots") == []
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
    second.page.get_by_text("再打开这个链接").wait_for()
    second.press("#again", "received")
    assert len(ballots(survey)) == before + 1
    second.page.reload()
    second.see("notice")
    second.press("#again", "welcome")
    assert second.text("#unit") == "South"


def test_a_refused_signature_does_not_lock_out_another_link(phone: Phone, survey: Survey) -> None:
    phone.page.route("**/credentials", lambda route: route.fulfill(body='{"signature": "AAAA"}'))
    _reviewing(phone, survey, survey.code())
    phone.press("#send", "notice")
    phone.page.get_by_text("签名或回执不对").wait_for()

    phone.press("#erase", "asking")
    assert "邀请码可能已用掉" in phone.text("#wrong")
    assert phone.stored_entries() == {}
    phone.page.goto("about:blank")
    phone.open(link(survey, survey.code("south"), "south"), "welcome")


def test_what_release_0_1_0_left_on_a_phone_is_sent_or_left_out(
    phone: Phone, survey: Survey
) -> None:
    key, context = f"survey/{survey.name}", phone.page.context
    _leave_on_its_way(phone, survey, survey.code())
    later = Phone(context.new_page())
    later.page.goto(address(survey, "anonymity"))
    state = later.stored_entries()[key]
    del state["sealed"]
    entry = json.dumps(state | {"answers": {"dealings": 1}, "step": "review"})
    later.page.evaluate("([key, entry]) => { localStorage[key] = entry; }", [key, entry])
    later.open(address(survey), "received")
    assert later.receipt() in ballots(survey)

    draft = json.dumps({"code": state["code"], "digest": state["digest"], "step": "welcome"})
    later.page.evaluate("([key, entry]) => { localStorage[key] = entry; }", [key, draft])
    later.page.goto("about:blank")
    later.open(address(survey), "notice")
    assert "已经答过" in later.text("#state")
