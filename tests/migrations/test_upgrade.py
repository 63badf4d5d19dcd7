"""The first release's stores go up to this one with their data in place, and down again."""

import pytest
from sqlalchemy import MetaData, insert, select

from survey_app.config import Settings, SiteName
from survey_app.storage.database import Database
from survey_app.storage.migrations import downgrade, upgrade

SITES: dict[str, SiteName] = {"identity": "manage", "answers": "analyse"}
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
    schema = MetaData()
    schema.reflect(connection)
    return schema.tables


def kept(store, side):
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
    assert kept(store, side) == DATA[side]
    downgrade(store, side, "0001")
    assert kept(store, side) == DATA[side]
    downgrade(store, side, "base")
    store.engine.dispose()
