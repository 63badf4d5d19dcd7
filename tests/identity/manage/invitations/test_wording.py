"""What a letter says: its places, its sender, and its link in a line of its own."""

from dataclasses import replace
from functools import partial

import pytest

from survey_app.config import Settings
from survey_app.crypto.credentials import check_code
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import SurveyError
from survey_app.identity.manage.invitations.notice import Notice
from survey_app.identity.manage.invitations.wording import (
    Sender,
    Wording,
    as_test,
    check_body,
    check_subject,
    filled,
    message_of,
    reminder,
)
from tests.documents.plans import published
from tests.manifests import ABOUT

RESPOND = "https://survey.example.org/respond"
ANNA = Sender("a@example.org")


def manifest(**texts):
    return PublishedManifest.model_validate(published() | texts)


def fill(body, subject="s", stratum="", **texts):
    survey = manifest(**texts)
    notice = partial(Notice.of, survey, survey.window.end, RESPOND, stratum=stratum)
    return filled(Wording(subject, body), notice)


def text_of(letter):
    return letter.get_content().replace("\r", "")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Your link: {link}.", "Your link:\n<L>\n"),
        ("点击<{link}>作答", "点击\n<L>\n作答\n"),
        ("您好\r\n  {link}  \r\n谢谢", "您好\n<L>\n谢谢\n"),
        ("{link}", "<L>\n"),
    ],
)
def test_the_link_stands_alone_in_its_line_wherever_the_wording_has_it(body, text):
    assert text_of(message_of(Wording("s", body), ANNA, "b@example.org", "L")) == text


WORDS = """请输入 {address} 和邀请码 {code}，最后一天{last_day}。
主办：{organiser}
咨询：{contact}
校验码 {check_code}
{link}
Asked by {organiser}, until {last_day}."""


def test_a_letter_says_what_its_survey_says_in_the_language_of_the_line():
    body = fill(WORDS, organiser=ABOUT["organiser"]).body

    assert body == (
        "请输入 https://survey.example.org/respond/autumn/ 和邀请码 {code}，"
        "最后一天2026年9月30日。\n"
        f"主办：某市某局\n校验码 {check_code(manifest(organiser=ABOUT['organiser']).root)}\n"
        "{link}\nAsked by A bureau, until 30 September 2026."
    )


def test_subject_and_text_name_the_survey_and_the_unit_of_the_person():
    stratum = manifest().strata[0]

    wording = fill("致{unit}：\n{link}", "{title}（{unit}）", stratum.id)

    assert wording.body == f"致{stratum.unit.zh}：\n{{link}}"
    assert wording.subject == f"{manifest().title.zh}（{stratum.unit.zh}）"
    assert fill("致{unit}：\n{link}").body == "{link}"


def test_a_rehearsals_letter_says_so_and_a_line_with_the_link_is_never_left_out():
    body = fill("{organiser} {link}", rehearsal=True).body

    assert "{link}" in body
    assert body.startswith("【演练】")
    assert "[Rehearsal]" in body


def test_a_test_letter_says_that_its_link_does_not_work():
    wording = as_test(Wording("s", "{link}"))

    assert "do not work" in wording.body.split("{link}")[0]
    assert "测试" in wording.subject


def settings(**mail):
    site = Settings(mail_from="survey@example.org").of("manage")
    return replace(site, **mail)


def sender(body="您好", **mail):
    survey = manifest(organiser=ABOUT["organiser"], contact={"zh": "邮箱 a@b.cn", "en": "a@b.cn"})
    return Sender.of(settings(**mail), survey, Wording("s", body))


def test_a_letter_comes_from_the_organiser_and_is_answered_to_the_contact():
    letter = message_of(Wording("s", "您好"), sender(), "b@example.org", "")

    assert letter["From"].addresses[0].display_name == "某市某局"
    assert letter["From"].addresses[0].addr_spec == "survey@example.org"
    assert letter["Reply-To"].addresses[0].addr_spec == "a@b.cn"
    assert sender("Hello").name == "A bureau"


def test_the_settings_name_sender_and_address_for_replies_first():
    office = sender(mail_from="Office <survey@example.org>", mail_reply_to="office@example.org")

    assert office == Sender("survey@example.org", "Office", "office@example.org")


def test_full_width_braces_are_places_too():
    assert Wording.typed(" s ", "｛LINK｝ { code }") == Wording("s", "{link} {code}")


@pytest.mark.parametrize("subject", ["", "a\nBcc: b@c.d", "s" * 201, "{link}", "{code}"])
def test_a_subject_is_one_line_without_anything_of_one_person(subject):
    with pytest.raises(SurveyError):
        check_subject(subject)


@pytest.mark.parametrize("place", ["{organizer}", "{Name}", "{单位}", "｛单位｝", "{last day}"])
def test_a_letter_has_no_place_that_cannot_be_filled(place):
    with pytest.raises(SurveyError, match="cannot fill"):
        check_body("{link} " + place, invites=True)


def test_a_letter_needs_its_link_and_a_reminder_has_none():
    for body in ("no link", ""):
        with pytest.raises(SurveyError):
            check_body(body, invites=True)
    with pytest.raises(SurveyError, match=r"no \{link\} and no \{code\}"):
        check_body("{code}", invites=False)
    check_body(reminder(Wording("s", "until {last_day}")).body, invites=False)
