"""A list with names beside codes takes two managers, has a number, and stands in the log."""

from html import unescape

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from survey_app.accounts import add_account
from survey_app.errors import SurveyError
from survey_app.identity.manage.cli import manage
from survey_app.identity.manage.invitations.list_requests import ListForm, ListRequest
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.manage.jobs import queue
from survey_app.identity.store.models import Audit, Invitation, NamedList, RefusedClaims, Staff
from tests.identity.manage.conftest import load, publish
from tests.identity.manage.views.test_console import HEAD, Manager
from tests.sites import PASSWORD, quick_hash, serving

INVITATIONS = f"{HEAD}/invitations"
NORTH = {"form": "csv", "stratum": ["north"]}


@pytest.fixture
def site(tmp_path):
    with serving("manage", tmp_path) as site:
        yield site


@pytest.fixture
def manager(site, store):
    """A manager of a campaign, the persons of one of whose strata are drawn."""
    publish(store)
    load(store, Keys.of(site.extensions["sign_in"].settings))
    return Manager(site)


def log(store):
    with store.read() as session:
        rows = session.execute(select(Audit.action, Audit.account, Audit.detail))
        return [tuple(row) for row in rows if "list" in row.action or row.action == "fetch"]


def has_codes(store):
    with store.read() as session:
        return session.scalar(select(Invitation.code).limit(1)) is not None


def test_a_list_with_names_is_made_once_another_manager_confirms_it(manager, store):
    assert manager.post(f"{HEAD}/codes", **NORTH).location == INVITATIONS
    own_page = manager.get(INVITATIONS).text
    assert not has_codes(store)
    assert "/confirm" not in own_page
    assert "There is one account of a survey manager only" in own_page
    assert manager.post(f"{HEAD}/lists/1/confirm").status_code == 400

    work = manager.second().confirm_list()

    assert "There is one account" not in manager.get(INVITATIONS).text
    assert manager.post(work.location.replace("/work/", "/codes/")).text.count("#") == 30
    assert log(store) == [
        ("ask list", "somebody", "no. 1 csv ≥30"),
        ("confirm list", "second", "no. 1 csv ≥30"),
        ("fetch", "somebody", "no. 1 csv"),
    ]


def test_cards_with_names_take_two_managers_and_cards_without_one(manager, store):
    with_names, without_names = (
        manager.post(f"{HEAD}/codes", form="cards", per_page="8", stratum=[stratum])
        for stratum in ("north", "south")
    )

    assert with_names.location == INVITATIONS
    assert "/work/" in without_names.location


def test_a_dropped_list_is_not_made_and_its_number_not_used_again(manager, store):
    manager.post(f"{HEAD}/codes", **NORTH)
    second = manager.second()
    assert manager.post(f"{HEAD}/codes", **NORTH).status_code == 400
    assert manager.post(f"{HEAD}/lists/1/drop").location == INVITATIONS

    assert second.post(f"{HEAD}/lists/1/confirm").status_code == 404
    manager.post(f"{HEAD}/codes", **NORTH)

    assert "List no. 2 with names, asked for by somebody" in second.get(INVITATIONS).text
    assert not has_codes(store)


def test_a_confirmation_is_good_for_one_list(manager, site, store):
    manager.codes(**NORTH)
    request = ListRequest(("north",), ListForm.CSV, replace=True, number=1)
    key = site.extensions["sign_in"].settings.secret("roster")
    with store.begin() as session:
        job = queue.add(session, key, "spring", queue.CODES, request.task())

    site.extensions["worker"].work()

    with store.read() as session:
        assert "Another survey manager" in str(queue.progress(session, "spring", job).problem)


def test_the_page_says_first_what_the_holder_of_a_list_with_names_can_do(manager):
    page = unescape(manager.get(INVITATIONS).text)

    assert "read the last person's answers off the results" in page
    assert "cards without names, drawn from a box" in page


@pytest.fixture
def invite(manager, tmp_path, monkeypatch):
    """The command, in the folder of an installation whose persons are drawn."""
    monkeypatch.setenv("SURVEY_INSTANCE", str(tmp_path))
    monkeypatch.setenv("SURVEY_TOTP", "off")
    monkeypatch.chdir(tmp_path)

    def invite(*options, password=PASSWORD):
        return CliRunner().invoke(manage, ["invite", "spring", *options], input=f"{password}\n")

    return invite


def test_a_command_makes_no_list_with_names_alone(invite, store):
    refusal = invite()

    assert isinstance(refusal.exception, SurveyError)
    assert "--second-manager" in str(refusal.exception)
    assert not has_codes(store)


def test_a_command_takes_the_second_manager_s_own_sign_in(invite, store):
    with store.begin() as session, quick_hash():
        add_account(session, Staff, "second", PASSWORD)
        add_account(session, Staff, "reader", PASSWORD, "auditor")

    wrong_password = invite("--second-manager", "second", password="not the password")
    auditor = invite("--second-manager", "reader")
    assert not has_codes(store)
    assert "password" in str(wrong_password.exception)
    assert "not a survey manager" in str(auditor.exception)

    assert invite("--second-manager", "second").exit_code == 0
    with store.read() as session:
        assert session.get_one(NamedList, ("spring", 1)).state == "made"
    assert [entry[1] for entry in log(store) if entry[0] == "confirm list"] == ["second"]


def test_refused_claims_are_told_in_tens(manager, store, invite):
    texts = {}
    for number in (9, 27):
        with store.begin() as session:
            session.get_one(RefusedClaims, "spring").number = number
        output = CliRunner().invoke(manage, ["refused", "spring"]).output
        page = manager.get(f"{HEAD}/fieldwork").text.split("Refused claims", 1)[1]
        texts[number] = output.split(": ")[1].strip(), unescape(page).split("<dd>")[1].split()[0]

    assert texts[9][0] == "<10"
    assert texts[9][1].startswith("<10")
    assert texts[27][0] == "≥20"
    assert texts[27][1].startswith("≥20")
