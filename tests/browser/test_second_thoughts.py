"""A person who answers changes their mind: skips, clears, goes back, contradicts, leaves."""

import json
import re

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import Phones
from tests.browser.phone import Phone, address, answer_all, ballots, link
from tests.public import Survey


def _answering(phone: Phone, survey: Survey) -> list[str]:
    """Bring a phone to the questions."""
    phone.open(link(survey, survey.code()), "welcome")
    phone.press("#begin", "questions")
    return phone.items()


def test_who_had_no_dealings_is_asked_no_more_unless_they_wish(
    phone: Phone, survey: Survey
) -> None:
    screening, *items = _answering(phone, survey)
    phone.answer(screening, 0)
    assert phone.page.locator("fieldset:visible").count() == 1
    assert phone.text("#label") == "已答 1 / 1 题"
    assert "不用答了" in phone.text("#folded")

    phone.press("#check", "review")
    assert phone.page.locator("#answers li").count() == 1
    assert not phone.page.is_visible("#blank")
    phone.page.go_back()
    phone.see("questions")
    phone.press("#unfold")
    assert phone.page.locator("fieldset:visible").count() == 1 + len(items)
    assert phone.page.evaluate("document.activeElement.name") == items[0]


def test_a_contradiction_is_pointed_out_and_not_forced(phone: Phone, survey: Survey) -> None:
    screening, *items = _answering(phone, survey)
    phone.answer(items[0], 1)
    phone.answer(screening, 0)
    phone.press("#check", "review")
    assert phone.page.is_visible("#contradiction")
    phone.press("#answers li:first-child button", "questions")
    phone.answer(screening, 1)
    phone.press("#back", "review")
    assert not phone.page.is_visible("#contradiction")

    phone.press("#answers li:first-child button", "questions")
    phone.answer(screening, 0)
    phone.press("#back", "review")
    phone.press("#send", "received")
    assert phone.receipt() in ballots(survey)


def test_the_review_says_what_the_rule_makes_of_what_is_blank(phone: Phone, survey: Survey) -> None:
    items = _answering(phone, survey)
    for item in items[:4]:
        phone.answer(item, 1)
    phone.press("#check", "review")
    assert "有 4 题没有回答" in phone.text("#blank")
    assert "不计入结果：回答太少。“不想答”算回答。" in phone.text("#blank")

    phone.press("#answers li:nth-child(5) button", "questions")
    phone.answer(items[4], 0)
    phone.answer(items[5], 8)
    phone.press("#back", "review")
    assert "有 2 题没有回答。按规则，这份答卷有效。" in phone.text("#blank")
    phone.press("#fill")

    answers = phone.page.locator("#answers b").all_inner_texts()
    assert answers == ["有", "有", "有", "有", "没有", "记不清", "不想答"]
    assert "有 1 题没有回答" in phone.text("#blank")  # the reading check
    assert not phone.page.is_visible("#fill")


def test_a_list_of_answers_reads_as_no_confession(phone: Phone, survey: Survey) -> None:
    _answering(phone, survey)
    answer_all(phone, 1)
    phone.press("#check", "review")

    rows = phone.page.locator("#answers li").all_inner_texts()
    assert rows[1].replace("\n", " ") == "2. 我遇到过该岗位人员……收受红包 有"
    phone.page.get_by_role("button", name="English").tap()
    assert (
        phone.page.locator("#answers li")
        .all_inner_texts()[1]
        .startswith("2. Met in holders of this post: Red envelopes")
    )


def test_an_answer_is_cleared_again(phone: Phone, survey: Survey) -> None:
    items = _answering(phone, survey)
    phone.answer(items[0], 1)
    phone.answer(items[2], 1)
    phone.press(f"#clear-{items[2]}")

    assert phone.page.locator(f'input[name="{items[2]}"]:checked').count() == 0
    assert phone.text("#label") == "已答 1 / 8 题"
    assert phone.page.evaluate("document.activeElement.name") == items[2]
    assert not phone.page.is_visible(f"#clear-{items[2]}")


def test_back_goes_one_step_back_and_loses_nothing(phone: Phone, survey: Survey) -> None:
    items = _answering(phone, survey)
    phone.answer(items[0], 1)
    phone.press("#check", "review")
    phone.press("#answers li:nth-child(3) button", "questions")
    phone.page.go_back()
    phone.see("review")
    phone.page.go_back()
    phone.see("questions")
    phone.page.go_back()
    phone.see("welcome")
    phone.page.go_forward()
    phone.see("questions")

    assert phone.page.is_checked(f'input[name="{items[0]}"][value="1"]')
    assert phone.page.url == address(survey)


