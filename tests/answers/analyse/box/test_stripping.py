"""With a seal keeper a box opens in two steps, and neither key opens anything without the other."""

import os
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes
from typing import NamedTuple

import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import delete, func, select, update

from survey_app.answers.analyse.box import opening, unsealing
from survey_app.answers.analyse.box.reading import opened_box
from survey_app.answers.store.models import Ballot, Box, Campaign, Opening, Sheets, Stripped
from survey_app.answers.store.queries import find_campaign, manifest_of
from survey_app.crypto import sealing
from survey_app.crypto.encoding import bind
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import OpeningError, StateError
from survey_app.storage.database import Database
from tests.answers.analyse.box.test_opening import state
from tests.answers.analyse.conftest import FULL_BOX, fill
from tests.sites import OVER, accept, design, serving

ROOT = Path(__file__).parents[4]


class KeptBox(NamedTuple):
    """A full box with a seal keeper."""

    store: Database
    folder: Path
    manifest: PublishedManifest
    key: sealing.OpeningKey
    keeper: sealing.OpeningKey

    def strip(self, merges=None, **options):
        return opening.strip_box(
            self.store, self.folder, "spring", merges or {}, self.keeper, OVER, **options
        )

    def open(self, **options):
        return opening.open_box(self.store, self.folder, "spring", {}, self.key, OVER, **options)

    def ballots(self):
        with self.store.read() as session:
            return session.scalars(select(Ballot).where(Ballot.sealed.is_not(None))).all()


def make_box(site, folder, sheets=FULL_BOX):
    keeper = sealing.generate_opening_key()
    manifest, key = accept(site, design(), keeper)
    fill(site, manifest, sheets)
    return KeptBox(site.extensions["store"], folder, manifest, key, keeper)


@pytest.fixture
def box_with_keeper(site, tmp_path):
    return make_box(site, tmp_path)


@pytest.fixture
def on_each_engine(own_engine, tmp_path):
    with serving("analyse", tmp_path) as site:
        yield make_box(site, tmp_path)


def openings(manifest, key, ballots):
    """How many ballots one key opens, whatever its holder takes them to be bound to."""
    number = 0
    for ballot in ballots:
        context = manifest.campaign, ballot.stratum
        for info in (
            bind(2, "ballot", *context, ballot.spent),
            bind(2, "outer", *context, ballot.spent),
            bind(2, "inner", *context),
        ):
            with suppress(sealing.SealingError):
                sealing.open_sealed(key, info, ballot.sealed)
                number += 1
    return number


def test_seals_come_off_and_what_is_left_opens_as_ever(on_each_engine):
    box = on_each_engine
    sealed = {ballot.sealed for ballot in box.ballots()}

    assert box.strip() == Counter()
    assert state(box.store) == Box.STRIPPED
    assert box.ballots() == []
    with box.store.read() as session:
        for row in session.scalars(select(Stripped)):
            length = len(row.sealed) // len(FULL_BOX[row.stratum])
            parts = [row.sealed[at : at + length] for at in range(0, len(row.sealed), length)]
            assert parts == sorted(parts)
            assert sealed.isdisjoint(parts)
    assert box.open() == Counter({"kept": 36})
    with box.store.read() as session:
        content = opened_box(session, "spring")
        assert session.scalar(select(func.count()).select_from(Stripped)) == 0
    assert {pile.name: len(pile.sheets) for pile in content.piles} == {
        stratum: len(sheets) for stratum, sheets in FULL_BOX.items()
    }


def test_neither_key_opens_anything_alone_and_without_a_keeper_one_does(box_with_keeper, tmp_path):
    assert openings(box_with_keeper.manifest, box_with_keeper.key, box_with_keeper.ballots()) == 0
    assert (
        openings(box_with_keeper.manifest, box_with_keeper.keeper, box_with_keeper.ballots()) == 36
    )  # only to the inner seals
    with pytest.raises(StateError, match="is collecting; this is done when it is stripped"):
        box_with_keeper.open()

    with serving("analyse", tmp_path / "other") as site:
        manifest, key = accept(site, design())
        fill(site, manifest)
        with site.extensions["store"].read() as session:
            ballots = session.scalars(select(Ballot)).all()
    assert openings(manifest, key, ballots) == 36


