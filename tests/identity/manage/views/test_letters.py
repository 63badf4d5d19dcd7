"""The page of letters: preview, test letter, who did not get one, and failed work."""

import re
from dataclasses import replace
from html import unescape

import pytest
from pydantic import SecretStr

from survey_app.crypto.credentials import code_hash, normalize_code
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.store.models import UNCLAIMED, WITHDRAWN, Invitation
from tests.identity.manage.conftest import load, publish
from tests.identity.manage.invitations.test_mailing import some_without_address, states
from tests.identity.manage.post import text_of
from tests.identity.manage.views.test_console import HEAD, Manager

pytestmark = pytest.mark.parametrize("own_engine", ["sqlite"], indirect=True)
FORM = {
    "subject": "{title} – {unit}",
    "body": "Dear people of {unit}:\n{link}\nUntil {last_day}",
    "stratum": ["north"],
}


@pytest.fixture
def mail(site, server, monkeypatch):
    """Settings with a mail server, for the site's pages and its worker."""
    settings = replace(
        site.extensions["worker"]._settings,
        smtp_url=SecretStr(server),
        mail_from="survey@example.org",
    )
    for name, value in (("smtp_url", settings.smtp_url), ("mail_from", settings.mail_from)):
        object.__setattr__(site.extensions["worker"]._settings, name, value)
    return settings


@pytest.fixture
def manager(site, mail, store):
    publish(store)
    load(store, Keys.of(mail), content=some_without_address())
    return Manager(site)


def part_of(page, pattern):
    """The first group of what a pattern matches, which must be there."""
    match = re.search(pattern, page, re.DOTALL)
    assert match
    return match[1]


def listed(manager):
    return re.findall(r'name="letter"\s+value="(\w+)"', manager.get(f"{HEAD}/letters").text)


def test_letters_are_previewed_sent_and_seen_to(manager, post):
    page = unescape(manager.get(f"{HEAD}/letters").text)
    addressed = int(part_of(page, r"(\d+) with an address"))
    unaddressed = int(part_of(page, r"with an address, (\d+) without"))
    assert addressed + unaddressed == 30

    preview = unescape(manager.post(f"{HEAD}/letters/preview", **FORM).text)
    assert "Dear people of north unit:\n<http://" in preview
    assert "Spring survey – north unit" in preview
    assert f"Letters that will be sent: {addressed}." in preview
    assert f"Persons who have no address and get none: {unaddressed}." in preview
    assert post.letters == []

    work = manager.post(f"{HEAD}/mail", **FORM).location
    assert manager.get(work).location == f"{HEAD}/letters"
    assert f"Letters sent: {addressed} of {addressed}." in manager.get(f"{HEAD}/letters").text
    assert len(post.letters) == addressed
    assert len(listed(manager)) == unaddressed
    assert "See to the letters that have not arrived." in manager.get(HEAD).text
    assert f"did not arrive: {unaddressed}" in manager.get(f"{HEAD}/fieldwork").text
    refusal = manager.post(f"{HEAD}/letters/again", letter=listed(manager))
    assert "Choose at least one person who has an address." in refusal.text
    manager.post(f"{HEAD}/letters/dismiss", letter=listed(manager))
    assert listed(manager) == []
    assert "The mail server has taken every letter." in manager.get(HEAD).text


def test_refused_persons_are_written_to_again_with_the_same_words(manager, post):
    post.at_rcpt = lambda _: "550 unknown"
    work = manager.post(f"{HEAD}/mail", **FORM).location
    manager.get(work)
    page = unescape(manager.get(f"{HEAD}/letters").text)
    assert "名字1" in page
    assert "550 unknown" in page
    assert re.search(r"Letters sent: 0 of \d+. Refused for good: \d+. In doubt: 0.", page)
    assert "respond/spring/#" not in part_of(page, "(<table.*</table>)")

    post.at_rcpt = lambda _: "250 OK"
    answer = manager.post(f"{HEAD}/letters/again", letter=listed(manager))

    assert answer.location == f"{HEAD}/letters"
    assert "Dear people of north unit" in text_of(post.read()[0])
    assert len(set(post.addresses)) == len(post.addresses)


