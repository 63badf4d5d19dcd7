"""What ends a campaign asks first, takes two managers where that is switched on, and says so."""

import io
import zipfile
from datetime import date

import pytest
from sqlalchemy import select

from survey_app import create_app
from survey_app.accounts import add_account
from survey_app.config import Settings
from survey_app.identity.manage.campaigns import extension, service
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.store.models import Campaign, Person, Roster, Staff
from tests.identity.manage.conftest import load, publish, roster_csv
from tests.identity.manage.views.test_console import Manager, make_draft
from tests.sites import PASSWORD, design, quick_hash, serving

HEAD = "/campaigns/spring"


@pytest.fixture
def site(tmp_path):
    with serving("manage", tmp_path) as site:
        yield site


@pytest.fixture
def store(site):
    return site.extensions["store"]


@pytest.fixture
def manager(site):
    return Manager(site)


@pytest.fixture
def keys(site):
    return Keys.of(site.extensions["sign_in"].settings)


@pytest.fixture
def two_managers(site, tmp_path):
    """Two managers of an installation where such steps take two."""
    with quick_hash(), site.extensions["store"].begin() as session:
        add_account(session, Staff, "second", PASSWORD)
    settings = Settings(instance=tmp_path, totp=False, two_managers=True).of("manage")
    strict = create_app("manage", settings)
    yield Manager(strict), Manager(strict, "second")
    strict.extensions["store"].engine.dispose()


def step(store):
    with store.read() as session:
        return session.get_one(Campaign, "spring").step


def test_closing_early_names_what_is_lost_and_asks_for_the_name(manager, store):
    publish(store)
    assert "Close early" in manager.get(HEAD).text

    question = manager.get(f"{HEAD}/close").text
    assert "This is early: the last day is" in question
    answer = manager.post(f"{HEAD}/close", typed="sprin")
    assert answer.status_code == 400
    assert 'id="typed-problem"' in answer.text
    assert 'value="sprin"' in answer.text
    assert step(store) == "published"

    manager.post(f"{HEAD}/close", typed="spring")
    assert step(store) == "closed"
    assert "What comes next" in manager.get(HEAD).text


def test_a_pause_asks_says_so_and_is_taken_back(manager, store):
    publish(store)
    assert "Codes stay good." in manager.get(f"{HEAD}/pause").text

    manager.post(f"{HEAD}/pause")
    page = manager.get(HEAD).text
    assert "The campaign is paused" in page
    assert "paused the campaign" in page
    assert manager.post(f"{HEAD}/pause").status_code == 409
    manager.post(f"{HEAD}/resume")
    assert "The campaign goes on" in manager.get(HEAD).text


def test_erasing_in_fieldwork_asks_for_the_name(manager, store, keys):
    publish(store)
    load(store, keys)

    assert "can no longer be replaced" in manager.get(f"{HEAD}/roster/erase").text
    assert manager.post(f"{HEAD}/roster/erase").status_code == 400
    assert manager.post(f"{HEAD}/roster/erase", typed="spring").status_code == 302
    with store.read() as session:
        assert session.scalar(select(Person.person).limit(1)) is None
    assert "nothing in the store names one" in manager.get(f"{HEAD}/roster").text


def test_a_day_of_erasing_that_is_over_stands_beside_its_field(manager, store, keys):
    publish(store)
    load(store, keys)

    answer = manager.post(f"{HEAD}/roster/erase-on", day="2020-01-01")

    assert answer.status_code == 400
    assert 'id="day-problem"' in answer.text
    assert 'value="2020-01-01"' in answer.text


@pytest.mark.parametrize("agreeing", ["close", "extend", "erase"])
def test_what_cannot_be_taken_back_takes_two_managers(two_managers, store, keys, agreeing):
    first, second = two_managers
    publish(store, latest_end=date(2100, 1, 31))
    load(store, keys)
    path = {"erase": f"{HEAD}/roster/erase"}.get(agreeing, f"{HEAD}/{agreeing}")
    fields = {"day": "2100-01-05"} if agreeing == "extend" else {"typed": "spring"}

    def is_over():
        with store.read() as session:
            row = session.get_one(Campaign, "spring")
            is_erased = session.get(Roster, "spring") is None
            return {"close": row.step == "closed", "extend": row.extension, "erase": is_erased}[
                agreeing
            ]

    for _ in range(2):
        first.post(path, **fields)
        assert not is_over()
    assert "another survey manager has to agree" in second.get(HEAD).text
    second.post(path, **fields)
    assert is_over()


def test_a_request_for_another_day_is_another_request_and_can_be_dropped(two_managers, store):
    first, second = two_managers
    publish(store, latest_end=date(2100, 1, 31))

    first.post(f"{HEAD}/extend", day="2100-01-05")
    second.post(f"{HEAD}/extend", day="2100-01-06")
    second.post(f"{HEAD}/drop", action="extend")
    first.post(f"{HEAD}/extend", day="2100-01-06")

    with store.read() as session, pytest.raises(Exception, match="was not extended"):
        extension.statement(session, "spring")


def test_a_draft_is_deleted_with_its_roster_and_its_name_is_free(manager, store):
    make_draft(manager)
    manager.upload(f"{HEAD}/roster", roster_csv())

    assert manager.post(f"{HEAD}/delete", typed="").status_code == 400
    assert manager.post(f"{HEAD}/delete", typed="spring").location == "/"

    with store.read() as session:
        assert session.get(Roster, "spring") is None
    make_draft(manager)
    assert "deleted the draft" not in manager.get(HEAD).text


def test_a_fixed_campaign_is_archived_and_never_deleted(manager, store):
    publish(store)
    assert manager.post(f"{HEAD}/archive").status_code == 409
    assert manager.post(f"{HEAD}/delete", typed="spring").status_code == 409

    manager.post(f"{HEAD}/close", typed="spring")
    manager.post(f"{HEAD}/archive")
    manager.get("/")
    assert "Spring survey" not in manager.get("/").text
    assert "Spring survey" in manager.get("/?archive=1").text
    manager.post(f"{HEAD}/unarchive")
    manager.get("/")
    assert "Spring survey" in manager.get("/").text


def test_the_close_hands_over_all_that_the_statisticians_need(manager, store):
    publish(store)
    assert manager.get(f"{HEAD}/counts.csv").status_code == 409
    manager.post(f"{HEAD}/close", typed="spring")

    with zipfile.ZipFile(io.BytesIO(manager.get(f"{HEAD}/closing.zip").data)) as package:
        assert package.namelist() == [
            "spring.manifest.json",
            "spring.closing.json",
            "spring.counts.csv",
        ]
        assert package.read("spring.closing.json") == manager.get(f"{HEAD}/closing.json").data
        counts = package.read("spring.counts.csv").decode("utf-8-sig").splitlines()
    assert counts[0] == "stratum,unit,post_category,population,sample,codes,credentials"
    assert counts[1] == "north,north 单位,Inspection 类,100,30,0,0"


def test_the_page_says_who_confirmed_the_design_and_when(two_managers, store):
    first, second = two_managers
    with store.begin() as session:
        service.create(session, design())

    second.post(f"{HEAD}/confirm")

    page = first.get(HEAD).text
    assert "The design as it stands is confirmed by: second" in page
    assert "confirmed the campaign" in page


def test_the_checklist_names_what_is_missing_with_a_link(manager, store):
    publish(store)

    page = manager.get(HEAD).text

    assert f'<a href="{HEAD}/invitations">Make invitations for every stratum.</a>' in page
    assert "north unit · Inspection (north);" in page
