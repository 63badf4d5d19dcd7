"""Limits of rates some of whose sheets are undetermined, judged at all that these might say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

import stats
from bench.coverage.designs import ALLOCATIONS, random_settings
from bench.coverage.runs import markdown, spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from stats.arrays import Floats

LEVEL: Final = 0.95
_DESIGNS: Final = 200
_DRAWS: Final = 2_000
_SEED: Final = 20261103
_ROUNDING: Final = 1e-12
ALONE: Final = "one stratum"
KINDS: Final = (
    "the bounds alone",
    "interval of those who answered",
    "Imbens and Manski's level",
    "outer limits",
)
_FIELDS: Final = ("low", "high", "lower", "upper", "outer_low", "outer_high")


@dataclass(frozen=True)
class Population:
    """The sample of each stratum, and its persons who say yes, say no, or leave the item open."""

    group: str
    sample: NDArray[np.int64]
    persons: NDArray[np.int64]

    @property
    def design(self) -> stats.Design:
        """Strata as they are drawn."""
        names = [str(at) for at in range(len(self.sample))]
        return stats.Design(names, self.persons.sum(axis=1), self.sample)

    @property
    def truths(self) -> Floats:
        """The rate if the undetermined mean no, by halves, and yes: shape (3, 1)."""
        yes, _, undetermined = self.persons.sum(axis=0) / self.persons.sum()
        return np.array([[yes], [yes + undetermined / 2], [yes + undetermined]])

    def draw(self, rng: np.random.Generator, draws: int) -> stats.Counts:
        """Draw samples without replacement, each as an item of its own."""
        samples = np.stack(
            [
                rng.multivariate_hypergeometric(persons, int(size), draws, method="marginals")
                for persons, size in zip(self.persons, self.sample, strict=True)
            ]
        )
        yes, no, undetermined = np.moveaxis(samples, 2, 0)
        nothing, alone = np.zeros_like(yes), np.zeros(len(yes), np.int64)
        names = tuple(map(str, range(draws)))
        return stats.Counts(names, yes, no, undetermined, nothing, nothing, *[alone] * 4)


def populations() -> Iterator[Population]:
    """Leave 1 to 20 % of those undetermined who do not say yes; a quarter has one stratum."""
    rng = np.random.default_rng(_SEED)
    for at, setting in enumerate(random_settings(_DESIGNS, _SEED)):
        columns, group = np.array(setting.columns), setting.allocation
        if at % 4 == 3:
            size, sample, _ = columns
            columns, group = columns[:, [int(np.argmax(size - sample))]], ALONE
        size, sample, yes = columns
        undetermined = rng.binomial(size - yes, rng.uniform(0.01, 0.2))
        persons = np.column_stack([yes, size - yes - undetermined, undetermined])
        yield Population(group, sample, persons)


def simulate(job: tuple[Population, int], rng: np.random.Generator) -> Floats:
    """Return the least coverage over the truths, and the mean width, of each kind of limits."""
    population, draws = job
    counts = population.draw(rng, draws)
    full, one_sided = (
        _limits(population.design, counts, level) for level in (LEVEL, 2 * LEVEL - 1)
    )
    kinds = full[2:4], full[:2], finer(full, one_sided), full[4:]
    return np.array([_judged(kind, population.truths) for kind in kinds])


def _limits(design: stats.Design, counts: stats.Counts, level: float) -> Floats:
    """Return the fields of every draw that has answers, shape (6, draws)."""
    rates = stats.rates(design, counts, any_contact=False, level=level)
    return np.array(
        [[getattr(rate, name) for name in _FIELDS] for rate in rates if rate.n], float
    ).T


def finer(full: Floats, one_sided: Floats) -> Floats:
    """Put the outer limits at Imbens and Manski's level, between those of two levels.

    Their c solves Φ(c + Δ / σ) - Φ(-c) = level, Δ being the width of the bounds.
    """
    lower, upper, low, high = (full[at] for at in range(2, 6))
    least, most = (float(scipy.stats.norm.ppf(share)) for share in (LEVEL, (1 + LEVEL) / 2))
    error = np.maximum(lower - low, high - upper) / most
    width = np.divide(upper - lower, error, out=np.full_like(lower, np.inf), where=error > 0)
    below, above = np.full_like(width, least), np.full_like(width, most)
    for _ in range(30):
        c = (below + above) / 2
        is_enough = scipy.stats.norm.cdf(c + width) - scipy.stats.norm.cdf(-c) >= LEVEL
        below, above = np.where(is_enough, below, c), np.where(is_enough, c, above)
    share = (above - least) / (most - least)
    return np.asarray(one_sided[4:] + share * (full[4:] - one_sided[4:]))


def _judged(limits: Floats, truths: Floats) -> tuple[float, float]:
    low, high = limits[0], limits[1]
    covered = (low <= truths + _ROUNDING) & (truths - _ROUNDING <= high)
    return float(covered.mean(axis=1).min()), float((high - low).mean())


def table(draws: int | None) -> str:
    """Simulate, and give a row for each group of designs and kind of limits."""
    jobs = [(population, draws or _DRAWS) for population in populations()]
    groups = np.array([population.group for population, _ in jobs])
    outcome = np.array(spread(simulate, jobs, _SEED))
    rows = []
    for group in (ALONE, *ALLOCATIONS):
        for column, kind in enumerate(KINDS):
            share, width = outcome[groups == group, column].T
            below = (share < LEVEL - 0.005).sum()
            cells = f"{share.min():.3f}", f"{below} of {len(share)}", f"{share.mean():.3f}"
            rows.append([group, kind, *cells, f"{width.mean():.4f}"])
    header = ("designs", "limits", "least", "below by ½ point", "mean", "mean width")
    return markdown(header, rows)
