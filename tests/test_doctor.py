"""A server that would leak or lose ballots is found out, and no campaign begins on it unseen."""

import pytest

from survey_app import doctor
from survey_app.config import Settings
from survey_app.schema import prepared
from tests.clusters import Cluster

LEAKS = {
    "track_commit_timestamp": "on",
    "wal_level": "logical",
    "archive_mode": "on",
    "max_wal_senders": "2",
    "wal_recycle": "on",
    "log_statement": "mod",
    "log_duration": "on",
    "log_min_duration_statement": "0",
    "log_min_duration_sample": "0",
    "log_transaction_sample_rate": "1",
    "log_parameter_max_length_on_error": "-1",
    "log_error_verbosity": "default",
    "log_lock_waits": "on",
    "fsync": "off",
    "full_page_writes": "off",
}


@pytest.fixture(scope="module")
def leaking():
    own = Cluster()
    own.stop()
    own.start(**LEAKS)
    with own.connect() as connection:
        connection.execute("CREATE DATABASE another")
        connection.execute("SELECT pg_create_physical_replication_slot('standby')")
    yield own
    own.remove()


@pytest.fixture
def settings(leaking, tmp_path):
    leaking.empty()
    urls = {"answers_url": leaking.service_url, "answers_owner_url": leaking.owner_url}
    settings = Settings(instance=tmp_path, **urls).of("analyse")
    prepared(settings).engine.dispose()
    return settings


def names(settings):
    return {one.name for one in doctor.findings(settings)}


def test_every_leak_is_found_by_its_name(settings):
    assert names(settings) == {*LEAKS, "other_databases", "replication_slots"}


def test_one_account_for_everything_is_found(leaking, tmp_path):
    alone = Settings(instance=tmp_path, answers_url=leaking.owner_url).of("analyse")
    prepared(alone).engine.dispose()

    assert names(alone) >= {"service_owns_tables", "service_creates"}


def test_no_campaign_begins_on_a_leaking_server_unless_each_leak_is_named(settings):
    found = names(settings)
    with pytest.raises(doctor.LeakingServerError, match="track_commit_timestamp"):
        doctor.check(settings, found - {"track_commit_timestamp"})

    doctor.check(settings, found)


def test_the_commands_refuse_a_leaking_server_and_say_why(laptop, leaking):
    leaking.empty()
    laptop.urls = {
        "SURVEY_IDENTITY_URL": leaking.service_url,
        "SURVEY_IDENTITY_OWNER_URL": leaking.owner_url,
    }
    code, output, _ = laptop.run("manage", "doctor")
    assert code == 1
    assert "track_commit_timestamp is on, must be off: keeps the time of every commit" in output

    code, _, errors = laptop.run("manage", "open", "autumn")
    assert code == 2
    assert "archive_mode" in errors
    assert "--despite" in errors


def test_a_sqlite_store_has_nothing_to_ask(laptop):
    assert "Nothing was found" in laptop.cli("analyse", "doctor")
