"""Anyone checks the count in their own browser."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Route

from survey_app.respondent.protocol import SignedBallot
from tests.browser.phone import Phone, address
from tests.public import Survey

OpenedSurvey = tuple[Survey, SignedBallot, SignedBallot]
Change = Callable[[dict[str, Any]], None]


def _drop_one(content: dict[str, Any]) -> None:
    content["receipts"].pop()


def _other_root(content: dict[str, Any]) -> None:
    content["root"] = "0" * 64


def _more_ballots(content: dict[str, Any]) -> None:
    content["strata"][0]["ballots"] = 999


def _check(phone: Phone, receipt: str) -> str:
    phone.page.fill("#mine", receipt)
    phone.press("#check button")
    return phone.text("#verdict")


def _receipt(ballot: SignedBallot) -> str:
    return ballot.receipt.hex()


def test_a_counted_receipt_is_found_however_it_is_typed(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, ballot, _ = opened_survey
    phone.open(address(survey, "receipts"), "counts")
    receipt = _receipt(ballot)

    assert "已计入" in _check(phone, receipt)
    assert "已计入" in _check(phone, f"  {receipt[:32].upper()}\n{receipt[32:]} ")
    assert phone.post_bodies("") == []


def test_a_receipt_that_is_not_in_the_list_is_not_found(
    phone: Phone, opened_survey: OpenedSurvey
) -> None:
    survey, _, late = opened_survey
    phone.open(address(survey, "receipts"), "counts")

    assert "不在列表里" in _check(phone, _receipt(late))
    assert "64" in _check(phone, "abc")


def test_root_and_counts_are_computed_again(phone: Phone, opened_survey: OpenedSurvey) -> None:
    survey, _, _ = opened_survey
    phone.open(address(survey, "receipts"), "counts")
    published = phone.page.evaluate("fetch('receipts.json').then((answer) => answer.json())")

    assert phone.text("#root") == published["root"]
    assert "与公布的根相同" in phone.text("#root-verdict")
    assert phone.text("#sums") == "共 11 份密封答卷，11 张回执。"
    cells = phone.page.locator("#strata td").all_inner_texts()
    assert cells[1:] == ["12", "11", "相符"]


@pytest.mark.parametrize(
    ("change", "target"),
    [(_drop_one, "#root-verdict"), (_other_root, "#root-verdict"), (_more_ballots, "#strata")],
)
def test_a_list_that_was_tampered_with_does_not_fit(
    phone: Phone, opened_survey: OpenedSurvey, change: Change, target: str
) -> None:
    def alter(route: Route) -> None:
        content = route.fetch().json()
        change(content)
        route.fulfill(body=json.dumps(content), content_type="application/json")

    phone.page.route("**/receipts.json", alter)
    phone.open(address(opened_survey[0], "receipts"), "counts")

    assert "不" in phone.text(target)
    assert phone.page.locator(f"{target} .bad").count() == 1


def test_nothing_is_published_before_the_close(phone: Phone, survey: Survey) -> None:
    phone.page.goto(address(survey, "receipts"))
    phone.page.get_by_role("button", name="English").tap()
    phone.page.get_by_text("has not closed").wait_for()

    assert not phone.page.is_visible("#check")
