"""``make attack``: attack surveys in every way we know of, and keep what every attacker learned.

The figures go to ``results.json``, and from there into both threat models (`tests.linkage.tables`).
"""

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import click
import numpy as np

from tests.linkage import tables
from tests.linkage.engines import ENGINES, on_engine
from tests.linkage.results import Results


def main(seed: int) -> bool:
    """Measure, print, keep, and say whether all limits were kept and all weaknesses caught."""
    click.echo(f"Seed {seed}")
    began = time.monotonic()
    with ProcessPoolExecutor(len(ENGINES), get_context("spawn")) as processes:
        parts = list(processes.map(on_engine, ENGINES, [seed] * len(ENGINES)))
    results = Results(
        seed,
        minutes=round((time.monotonic() - began) / 60, 1),
        order=[line for part in parts for line in part.order],
        insiders=[line for part in parts for line in part.insiders],
        weaknesses=[weakness for part in parts for weakness in part.weaknesses],
    )
    results.write()
    tables.write(results)
    click.echo(f"{results.minutes} minutes")
    return results.holds


if __name__ == "__main__":
    seed_option = (
        int(sys.argv[1]) if len(sys.argv) > 1 else int(np.random.default_rng().integers(1 << 31))
    )
    sys.exit(0 if main(seed_option) else 1)
