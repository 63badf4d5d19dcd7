"""The log of what staff did: what is in it, who sees it, and that no change of it goes unseen."""

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import IntegrityError

from survey_app.accounts import Actor, acting_as, add_account, audit
from survey_app.accounts.audit import PAGE_LENGTH, Filter
from survey_app.answers import respond
from survey_app.errors import AuditError
from survey_app.identity import issue
from survey_app.identity.manage.campaigns import service
from survey_app.identity.store.models import Audit, Staff
from tests.sites import NAME, design, serving, sign_in

_TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"


@pytest.fixture
def site(tmp_path):
    with serving("manage", tmp_path) as site:
        yield site


@pytest.fixture
def store(site):
    return site.extensions["store"]


@pytest.fixture
def logged(store):
    """Four entries: an account made, and three campaigns by two managers."""
    for name, account in (("spring", "first"), ("autumn", "second"), ("winter", "first")):
        with acting_as(Actor(account)), store.begin() as session:
            service.create(session, design(name))
    return store


@pytest.fixture
def file(logged, tmp_path):
    """The store as a thief with the file has it: no trigger stops him."""
    with sqlite3.connect(tmp_path / "identity" / "identity.sqlite") as file:
        names = file.execute(_TRIGGERS).fetchall()
        assert len(names) == 3
        for (name,) in names:
            file.execute(f"DROP TRIGGER {name}")
        yield file
    file.close()


def verified(store, head=None):
    with store.read() as session:
        return audit.verify(session, Audit, head)


def test_who_did_what_to_which_campaign(logged):
    with logged.read() as session:
        entries = [
            (entry.entry, entry.account, entry.origin, entry.action, entry.campaign)
            for entry in session.scalars(select(Audit).order_by(Audit.entry))
        ]

    assert entries[1:] == [
        (2, "first", "page", "create", "spring"),
        (3, "second", "page", "create", "autumn"),
        (4, "first", "page", "create", "winter"),
    ]
    assert entries[0][2:4] == ("command", "account")
    assert verified(logged).entries == 4


def test_what_was_refused_is_not_logged(logged):
    head = verified(logged).head
    with pytest.raises(Exception, match="spring"), logged.begin() as session:
        service.create(session, design("spring"))

    assert verified(logged).head == head


@pytest.mark.parametrize(
    "statement",
    [
        update(Audit).values(account="nobody"),
        delete(Audit).where(Audit.entry == 4),
        text("INSERT OR REPLACE INTO audit SELECT * FROM audit WHERE entry = 1"),
        text("INSERT INTO audit SELECT 9, minute, '', '', '', '', '', '', '' FROM audit LIMIT 1"),
    ],
)
def test_the_store_itself_appends_only(logged, statement):
    with pytest.raises(IntegrityError, match="appended to only"), logged.begin() as session:
        session.execute(statement)

    assert verified(logged).entries == 4


@pytest.mark.parametrize(
    ("statement", "at"),
    [
        ("UPDATE audit SET account = 'nobody' WHERE entry = 2", 2),
        ("UPDATE audit SET minute = '2020-01-01T00:00Z' WHERE entry = 3", 3),
        ("UPDATE audit SET campaign = 'autum', detail = 'n' WHERE entry = 3", 3),
        ("DELETE FROM audit WHERE entry = 1", 1),
        ("DELETE FROM audit WHERE entry = 3", 3),
        ("UPDATE audit SET entry = 10 - entry", 1),
    ],
)
def test_a_changed_log_is_found(logged, file, statement, at):
    file.execute(statement)
    file.commit()

    with pytest.raises(AuditError) as error:
        verified(logged)
    assert error.value.values["entry"] == at


def test_a_log_cut_at_its_end_is_found_by_a_noted_head(logged, file):
    head = verified(logged).head
    file.execute("DELETE FROM audit WHERE entry = 4")
    file.commit()

    assert verified(logged).entries == 3
    with pytest.raises(AuditError):
        verified(logged, head)


def test_an_older_head_still_stands_in_a_longer_log(logged):
    head = verified(logged).head
    with logged.begin() as session:
        add_account(session, Staff, NAME, "another password")

    assert verified(logged, head).entries == 5


def test_the_digest_is_what_the_manual_says(logged):
    """A thief of the table alone can recompute it; see docs/operations.md."""
    with logged.read() as session:
        first, second = session.scalars(select(Audit).order_by(Audit.entry).limit(2))
    fields = ["identity", 2, second.minute, "first", "page", "create", "spring", ""]
    line = json.dumps([*fields, first.digest.hex()]).encode()

    assert second.digest == hashlib.sha256(b"audit/v1\0" + line).digest()


def test_the_page_filters(site, logged):
    client = site.test_client()
    sign_in(client)

    page = client.get("/log?campaign=autumn", headers={"Accept-Language": "en"}).text
    rows = page[page.index("<tbody>") : page.index("</tbody>")]
    assert rows.count("<tr>") == 1
    assert "autumn" in rows
    assert "second" in rows
    assert "没有符合条件的记录" in client.get("/log?account=nobody").text


def test_the_page_leads_to_earlier_entries(site, logged):
    client = site.test_client()
    sign_in(client)
    with logged.begin() as session:
        for _ in range(PAGE_LENGTH):
            audit.record(session, Audit, "invite", "spring", "<script>")

    latest = client.get("/log").text
    assert latest.count("<tr>") == PAGE_LENGTH + 1
    assert "&lt;script&gt;" in latest
    assert "/log?before=6" in latest
    assert client.get("/log?before=6").text.count("<tr>") == 6


@pytest.mark.parametrize("before", ["x", "-1", "1e9", "9" * 13, "²"])
def test_a_place_that_is_no_number_is_refused(site, before):
    client = site.test_client()
    sign_in(client)

    assert client.get("/log", query_string={"before": before}).status_code == 400


@pytest.mark.parametrize("package", [issue, respond])
def test_what_respondents_reach_does_not_know_the_log(package):
    for path in Path(package.__file__).parent.rglob("*.py"):
        assert "audit" not in path.read_text(encoding="utf-8").lower(), path


def test_entries_of_a_filter_come_latest_first(logged):
    with logged.read() as session:
        entries = audit.entries(session, Audit, Filter(account="first"))

    assert [entry.campaign for entry in entries] == ["winter", "spring"]
