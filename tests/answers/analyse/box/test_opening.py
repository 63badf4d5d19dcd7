"""A box is opened once, on all cores, and survives being killed in the middle."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from secrets import token_bytes

import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select

from survey_app.answers.analyse.box import opening, service, unsealing
from survey_app.answers.analyse.box.reading import opened_box
from survey_app.answers.store.models import Ballot, Box, Campaign, Sheets
from survey_app.crypto import sealing
from survey_app.errors import OpeningError, StateError
from tests.answers.analyse.conftest import FULL_BOX
from tests.sites import OVER


def state(store):
    with store.read() as session:
        return session.get_one(Campaign, "spring").box


def test_every_ballot_becomes_a_sheet_or_a_reason(box):
    store, folder, key = box
    with store.begin() as session:
        ballot = session.scalars(select(Ballot).where(Ballot.stratum == "north")).first()
        ballot.sealed = ballot.sealed[:-1] + bytes([ballot.sealed[-1] ^ 1])

    outcomes = opening.open_box(store, folder, "spring", {}, key, OVER)

    assert outcomes == Counter({"kept": 35, "does not open": 1})
    with store.read() as session:
        content = opened_box(session, "spring")
        assert session.scalars(select(Ballot.sealed)).all() == [None] * 36
    assert [(pile.name, pile.ballots, len(pile.sheets)) for pile in content.piles] == [
        ("north", 13, 12),
        ("south", 12, 12),
        ("office", 11, 11),
    ]
    assert content.piles[0].refusals == {"does not open": 1}


def test_sheets_stand_sorted_so_that_they_keep_no_order(box):
    store, folder, key = box

    opening.open_box(store, folder, "spring", {}, key, OVER)

    with store.read() as session:
        for pile in session.scalars(select(Sheets)):
            width = len(pile.answers) // len(FULL_BOX[pile.stratum])
            parts = [pile.answers[at : at + width] for at in range(0, len(pile.answers), width)]
            assert parts == sorted(parts)


def test_a_box_opens_once(box):
    store, folder, key = box
    opening.open_box(store, folder, "spring", {}, key, OVER)

    with pytest.raises(StateError, match=r"^The box of “spring” is opened already\.$"):
        opening.open_box(store, folder, "spring", {}, key, OVER)


def test_the_key_of_another_campaign_leaves_the_box_as_it_is(box):
    store, folder, _ = box

    with pytest.raises(OpeningError, match="another campaign"):
        opening.open_box(store, folder, "spring", {}, sealing.generate_opening_key(), OVER)
    assert state(store) == Box.COLLECTING


def test_a_box_that_collects_has_no_plan(box):
    store, _, _ = box

    with store.read() as session, pytest.raises(StateError, match="is collecting"):
        service.plan(session, "spring", {})


def test_what_becomes_of_a_plan_the_box_stays_closed(box):
    store, folder, key = box
    with store.begin() as session:
        for ballot in session.scalars(select(Ballot).where(Ballot.stratum == "north").limit(4)):
            session.delete(ballot)

    with pytest.raises(OpeningError, match=r"“north” \(9\)"):
        opening.open_box(store, folder, "spring", {}, key, OVER)
    assert state(store) == Box.CLOSED
    assert opening.open_box(store, folder, "spring", {"north": "south"}, key, OVER)["kept"] == 32


def test_a_merge_that_cannot_be_leaves_the_box_as_it_is(box):
    store, folder, key = box

    with pytest.raises(OpeningError, match="not of one post category"):
        opening.open_box(store, folder, "spring", {"north": "office"}, key, OVER)
    assert state(store) == Box.COLLECTING


def test_two_do_not_open_one_box_at_a_time(box):
    store, folder, key = box
    with (folder / "spring.opening").open("w") as file:
        file.write("7 36")
        file.flush()
        fcntl.flock(file, fcntl.LOCK_EX)

        assert opening.progress(folder, "spring") == opening.OpeningProgress(7, 36)
        with pytest.raises(OpeningError, match="already"):
            opening.open_box(store, folder, "spring", {}, key, OVER)

    assert opening.progress(folder, "spring") is None
    assert opening.open_box(store, folder, "spring", {}, key, OVER)["kept"] == 36


OPEN_AND_WAIT = """
import sys
from datetime import date
from pathlib import Path
from cryptography.hazmat.primitives import serialization
from survey_app.answers.analyse.box import opening
from survey_app.answers.analyse.box.closing import Grounds
from survey_app.storage.database import Database
url, folder, key = sys.argv[1:]
private = serialization.load_der_private_key(bytes.fromhex(key), None)
def report(done, ballots):
    print(done, flush=True)
    sys.stdin.read()
grounds = Grounds(date(2100, 1, 1))
opening.open_box(Database(url), Path(folder), "spring", {}, private, grounds, report)
"""


def test_an_opening_killed_in_the_middle_loses_nothing(box):
    store, folder, key = box
    form = serialization.PrivateFormat.PKCS8
    plain = serialization.NoEncryption()
    private = key.private_bytes(serialization.Encoding.DER, form, plain).hex()
    command = [sys.executable, "-c", OPEN_AND_WAIT, str(store.engine.url), str(folder), private]
    root = Path(__file__).parents[4]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        assert process.stdout.readline()
        running = opening.progress(folder, "spring")
        os.kill(process.pid, signal.SIGKILL)

    assert running
    assert running.ballots == 36
    assert state(store) == Box.CLOSED
    with store.read() as session:
        assert session.scalars(select(Sheets)).all() == []
    assert opening.open_box(store, folder, "spring", {}, key, OVER)["kept"] == 36


def test_many_ballots_are_opened_by_processes_that_end(box, monkeypatch):
    monkeypatch.setattr(unsealing, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(unsealing, "_AT_ONCE", 5)
    started: list[subprocess.Popen[bytes]] = []
    popen = subprocess.Popen

    def start(*arguments, **options):
        started.append(popen(*arguments, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    store, folder, key = box
    progress: list[tuple[int, int]] = []

    outcomes = opening.open_box(
        store, folder, "spring", {}, key, OVER, lambda *at: progress.append(at)
    )

    assert outcomes["kept"] == 36
    assert progress[-1] == (36, 36)
    assert len(started) == os.cpu_count()
    assert all(process.poll() is not None for process in started)


def test_a_process_ends_with_its_input():
    command = [sys.executable, "-m", "survey_app.answers.analyse.box.unsealing"]
    root = Path(__file__).parents[4]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdin
        process.stdin.close()
        end = time.monotonic() + 30
        while process.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_a_ballot_moved_from_another_credential_does_not_open(box):
    store, folder, key = box
    with store.begin() as session:
        for ballot in session.scalars(select(Ballot).where(Ballot.stratum == "office")):
            ballot.spent = token_bytes(32)

    outcomes = opening.open_box(store, folder, "spring", {}, key, OVER)

    assert outcomes["does not open"] == 11
    with store.read() as session:
        assert len(opened_box(session, "spring").piles) == 3
        assert service.overview(session)[0].state == Box.OPENED
