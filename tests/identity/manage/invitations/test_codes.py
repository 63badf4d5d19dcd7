"""Codes are shown once; a second list replaces unclaimed codes, and reveals no person."""

import secrets

import pytest
from sqlalchemy import func, select

from survey_app.crypto.credentials import code_hash, normalize_code
from survey_app.errors import SurveyError
from survey_app.identity.manage.campaigns import overview, service
from survey_app.identity.manage.invitations import codes
from survey_app.identity.manage.roster import persons, uploads
from survey_app.identity.store import claim_pool
from survey_app.identity.store.models import UNCLAIMED, Card, Invitation, Person
from survey_app.identity.store.queries import Claims, count_claims, count_codes
from tests.identity.manage.conftest import load, publish, roster_csv
from tests.manifests import CLOSING_PRIVATE


def hand_out(store, keys, strata=()):
    with store.begin() as session:
        manifest = service.published_manifest(session, "spring")
        return codes.hand_out(session, keys, manifest, strata)


def claim(store, keys, new):
    with store.begin() as session:
        for plain in new:
            hashed = code_hash(keys.codes, "spring", normalize_code(plain.code))
            claims = claim_pool.read_all(session, "spring").get(plain.stratum, {})
            digest = secrets.token_bytes(32)
            claim_pool.add(session, "spring", plain.stratum, claims, hashed, digest)


def works(store, keys, code):
    hashed = code_hash(keys.codes, "spring", normalize_code(code))
    with store.read() as session:
        invitation = session.get(Invitation, hashed)
        claims = {code for of in claim_pool.read_all(session, "spring").values() for code in of}
        return (
            invitation is not None
            and invitation.claimed_for == UNCLAIMED
            and invitation.code not in claims
        )


def codes_of(store):
    with store.read() as session:
        return count_codes(session, "spring")


def test_named_strata_and_anonymous_cards_go_together(store, keys):
    publish(store)
    load(store, keys)

    new = hand_out(store, keys)

    with_person = [plain for plain in new if plain.person]
    assert {plain.stratum for plain in with_person} == {"north"}
    assert len(with_person) == 30
    assert len(new) == 90
    assert all(works(store, keys, plain.code) for plain in new)


@pytest.mark.parametrize("claims", [4, 25], ids=["waiting", "some in the table"])
def test_a_second_list_replaces_unclaimed_codes_and_hides_who_has_claimed(store, keys, claims):
    publish(store)
    load(store, keys)
    first = hand_out(store, keys, ["north"])
    claim(store, keys, first[:claims])

    second = hand_out(store, keys, ["north"])

    assert [plain.person for plain in second] == [plain.person for plain in first]
    assert not any(works(store, keys, plain.code) for plain in first)
    assert [works(store, keys, plain.code) for plain in second] == [False] * claims + [True] * (
        30 - claims
    )
    with store.read() as session:
        assert count_claims(session, "spring")["north"] == Claims(30, claims)


@pytest.mark.parametrize(("claims", "number"), [(4, 30), (12, 20), (20, 10)])
def test_the_number_of_new_cards_tells_of_claims_in_tens(store, keys, claims, number):
    publish(store)
    first = hand_out(store, keys, ["south"])
    claim(store, keys, first[:claims])

    second = hand_out(store, keys, ["south"])

    assert len(second) == number
    assert sum(works(store, keys, plain.code) for plain in second) == 30 - claims
    with store.read() as session:
        [campaign] = overview.all_campaigns(session)
        assert campaign.strata[1].invited == 30


def test_cards_are_numbered_and_no_number_comes_twice(store, keys):
    publish(store)

    first, second = (hand_out(store, keys, ["south"]) for _ in range(2))

    assert [plain.number for plain in first] == [*range(1, 31)]
    assert [plain.number for plain in second] == [*range(31, 61)]


def test_codes_are_nowhere_in_the_store(store, keys, on_disk):
    publish(store)
    load(store, keys)
    new = hand_out(store, keys)
    content = on_disk()

    for plain in new:
        characters = normalize_code(plain.code)
        assert plain.code.encode() not in content
        assert characters.encode() not in content
        if plain.person:
            hashed = code_hash(keys.codes, "spring", characters)
            assert content.count(hashed) in {1, 2}  # the row and its index; no person beside it


def test_the_close_forgets_who_held_which_code(store, keys):
    publish(store)
    load(store, keys)
    hand_out(store, keys)

    with store.begin() as session:
        service.close(session, "spring", CLOSING_PRIVATE)

    with store.read() as session:
        persons_with_code = select(func.count()).where(Person.holds.is_not(None))
        assert session.scalar(persons_with_code) == 0
        assert session.scalar(select(Card)) is None


@pytest.mark.parametrize("erases", [False, True], ids=["by cards", "by erased persons"])
def test_nobody_is_drawn_once_a_code_exists(store, keys, erases):
    publish(store)
    if erases:
        load(store, keys)
    hand_out(store, keys, ["north"])
    if erases:
        with store.begin() as session:
            persons.erase(session, "spring")

    with pytest.raises(SurveyError, match="no one can be drawn"):
        load(store, keys)


def test_a_draw_that_waited_while_codes_were_made_stores_nobody(store, keys):
    publish(store)
    uploads.upload(store, keys.roster, "spring", roster_csv(), "people.csv")

    def make_codes(_rows, _total):
        if not codes_of(store):
            hand_out(store, keys, ["north"])

    with pytest.raises(SurveyError, match="no one can be drawn"):
        persons.import_roster(store, keys.roster, "spring", "seed", make_codes, knowingly=True)
    with store.read() as session:
        assert session.scalar(select(Person)) is None


def test_cards_in_place_of_erased_persons_give_nobody_a_second_place(store, keys):
    publish(store)
    load(store, keys)
    claim(store, keys, hand_out(store, keys, ["north"])[:17])
    with store.begin() as session:
        persons.erase(session, "spring")

    cards = hand_out(store, keys, ["north"])

    assert len(cards) == 20
    assert sum(works(store, keys, plain.code) for plain in cards) == 13


def test_an_unknown_stratum_is_refused(store, keys):
    publish(store)

    with pytest.raises(SurveyError, match="no stratum"):
        hand_out(store, keys, ["<script>"])
