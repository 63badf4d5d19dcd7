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
    assert {"code", "blinding", "signature", "sealed"} <= entry.keys()

    installation.start()
    assert [phone.receipt()] == ballots(survey)
    assert len(phone.post_bodies("credentials")) == 1
    assert phone.stored_entries() == {}


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
    phone.page.route("**/stratum", _once(lambda route: route.fulfill(status=503)))
    phone.open(link(survey, survey.code()), "welcome")

    assert len(phone.post_bodies("stratum")) == 2


def test_an_impatient_finger_need_not_wait(phone: Phone, survey: Survey) -> None:
    phone.page.route("**/ballots", lambda route: route.abort())
    _reviewing(phone, survey, survey.code())
    phone.press("#send", "notice")
    phone.page.get_by_text("4 秒后自动再试").wait_for()
    phone.page.unroute("**/ballots")
    phone.press("#again")

    phone.page.wait_for_selector("#received:not([hidden])", timeout=2000)


def test_a_ballot_on_its_way_goes_before_another_code(phone: Phone, survey: Survey) -> None:
    first, second = survey.code("north"), survey.code("south")
    _reviewing(phone, survey, first)
    phone.page.route("**/ballots", lambda route: route.abort())
    phone.press("#send", "notice")
    phone.page.wait_for_selector("#again:not([hidden])")
    phone.page.unroute("**/ballots")
    before = len(ballots(survey))

    phone.page.goto("about:blank")
    phone.open(link(survey, second), "welcome")

    assert len(ballots(survey)) == before + 1
    assert phone.text("#unit") == "South"
    assert phone.stored_entries()[f"survey/{survey.name}"]["code"] == second.replace("-", "")


def test_a_draft_is_not_shown_to_the_next_person(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code()), "welcome")
    phone.press("#begin", "questions")
    answer_all(phone, 1)

    phone.page.goto("about:blank")
    phone.open(link(survey, survey.code()), "notice")
    phone.page.get_by_text("另一个邀请码没有提交").wait_for()
    phone.press("#erase", "welcome")

    phone.press("#begin", "questions")
    assert phone.page.locator("input:checked").count() == 0


def test_a_second_window_stops_when_the_first_has_sent(phone: Phone, survey: Survey) -> None:
    _reviewing(phone, survey, survey.code())
    window = Phone(phone.page.context.new_page())
    window.open(address(survey), "review")
    phone.press("#send", "received")

    window.see("asking")
    assert window.post_bodies("credentials") == []
    assert phone.stored_entries() == {}
