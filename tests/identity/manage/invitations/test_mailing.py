"""Who gets a letter, who is listed because none arrived, and what becomes of codes."""

from dataclasses import asdict

import pytest
from sqlalchemy import select

from survey_app.crypto.credentials import code_hash, normalize_code
from survey_app.errors import SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.invitations import codes, mailing, new_codes
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.roster import persons
from survey_app.identity.store import claim_pool
from survey_app.identity.store.models import UNCLAIMED, WITHDRAWN, Invitation, Letter, LetterState
from survey_app.identity.store.queries import count_codes, count_undelivered
from tests.identity.manage.conftest import load, publish, roster_csv
from tests.identity.manage.post import WORDING, counts, failed_letters, link, send


def of(session):
    return service.published_manifest(session, "spring")


def some_without_address(persons=40):
    """A roster in which every fourth person has no address."""
    lines = roster_csv(persons).decode().splitlines()
    rows = [line.split(",") for line in lines]
    for number, row in enumerate(rows[1:]):
        row[2] = row[2] if number % 4 else ""
    return "\n".join(",".join(row) for row in rows).encode()


def queue_letters(store, keys, content=None):
    """Let letters wait for all who were drawn."""
    publish(store)
    load(store, keys, content=content)
    with store.begin() as session:
        name = queue.new_name()
        number = mailing.queue_invitations(session, keys, of(session), name, ["north"], link)
        queue.add(
            session, keys.roster, "spring", queue.MAIL, asdict(WORDING), total=number, name=name
        )
    return name


@pytest.fixture
def queued(store, keys):
    return queue_letters(store, keys)


def write_again(store, keys, letters):
    with store.begin() as session:
        name = queue.new_name()
        ids = [letter.letter for letter in letters]
        mailing.write_again(session, keys, of(session), name, ids, link)
        queue.add(session, keys.roster, "spring", queue.MAIL, asdict(WORDING), name=name)
    return name


def states(store):
    with store.read() as session:
        return {
            bytes(row.code): bytes(row.claimed_for) for row in session.scalars(select(Invitation))
        }


def links(post):
    """The latest link of each address."""
    return {
        to: text.get_content().split("#")[1].split(">")[0]
        for (tos, _), text in zip(post.letters, post.read(), strict=True)
        for to in tos
    }


def test_letters_wait_encrypted(store, keys, queued):
    with store.read() as session:
        contents = [bytes(letter.content) for letter in session.scalars(select(Letter))]

    assert len(contents) == 30
    assert not any(b"example.org" in content for content in contents)


def test_persons_without_an_address_are_counted_before_and_listed_after(store, keys):
    publish(store)
    load(store, keys, content=some_without_address())
    with store.read() as session:
        before = mailing.addressees(session, keys, "spring", ["north"])
    assert before.addressed + before.unaddressed == 30
    assert before.unaddressed > 0

    with store.begin() as session:
        number = mailing.queue_invitations(session, keys, of(session), "j" * 32, ["north"], link)

    assert number == before.addressed
    listed = failed_letters(store, keys)
    assert {letter.state for letter in listed} == {LetterState.UNADDRESSED}
    assert len(listed) == before.unaddressed
    assert listed[0].name.startswith("名字")
    with store.read() as session:
        assert count_undelivered(session, "spring") == {"north": 30}


def test_persons_who_share_an_address_get_a_letter_each(store, keys, post, server):
    rows = "\n".join(f"north,p{i},office@example.org,x" for i in range(3)).encode()
    name = queue_letters(store, keys, b"stratum,person,email,name\n" + rows)

    send(store, keys, name, server)

    assert post.addresses == ["office@example.org"] * 3
    assert len({content for _, content in post.letters}) == 3


def refuse_two(store, keys, post, server):
    """Have two letters refused for good."""
    name = queue_letters(store, keys)
    with store.read() as session:
        sample = new_codes.persons_at(session, "spring", ["north"], ("mailed",))
        two_addresses = sorted(persons.fields(keys.roster, row)["address"] for row in sample)[:2]
    post.at_rcpt = lambda address: "550 no such person" if address in two_addresses else "250 OK"
    send(store, keys, name, server)
    post.at_rcpt = lambda _: "250 OK"
    return two_addresses


