"""Each store's history of migrations ends in the tables that the code expects."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from survey_app.answers.store.models import AnswersBase
from survey_app.config import Settings
from survey_app.identity.store.models import IdentityBase
from survey_app.storage.database import Database
from survey_app.storage.migrations import downgrade, prepared, upgrade

SIDES = {"identity": IdentityBase, "answers": AnswersBase}
SITES = {"identity": "manage", "answers": "analyse"}


@pytest.fixture(params=SIDES)
def side(request):
    return request.param


@pytest.fixture
def database(engine, tmp_path, side):
    database = prepared(Settings(instance=tmp_path).of(SITES[side]))
    yield database
    downgrade(database, side, "base")
    database.engine.dispose()


@pytest.fixture
def sqlite(tmp_path, side):
    database = Database(f"sqlite:///{tmp_path / side}.sqlite")
    upgrade(database, side)
    yield database
    database.engine.dispose()


def test_the_head_of_the_history_equals_the_models(database, side):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, SIDES[side].metadata) == []


def test_tables_that_could_keep_an_order_have_no_rowid(sqlite, side):
    keyed = {t.name for t in SIDES[side].metadata.sorted_tables if not _has_rowid(t)}
    with sqlite.engine.connect() as connection:
        tables = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type='table'"))
        without = {name for name, sql in tables if "WITHOUT ROWID" in sql}

    assert keyed
    assert without == keyed


def test_the_history_goes_down_again_and_up(database, side):
    downgrade(database, side, "base")
    with database.engine.connect() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]

    upgrade(database, side)
    with database.engine.connect() as connection:
        tables = set(inspect(connection).get_table_names())
    assert tables >= set(SIDES[side].metadata.tables)


def test_opened_sheets_go_from_rows_to_one_sorted_value_and_back(tmp_path):
    store = Database(f"sqlite:///{tmp_path / 'answers'}.sqlite")
    upgrade(store, "answers", "0002")
    with store.engine.begin() as connection:
        for statement in (
            "INSERT INTO campaign (campaign, box, published) VALUES ('c', 'opened', x'00')",
            "INSERT INTO opening VALUES ('c', 'a', 'kept', 2), ('c', 'b', 'kept', 1)",
            "INSERT INTO sheet VALUES (x'01', 'c', 'a', x'0900'), (x'02', 'c', 'a', x'0100')",
            "INSERT INTO sheet VALUES (x'03', 'c', 'b', x'0000')",
        ):
            connection.execute(text(statement))

    upgrade(store, "answers")
    with store.engine.connect() as connection:
        sheets = connection.execute(text("SELECT stratum, answers FROM sheets ORDER BY stratum"))
        assert sheets.all() == [("a", bytes([1, 0, 9, 0])), ("b", bytes([0, 0]))]
    downgrade(store, "answers", "0002")
    with store.engine.connect() as connection:
        sheets = connection.execute(
            text("SELECT stratum, answers FROM sheet ORDER BY stratum, answers")
        )
        assert sheets.all() == [("a", b"\x01\x00"), ("a", b"\x09\x00"), ("b", b"\x00\x00")]
    store.engine.dispose()


def test_every_connection_keeps_no_order_and_no_leftovers(sqlite):
    with sqlite.engine.connect() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "secure_delete", "synchronous", "temp_store")
        }

    assert settings == {
        "journal_mode": "delete",
        "secure_delete": 1,
        "synchronous": 2,
        "temp_store": 2,
    }


def _has_rowid(table):
    return table.dialect_options["sqlite"]["with_rowid"]
