"""The first release's stores go up to this one with their data in place, and down again."""

import json

import pytest
from sqlalchemy import MetaData, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from survey_app.config import Settings
from survey_app.storage.database import Database
from survey_app.storage.migrations import downgrade, upgrade

SITES = {"identity": "manage", "answers": "analyse"}
STAFF: dict[str, object] = {
    "username": "somebody",
    "password": "hash",
    "active": True,
    "fs_uniquifier": "one",
}
BALLOT: dict[str, object] = {
    "receipt": bytes(32),
    "campaign": "c",
    "stratum": "a",
    "spent": b"\1" * 32,
}
CODE: dict[str, object] = {
    "code": bytes(32),
    "campaign": "c",
    "stratum": "a",
    "claimed_for": b"\1" * 32,
}
DATA: dict[str, dict[str, dict[str, object]]] = {
    "answers": {
        "campaign": {"campaign": "c", "box": "collecting", "published": b"{}"},
        "ballot": BALLOT | {"sealed": b"sealed"},
        "staff": STAFF,
    },
    "identity": {
        "campaign": {"campaign": "c", "step": "draft", "design": b"{}"},
        "invitation": CODE,
        "staff": STAFF,
    },
}


def reflected(connection):
    metadata = MetaData()
    metadata.reflect(connection)
    return metadata.tables


def kept_values(store, side):
    """What stands of the data, whatever columns came to it."""
    with store.engine.connect() as connection:
        tables = reflected(connection)
        return {
            name: {
                column: connection.execute(select(tables[name].c[column])).scalar_one()
                for column in row
            }
            for name, row in DATA[side].items()
        }


@pytest.mark.parametrize("side", SITES)
def test_data_of_the_first_release_stays_on_the_way_up_and_down(engine, tmp_path, side):
    store = Database(Settings(instance=tmp_path).of(SITES[side]).owner_url)
    upgrade(store, side, "0001")
    with store.engine.begin() as connection:
        tables = reflected(connection)
        for name, row in DATA[side].items():
            connection.execute(insert(tables[name]).values(row))

    upgrade(store, side)
    assert kept_values(store, side) == DATA[side]
    downgrade(store, side, "0001")
    assert kept_values(store, side) == DATA[side]
    downgrade(store, side, "base")
    store.engine.dispose()


IN_POOL = {
    "answers": ("ballot", "sealed", b"\2" * 32 + b"\3" * 32 + b"sealed", b"sealed"),
    "identity": ("invitation", "claimed_for", bytes(32) + b"\4" * 32, b"\4" * 32),
}
"""A record in the pool: the column of a table to which it brings a value."""


@pytest.mark.parametrize("side", SITES)
def test_what_waits_in_a_pool_is_not_lost_on_the_way_down(engine, tmp_path, side):
    store = Database(Settings(instance=tmp_path).of(SITES[side]).owner_url)
    upgrade(store, side)
    table, column, record, value = IN_POOL[side]
    with store.engine.begin() as connection:
        tables = reflected(connection)
        connection.execute(insert(tables["campaign"]).values(DATA[side]["campaign"]))
        if side == "identity":
            place = {"campaign": "c", "stratum": "a", "sample": 1, "codes": 0}
            connection.execute(insert(tables["places"]).values(place))
            connection.execute(insert(tables[table]).values(CODE | {"claimed_for": bytes(32)}))
        records = (len(record).to_bytes(2) + b"\1" + record).ljust(3900, b"\0")
        row = {"campaign": "c", "stratum": "a", "part": 0, "records": records}
        connection.execute(insert(tables["pool"]).values(row))

    downgrade(store, side, "0007")

    with store.engine.connect() as connection:
        assert connection.scalar(select(reflected(connection)[table].c[column])) == value
    downgrade(store, side, "base")
    store.engine.dispose()


STEPS = ("draft", "open", "published", "closed")
JOB: dict[str, object] = {
    "job": "j",
    "campaign": "open",
    "kind": "open",
    "account": "somebody",
    "state": "failed",
    "done": 0,
    "total": 1,
    "task": b"",
    "problem": "",
}


def steps(store):
    with store.engine.connect() as connection:
        rows = connection.execute(text("SELECT campaign, step FROM campaign ORDER BY campaign"))
        return [tuple(row) for row in rows]


