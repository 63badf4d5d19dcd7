"""Opening a box: on all cores, alone, and nothing half written whenever it is killed.

Until the one transaction that stores the sheets, the box holds every ballot: an
opening that ends before is run again, and after it nothing is left to open.
"""

import fcntl
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from survey_app.answers.analyse.box import service
from survey_app.answers.analyse.box.dask_workers import check_address, unseal_on
from survey_app.answers.analyse.box.grouping import OpeningGroups, check_merges
from survey_app.answers.analyse.box.unsealing import parts_of, unseal
from survey_app.crypto import sealing
from survey_app.errors import N_, OpeningError
from survey_app.secret_files import make_folder
from survey_app.storage.database import Database

_TRIES, _MOMENT = 3, 0.05  # reading the progress holds the lock for less than a moment

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class OpeningProgress:
    """How far a running opening has come."""

    ballots_done: int
    ballots: int


def open_box(
    database: Database,
    folder: Path,
    campaign: str,
    merges: Mapping[str, str],
    key: sealing.OpeningKey,
    on_progress: OnProgress = lambda _ballots_done, _ballots: None,
    *,
    cluster: str = "",
) -> Counter[str]:
    """Close the box for good and open it: sealed answers become sheets; counts by outcome.

    ``cluster`` is the address of a Dask scheduler whose workers open the ballots, if not this
    machine's cores.

    Raises
    ------
    StateError
        The box was opened before.
    OpeningError
        The key is another one, a merge is impossible, or the box is being opened already; or, and
        the box is closed then, a stratum is too small.
    """
    with database.read() as session:
        manifest = service.check_unopened(session, campaign)
    service.check_key(manifest, key)
    check_merges(manifest.strata, merges)
    if cluster:
        check_address(cluster)
    with _alone(folder, campaign) as write_progress:
        groups = close_and_plan(database, campaign, merges)
        with database.read() as session:
            box = service.sealed_ballots(session, campaign, groups)
        opened_parts, ballots_done, ballots = [], 0, sum(map(len, box.values()))
        parts = parts_of(box)
        unsealed = unseal_on(cluster, manifest, key, parts) if cluster else None
        for part in unsealed or unseal(manifest, key, parts):
            opened_parts.append(part)
            ballots_done += len(part.outcomes)
            write_progress(ballots_done, ballots)
            on_progress(ballots_done, ballots)
        with database.begin() as session:
            outcomes = service.store_sheets(session, campaign, groups, opened_parts)
        database.vacuum()
    return outcomes


def close_and_plan(database: Database, campaign: str, merges: Mapping[str, str]) -> OpeningGroups:
    """Close the box for good, then decide which strata are opened together.

    The close stays, whatever comes of the plan: a plan that is refused tells exact numbers, and one
    that could be tried again while ballots come in would tell when each of them came.
    """
    with database.begin() as session:
        service.close(session, campaign)
    with database.read() as session:
        return service.plan(session, campaign, merges)


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
