"""A list of codes is made in the background, and kept until it is printed or saved."""

import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy import delete, select, update

from survey_app.accounts import Actor, acting_as
from survey_app.errors import ChangedError, NotFoundError, SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.invitations import (
    code_lists,
    codes,
    list_files,
    mailing,
    named_lists,
    new_codes,
    plain_xlsx,
)
from survey_app.identity.manage.invitations.list_requests import (
    ListForm,
    ListLanguage,
    ListRequest,
    NamePlace,
)
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.roster import persons
from survey_app.identity.store.models import Audit, CodeList, Invitation, Job, Letter, Person
from tests.identity.manage.conftest import load, publish, words_of
from tests.manifests import CLOSING_PRIVATE

NORTH = ListRequest(("north",), ListForm.CSV, replace=False)


@pytest.fixture
def settings(site):
    return site.extensions["sign_in"].settings


@pytest.fixture
def own_keys(settings):
    return Keys.of(settings)


@pytest.fixture
def campaign(store, own_keys):
    publish(store)
    load(store, own_keys)


def make(store, site, request, settings):
    with store.begin() as session:
        total = code_lists.check(session, "spring", request)
        if named_lists.has_names(session, "spring", request):
            request = confirmed(session, request, total)
        key, task = settings.secret("roster"), request.task()
        job = queue.add(session, key, "spring", queue.CODES, task, total=total)
    site.extensions["worker"].work()
    return job


def confirmed(session, request, total):
    """A request for a list with names, asked for by one manager and confirmed by another."""
    with acting_as(Actor("first")):
        number = named_lists.ask(session, "spring", request, total).number
    with acting_as(Actor("second")):
        return named_lists.confirm(session, "spring", number)


def fetch(store, settings, job):
    with store.begin() as session:
        fetched = code_lists.fetch(session, settings.secret("roster"), "spring", job)
    store.scrub(CodeList)
    return fetched


def state(store, job):
    with store.read() as session:
        return queue.progress(session, "spring", job)


def destroy(store, job):
    with store.begin() as session:
        code_lists.destroy(session, "spring", job)
    store.scrub(CodeList)


def test_a_list_is_fetched_again_until_somebody_confirms_it(
    store, site, settings, campaign, on_disk
):
    job = make(store, site, NORTH, settings)
    with store.read() as session:
        [waits] = code_lists.waiting(session, "spring")
        encrypted = bytes(session.get(CodeList, job).content)
    assert waits == code_lists.WaitingList(job, ListForm.CSV, settings.today() + timedelta(2), 0)
    assert encrypted[:64] in on_disk()
    assert b"p00001" not in on_disk()

    text = fetch(store, settings, job).content.decode("utf-8-sig")
    assert text == fetch(store, settings, job).content.decode("utf-8-sig")
    destroy(store, job)

    assert text.splitlines()[0] == "stratum,person,email,name,code,link,number"
    assert len(text.splitlines()) == 31
    assert encrypted[:64] not in on_disk()
    assert text.split(",")[-3].encode() not in on_disk()
    with pytest.raises(NotFoundError):
        fetch(store, settings, job)
    with store.read() as session:
        actions = session.scalars(select(Audit.action)).all()
    assert actions[-4:] == ["invite", "fetch", "fetch", "destroy list"]


def test_a_list_that_nobody_fetched_is_not_destroyed(store, site, settings, campaign):
    job = make(store, site, NORTH, settings)

    with pytest.raises(SurveyError, match="No one has downloaded"):
        destroy(store, job)

    assert fetch(store, settings, job).content


def test_a_list_has_the_headings_of_the_office_and_our_words_in_its_language(
    store, site, settings, own_keys
):
    publish(store)
    rows = "\n".join(f"{n:05},north,王{n},机密" for n in range(40))
    load(store, own_keys, content=f"工号,层,姓名,邀请码\n{rows}".encode())
    request = replace(NORTH, language=ListLanguage.CHINESE)

    text = fetch(store, settings, make(store, site, request, settings)).content.decode("utf-8-sig")

    header, first, *_ = text.splitlines()
    assert header == "层,工号,姓名,邀请码,邀请码 *,链接,编号"
    cells = first.split(",")
    assert (cells[0], cells[3], cells[6]) == ("north", "机密", "1")


def test_a_list_of_another_campaign_is_not_given(store, site, settings, campaign):
    publish(store, "autumn")
    job = make(store, site, NORTH, settings)

    with store.begin() as session, pytest.raises(NotFoundError):
        code_lists.fetch(session, settings.secret("roster"), "autumn", job)


def test_while_a_list_waits_no_other_is_made(store, site, settings, campaign):
    make(store, site, NORTH, settings)

    with pytest.raises(SurveyError, match="still kept here"):
        make(store, site, ListRequest(("south",), ListForm.XLSX, replace=False), settings)


def test_a_list_is_deleted_when_its_days_are_over(store, site, settings, campaign, on_disk):
    make(store, site, NORTH, settings)
    with store.begin() as session:
        session.execute(update(CodeList).values(last_day="2026-01-01"))
        encrypted = bytes(session.scalar(select(CodeList.content)))

    site.extensions["worker"].work()

    with store.read() as session:
        assert code_lists.waiting(session, "spring") == []
        assert session.scalar(select(Person).limit(1)) is not None
    assert encrypted[:64] not in on_disk()