def test_a_campaign_that_was_called_open_is_fixed_on_the_way_up(engine, tmp_path):
    store = Database(Settings(instance=tmp_path).of("manage").owner_url)
    upgrade(store, "identity", "0006")
    with store.engine.begin() as connection:
        tables = reflected(connection)
        for step in STEPS:
            row = {"campaign": step, "step": step, "design": b"{}", "manifest": b"\0"}
            connection.execute(insert(tables["campaign"]).values(row))
        code = CODE | {"campaign": "open", "pending": False}
        connection.execute(insert(tables["invitation"]).values(code))
        connection.execute(insert(tables["job"]).values(JOB))

    upgrade(store, "identity")
    assert steps(store) == [(s, "fixed" if s == "open" else s) for s in sorted(STEPS)]
    with store.engine.begin() as connection:
        assert connection.scalar(text("SELECT kind FROM job")) == "fix"
        assert connection.scalar(text("SELECT campaign FROM invitation")) == "open"
    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        connection.execute(text("UPDATE campaign SET step = 'open'"))
    with pytest.raises(IntegrityError), store.engine.begin() as connection:
        connection.execute(text("DELETE FROM campaign WHERE campaign = 'open'"))

    downgrade(store, "identity", "0006")
    assert steps(store) == [(s, s) for s in sorted(STEPS)]
    downgrade(store, "identity", "base")
    store.engine.dispose()


def test_a_store_with_too_many_codes_keeps_them_and_gets_no_more(engine, tmp_path):
    store = Database(Settings(instance=tmp_path).of("manage").owner_url)
    upgrade(store, "identity", "0012")
    strata = [{"id": "a", "sample": 2}, {"id": "b", "sample": 5}]
    published = {"published": json.dumps({"strata": strata}).encode()}
    codes = [(bytes([n]) * 32, b"\xff" * 32 if n == 4 else bytes(32)) for n in range(5)]
    with store.engine.begin() as connection:
        tables = reflected(connection)
        campaign = DATA["identity"]["campaign"] | published
        connection.execute(insert(tables["campaign"]).values(campaign))
        rows = [CODE | {"code": code, "claimed_for": state} for code, state in codes]
        connection.execute(insert(tables["invitation"]), rows)

    upgrade(store, "identity")

    with store.engine.connect() as connection:
        places = connection.execute(text("SELECT * FROM places ORDER BY stratum"))
        assert [tuple(row) for row in places] == [("c", "a", 4, 4), ("c", "b", 5, 0)]
    one_more = CODE | {"code": b"\7" * 32}
    for change in (
        insert(tables["invitation"]).values(one_more),
        update(tables["invitation"]).values(claimed_for=bytes(32)),
        insert(tables["invitation"]).values(one_more | {"stratum": "of no design"}),
    ):
        with store.engine.connect() as connection, pytest.raises(IntegrityError):
            connection.execute(change)
    downgrade(store, "identity", "base")
    store.engine.dispose()


RELEASES: list[dict[str, object]] = [
    {"campaign": "c", "number": 1, "checker": "second"},
    {"campaign": "c", "number": 2, "checker": None},
]


def test_releases_before_states_are_signed_or_rejected_and_one_waits_at_most(engine, tmp_path):
    store = Database(Settings(instance=tmp_path).of("analyse").owner_url)
    upgrade(store, "answers", "0013")
    content = {"document": b"{}", "digest": bytes(32), "maker": "first"}
    with store.engine.begin() as connection:
        tables = reflected(connection)
        connection.execute(insert(tables["campaign"]).values(DATA["answers"]["campaign"]))
        connection.execute(insert(tables["release"]), [content | row for row in RELEASES])

    upgrade(store, "answers")
    with store.engine.begin() as connection:
        release = reflected(connection)["release"]
        columns = (release.c.number, release.c.state, release.c.decided_by)
        rows = connection.execute(select(*columns).order_by(release.c.number)).all()
        assert [tuple(row) for row in rows] == [
            (1, "signed", "second"),
            (2, "rejected", "migration 0014"),
        ]
        third = content | {"campaign": "c", "number": 3, "state": "waiting"}
        connection.execute(insert(release).values(third))
    with store.engine.connect() as connection, pytest.raises(IntegrityError):
        connection.execute(insert(release).values(third | {"number": 4}))
    downgrade(store, "answers", "0013")
    with store.engine.connect() as connection:
        numbers = select(reflected(connection)["release"].c.number)
        assert len(connection.execute(numbers).all()) == 3
    downgrade(store, "answers", "base")
    store.engine.dispose()
