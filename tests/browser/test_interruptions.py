"""What breaks off resumes: without a second ballot, and without a lost one."""

from collections.abc import Callable

from playwright.sync_api import Route

from tests.browser.conftest import Phones
from tests.browser.phone import Phone, address, answer_all, ballots, link
from tests.conftest import BUSINESS
from tests.installation import Installation
from tests.public import Survey


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
    assert {"code", "digest", "stratum", "blinding", "signature", "sealed"} == entry.keys()

    installation.start()
    assert [phone.receipt()] == ballots(survey)
    assert len(phone.post_bodies("credentials")) == 1
    assert phone.stored_entries() == {"answered/autumn": 1}


def test_a_page_reloaded_while_the_server_is_down_resumes(
    phones: Phones, installation: Installation
) -> None:
    survey = Survey(installation, "autumn", installation.campaign("autumn", BUSINESS))
    installation.start()
    phone = _reviewing(phones(), survey, survey.code())

    def kill(route: Route) -> None:
        installation.kill()
        route.continue_()

    phone.page.route("**/credentials", _once(kill))
    phone.press("#send", "notice")
    phone.page.wait_for_selector("#again:not([hidden])")
    blinded = phone.stored_entries()["survey/autumn"]["blinding"]["blinded"]

    installation.start()
    phone.page.goto(address(survey))

    assert [phone.receipt()] == ballots(survey)
    assert {body["blinded"] for body in phone.post_bodies("credentials")} == {blinded}


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