def test_who_was_refused_is_listed_by_name_and_written_to_again_alone(store, keys, post, server):
    two_addresses = refuse_two(store, keys, post, server)
    before, delivered = states(store), links(post)
    listed = failed_letters(store, keys)
    assert sorted(letter.address for letter in listed) == two_addresses
    assert all(letter.name and "550" in letter.reply for letter in listed)

    send(store, keys, write_again(store, keys, listed), server)

    assert failed_letters(store, keys) == []
    assert len(links(post)) == 30
    after = states(store)
    withdrawn = [code for code in before if before[code] != after[code]]
    assert len(withdrawn) == len(after) - len(before) == 2  # nobody else's code is another
    assert all(after[code] == WITHDRAWN for code in withdrawn)
    assert {links(post)[address] for address in delivered} == set(delivered.values())
    with store.read() as session:
        assert count_codes(session, "spring") == {"north": 30}


def test_a_person_in_doubt_who_has_answered_gets_a_letter_whose_code_is_dead(
    store, keys, post, server
):
    name = queue_letters(store, keys)
    post.hang_up_at = 1
    send(store, keys, name, server)
    [doubtful] = failed_letters(store, keys)
    used_code = links(post)[doubtful.address]
    with store.begin() as session:
        hashed = code_hash(keys.codes, "spring", normalize_code(used_code))
        claims = claim_pool.read_all(session, "spring").get("north", {})
        claim_pool.add(session, "spring", "north", claims, hashed, bytes(range(32)))
    before = states(store)

    post.hang_up_at = None
    send(store, keys, write_again(store, keys, [doubtful]), server)

    new = states(store)
    assert {new[code] for code in new.keys() - before.keys()} == {WITHDRAWN}
    assert {code: new[code] for code in before} == before
    assert links(post)[doubtful.address] != used_code


def test_no_refused_letter_keeps_its_link(store, keys, post, server):
    refuse_two(store, keys, post, server)

    with store.read() as session:
        for letter in session.scalars(select(Letter)):
            assert "link" not in mailing.read_letter(keys.roster, letter)


def test_a_failed_letter_that_is_dismissed_changes_no_code(store, keys, post, server):
    refuse_two(store, keys, post, server)
    before = states(store)

    with store.begin() as session:
        ids = [letter.letter for letter in mailing.failed_letters(session, keys.roster, "spring")]
        mailing.dismiss(session, "spring", ids)

    assert failed_letters(store, keys) == []
    assert states(store) == before
    with store.begin() as session, pytest.raises(SurveyError, match="Choose at least one"):
        mailing.dismiss(session, "spring", [*ids, "no letter"])


def test_a_new_list_for_a_stratum_settles_its_failed_letters(store, keys, post, server):
    refuse_two(store, keys, post, server)

    with store.begin() as session:
        codes.hand_out(session, keys, of(session), ["north"])

    assert failed_letters(store, keys) == []


def test_letters_that_wait_keep_codes_of_their_own_stratum_alone(store, keys, queued):
    with store.begin() as session:
        assert len(codes.hand_out(session, keys, of(session), ["south"])) == 30

    with store.begin() as session, pytest.raises(SurveyError, match="wait to be sent"):
        codes.hand_out(session, keys, of(session), ["north"])


def test_reminders_go_to_whole_strata_and_carry_no_code(store, keys, queued, post, server):
    send(store, keys, queued, server)
    post.letters.clear()
    with store.begin() as session:
        number = mailing.queue_reminders(session, keys, "spring", "r" * 32, ["north"])
    assert number == 30
    post.at_rcpt = lambda address: "250 OK" if address < "p2" else "550 no such person"

    send(store, keys, "r" * 32, server)

    assert len(set(post.addresses)) + counts(store, "r" * 32).refusals == 30
    assert not any(b"#" in content for _, content in post.letters)
    assert failed_letters(store, keys) == []


def test_no_person_is_invited_by_letter_twice(store, keys, queued):
    with store.begin() as session, pytest.raises(SurveyError, match="No person drawn"):
        mailing.queue_invitations(session, keys, of(session), "x" * 32, ["north"], link)


def test_a_roster_without_addresses_sends_no_letter(store, keys):
    publish(store)
    load(store, keys, content=roster_csv().replace(b"email", b"note"))

    with store.begin() as session, pytest.raises(SurveyError, match="No person drawn"):
        mailing.queue_invitations(session, keys, of(session), "x" * 32, ["north"], link)


def test_a_stratum_with_a_code_that_none_of_its_persons_holds_gets_no_letters(store, keys):
    """Earlier releases let persons be drawn after cards were made."""
    publish(store)
    load(store, keys)
    card = Invitation(code=bytes(32), campaign="spring", stratum="north", claimed_for=UNCLAIMED)
    with store.begin() as session:
        session.add(card)

    with store.begin() as session, pytest.raises(SurveyError, match="has its codes already"):
        mailing.queue_invitations(session, keys, of(session), "job", ["north"], link)
