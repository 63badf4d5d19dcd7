"""What breaks off resumes: without a second ballot, and without a lost one."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import Phones
from tests.browser.phone import Phone, address, answer_all, ballots, link
from tests.conftest import BUSINESS, Surveys
from tests.installation import Installation
from tests.public import Survey

WITHOUT_STORAGE = """for (const name of ['localStorage', 'sessionStorage']) {
  Object.defineProperty(window, name, {get() { throw new DOMException('', 'SecurityError'); }});
}"""
FILL = """() => {
  for (let size = 4 << 20; size; size >>= 1) {
    try { for (let i = 0; ; i++) localStorage[`full${size}-${i}`] = 'x'.repeat(size); } catch {}
  }
}"""


def _reviewing(phone: Phone, survey: Survey, code: str) -> Phone:
    """Bring a phone to where only the sending is left."""
    phone.open(link(survey, code), "welcome")
    phone.press("#begin", "questions")
    answer_all(phone)
    phone.press("#check", "review")
    return phone


def _once(fault: Callable[[Route], None]) -> Callable[[Route], None]:
    """Let only the first request meet a fault."""
    faults = [fault]

    def handle(route: Route) -> None:
        (faults.pop() if faults else Route.continue_)(route)

    return handle


def _lose_reply(route: Route) -> None:
    """Let the request arrive, and nothing come back."""
    route.fetch()
    route.abort()


def test_a_server_killed_between_credential_and_ballot(
    phones: Phones, installation: Installation
) -> None:
    survey = Survey(installation, "autumn", installation.campaign("autumn", BUSINESS))
    installation.start()
    phone = _reviewing(phones(), survey, survey.code())

    def kill(route: Route) -> None:
        installation.kill()
        route.continue_()

    phone.page.route("**/ballots", _once(kill))
    phone.press("#send", "notice")
    phone.page.wait_for_selector("#again:not([hidden])")
    assert "不会丢" in phone.text("#reason")
    entry = phone.stored_entries()["survey/autumn"]
    assert {"mark", "digest", "stratum", "blinding", "signature", "sealed"} == entry.keys()
    assert "连不上" in phone.text("#reason")

    installation.start()
    assert [phone.receipt()] == ballots(survey)
    assert len(phone.post_bodies("credentials")) == 1
    assert phone.stored_entries().keys() == {"answered/autumn"}


def test_a_page_closed_before_the_credential_goes_on_with_the_code_alone(
    phones: Phones, installation: Installation
) -> None:
    survey = Survey(installation, "autumn", installation.campaign("autumn", BUSINESS))
    installation.start()
    code = survey.code()
    phone = _reviewing(phones(), survey, code)

    def kill(route: Route) -> None:
        installation.kill()
        route.continue_()

    phone.page.route("**/credentials", _once(kill))
    phone.press("#send", "notice")
    phone.page.wait_for_selector("#again:not([hidden])")
    blinded = phone.stored_entries()["survey/autumn"]["blinding"]["blinded"]

    installation.start()
    phone.page.goto("about:blank")
    phone.open(address(survey), "asking")
    assert "一份答卷还没送到" in phone.text("#wrong")
    phone.page.fill("#code", survey.code())
    phone.press("#asking .main", "notice")
    assert "另有一份答卷还没送到" in phone.text("#reason")
    phone.press("#again", "asking")
    phone.page.fill("#code", code)
    phone.press("#asking .main", "received")

    assert [phone.receipt()] == ballots(survey)
    assert {body["blinded"] for body in phone.post_bodies("credentials")} == {blinded}


def test_a_paused_survey_says_so_and_the_ballot_goes_out_once_it_is_resumed(
    phones: Phones, surveys: Surveys
) -> None:
    installation = surveys.installation
    survey = Survey(installation, "rests", installation.campaign("rests", BUSINESS[:1]))
    phone = _reviewing(phones(), survey, survey.code())
    installation.cli("manage", "pause", "rests")

    phone.press("#send", "notice")
    phone.page.wait_for_selector("#again:not([hidden])")
    assert "调查暂停了" in phone.text("#reason")
    assert "不会丢" in phone.text("#reason")
    installation.cli("manage", "resume", "rests")
    phone.press("#again", "received")

    assert [phone.receipt()] == ballots(survey)


def test_a_lost_reply_to_the_ballot_leaves_one_row(phone: Phone, survey: Survey) -> None:
    before = len(ballots(survey))
    _reviewing(phone, survey, survey.code())
    phone.page.route("**/ballots", _once(_lose_reply))
    phone.press("#send", "received")

    first, second = phone.post_bodies("ballots")
    assert first == second
    assert len(ballots(survey)) == before + 1
    assert phone.receipt() in ballots(survey)


def test_a_lost_credential_is_asked_for_again(phone: Phone, survey: Survey) -> None:
    _reviewing(phone, survey, survey.code())
    phone.page.route("**/credentials", _once(_lose_reply))
    phone.press("#send", "received")

    first, second = phone.post_bodies("credentials")
    assert first == second
    assert phone.receipt() in ballots(survey)


def test_a_failing_server_is_asked_again(phone: Phone, survey: Survey) -> None:
    phone.page.route("**/north.json", _once(lambda route: route.fulfill(status=503)))
    phone.open(link(survey, survey.code()), "welcome")

    assert [request.url.endswith("/north.json") for request in phone.requests][-2:] == [True, True]


def test_an_impatient_finger_need_not_wait(phone: Phone, survey: Survey) -> None:
    phone.page.route("**/ballots", lambda route: route.abort())
    _reviewing(phone, survey, survey.code())
    phone.press("#send", "notice")
    phone.page.get_by_text("4 秒后自动再试").wait_for()
    phone.page.unroute("**/ballots")
    phone.press("#again")

    phone.page.wait_for_selector("#received:not([hidden])", timeout=2000)


def test_a_failing_server_is_no_missing_network(phone: Phone, survey: Survey) -> None:
    phone.page.route("**/ballots", lambda route: route.fulfill(status=500, body="<html>"))
    _reviewing(phone, survey, survey.code())
    phone.press("#send", "notice")
    phone.page.get_by_text("服务器出了故障").wait_for()
    phone.page.unroute("**/ballots")

    assert phone.receipt() in ballots(survey)


def test_what_is_erased_while_it_waits_is_not_sent_later(phone: Phone, survey: Survey) -> None:
    before = len(ballots(survey))
    phone.page.route("**/ballots", lambda route: route.abort())
    _reviewing(phone, survey, survey.code())
    phone.press("#send", "notice")
    phone.page.wait_for_selector("#again:not([hidden])")
    phone.press("#erase", "asking")
    phone.page.unroute("**/ballots")
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.page.wait_for_timeout(2500)

    assert phone.stored_entries() == {}
    assert len(ballots(survey)) == before


@pytest.mark.parametrize("storage", ["full", "refused"])
def test_a_phone_that_stores_nothing_still_sends(
    phone: Phone, survey: Survey, storage: str
) -> None:
    if storage == "refused":
        phone.page.add_init_script(WITHOUT_STORAGE)
    _reviewing(phone, survey, survey.code())
    if storage == "full":
        phone.page.evaluate(FILL)
    phone.page.route("**/ballots", _once(Route.abort))
    phone.press("#send", "notice")
    phone.page.wait_for_selector("#again:not([hidden])")

    assert "请不要关掉本页" in phone.text("#state")
    assert phone.receipt() in ballots(survey)
    assert phone.faults == []


@pytest.mark.parametrize("year", [1970, 2036])
def test_a_wrong_clock_does_no_harm(phone: Phone, survey: Survey, year: int) -> None:
    phone.page.clock.set_fixed_time(datetime(year, 1, 1, tzinfo=UTC))
    _reviewing(phone, survey, survey.code())
    phone.press("#send", "received")

    assert phone.receipt() in ballots(survey)


def test_a_phone_without_network_sends_when_it_is_back(phone: Phone, survey: Survey) -> None:
    _reviewing(phone, survey, survey.code())
    phone.page.context.set_offline(offline=True)
    phone.press("#send", "notice")
    phone.page.get_by_text("暂时连不上").wait_for()
    phone.page.context.set_offline(offline=False)

    assert phone.receipt() in ballots(survey)
