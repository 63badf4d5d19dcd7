"""The page that replaces one lost code."""

from html import unescape

import pytest
from sqlalchemy import select

from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.invitations import codes, new_codes
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.manage.roster import persons
from survey_app.identity.store.models import Audit, CodeList, NamedList
from tests.identity.manage.conftest import load, publish
from tests.identity.manage.views.test_console import HEAD, Manager

PAGE = f"{HEAD}/lost-code"


@pytest.fixture(scope="module", params=["sqlite"])
def own_engine(request):
    return request.param


@pytest.fixture
def manager(site, store):
    """A manager of a campaign with thirty persons in north, and thirty cards in south."""
    keys = Keys.of(site.extensions["sign_in"].settings)
    publish(store)
    load(store, keys)
    with store.begin() as session:
        manifest = service.published_manifest(session, "spring")
        codes.hand_out(session, keys, manifest, ["north", "south"])
    return Manager(site)


def last_entry(store):
    with store.read() as session:
        entry = session.scalars(select(Audit).order_by(Audit.entry.desc()).limit(1)).one()
        return entry.action, entry.detail


def test_one_card_is_replaced_by_its_number(manager, store):
    assert PAGE in manager.get(f"{HEAD}/invitations").text

    work = manager.post(PAGE, stratum="south", holder=" 7 ", way="card")

    assert "/work/" in work.location
    assert last_entry(store) == ("replace", "1 south")
    with store.read() as session:
        assert len(session.scalars(select(CodeList.job)).all()) == 1


def test_a_person_s_card_takes_two_managers(manager, store):
    answer = manager.post(PAGE, stratum="north", holder=some_person(store, manager), way="card")
    assert answer.location == f"{HEAD}/invitations"
    assert "It replaces one lost code." in manager.get(answer.location).text

    manager.second().confirm_list()

    assert last_entry(store) == ("replace", "1 north")
    with store.read() as session:
        assert session.get_one(NamedList, ("spring", 1)).state == "made"


def test_an_unknown_holder_is_refused_beside_the_field(manager):
    refusals = [
        ("south", "31", "There is no card with the number “31” in this stratum."),
        ("south", "seven", "There is no card with the number “seven” in this stratum."),
        ("north", "p99999", "No one drawn in this stratum is “p99999”."),
        ("<script>", "1", "There is no stratum “<script>”."),
    ]
    for stratum, holder, sentence in refusals:
        answer = manager.post(PAGE, stratum=stratum, holder=holder, way="card")

        assert answer.status_code == 400
        page = unescape(answer.text)
        assert sentence in page
        assert f'value="{holder}"' in page


def some_person(store, manager):
    keys = Keys.of(manager.site.extensions["sign_in"].settings)
    with store.read() as session:
        [person, *_] = new_codes.persons_at(session, "spring", ["north"], new_codes.IN_SAMPLE)
        return persons.fields(keys.roster, person)["person"]
