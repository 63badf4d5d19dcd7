"""A server that would leak or lose ballots is found out, and no campaign begins on it unseen."""

import pytest

from survey_app.config import Settings
from survey_app.storage import doctor
from survey_app.storage.migrations import prepared
from tests.clusters import Cluster
from tests.sites import csrf_token, serving, sign_in

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
    "log_executor_stats": "on",
    "log_connections": "on",
    "log_disconnections": "on",
    "wal_keep_size": "16MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}
BESIDES = ("other_databases", "replication_slots", "preloaded_libraries")
LIBRARIES = ("auto_explain", "pg_stat_statements", "pgaudit", "vector")
"""Some of those that a server may have been given; the wheel has only the last."""


def preloaded(cluster):
    """Those of the libraries that this server's build has, for it to load at its start."""
    folder = cluster.library_folder
    libraries = [name for name in LIBRARIES if (folder / f"{name}.so").exists()]
    assert libraries, f"{folder} has none of {LIBRARIES}"
    return ",".join(libraries)


@pytest.fixture(scope="module")
def leaking():
    own = Cluster()
    own.stop()
    own.start(**LEAKS, shared_preload_libraries=preloaded(own))
    with own.connect() as connection:
        connection.execute("CREATE DATABASE another")
        connection.execute("SELECT pg_create_physical_replication_slot('standby')")
    yield own
    own.remove()


@pytest.fixture
def settings(leaking, tmp_path):
    leaking.empty()
    urls = urls_of(leaking)
    settings = Settings(instance=tmp_path, **urls).of("analyse")
    prepared(settings).engine.dispose()
    return settings


@pytest.fixture
def cluster(clusters):
    """A server set up as written."""
    clusters["answers"].empty()
    clusters["answers"].drop_others()
    return clusters["answers"]


def urls_of(cluster):
    return {
        "answers_url": cluster.service_url,
        "answers_owner_url": cluster.owner_url,
        "answers_public_url": cluster.public_url,
    }


def names(settings):
    return {finding.name for finding in doctor.findings(settings)}


def test_every_leak_is_found_by_its_name(settings):
    assert names(settings) == {*LEAKS, *BESIDES}


def test_one_account_for_everything_is_found(leaking, tmp_path):
    alone = Settings(instance=tmp_path, answers_url=leaking.owner_url).of("analyse")
    prepared(alone).engine.dispose()

    assert names(alone) >= {"service_owns_tables", "service_creates"}


def test_no_campaign_begins_on_a_leaking_server_unless_each_leak_is_named(settings):
    findings = names(settings)
    with pytest.raises(doctor.LeakingServerError, match="track_commit_timestamp"):
        doctor.check(settings, findings - {"track_commit_timestamp"})

    doctor.check(settings, findings)


@pytest.mark.parametrize("right", ["SUPERUSER", "CREATEROLE", "REPLICATION", "BYPASSRLS"])
def test_an_account_that_is_more_than_ordinary_is_found(settings, leaking, right):
    with leaking.connect() as connection:
        connection.execute(f"ALTER ROLE service {right}")
        try:
            assert "superuser" in names(settings)
        finally:
            connection.execute(f"ALTER ROLE service NO{right}")


def test_an_account_with_powers_over_the_server_is_found(settings, leaking):
    with leaking.connect() as connection:
        connection.execute("GRANT pg_read_all_settings, pg_checkpoint TO service")
        try:
            (powers,) = [
                finding for finding in doctor.findings(settings) if finding.name == "service_powers"
            ]
        finally:
            connection.execute("REVOKE pg_read_all_settings, pg_checkpoint FROM service")

    assert {"pg_checkpoint", "pg_read_all_settings"} == set(powers.value.split(", "))


def test_a_setting_for_one_account_alone_is_found(cluster, tmp_path):
    urls = urls_of(cluster)
    settings = Settings(instance=tmp_path, **urls).of("analyse")
    prepared(settings).engine.dispose()
    with cluster.connect() as connection:
        connection.execute("ALTER ROLE service SET synchronous_commit = off")
        assert names(settings) == {"synchronous_commit"}
        connection.execute("ALTER ROLE service RESET ALL")

    assert names(settings) == set()


def test_both_sides_in_one_database_are_found(cluster, tmp_path):
    urls = urls_of(cluster)
    settings = Settings(instance=tmp_path, **urls).of("analyse")
    prepared(settings).engine.dispose()
    with cluster.connect() as connection:
        connection.execute("CREATE SCHEMA identity; CREATE TABLE identity.invitation (code bytea)")
        try:
            assert names(settings) == {"other_schemas"}
        finally:
            connection.execute("DROP SCHEMA identity CASCADE")


def test_the_commands_refuse_a_leaking_server_and_say_why(installation, leaking):
    leaking.empty()
    installation.urls = {
        "SURVEY_IDENTITY_URL": leaking.service_url,
        "SURVEY_IDENTITY_OWNER_URL": leaking.owner_url,
    }
    code, output, _ = installation.run("manage", "doctor")
    assert code == 1
    assert "track_commit_timestamp is on, must be off: keeps the time of every commit" in output

    code, _, errors = installation.run("manage", "fix", "autumn")
    assert code == 2
    assert "archive_mode" in errors
    assert "--accept" in errors


@pytest.mark.parametrize(("site", "form"), [("manage", "/campaigns/x/fix"), ("analyse", "/accept")])
def test_the_pages_refuse_a_leaking_server_and_say_why(leaking, tmp_path, monkeypatch, site, form):
    leaking.empty()
    side = "IDENTITY" if site == "manage" else "ANSWERS"
    monkeypatch.setenv(f"SURVEY_{side}_URL", leaking.service_url)
    monkeypatch.setenv(f"SURVEY_{side}_OWNER_URL", leaking.owner_url)
    with serving(site, tmp_path) as app:
        sign_in(client := app.test_client())
        token = csrf_token(client.get("/").text)

        answer = client.post(form, data={"csrf_token": token})

    assert answer.status_code == 400
    assert "synchronous_commit" in answer.text


def test_the_demo_is_not_made_on_a_leaking_server_unless_each_leak_is_named(installation, leaking):
    leaking.empty()
    installation.urls = {f"SURVEY_{name.upper()}": url for name, url in urls_of(leaking).items()}
    code, output, errors = installation.run("prepare")

    assert code == 2
    assert "preloaded_libraries" in errors
    assert "demo" not in output
    assert installation.rows("identity", "SELECT * FROM campaign") == []

    options = [part for name in (*LEAKS, *BESIDES) for part in ("--accept", name)]
    installation.cli("prepare", *options)
    assert len(installation.rows("identity", "SELECT * FROM campaign")) == 2


def test_a_sqlite_store_has_nothing_to_ask(installation):
    assert "Nothing was found" in installation.cli("analyse", "doctor")


def test_keys_that_others_can_read_or_that_are_cut_off_are_found(tmp_path):
    settings = Settings(instance=tmp_path).of("analyse")
    settings.settle()
    assert names(settings) == set()
    assert settings.secret_file("releases").stat().st_mode & 0o777 == 0o600

    settings.secret_file("releases").chmod(0o640)
    settings.secret_file("totp").write_text("cut")

    assert names(settings) == {"staff_keys", "cut_keys"}
