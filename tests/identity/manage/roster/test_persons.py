"""A roster is drawn from once, lies encrypted in the store, and is gone when it is erased."""

import hashlib
from datetime import date

import pytest
from sqlalchemy import select

from survey_app.errors import RosterError, SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.roster import persons, uploads
from survey_app.identity.manage.roster.columns import Columns
from survey_app.identity.manage.roster.rows import RosterRows, draw
from survey_app.identity.store.models import Person
from survey_app.identity.store.models import Roster as StoredRoster
from survey_app.identity.store.queries import find_campaign
from tests.identity.manage.conftest import load, roster_csv
from tests.sites import design

TODAY = date(2026, 4, 2)


@pytest.fixture
def campaign(store):
    with store.begin() as session:
        service.create(session, design())


def test_the_draw_can_be_repeated_by_anybody_with_the_seed():
    rows = tuple({"stratum": "north", "person": f"p{i}"} for i in range(50))

    sample = draw(RosterRows(("stratum", "person"), rows), {"north": 10}, "abc")
    backwards = draw(RosterRows(("stratum", "person"), rows[::-1]), {"north": 10}, "abc")

    def place(person):
        return hashlib.sha256(f"abc/north/{person}".encode()).digest()

    first = sorted((f"p{i}" for i in range(50)), key=place)[:10]
    assert sample == backwards == {("north", person) for person in first}
    assert draw(RosterRows((), rows), {"north": 10}, "abd") != sample


def test_every_person_is_drawn_with_the_same_probability():
    rows = tuple({"stratum": "s", "person": f"p{i}"} for i in range(20))
    roster, counts = RosterRows((), rows), dict.fromkeys((row["person"] for row in rows), 0)
    for seed in range(2000):
        for _, person in draw(roster, {"s": 5}, str(seed)):
            counts[person] += 1

    assert all(abs(count - 500) < 5 * (2000 * 0.25 * 0.75) ** 0.5 for count in counts.values())


def test_persons_are_drawn_within_their_stratum_and_encrypted(store, keys, campaign, on_disk):
    load(store, keys, seed="abc")

    with store.read() as session:
        roster = persons.summary(session, keys.roster, "spring")
        assert roster
        first = session.scalar(select(Person).limit(1))
        assert persons.fields(keys.roster, first)["name"].startswith("名字")
    assert roster.sizes == {"north": (40, 30)}
    assert roster.seed == "abc"
    content = on_disk()
    for text in ("名字1", "p1@example.org", "p00001"):
        assert text.encode() not in content


def test_erasing_leaves_no_byte_of_the_roster_on_disk(store, keys, campaign, on_disk):
    load(store, keys)
    with store.read() as session:
        encrypted = [bytes(p.fields) for p in session.scalars(select(Person))]
    assert all(row in on_disk() for row in encrypted[:3])

    with store.begin() as session:
        persons.erase(session, "spring")
    store.vacuum()

    content = on_disk()
    assert not any(row[12:28] in content for row in encrypted)
    with store.read() as session:
        assert persons.summary(session, keys.roster, "spring") is None


def test_the_file_as_it_came_is_gone_once_it_is_read(store, keys, campaign, on_disk):
    uploads.upload(store, keys.roster, "spring", roster_csv(), "people.csv")
    with store.read() as session:
        file = bytes(session.get(StoredRoster, "spring").file)
    assert file[:64] in on_disk()

    persons.import_roster(
        store, keys.roster, "spring", "x", lambda rows, total: None, knowingly=True
    )

    assert file[:64] not in on_disk()


def test_columns_are_proposed_and_a_trial_tells_every_fault(store, keys, campaign):
    content = "部门,工号,邮箱,层\na,1,x@y.cn,north\na,1,X@y.cn,north\nb,3,no,west\n".encode(
        "gb18030"
    )

    layout = uploads.upload(store, keys.roster, "spring", content, "people.csv")

    assert layout.columns == Columns("层", "工号", "邮箱")
    assert layout.trial
    assert [(fault.place, fault.reason) for fault in layout.trial.faults] == [
        ("B3", "this person is listed twice in the stratum"),
        ("D4", "the stratum is not in the design"),
        ("C4", "this is not an e-mail address"),
    ]
    with pytest.raises(RosterError, match="line 3"):
        persons.import_roster(store, keys.roster, "spring", "x", lambda rows, total: None)


def test_a_second_roster_and_other_strata_wait_until_the_first_is_erased(store, keys, campaign):
    load(store, keys)

    with pytest.raises(SurveyError, match="erase the roster"):
        uploads.upload(store, keys.roster, "spring", roster_csv(), "people.csv")
    with store.begin() as session:
        version = service.version(find_campaign(session, "spring"))
        with pytest.raises(SurveyError, match="erase the roster"):
            service.change(session, "spring", version, strata=())


def test_a_day_for_erasing_lies_ahead_and_comes(store, keys, campaign):
    load(store, keys)
    with store.begin() as session:
        with pytest.raises(SurveyError, match="after today"):
            persons.erase_on(session, "spring", TODAY, TODAY)
        persons.erase_on(session, "spring", date(2026, 5, 1), TODAY)
        assert persons.due(session, date(2026, 4, 30)) == []
        assert persons.due(session, date(2026, 5, 1)) == ["spring"]
