"""Coverage of rates when contacts of one company answer alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.coverage.runs import markdown, spread
from stats import Design, Interval, clustered_rate
from stats.clusters import ClusterCounts
from stats.confidence import limits
from stats.counting import Counts
from stats.linearisation import Partition, ratio

if TYPE_CHECKING:
    from stats.arrays import Floats, Integers

LIKENESS: Final = (0.05, 0.1, 0.2, 0.4)
_DESIGNS: Final = 40
_DRAWS: Final = 500
# The default interval takes longer than the rest; every tenth sample is enough to see it fail.
_DEFAULT_EVERY: Final = 10
_SEED: Final = 57


@dataclass(frozen=True, eq=False)
class Companies:
    """Strata with their persons, rates, and the stratum of each sampled company."""

    persons: Integers
    rates: Floats
    stratum: Integers
    likeness: float
    draws: int


def _companies(at: int, draws: int) -> Companies:
    rng = np.random.default_rng([_SEED, at])
    strata = int(rng.integers(1, 6))
    sampled = rng.integers(4, 60, strata)
    rates = rng.uniform(0.02, 0.35) * rng.uniform(0.5, 1.5, strata)
    persons = 10 * rng.integers(200, 4000, strata)
    stratum = np.repeat(np.arange(strata), sampled)
    return Companies(persons, rates, stratum, LIKENESS[at % len(LIKENESS)], draws)


def simulate(companies: Companies, rng: np.random.Generator) -> Floats:
    """Return share of samples that hold the rate, and mean width: clustered, default."""
    truth = float(np.average(companies.rates, weights=companies.persons))
    shares, widths = [], []
    for spacing in (1, _DEFAULT_EVERY):
        by_company = spacing == 1
        draws = range(companies.draws // spacing)
        low, high = np.array([_bounds(companies, rng, by_company=by_company) for _ in draws]).T
        shares.append(((low <= truth) & (truth <= high)).mean())
        widths.append((high - low).mean())
    return np.array([*shares, *widths])


def _bounds(
    companies: Companies, rng: np.random.Generator, *, by_company: bool
) -> tuple[float, float]:
    """Draw 1 to 7 contacts of each company, whose own rates have a beta distribution."""
    stratum = companies.stratum
    answers, prior = rng.integers(1, 8, len(stratum)), 1 / companies.likeness - 1
    rate = companies.rates[stratum]
    yes = rng.binomial(answers, rng.beta(rate * prior, (1 - rate) * prior))
    design = Design(
        [str(at) for at in range(len(companies.rates))],
        companies.persons,
        np.bincount(stratum, answers).astype(int),
    )
    if not by_company:
        return _default(design, stratum, yes)
    clustered = clustered_rate(ClusterCounts(stratum, _counts(yes, answers)), design, "contact")
    return clustered.low, clustered.high


def _counts(yes: Integers, answers: Integers) -> Counts:
    zeros = np.zeros_like(yes)
    column = zeros[:, None]
    return Counts(
        ("contact",),
        yes[:, None],
        (answers - yes)[:, None],
        column,
        column,
        column,
        zeros,
        zeros,
        zeros,
        zeros,
    )


def _default(design: Design, stratum: Integers, yes: Integers) -> tuple[float, float]:
    part = Partition.of(design, None, fpc=False)
    ratios = ratio(
        part,
        np.bincount(stratum, yes)[:, None].astype(float),
        design.respondents[:, None].astype(float),
    )
    low, high = limits(part, ratios, Interval.DEFAULT, 0.95)
    return float(low[0, 0]), float(high[0, 0])


def table(draws: int | None) -> str:
    """Simulate random designs, and give a row for each likeness and interval."""
    jobs = [_companies(at, draws or _DRAWS) for at in range(_DESIGNS)]
    outcome = np.array(spread(simulate, jobs, _SEED))
    rows = []
    for at, likeness in enumerate(LIKENESS):
        for column, name in enumerate(("by company", "as drawn one by one")):
            share, width = outcome[at :: len(LIKENESS), [column, column + 2]].T
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