def test_one_lost_code_is_replaced_by_a_letter_and_the_others_stay(manager, post, store, mail):
    manager.post(f"{HEAD}/mail", **FORM)
    first = {letter["To"]: code_in(letter) for letter in post.read()}
    address, lost_code = first.popitem()
    post.letters.clear()
    holder = f"p{int(address.split('@')[0][1:]):05}"
    fields = {"stratum": "north", "holder": holder, "way": "letter", "subject": "New link"}
    refusal = manager.post(f"{HEAD}/lost-code", **fields, body="Without it")
    assert refusal.status_code == 400
    assert "Without it" in refusal.text

    manager.post(f"{HEAD}/lost-code", **fields, body="Here it is:\n{link}")

    [letter] = post.read()
    assert letter["To"] == address
    hashes = [
        code_hash(Keys.of(mail).codes, "spring", normalize_code(code))
        for code in (lost_code, code_in(letter), *first.values())
    ]
    with store.read() as session:
        states = [session.get_one(Invitation, hashed).claimed_for for hashed in hashes]
    assert states == [WITHDRAWN] + [UNCLAIMED] * (len(first) + 1)


def code_in(letter):
    return text_of(letter).split("#")[1].split(".")[0]


def test_persons_without_an_address_get_cards_and_no_other_code_changes(manager, post, store):
    manager.post(f"{HEAD}/mail", **FORM)
    number, before = len(listed(manager)), states(store)

    answer = manager.post(f"{HEAD}/letters/cards", letter=listed(manager))
    assert answer.location == f"{HEAD}/invitations"
    assert len(listed(manager)) == number  # until another manager has agreed
    manager.second().confirm_list()

    assert listed(manager) == []
    after = states(store)
    assert len(after) - len(before) == number
    assert {code: after[code] for code in before} == before


def test_a_test_letter_has_a_code_that_was_never_made(manager, post, store, mail):
    answer = manager.post(f"{HEAD}/letters/test", to="me@example.org", **FORM)

    assert "The mail server has taken the test letter." in answer.text
    assert "Dear people of {unit}" in answer.text
    [letter] = post.read()
    assert post.addresses == ["me@example.org"]
    assert "do not work" in text_of(letter)
    code = text_of(letter).split("#")[1].split(".")[0]
    hashed = code_hash(Keys.of(mail).codes, "spring", normalize_code(code))
    with store.read() as session:
        assert session.get(Invitation, hashed) is None


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("subject", "{link}", "cannot fill “{link}”"),
        ("body", "{link} {organizer}", "cannot fill “{organizer}”"),
        ("body", "nothing", "The text must contain {link}"),
        ("stratum", [], "Choose at least one stratum."),
    ],
)
def test_what_cannot_be_sent_is_said_beside_its_field_and_all_is_kept(
    manager, field, value, sentence
):
    answer = manager.post(f"{HEAD}/letters/preview", **FORM | {field: value})

    assert answer.status_code == 400
    assert sentence in unescape(part_of(answer.text, rf'id="{field}-problem">([^<]*)<'))
    kept = FORM | {field: value}
    assert kept["subject"] in unescape(answer.text)
    assert kept["body"] in unescape(answer.text).replace("\r", "")


def test_a_test_letter_that_is_refused_says_what_the_server_said(manager, post):
    post.at_rcpt = lambda _: "550 no such person"

    answer = manager.post(f"{HEAD}/letters/test", to="me@example.org", **FORM)

    assert answer.status_code == 400
    assert "550 no such person" in part_of(answer.text, 'id="to-problem">([^<]*)<')


def test_work_that_failed_is_dropped_and_its_letters_are_listed(manager, post):
    post.at_mail = lambda _: "550 not you"
    work = manager.post(f"{HEAD}/mail", **FORM).location
    assert "550 not you" in manager.get(work).text
    assert "A job failed" in manager.get(f"{HEAD}/letters").text

    manager.post(f"{work}/dismiss")

    assert "A job failed" not in manager.get(f"{HEAD}/letters").text
    assert len(listed(manager)) == 30
    assert manager.post(f"{work}/dismiss").status_code == 400


def test_a_letter_that_waits_says_when_it_is_tried_next(manager, post):
    post.at_rcpt = lambda _: "450 later"
    work = manager.post(f"{HEAD}/mail", **FORM).location

    page = manager.get(work).text
    assert re.search(r"Next: 20\d\d-\d\d-\d\d \d\d:\d\d", page)
    post.at_rcpt = lambda _: "250 OK"
    manager.post(work)

    assert manager.get(work).location == f"{HEAD}/letters"


def test_texts_for_groups_are_ready_to_be_copied(manager):
    page = unescape(manager.get(f"{HEAD}/texts").text)

    assert page.count("<textarea") == 6
    assert "截止到2099年12月31日" in page
    assert "until 31 December 2099" in page
