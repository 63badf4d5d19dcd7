"""What holds on PostgreSQL only: rows without order, accounts without rights, restarts."""

import psycopg
import pytest
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.exc import ProgrammingError

from survey_app.answers.analyse.box import service as box
from survey_app.answers.store.models import Ballot
from survey_app.config import Settings
from survey_app.storage import doctor
from tests.sites import OVER, accept, design, serving
from tests.storage.ballots import linked, lying, put, those_that_wait


def test_the_close_leaves_one_transaction_and_a_new_file(settings, cluster, tmp_path, monkeypatch):
    monkeypatch.setenv("SURVEY_ANSWERS_URL", cluster.service_url)
    monkeypatch.setenv("SURVEY_ANSWERS_OWNER_URL", cluster.owner_url)
    with serving("analyse", tmp_path) as site:
        accept(site, design())
        store = site.extensions["store"]
        for number in range(50):
            put(store, number)
        with store.begin() as session:
            box.close(session, "spring", OVER)
        file = "SELECT pg_relation_filepath('ballot')"
        with cluster.connect() as connection:
            before = connection.execute(file).fetchone()
        store.vacuum()  # by the service's own account

        with cluster.connect() as connection:
            assert connection.execute(file).fetchone() != before
            versions = connection.execute("SELECT count(DISTINCT xmin::text) FROM ballot")
            assert versions.fetchall() == [(1,)]
        assert lying(cluster, "ctid") == lying(cluster, "receipt")
        order = lying(cluster, "ctid")
        assert sorted(order) == list(range(50))
        assert linked(order) < 0.2


def test_the_service_alone_may_have_rows_forgotten(store, cluster):
    query = "SELECT has_function_privilege(%s, %s, 'execute')"
    with cluster.connect() as connection:
        for function in ("rewrite_table(text)", "forget_log()"):
            for account, may in (("service", True), ("public", False)):
                assert connection.execute(query, (account, function)).fetchone() == (may,)
        assert connection.execute("SELECT forget_log()").fetchone() == (True,)
    with store.begin() as session, pytest.raises(ProgrammingError, match="campaign; drop"):
        session.execute(select(func.rewrite_table("campaign; drop table ballot")))


def test_the_catalogue_keeps_no_sample_of_keys_and_ciphertexts(store, cluster):
    for number in range(50):
        put(store, number)
    with cluster.connect() as connection:
        connection.execute("ANALYZE")
        secret = """SELECT count(*), count(*) FILTER (WHERE attstattarget <> 0) FROM pg_attribute
            JOIN pg_class ON pg_class.oid = attrelid WHERE atttypid = 'bytea'::regtype
            AND relkind = 'r' AND relnamespace = 'public'::regnamespace"""
        columns, sampled = connection.execute(secret.encode()).fetchone()
        query = "SELECT attname FROM pg_stats WHERE schemaname = 'public' AND tablename = 'ballot'"
        columns_sampled = {name for (name,) in connection.execute(query)}
        assert columns_sampled == {"campaign", "stratum", "copied"}
    assert columns > 3
    assert sampled == 0


def test_a_restarted_server_is_found_again_and_nothing_is_lost(store, cluster):
    put(store, 0)
    cluster.stop()
    cluster.start()

    put(store, 1)

    assert sorted(those_that_wait(store)) == [0, 1]


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE ballot ADD COLUMN seen_at timestamptz",
        "DROP TABLE ballot",
        "TRUNCATE ballot",
        "CREATE TABLE seen (at timestamptz)",
        "CREATE INDEX ON ballot (stratum)",
        "UPDATE alembic_version SET version_num = '0'",
        "DELETE FROM audit",
        "UPDATE audit SET account = ''",
        "SELECT pg_read_file('PG_VERSION')",
        "CREATE EXTENSION pg_stat_statements",
    ],
)
def test_the_service_changes_no_table(settings, cluster, statement):
    with cluster.connect("service") as connection, pytest.raises(psycopg.Error) as caught:
        connection.execute(statement)
    assert isinstance(caught.value, psycopg.errors.InsufficientPrivilege)


def test_neither_account_enters_the_other_side(clusters):
    identity, answers = clusters["identity"], clusters["answers"]
    for url in (identity.service_url, identity.owner_url):
        elsewhere = url.replace(str(identity.port), str(answers.port))
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(elsewhere)


@pytest.mark.parametrize("driver", ["postgresql", "postgresql+psycopg"])
def test_both_stores_in_one_cluster_are_refused(tmp_path, driver):
    identity = f"{driver}://a@db.example/identity"
    answers = f"{driver}://b@DB.example:5432/answers"
    with pytest.raises(ValidationError, match="give each its own"):
        Settings(instance=tmp_path, identity_url=identity, answers_url=answers)


def test_a_server_set_up_as_written_has_nothing_wrong(settings):
    assert doctor.findings(settings) == []


def test_reading_sees_one_state_of_the_store_and_changes_nothing(store):
    with store.read() as session:
        before = session.scalars(select(Ballot.receipt)).all()
        put(store, 0)
        assert session.scalars(select(Ballot.receipt)).all() == before