def test_an_old_copy_of_the_store_opens_nothing_with_the_opening_key(on_each_engine):
    box = on_each_engine
    copy = box.ballots()
    box.strip()
    box.open()

    assert len(copy) == 36
    assert openings(box.manifest, box.key, copy) == 0
    with box.store.begin() as session:  # restored, it is as if nothing had been opened
        for model in (Sheets, Opening):
            session.execute(delete(model))
        session.execute(update(Campaign).values(box=Box.COLLECTING, merkle_root=None))
        for ballot in copy:
            session.get_one(Ballot, ballot.receipt).sealed = ballot.sealed
    with pytest.raises(StateError):
        box.open()
    with box.store.begin() as session:
        session.execute(update(Campaign).values(box=Box.CLOSED))
    with pytest.raises(StateError):
        box.open()


def test_ballots_whose_seal_does_not_come_off_are_counted(box_with_keeper):
    with box_with_keeper.store.begin() as session:
        ballots = session.scalars(select(Ballot).where(Ballot.stratum == "north")).all()
        ballots[0].sealed = ballots[0].sealed[:-1] + bytes([ballots[0].sealed[-1] ^ 1])
        ballots[1].spent = token_bytes(32)
        ballots[2].sealed = sealing.seal(
            sealing.load_public_key(box_with_keeper.manifest.keeper_key),
            bind(2, "outer", "spring", "north", ballots[2].spent),
            b"of another length",
        )

    assert box_with_keeper.strip() == Counter({"does not strip": 3})
    assert box_with_keeper.open() == Counter({"kept": 33, "does not strip": 3})
    with box_with_keeper.store.read() as session:
        north = opened_box(session, "spring").piles[0]
    assert (north.ballots, len(north.sheets), north.refusals) == (13, 10, {"does not strip": 3})


def test_an_inner_seal_of_another_stratum_does_not_open(box_with_keeper):
    office = box_with_keeper.manifest.stratum("office")
    with box_with_keeper.store.begin() as session:
        ballot = session.scalars(select(Ballot).where(Ballot.stratum == "office")).first()
        moved_seals = replace(box_with_keeper.manifest.seals(office), stratum="north")
        inner = sealing.seal(
            sealing.load_public_key(box_with_keeper.manifest.sealing_key),
            bind(2, "inner", "spring", "north"),
            bytes(len(box_with_keeper.manifest.questions(office).codes)),
        )
        assert moved_seals.open_inner(box_with_keeper.key, inner)
        outer = bind(2, "outer", "spring", "office", ballot.spent)
        ballot.sealed = sealing.seal(
            sealing.load_public_key(box_with_keeper.manifest.keeper_key), outer, inner
        )

    box_with_keeper.strip()

    assert box_with_keeper.open()["does not open"] == 1


def test_strata_are_merged_when_seals_come_off_and_a_small_category_is_destroyed(site, tmp_path):
    sheets = {
        "north": [{"red_envelope"}] * 4 + [set()] * 3,
        "south": [set()] * 5,
        "office": [set()],
    }
    box = make_box(site, tmp_path, sheets)

    with pytest.raises(OpeningError, match=r"“north” \(7\), “south” \(5\)"):
        box.strip()
    assert state(box.store) == Box.CLOSED
    assert box.strip({"south": "north"}) == Counter({"sealed": 1})
    with pytest.raises(OpeningError, match="merged when the seal keeper's seals come off"):
        opening.open_box(box.store, tmp_path, "spring", {"south": "north"}, box.key, OVER)
    assert box.open() == Counter({"kept": 12, "sealed": 1})
    with box.store.read() as session:
        content = opened_box(session, "spring")
    assert [(pile.name, len(pile.sheets)) for pile in content.piles] == [("north+south", 12)]
    assert [(stratum.stratum.id, stratum.ballots) for stratum in content.sealed] == [("office", 1)]
    assert box.ballots() == []


