"""Opening a box: on all cores, alone, and nothing half written whenever it is killed.

With a seal keeper it takes two steps: the keeper's seals come off, then the box is opened. Until
the one transaction that ends a step, the box holds every ballot: a step that is interrupted is run
again, and after it nothing is left of what it was made of.
"""

import fcntl
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sqlalchemy.orm import Session

from survey_app.answers.analyse.box import contents, service
from survey_app.answers.analyse.box.closing import Grounds
from survey_app.answers.analyse.box.dask_workers import check_address, unseal_on
from survey_app.answers.analyse.box.grouping import OpeningGroups, check_merges
from survey_app.answers.analyse.box.unsealing import (
    OpenedPart,
    Part,
    SealedBallot,
    parts_of,
    unseal,
)
from survey_app.crypto import sealing
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import N_, OpeningError
from survey_app.secret_files import make_folder
from survey_app.storage.database import Database

_TRIES, _MOMENT = 3, 0.05  # reading the progress holds the lock for less than a moment

OnProgress = Callable[[int, int], None]
Ballots = Mapping[str, list[SealedBallot]]
"""Ballots by stratum, or by group once they are stripped."""


@dataclass(frozen=True)
class OpeningProgress:
    """How far a running opening has come."""

    ballots_done: int
    ballots: int


def strip_box(
    database: Database,
    folder: Path,
    campaign: str,
    merges: Mapping[str, str],
    key: sealing.OpeningKey,
    grounds: Grounds,
    on_progress: OnProgress = lambda _ballots_done, _ballots: None,
    *,
    cluster: str = "",
) -> Counter[str]:
    """Close the box for good and take the keeper's seals off; counts what came of it so far.

    ``cluster`` is as for `open_box`.

    Raises
    ------
    StateError
        They came off before.
    OpeningError, ClosingError
        As for `open_box`; or there is no keeper.
    """
    with database.read() as session:
        manifest = service.check_strip(session, campaign, key)

    def take() -> tuple[OpeningGroups, Ballots]:
        return _closed(database, campaign, merges, grounds)

    work = _Unsealing(database, manifest, key, cluster)
    with _alone(folder, campaign) as write_progress:
        return work.run(take, contents.store_stripped, (write_progress, on_progress))


def open_box(
    database: Database,
    folder: Path,
    campaign: str,
    merges: Mapping[str, str],
    key: sealing.OpeningKey,
    grounds: Grounds,
    on_progress: OnProgress = lambda _ballots_done, _ballots: None,
    *,
    cluster: str = "",
) -> Counter[str]:
    """Open a box: sealed answers become sheets; counts ballots by outcome.

    Without a seal keeper it is closed for good first. ``cluster`` is the address of a Dask
    scheduler whose workers open the ballots, if not this machine's cores.

    Raises
    ------
    StateError
        The box was opened before, or the keeper's seals are on.
    OpeningError
        The key is another one, a merge is impossible, or the box is being opened already; or, and
        the box is closed then, a stratum is too small.
    ClosingError
        There are no grounds for closing it.
    """
    with database.read() as session:
        manifest = service.check_open(session, campaign, key)
    if manifest.keeper_key is not None and merges:
        raise OpeningError(
            N_("Strata are merged when the seal keeper's seals come off, not later.")
        )

    def take() -> tuple[OpeningGroups, Ballots]:
        if manifest.keeper_key is None:
            return _closed(database, campaign, merges, grounds)
        return _stripped(database, campaign)

    work = _Unsealing(database, manifest, key, cluster)
    with _alone(folder, campaign) as write_progress:
        return work.run(take, contents.store_sheets, (write_progress, on_progress))


def close_and_plan(
    database: Database, campaign: str, merges: Mapping[str, str], grounds: Grounds
) -> OpeningGroups:
    """Close the box for good, then decide which strata are opened together.

    The close stays, whatever comes of the plan: a plan that is refused tells exact numbers, and one
    that could be tried again while ballots come in would tell when each of them came.
    """
    with database.read() as session:
        check_merges(service.check_unopened(session, campaign).strata, merges)
    with database.begin() as session:
        service.close(session, campaign, grounds)
    with database.read() as session:
        return service.plan(session, campaign, merges)


def _closed(
    database: Database, campaign: str, merges: Mapping[str, str], grounds: Grounds
) -> tuple[OpeningGroups, Ballots]:
    groups = close_and_plan(database, campaign, merges, grounds)
    with database.read() as session:
        return groups, contents.sealed_ballots(session, campaign, groups)


def _stripped(database: Database, campaign: str) -> tuple[OpeningGroups, Ballots]:
    with database.read() as session:
        ballots = contents.stripped_ballots(session, campaign)
    return OpeningGroups.of_stripped(ballots), ballots


@dataclass(frozen=True)
class _Unsealing:
    """Taking one seal off all ballots of a box."""

    database: Database
    manifest: PublishedManifest
    key: sealing.OpeningKey
    cluster: str

    def __post_init__(self) -> None:
        if self.cluster:
            check_address(self.cluster)

    def run(
        self,
        take: Callable[[], tuple[OpeningGroups, Ballots]],
        store: Callable[[Session, str, OpeningGroups, Iterable[OpenedPart]], Counter[str]],
        listeners: Sequence[OnProgress],
    ) -> Counter[str]:
        """Take the ballots, take their seals off in memory, and store what they held."""
        groups, box = take()
        opened_parts = self._unseal(box, listeners)
        with self.database.begin() as session:
            outcomes = store(session, self.manifest.campaign, groups, opened_parts)
        self.database.vacuum()
        return outcomes

    def _unseal(self, box: Ballots, listeners: Sequence[OnProgress]) -> list[OpenedPart]:
        opened_parts, ballots_done, ballots = [], 0, sum(map(len, box.values()))
        for part in self._parts(parts_of(box)):
            opened_parts.append(part)
            ballots_done += len(part.outcomes)
            for tell in listeners:
                tell(ballots_done, ballots)
        return opened_parts

    def _parts(self, parts: Sequence[Part]) -> Iterator[OpenedPart]:
        if self.cluster:
            return unseal_on(self.cluster, self.manifest, self.key, parts)
        return unseal(self.manifest, self.key, parts)


def progress(folder: Path, campaign: str) -> OpeningProgress | None:
    """Read how far the opening of a box is; None if none is running."""
    try:
        file = _progress_file(folder, campaign).open("r+")
    except FileNotFoundError:
        return None
    with file:
        if _locked(file):
            return None  # the process that wrote it has ended
        ballots_done, _, ballots = file.read().partition(" ")
        return OpeningProgress(int(ballots_done or 0), int(ballots or 0))


@contextmanager
def _alone(folder: Path, campaign: str) -> Iterator[OnProgress]:
    """Hold the lock on a box's opening, which the system drops with the process that holds it."""
    make_folder(folder)
    with _progress_file(folder, campaign).open("a+") as file:
        if not any(_locked(file) for _ in range(_TRIES)):
            raise OpeningError(reason=N_("it is being opened already"))

        def write(ballots_done: int, ballots: int) -> None:
            file.truncate(0)
            file.write(f"{ballots_done} {ballots}")
            file.flush()

        write(0, 0)
        try:
            yield write
        finally:
            file.truncate(0)


def _locked(file: IO[str]) -> bool:
    """Take the lock; False, a moment later, if another process holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(_MOMENT)
        return False
    return True


def _progress_file(folder: Path, campaign: str) -> Path:
    return folder / f"{campaign}.opening"
