"""The intervals of the Python package svy for samples that `bench.coverage.peers` drew.

``.peers/bin/python bench/coverage/peers_svy.py FOLDER``: svy is no requirement of the project, and
has an environment of its own.
"""

from __future__ import annotations

import csv
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl
import svy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

METHODS: Final = "logit", "beta", "korn-graubard", "wilson"


def main(folder: Path) -> None:
    """Write the limits of every design in the folder."""
    designs = len(list(folder.glob("strata-*.csv")))
    with (folder / "svy.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("design", "sample", "method", "low", "high"))
        for at in range(designs):
            strata = np.loadtxt(folder / f"strata-{at}.csv", int, delimiter=",", skiprows=1)
            yes = np.loadtxt(folder / f"yes-{at}.csv", int, delimiter=",", skiprows=1, ndmin=2)
            writer.writerows((at, *row) for row in limits(np.atleast_2d(strata), yes))
    (folder / "svy.version").write_text(f"svy {version('svy')}", encoding="utf-8")


def limits(
    strata: NDArray[np.int64], yes: NDArray[np.int64]
) -> Iterator[tuple[int, str, float, float]]:
    """Give sample, method, low and high; strata (H, 2) of persons and sheets, yes (K, H)."""
    population, sheets = strata.T
    stratum = np.repeat(np.arange(len(sheets)), sheets)
    place = np.concatenate([np.arange(size) for size in sheets])
    columns = {f"yes{at}": (place < row[stratum]).astype(int) for at, row in enumerate(yes)}
    weight = (population / sheets)[stratum]
    frame = pl.DataFrame(
        {"stratum": stratum, "population": population[stratum], "weight": weight, **columns}
    )
    sample = svy.Sample(frame, svy.Design(stratum="stratum", wgt="weight", pop_size="population"))
    for method in METHODS:
        for at, estimate in enumerate(sample.estimation.prop(list(columns), ci_method=method)):
            yield at, method, *_of_yes(estimate.to_polars(), f"yes{at}")


def _of_yes(table: pl.DataFrame, column: str) -> tuple[float, float]:
    """Return the limits of the yes; a sample without one has those of the no alone."""
    rows = {int(row[column]): (row["lci"], row["uci"]) for row in table.to_dicts()}
    if 1 in rows:
        return rows[1]
    low, high = rows[0]
    return (1 - high, 1 - low) if low is not None and high is not None else (np.nan, np.nan)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