def test_the_last_day_belongs_to_the_list(store, site, settings, campaign):
    job = make(store, site, NORTH, settings)
    third = settings.today() + timedelta(2)

    with store.read() as session:
        assert code_lists.expired(session, third) == []
        assert code_lists.expired(session, third + timedelta(1)) == [job]


def close(session, campaign):
    service.close(session, campaign, CLOSING_PRIVATE)


@pytest.mark.parametrize("end", [close, persons.erase])
def test_the_close_and_the_erasing_take_the_list_along(store, site, settings, campaign, end):
    make(store, site, NORTH, settings)

    with store.begin() as session:
        end(session, "spring")

    with store.read() as session:
        assert session.scalar(select(CodeList.job)) is None


def test_codes_that_were_replaced_meanwhile_stay(store, site, settings, campaign):
    with store.begin() as session:
        key = settings.secret("roster")
        request = confirmed(session, NORTH, 30)
        job = queue.add(session, key, "spring", queue.CODES, request.task(), total=30)
        manifest = service.published_manifest(session, "spring")
        codes.hand_out(session, Keys.of(settings), manifest, ["north"])

    site.extensions["worker"].work()

    assert state(store, job).state == "failed"
    assert "Allow unused ones" in str(state(store, job).problem)
    with store.read() as session:
        assert len(session.scalars(select(Invitation)).all()) == 30


def test_codes_made_while_a_person_was_given_another_are_not_stored(store, own_keys, campaign):
    with store.read() as session:
        manifest = service.published_manifest(session, "spring")
        to = new_codes.recipients(session, manifest, ["north"])
    records = [record for _, record in new_codes.generate(own_keys, manifest, to)]
    with store.begin() as session:
        mailing.queue_invitations(
            session, own_keys, manifest, "x", ["north"], lambda code, _stratum: code
        )
        session.execute(delete(Letter))

    with store.begin() as session, pytest.raises(ChangedError):
        codes.activate(session, own_keys, manifest, ["north"], records)


def test_cards_have_a_cover_for_each_stratum_and_bear_only_its_mark(store, site, settings):
    publish(store, rehearsal=True)
    request = ListRequest(
        ("north", "south"), ListForm.CARDS, replace=False, language=ListLanguage.BOTH, units=True
    )

    pages = words_of(fetch(store, settings, make(store, site, request, settings)).content)

    covers = [page for page in pages.split("\f") if "装入一个信封" in page]
    assert len(covers) == 2
    assert "30 (A · 1 – A · 30)" in covers[0]
    assert "30 (B · 1 – B · 30)" in covers[1]
    cards = [page for page in pages.split("\f") if "Scan, or type" in page]
    assert sum(page.count("Scan, or type") for page in cards) == 60
    assert sum(page.count("nothing in it counts") for page in cards) == 60
    assert not any("A ·" in page and "B ·" in page for page in cards)
    assert "单位信封" in pages


@pytest.mark.parametrize("names", NamePlace)
def test_a_name_stands_on_a_list_or_a_strip_and_never_with_the_promise(
    store, site, settings, campaign, names
):
    request = ListRequest(("north",), ListForm.CARDS, replace=False, per_page=4, names=names)

    pages = words_of(fetch(store, settings, make(store, site, request, settings)).content)

    of_list = [page for page in pages.split("\f") if "Distribution list" in page]
    cards = [page for page in pages.split("\f") if "Scan, or type" in page]
    in_list = sum(page.count("名字") for page in of_list)
    on_cards = sum(page.count("名字") for page in cards)
    assert (in_list, on_cards) == ((30, 0) if names == NamePlace.LIST else (0, 30))
    assert "@example.org" not in pages
    for page in cards:
        assert page.count("Tear this strip off") == page.count("名字")


def test_too_many_cards_are_refused(store, site, settings, monkeypatch):
    publish(store)
    monkeypatch.setattr(code_lists, "MOST_CARDS", 29)

    with pytest.raises(SurveyError, match="at most 5000"):
        make(store, site, ListRequest(("south",), ListForm.CARDS, replace=False), settings)


def test_an_unforeseen_failure_says_where_and_names_no_person(
    store, site, settings, campaign, monkeypatch, caplog
):
    def fail(*_: object) -> bytes:
        raise ValueError("王一 wang@example.org")

    monkeypatch.setattr(list_files, "as_csv", fail)
    job = make(store, site, NORTH, settings)

    problem = state(store, job).problem
    assert job in str(problem)
    assert f"Work {job} (codes) failed: ValueError" in caplog.text
    assert "code_lists.py" in caplog.text
    assert "wang" not in caplog.text + json.dumps(str(problem))
    with store.read() as session:
        assert session.scalar(select(Invitation)) is None
        assert session.scalar(select(Job.state)) == "failed"


def test_a_workbook_holds_texts_only_and_whatever_they_are():
    rows = [["name", "code"], ["<王一> & \x01\x0b", "=1+1"], ["  x\n", ""]]

    book = CalamineWorkbook.from_filelike(io.BytesIO(plain_xlsx.write(rows)))

    assert book.get_sheet_by_index(0).to_python() == [
        ["name", "code"],
        ["<王一> & ��", "=1+1"],
        ["  x\n", ""],
    ]


def test_a_request_is_the_same_after_it_was_stored():
    assert ListRequest.of(json.loads(json.dumps(NORTH.task()))) == NORTH
