"""Codes handed out by command: the console knows whom they are for, and every person keeps one."""

import csv
import stat

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from survey_app.accounts import add_account
from survey_app.crypto.credentials import code_hash, normalize_code
from survey_app.identity.manage.cli import manage
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.store.models import (
    UNCLAIMED,
    WITHDRAWN,
    CodeList,
    Invitation,
    Person,
    Staff,
)
from tests.identity.manage.conftest import publish
from tests.identity.manage.views.test_console import Manager
from tests.installation import read_csv
from tests.sites import PASSWORD, quick_hash

STRATA = ["north", "south", "office"]
READ_PASSWORD = ("--password-file", "password.txt")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a manager types commands, in a folder next to the installation."""
    monkeypatch.setenv("SURVEY_INSTANCE", str(tmp_path))
    monkeypatch.setenv("SURVEY_TOTP", "off")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def invite(store, folder):
    publish(store)

    def invite(*options):
        return CliRunner().invoke(manage, ["invite", "spring", *options])

    return invite


@pytest.fixture
def sample(folder, store):
    """Thirty persons of one stratum, drawn elsewhere, and a second manager for the list."""
    lines = [f"north,p{i:02},p{i}@example.org,名字{i}" for i in range(30)]
    text = "\n".join(["stratum,person,address,name", *lines])
    (folder / "sample.csv").write_text(text, encoding="utf-8")
    (folder / "password.txt").write_text(PASSWORD)
    with store.begin() as session, quick_hash():
        add_account(session, Staff, "second", PASSWORD)
    return ("--roster", "sample.csv", "--second-manager", "second", *READ_PASSWORD)


@pytest.fixture
def works(site, store):
    """Whether a code can be claimed."""
    keys = Keys.of(site.extensions["sign_in"].settings)

    def works(row):
        hashed = code_hash(keys.codes, "spring", normalize_code(row["code"]))
        with store.read() as session:
            invitation = session.get(Invitation, hashed)
            return invitation is not None and invitation.claimed_for == UNCLAIMED

    return works


def persons_of_north(rows):
    return [row["person"] for row in rows if row["stratum"] == "north"]


def counts(store):
    """How many persons there are, and codes that were not withdrawn."""
    codes = select(func.count()).where(Invitation.claimed_for != WITHDRAWN)
    with store.read() as session:
        persons = session.scalar(select(func.count()).select_from(Person))
        return [persons, session.scalar(codes)]


def test_a_list_of_the_console_gives_new_codes_to_those_whom_a_command_invited(
    site, store, folder, invite, sample, works
):
    assert invite(*sample).exit_code == 0
    first = read_csv(folder / "spring.codes.csv")

    answer = Manager(site).codes(form="csv", stratum=STRATA, replace="on")
    second = list(csv.DictReader(answer.data.decode("utf-8-sig").splitlines()))

    assert persons_of_north(second) == persons_of_north(first) == [f"p{i:02}" for i in range(30)]
    assert all(works(row) for row in second)
    assert not any(works(row) for row in first)
    assert counts(store) == [30, 90]


def test_the_file_is_its_owner_s_and_holds_every_code_of_the_sample(folder, invite, sample, works):
    output = invite(*sample).output

    path = folder / "spring.codes.csv"
    rows = read_csv(path)
    assert [row["stratum"] for row in rows] == [name for name in STRATA for _ in range(30)]
    assert list(rows[0]) == ["stratum", "person", "address", "name", "code", "link", "number"]
    assert all(works(row) for row in rows)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "north: 30 codes (the design's sample: 30)" in output


def test_no_list_waits_after_the_command_and_the_persons_are_encrypted(
    store, invite, sample, on_disk
):
    invite(*sample)

    with store.read() as session:
        assert session.scalar(select(CodeList.job)) is None
    assert not any(name.encode() in on_disk() for name in ("p17@example.org", "名字17"))


def test_a_list_in_plain_letters_has_no_byte_order_mark(folder, invite):
    invite()

    content = (folder / "spring.codes.csv").read_bytes()
    assert content.startswith(b"stratum,person,code,link,number\r\n")


def test_chinese_names_come_with_a_byte_order_mark(folder, invite, sample):
    invite(*sample)

    assert (folder / "spring.codes.csv").read_bytes().startswith(b"\xef\xbb\xbfstratum")


def test_a_second_command_invites_no_person_twice_but_replaces_what_is_unused(
    folder, invite, works
):
    invite("--output", "first.csv")

    again = invite("--output", "second.csv")
    assert again.exit_code == 1
    assert "invited already" in str(again.exception)
    assert not (folder / "second.csv").exists()

    assert invite("--replace", "--output", "third.csv").exit_code == 0
    assert not any(works(row) for row in read_csv(folder / "first.csv"))
    assert all(works(row) for row in read_csv(folder / "third.csv"))


def test_a_file_that_is_there_already_is_not_overwritten_and_no_code_is_made(store, folder, invite):
    (folder / "spring.codes.csv").write_text("earlier codes", encoding="utf-8")

    refusal = invite()

    assert "exists already" in refusal.output
    assert (folder / "spring.codes.csv").read_text() == "earlier codes"
    assert counts(store) == [0, 0]


def test_while_a_list_of_the_console_waits_no_person_is_stored(site, store, invite, sample):
    Manager(site).post("/campaigns/spring/codes", form="csv", stratum=["south"])

    refusal = invite(*sample)

    assert "still kept here" in str(refusal.exception)
    assert counts(store) == [0, 30]


def test_persons_are_refused_and_not_stored_once_there_are_cards(
    store, invite, sample, works, folder
):
    invite("--output", "cards.csv")

    refusal = invite(*sample, "--output", "named.csv", "--replace")

    assert "no one can be drawn" in str(refusal.exception)
    assert counts(store) == [0, 90]
    assert all(works(row) for row in read_csv(folder / "cards.csv"))
