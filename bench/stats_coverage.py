"""Simulate the coverage of the intervals, and print the table of docs/methodology.md.

Every design is drawn 20,000 times without replacement, from populations whose rates are known.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from stats import Design, Interval
from stats.confidence import limits
from stats.linearisation import Partition, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

METHODS: Final = (
    Interval.DEFAULT,
    Interval.NCHS,
    Interval.BETA,
    Interval.WILSON,
    Interval.XLOGIT,
    Interval.MEAN,
)
POPULATIONS: Final = {
    "2 strata of 300 and 2,000": (300, 2000),
    "2 strata of 1,000": (1000, 1000),
    "4 strata of 20 to 2,000": (20, 100, 500, 2000),
    "10 strata of 20 to 2,000": (20, 33, 56, 93, 155, 258, 430, 717, 1196, 2000),
}
RATES: Final = {
    "0.005": (0.005,),
    "0.02": (0.02,),
    "0.1": (0.1,),
    "0.3": (0.3,),
    "0.3, 0.005": (0.3, 0.005),
    "0.005, 0.3": (0.005, 0.3),
    "0.005, 0.02, 0.1, 0.3": (0.005, 0.02, 0.1, 0.3),
}
DRAWS: Final = 20_000


@dataclass(frozen=True)
class Setting:
    """A population of H strata, the sample taken of each, and the persons who would say yes."""

    name: str
    rates: str
    allocation: str
    population: NDArray[np.int64]
    sample: NDArray[np.int64]
    positive: NDArray[np.int64]


def settings() -> Iterator[Setting]:
    """Cross populations, rates and allocations; no sample is less than 10 nor more than 200.

    The reversed allocation (the most from the least stratum) is a test to destruction: it is part
    of the summary with two strata, and stands apart with more.
    """
    for (name, sizes), (label, rates) in itertools.product(POPULATIONS.items(), RATES.items()):
        population = np.array(sizes)
        positive = np.rint(population * np.resize(rates, len(sizes))).astype(int)
        for allocation, size in {
            "proportional": population * 0.1,
            "square root": 4 * population**0.5,
            "equal": np.full(len(sizes), 60),
            "reversed": population[::-1] * 0.1,
        }.items():
            sample = np.clip(np.rint(size), 10, np.minimum(200, population)).astype(int)
            yield Setting(name, label, allocation, population, sample, positive)


def random_settings(number: int = 60) -> Iterator[Setting]:
    """Draw designs by chance: a check of the default on others than it was chosen with."""
    rng = np.random.default_rng(19770524)
    for _ in range(number):
        strata = int(rng.choice([2, 3, 4, 6, 10]))
        population = np.rint(np.exp(rng.uniform(np.log(20), np.log(2000), strata))).astype(int)
        size = np.exp(rng.uniform(np.log(10), np.log(200), strata))
        sample = np.minimum(np.rint(size), population).astype(int)
        rates = rng.choice([0.005, 0.02, 0.1, 0.3], strata)
        positive = np.rint(population * rates).astype(int)
        yield Setting(f"{strata} strata", "drawn", "drawn", population, sample, positive)


def coverage(
    setting: Setting, rng: np.random.Generator, draws: int = DRAWS
) -> dict[Interval, tuple[float, float]]:
    """Return each method's coverage and mean width at nominal 95 %."""
    strata = list(zip(setting.population, setting.sample, setting.positive, strict=True))
    yes = np.array([rng.hypergeometric(k, big - k, n, draws) for big, n, k in strata], float)
    names = [str(at) for at in range(len(strata))]
    part = Partition.of(Design(names, setting.population, setting.sample), None, fpc=True)
    proportion = ratio(part, yes, np.broadcast_to(setting.sample[:, None], yes.shape).astype(float))
    truth = setting.positive.sum() / setting.population.sum()
    result = {}
    for method in METHODS:
        low, high = limits(part, proportion, method, 0.95)
        covered = (low <= truth + 1e-12) & (high >= truth - 1e-12)
        result[method] = float(covered.mean()), float((high - low).mean())
    return result


def main(draws: int = DRAWS) -> None:
    """Print one row a design, and a summary of each method."""
    rng = np.random.default_rng(20261123)
    print("| strata | rates | allocation |", *(f"{method} |" for method in METHODS))
    print("|---" * (3 + len(METHODS)) + "|")
    rows = []
    for setting in settings():
        row = coverage(setting, rng, draws)
        rows.append(row)
        cells = (f"{share:.3f} ({width:.3f}) |" for share, width in row.values())
        print(f"| {setting.name} | {setting.rates} | {setting.allocation} |", *cells)
    print()
    random_rows = [coverage(setting, rng, draws) for setting in random_settings()]
    apart = [
        setting.allocation == "reversed" and len(setting.population) > 2 for setting in settings()
    ]
    for name, rows_shown in (("summary", np.invert(apart)), ("apart", np.array(apart))):
        print(name)
        _summarise([row for row, take in zip(rows, rows_shown, strict=True) if take])
    print("drawn")
    _summarise(random_rows)


def _summarise(rows: list[dict[Interval, tuple[float, float]]]) -> None:
    for method in METHODS:
        share, width = np.array([row[method] for row in rows]).T
        below = (share < 0.945).sum()
        print(
            f"{method}: least coverage {share.min():.4f}, below 0.945 in {below} of {len(rows)}, "
            f"mean coverage {share.mean():.4f}, mean width {width.mean():.5f}"
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
