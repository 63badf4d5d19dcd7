"""Time counting and estimation against the bare passes that they cannot do without."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow

import stats

if TYPE_CHECKING:
    from collections.abc import Callable

STRATA: Final = 50
ITEMS: Final = tuple(f"item{at}" for at in range(10))
REPEATS: Final = 7


def sheets(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw sheets of 50 strata and 10 items, some without an answer."""
    rng = np.random.default_rng(20261123)
    place = rng.integers(0, STRATA, number)
    codes = np.array([0, 1, 8, 9, stats.BLANK], np.int8)
    table = rng.choice(codes, (number, len(ITEMS)), p=[0.82, 0.1, 0.03, 0.02, 0.03])
    return place, table


def best(work: Callable[[], object]) -> float:
    """Return the least of several times, in seconds of processor: others may use the machine."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def counting(number: int = 1_000_000) -> None:
    """Print the ratio of all stratum × item rates to a bare ``bincount`` over the same arrays."""
    place, table = sheets(number)
    names = [f"s{at}" for at in range(STRATA)]
    design = stats.Design(names, np.full(STRATA, number // 20), np.bincount(place))
    columns = [table[:, at].view(np.uint8) for at in range(len(ITEMS))]

    def bare() -> None:
        # the cell of each answer is taken as known only by its two parts, as in the arrays
        for column in columns:
            np.bincount(place * 256 + column)

    def everything() -> None:
        stats.rates(design, stats.count(place, table, ITEMS, STRATA), by="stratum")

    floor, ours = best(bare), best(everything)
    print(
        f"{number:,} sheets, {STRATA} strata, {len(ITEMS)} items: bare bincount {floor * 1e3:.1f} "
        f"ms, counting and {STRATA * (len(ITEMS) + 1)} rates with intervals {ours * 1e3:.1f} ms; "
        f"ratio to (2 × bincount + 10 ms): {ours / (2 * floor + 0.010):.2f} (at most 1)"
    )


def command(rows: int = 10_000_000) -> None:
    """Print the ratio of the command over a CSV file to pyarrow reading that file alone."""
    with tempfile.TemporaryDirectory() as folder:
        design, answers = Path(folder, "design.csv"), Path(folder, "sheets.csv")
        _write(design, answers, rows)
        script = "import sys; from pyarrow import csv; csv.read_csv(sys.argv[1])"
        verb = ["rates", "--design", str(design), "--sheets", str(answers), "--by", "stratum"]
        ours = _timed(
            [sys.executable, "-m", "stats", *verb, "--all-items", "--any", "--format", "json"]
        )
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        read = _timed([sys.executable, "-c", script, str(answers)])
    print(
        f"{rows:,} rows: pyarrow {read:.1f} s, the command {ours:.1f} s; "
        f"ratio {ours / read:.2f} (at most 3), memory {memory:.2f} GiB (at most 1)"
    )


def _timed(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def _write(design: Path, answers: Path, rows: int) -> None:
    with design.open("w") as file:
        file.write("stratum,population\n")
        file.writelines(f"s{at},{rows // 10}\n" for at in range(STRATA))
    rows_left = rows
    with answers.open("wb") as file:
        while rows_left:
            place, table = sheets(min(rows_left, 1_000_000))
            names = pa.array([f"s{at}" for at in range(STRATA)]).take(pa.array(place))
            blank = [pa.array(column, mask=column == stats.BLANK) for column in table.T]
            options = arrow.WriteOptions(include_header=rows_left == rows, quoting_style="none")
            batch = pa.table([names, *blank], ["stratum", *ITEMS])
            arrow.write_csv(batch, file, options)
            rows_left -= len(place)


if __name__ == "__main__":
    counting()
    command(*map(int, sys.argv[1:]))
