"""Coverage of rates when contacts of one company answer alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.coverage.runs import markdown, spread
from stats import Design, Interval, clustered_rates, rates
from stats.clusters import ClusterCounts
from stats.counting import Counts

if TYPE_CHECKING:
    from stats import Rate
    from stats.arrays import Floats, Integers

LIKENESS: Final = (0.05, 0.1, 0.2, 0.4)
METHODS: Final = ("clustered", "beta", "xlogit", "mean")
_NAMES: Final = (*METHODS, "as drawn one by one")
_DESIGNS: Final = 160
_DRAWS: Final = 2000
_BLOCKS: Final = 20
"""Draws of the companies' sizes; the answers of each are drawn ``_DRAWS / _BLOCKS`` times."""
_SIZES: Final = np.arange(1, 8)
_SEED: Final = 58


@dataclass(frozen=True, eq=False)
class Companies:
    """Strata with their persons, the rate of each size of company, and the sampled companies.

    Attributes
    ----------
    persons : ndarray, shape (H,)
    rates : ndarray, shape (H, 7)
        Of companies with 1 to 7 contacts.
    stratum : ndarray, shape (C,)
    """

    persons: Integers
    rates: Floats
    stratum: Integers
    likeness: float
    draws: int

    @property
    def truth(self) -> float:
        """The rate among all persons; each size of company is as frequent."""
        return float(np.average(self.rates @ _SIZES / _SIZES.sum(), weights=self.persons))


def companies(at: int, draws: int, seed: int = _SEED) -> Companies:
    """Draw 1 to 5 strata of 4 to 59 sampled companies; in half the larger ones say yes more."""
    rng = np.random.default_rng([seed, at])
    strata = int(rng.integers(1, 6))
    sampled = rng.integers(4, 60, strata)
    rates_of_strata = 0.01 * 40 ** rng.random() * rng.uniform(0.5, 1.5, strata)
    persons = 10 * rng.integers(200, 4000, strata)
    larger = _SIZES / 4 if at // len(LIKENESS) % 2 else np.ones(len(_SIZES))
    of_sizes = np.clip(rates_of_strata[:, None] * larger, 0, 0.9)
    stratum = np.repeat(np.arange(strata), sampled)
    return Companies(persons, of_sizes, stratum, LIKENESS[at % len(LIKENESS)], draws)


def simulate(frame: Companies, rng: np.random.Generator) -> Floats:
    """Return the share of samples that hold the rate, and the mean width: (methods, 2)."""
    limits = np.concatenate([_limits(frame, rng) for _ in range(_BLOCKS)], axis=1)
    low, high = np.moveaxis(limits, -1, 0)
    inside = (low <= frame.truth) & (frame.truth <= high)
    return np.stack([inside.mean(axis=1), (high - low).mean(axis=1)], axis=1)


def _limits(frame: Companies, rng: np.random.Generator) -> Floats:
    """Draw the sizes once and answers many times: (methods, draws, 2)."""
    stratum = frame.stratum
    sizes, prior = rng.integers(1, 8, len(stratum)), 1 / frame.likeness - 1
    rate = frame.rates[stratum, sizes - 1]
    alike = rng.beta(rate * prior, (1 - rate) * prior, (frame.draws // _BLOCKS, len(stratum)))
    yes = rng.binomial(sizes, alike).T
    design = Design(
        [str(at) for at in range(len(frame.rates))],
        frame.persons,
        np.bincount(stratum, sizes).astype(int),
    )
    clusters = ClusterCounts(stratum, np.arange(len(stratum)), counts_of(yes, sizes[:, None] - yes))
    by_cluster = (
        clustered_rates(design, clusters, any_contact=False, interval=Interval(method))
        for method in METHODS
    )
    in_strata = np.array([yes[stratum == at].sum(axis=0) for at in range(len(frame.rates))])
    by_person = rates(
        design,
        counts_of(in_strata, design.respondents[:, None] - in_strata),
        any_contact=False,
        fpc=False,
    )
    return np.array([_ends(estimates) for estimates in (*by_cluster, by_person)])


def _ends(estimates: tuple[Rate, ...]) -> list[tuple[float | None, float | None]]:
    return [(rate.low, rate.high) for rate in estimates]


def counts_of(yes: Integers, no: Integers) -> Counts:
    """Make counts of as many items as draws: (rows, draws)."""
    nothing, row = np.zeros_like(yes), np.zeros_like(yes[:, 0])
    items = tuple(str(at) for at in range(yes.shape[1]))
    return Counts(items, yes, no, nothing, nothing, nothing, row, row, row, row)


def table(draws: int | None) -> str:
    """Simulate random designs, and give a row for each likeness and interval."""
    jobs = [companies(at, draws or _DRAWS) for at in range(_DESIGNS)]
    outcome = np.array(spread(simulate, jobs, _SEED))
    rows = []
    for at, likeness in enumerate(LIKENESS):
        for method, name in enumerate(_NAMES):
            share, width = outcome[at :: len(LIKENESS), method].T
            rows.append(
                [
                    f"{likeness}",
                    name,
                    f"{share.min():.3f}",
                    str((share < 0.945).sum()),
                    f"{share.mean():.3f}",
                    f"{width.mean():.3f}",
                ]
            )
    header = ("likeness (ICC)", "interval", "least coverage", "below 94.5 %", "mean", "mean width")
    return markdown(header, rows)
