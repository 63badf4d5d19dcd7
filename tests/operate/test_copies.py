"""However many backups a person keeps, none tells who came between two of them."""

import json
import random
from collections import Counter
from itertools import pairwise
from secrets import token_bytes

import pytest
from cryptography.hazmat.primitives import serialization
from sqlalchemy import insert, update

from survey_app.answers.analyse.box import service as box
from survey_app.answers.store.models import Campaign as BallotCampaign
from survey_app.config import Settings
from survey_app.crypto import chunks, sealing
from survey_app.identity.store import claim_pool
from survey_app.identity.store.models import (
    UNCLAIMED,
    WITHDRAWN,
    Campaign,
    Invitation,
    Place,
    RefusedClaims,
    Step,
)
from survey_app.operate import backup
from survey_app.storage.copies import BATCH
from survey_app.storage.database import lock
from survey_app.storage.migrations import downgrade, prepared
from survey_app.storage.pool import MOST
from tests.answers.analyse.boxes import published
from tests.sites import OVER, design
from tests.storage.ballots import put

KEY = sealing.generate_opening_key()
PUBLIC = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


class Copies:
    """A side's store, and the backups of it."""

    def __init__(self, settings, file):
        self.settings, self.store, self.file = settings, prepared(settings), file

    def make(self):
        """Make a backup: its size, and its rows by table."""
        backup.write(self.store, self.settings, PUBLIC, self.file)
        with self.file.open("rb") as file:
            file.read(len(b"survey backup 1\n"))
            content = b"".join(chunks.read(file, KEY, b"backup/v1" + self.settings.side.encode()))
        _, *lines, end = map(json.loads, content.rstrip(b" ").splitlines())
        assert end == {"rows": len(lines)}
        rows = Counter((table, json.dumps(values)) for table, values in lines)
        return self.file.stat().st_size, rows


@pytest.fixture
def copies(own_engine, tmp_path, request):
    settings = Settings(instance=tmp_path).of(request.param)
    copies = Copies(settings, tmp_path / "copy")
    yield copies
    downgrade(copies.store, settings.side, "base")
    copies.store.engine.dispose()


@pytest.fixture
def ballots(copies):
    with copies.store.begin() as session:
        manifest = published(design()).canonical()
        session.add(BallotCampaign(campaign="spring", box="collecting", published=manifest))
    return copies


@pytest.fixture
def codes(copies):
    """The copies of a store of codes, and the codes of its two strata."""
    names = {token_bytes(32): stratum for stratum in ("north", "south") for _ in range(80)}
    with copies.store.begin() as session:
        session.add(Campaign(campaign="spring", step=Step.PUBLISHED, design=b"{}"))
        session.flush()
        session.add(RefusedClaims(campaign="spring", number=7))
        session.add_all(
            Place(campaign="spring", stratum=stratum, sample=80) for stratum in ("north", "south")
        )
        rows = [
            {"code": code, "campaign": "spring", "stratum": stratum, "claimed_for": UNCLAIMED}
            for code, stratum in names.items()
        ]
        session.execute(insert(Invitation), rows)
    return copies, names


def claim(store, code, stratum):
    with store.begin() as session:
        lock(session, "spring", stratum)
        claims = claim_pool.read_all(session, "spring").get(stratum, {})
        claim_pool.add(session, "spring", stratum, claims, code, token_bytes(32))


def check_batches(copies_made):
    """See that of a stratum nothing came between two copies, or enough; and in one size."""
    for (size, rows), (next_size, next_rows) in pairwise(copies_made):
        assert size == next_size
        changes = Counter(json.loads(values)[2] for _, values in (next_rows - rows).elements())
        assert all(number >= BATCH for number in changes.values()), changes


answers_side = pytest.mark.parametrize("copies", ["respond"], indirect=True)
identity_side = pytest.mark.parametrize("copies", ["issue"], indirect=True)


@answers_side
def test_ballots_come_into_copies_in_batches_and_who_keeps_all_links_no_more_than_two(ballots):
    receipts, series = [], [ballots.make()]
    for number in range(131):
        receipts.append(put(ballots.store, number, length=100).hex())
        if number % 3 == 0:
            series.append(ballots.make())
    check_batches(series)
    assert {rows == series[0][1] for _, rows in series[1:10]} == {True}, "fewer than a batch"

    came_with = {
        json.loads(values)[0]["hex"]: number
        for number, (_, rows) in reversed(list(enumerate(series)))
        for table, values in rows
        if table == "ballot"
    }
    assert len(came_with) >= 131 - MOST - BATCH
    turns = sorted(came_with, key=lambda receipt: (came_with[receipt], random.random()))
    right = sum(receipts[turn] == receipt for turn, receipt in enumerate(turns))
    share = 2 / MOST
    assert right / len(turns) < share + 3 * (share / len(turns)) ** 0.5


@identity_side
def test_claims_come_into_copies_in_batches_and_refusals_in_tens(codes):
    copies, names = codes
    order = random.sample(list(names), 120)
    series = [copies.make()]
    for number, code in enumerate(order):
        claim(copies.store, code, names[code])
        with copies.store.begin() as session:
            session.execute(update(RefusedClaims).values(number=number % 10))
        if number % 5 == 0:
            series.append(copies.make())

    check_batches(series)
    assert series[-1] != series[0]


@identity_side
def test_a_code_that_is_withdrawn_is_so_in_a_copy(codes):
    copies, _ = codes
    with copies.store.begin() as session:
        session.execute(update(Invitation).values(claimed_for=WITHDRAWN))

    _, rows = copies.make()

    states = [json.loads(values)[3]["hex"] for table, values in rows if table == "invitation"]
    assert set(states) == {WITHDRAWN.hex()}


@answers_side
def test_after_the_close_a_copy_has_every_ballot(ballots):
    receipts = {put(ballots.store, number).hex() for number in range(MOST + 5)}
    assert not [table for table, _ in ballots.make()[1] if table in {"ballot", "pool"}]

    with ballots.store.begin() as session:
        box.close(session, "spring", OVER)

    _, rows = ballots.make()
    stored_receipts = {json.loads(values)[0]["hex"] for table, values in rows if table == "ballot"}
    assert stored_receipts == receipts


@answers_side
def test_a_copy_that_is_interrupted_and_made_again_takes_the_same_batch(ballots, monkeypatch):
    for number in range(2 * MOST):
        put(ballots.store, number)
    with monkeypatch.context() as patch:
        patch.setattr("os.utime", interrupt)
        with pytest.raises(KeyboardInterrupt):
            ballots.make()
    for number in range(BATCH // 2):
        put(ballots.store, number)

    _, rows = ballots.make()

    assert sum(table == "ballot" for table, _ in rows) == 22


def interrupt(*_arguments):
    raise KeyboardInterrupt