def test_each_step_takes_its_own_key_once_and_in_order(box_with_keeper):
    with pytest.raises(OpeningError, match="not the seal keeper's key"):
        opening.strip_box(
            box_with_keeper.store, box_with_keeper.folder, "spring", {}, box_with_keeper.key, OVER
        )
    assert state(box_with_keeper.store) == Box.COLLECTING
    box_with_keeper.strip()
    with pytest.raises(StateError, match="are off already"):
        box_with_keeper.strip()
    with pytest.raises(OpeningError, match="another campaign"):
        opening.open_box(
            box_with_keeper.store,
            box_with_keeper.folder,
            "spring",
            {},
            box_with_keeper.keeper,
            OVER,
        )
    box_with_keeper.open()
    with pytest.raises(StateError, match="opened already"):
        box_with_keeper.open()


def test_a_box_without_a_keeper_has_no_seals_to_strip(box):
    store, folder, key = box

    with pytest.raises(OpeningError, match="has no seal keeper"):
        opening.strip_box(store, folder, "spring", {}, key, OVER)


RUN_AND_WAIT = """
import sys
from datetime import date
from pathlib import Path
from cryptography.hazmat.primitives import serialization
from survey_app.answers.analyse.box import opening
from survey_app.answers.analyse.box.closing import Grounds
from survey_app.storage.database import Database
step, url, folder, key = sys.argv[1:]
private = serialization.load_der_private_key(bytes.fromhex(key), None)
def report(done, ballots):
    print(done, flush=True)
    sys.stdin.read()
run = getattr(opening, step)
run(Database(url), Path(folder), "spring", {}, private, Grounds(date(2100, 1, 1)), report)
"""


def kill_in_the_middle(box, step, key):
    """Start a step of the opening in a process of its own, and kill it once it unseals."""
    url = box.store.engine.url.render_as_string(hide_password=False)
    private = unsealing.private_bytes(key).hex()
    command = [sys.executable, "-c", RUN_AND_WAIT, step, url, str(box.folder), private]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe) as process:
        assert process.stdout
        assert process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)


def test_a_step_that_is_killed_in_the_middle_is_run_again(on_each_engine):
    box = on_each_engine
    kill_in_the_middle(box, "strip_box", box.keeper)
    assert state(box.store) == Box.CLOSED
    assert len(box.ballots()) == 36
    with box.store.read() as session:
        assert session.scalars(select(Stripped)).all() == []
    box.strip()

    kill_in_the_middle(box, "open_box", box.key)
    assert state(box.store) == Box.STRIPPED
    with box.store.read() as session:
        assert session.scalars(select(Sheets)).all() == []
    assert box.open()["kept"] == 36


def test_processes_take_both_seals_off_and_leave_no_key_on_the_disk(box_with_keeper, monkeypatch):
    monkeypatch.setattr(unsealing, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(unsealing, "_AT_ONCE", 5)
    forms = [
        unsealing.private_bytes(box_with_keeper.keeper),
        box_with_keeper.keeper.private_numbers().private_value.to_bytes(32, "big"),
        box_with_keeper.keeper.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    ]

    box_with_keeper.strip()

    contents = [file.read_bytes() for file in box_with_keeper.folder.rglob("*") if file.is_file()]
    assert contents
    assert not any(form in content for form in forms for content in contents)
    assert box_with_keeper.open()["kept"] == 36


def test_the_manifest_says_whether_there_is_a_keeper(box_with_keeper):
    with box_with_keeper.store.read() as session:
        published = manifest_of(find_campaign(session, "spring").published)

    assert published.keeper_key == sealing.public_bytes(box_with_keeper.keeper)
    assert published.unpublished().canonical().find(b"keeper_key") == -1