def test_back_after_the_receipt_leaves_it_there(phone: Phone, survey: Survey) -> None:
    _answering(phone, survey)
    phone.press("#check", "review")
    phone.press("#send", "received")
    receipt = phone.receipt()
    phone.page.go_back()
    phone.page.wait_for_timeout(300)

    assert phone.receipt() == receipt


def test_leaving_with_answers_that_were_not_sent_asks_first(phone: Phone, survey: Survey) -> None:
    kinds: list[str] = []
    phone.page.on("dialog", lambda dialog: kinds.append(dialog.type))
    items = _answering(phone, survey)
    phone.page.reload()
    assert kinds == []

    phone.see("welcome")
    phone.press("#begin", "questions")
    phone.answer(items[0], 1)
    phone.page.reload()
    assert kinds == ["beforeunload"]


@pytest.mark.parametrize("steps", [0, 1, 3])
def test_leaving_at_once_replaces_the_page(phone: Phone, survey: Survey, steps: int) -> None:
    code = survey.code()
    phone.page.goto(f"{survey.installation.base}/respond/")
    phone.open(link(survey, code), "welcome")
    if steps:
        phone.press("#begin", "questions")
        phone.answer("dealings", 1)
    if steps > 1:
        phone.press("#check", "review")
        phone.press("#answers li:nth-child(3) button", "questions")
    phone.press("#leave")
    phone.page.wait_for_url("about:blank")

    phone.page.go_back()
    assert phone.page.url == f"{survey.installation.base}/respond/"
    for _ in range(3):
        phone.page.go_forward()
        assert code[:4] not in phone.page.content()
        assert code[:4] not in json.dumps(phone.page.evaluate("history.state"))


def test_what_was_removed_does_not_come_back_with_the_browsers_back(
    phone: Phone, survey: Survey
) -> None:
    phone.page.goto(f"{survey.installation.base}/respond/")
    _answering(phone, survey)
    phone.press("#check", "review")
    phone.press("#send", "received")
    phone.press("#erase", "asking")
    phone.page.wait_for_timeout(300)
    for move in (phone.page.reload, phone.page.go_forward, phone.page.reload):
        move()
        phone.see("asking")
        assert not (phone.page.evaluate("history.state") or {}).get("link")
    phone.page.go_back()
    phone.page.wait_for_timeout(300)
    assert not phone.page.is_visible("#welcome")


def test_a_survey_closed_while_it_is_answered_says_that_nothing_was_sent(
    phone: Phone, survey: Survey
) -> None:
    _answering(phone, survey)
    phone.press("#check", "review")
    refusal = json.dumps({"error": "closed", "message": ""})
    phone.page.route("**/credentials", lambda route: route.fulfill(status=410, body=refusal))
    phone.press("#send", "notice")
    phone.page.get_by_text("问卷已经结束，这些答案没有提交").wait_for()


def test_a_server_that_is_busy_is_asked_again(phone: Phone, survey: Survey) -> None:
    _answering(phone, survey)
    phone.press("#check", "review")
    replies = iter([429])

    def limit(route: Route) -> None:
        status = next(replies, None)
        route.fulfill(status=status, body='{"error": "busy"}') if status else route.continue_()

    phone.page.route("**/ballots", limit)
    phone.press("#send", "received")
    assert phone.receipt() in ballots(survey)


def test_what_the_server_refuses_is_said_in_the_language_chosen_now(
    phones: Phones, survey: Survey
) -> None:
    code = survey.code()
    phone, second = phones(), phones()
    for page in (phone, second):
        page.open(link(survey, code), "welcome")
        page.press("#begin", "questions")
        page.press("#check", "review")
    phone.press("#send", "received")
    second.press("#send", "notice")
    second.page.wait_for_selector("#again:not([hidden])")
    second.page.get_by_role("button", name="English").tap()
    assert "This code was used" in second.text("#reason")
    second.page.get_by_role("button", name="中文").tap()
    assert "已经用过" in second.text("#reason")
    second.press("#again")
    second.page.wait_for_url(re.compile("/receipts$"))
