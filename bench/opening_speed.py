"""Time the opening of a box against bare HPKE on all cores."""

from __future__ import annotations

import os
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from secrets import token_bytes

from bench.results_speed import STRATA, manifest_of
from survey_app.answers.analyse.box.unsealing import parts_of, unseal
from survey_app.crypto import sealing

REPEATS = 2
SEALED = 10_000
"""So many ballots are sealed; more are the same ones again, which cost as much to open."""


def _bare(times: int) -> float:
    """Open one ballot again and again in this process; gives openings a second."""
    key = sealing.generate_opening_key()
    info = bytes(80)
    sealed = sealing.seal(key.public_key(), info, bytes(12))
    start = time.perf_counter()
    for _ in range(times):
        sealing.open_sealed(key, info, sealed)
    return times / (time.perf_counter() - start)


def _bare_on_all_cores(times: int) -> float:
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as pool:
        list(pool.map(_bare, [10] * cores))  # started, before anything is timed
        return sum(pool.map(_bare, [times // cores] * cores))


def opening(number: int) -> None:
    """Print the rate at which a box opens, and its ratio to bare HPKE on all cores."""
    key = sealing.generate_opening_key()
    manifest = manifest_of(number, sealing.public_bytes(key))
    seals = {stratum.id: manifest.seals(stratum) for stratum in manifest.strata}
    box: dict[str, list[tuple[bytes, bytes]]] = {f"s{at}": [] for at in range(STRATA)}
    for at in range(min(number, SEALED)):
        stratum, spent_hash = f"s{at % STRATA}", token_bytes(32)
        box[stratum].append((spent_hash, seals[stratum].seal(spent_hash, bytes(12))))
    box = {stratum: ballots * max(1, number // SEALED) for stratum, ballots in box.items()}
    floor, ours = 0.0, 0.0
    for _ in range(REPEATS):
        floor = max(floor, _bare_on_all_cores(min(number, SEALED)))
        start = time.perf_counter()
        number_opened = sum(len(part.outcomes) for part in unseal(manifest, key, parts_of(box)))
        ours = max(ours, number_opened / (time.perf_counter() - start))
    print(
        f"{number:,} ballots on {os.cpu_count()} cores: bare HPKE {floor:,.0f}/s, the box "
        f"{ours:,.0f}/s; ratio {ours / floor:.2f} (at least 0.80 from 100,000 on)"
    )


if __name__ == "__main__":
    opening(100_000)
