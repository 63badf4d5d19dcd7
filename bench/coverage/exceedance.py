"""Probabilities that rates reach thresholds: what is said against how often it is true."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

import stats
from bench.coverage.designs import ALLOCATIONS, random_settings
from bench.coverage.runs import markdown, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stats.arrays import Floats

THRESHOLDS: Final = (0.02, 0.05, 0.10)
ALONE: Final = "one stratum"
SMALL: Final = "small rates likelier"
_EDGES: Final = (0, 0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 1)
_DESIGNS: Final = 120
_POPULATIONS: Final = 1_500
_SEED: Final = 20261104


@dataclass(frozen=True)
class Plan:
    """Strata and samples, and how populations are drawn: rates equally likely, or small ones more.

    The strata's rates differ from the population's by a gamma factor of this variance.
    """

    group: str
    population: NDArray[np.int64]
    sample: NDArray[np.int64]
    spread: float

    def rates(self, rng: np.random.Generator, number: int) -> Floats:
        """Draw the populations' rates: 0 to 50 %, or 0.3 to 30 % evenly on the log scale."""
        if self.group == SMALL:
            return np.asarray(np.exp(rng.uniform(np.log(0.003), np.log(0.3), number)))
        return rng.uniform(0, 0.5, number)

    def positive(self, rng: np.random.Generator, number: int) -> NDArray[np.int64]:
        """Draw populations: persons of each stratum who would say yes, shape (H, number)."""
        shape = (len(self.sample), number)
        factor = rng.gamma(1 / self.spread, self.spread, shape) if self.spread else np.ones(shape)
        factor *= self.population.sum() / np.maximum(self.population @ factor, 1e-300)
        rates = np.minimum(self.rates(rng, number) * factor, 1)
        return np.asarray(rng.binomial(self.population[:, None], rates))

    def say(self, yes: NDArray[np.int64]) -> Floats:
        """Return the probability of each population's sample and threshold."""
        names = tuple(map(str, range(yes.shape[1])))
        nothing, alone = np.zeros_like(yes), np.zeros(len(yes), np.int64)
        no = self.sample[:, None] - yes
        counts = stats.Counts(names, yes, no, nothing, nothing, nothing, *[alone] * 4)
        strata = [str(at) for at in range(len(self.sample))]
        design = stats.Design(strata, self.population, self.sample)
        exceedances = stats.exceedance(design, counts, THRESHOLDS, any_contact=False)
        return np.array([probabilities.probability for probabilities in exceedances])


def plans() -> list[Plan]:
    """Take the strata of random designs: one stratum, three allocations, and small rates."""
    rng = np.random.default_rng(_SEED)
    plans = []
    for at, setting in enumerate(random_settings(_DESIGNS, _SEED)):
        size, sample, _ = columns = np.array(setting.columns)
        variance = float(rng.choice([0, 0.5, 2]))
        group = setting.allocation
        if at % 4 == 3:
            size, sample, _ = columns[:, [int(np.argmax(size - sample))]]
            group = ALONE
        plans += [Plan(name, size, sample, variance) for name in (group, SMALL)]
    return plans


def simulate(job: tuple[Plan, int], rng: np.random.Generator) -> Floats:
    """Return by bin of the probability: samples, sum of what was said, and how many were true."""
    plan, number = job
    positive = plan.positive(rng, number)
    no, sample = plan.population[:, None] - positive, plan.sample[:, None]
    probability = plan.say(rng.hypergeometric(positive, no, sample)).ravel()
    rate = positive.sum(axis=0) / plan.population.sum()
    is_true = (rate[:, None] >= np.array(THRESHOLDS)).ravel()
    place = np.clip(np.searchsorted(_EDGES, probability, side="right") - 1, 0, len(_EDGES) - 2)
    columns = np.ones_like(probability), probability, is_true
    return np.array([np.bincount(place, column, len(_EDGES) - 1) for column in columns])


def table(draws: int | None) -> str:
    """Simulate, and give for each range of the probability said how often it was true."""
    jobs = [(plan, draws or _POPULATIONS) for plan in plans()]
    outcome = np.array(spread(simulate, jobs, _SEED))
    groups = np.array([plan.group for plan, _ in jobs])
    names = (ALONE, *ALLOCATIONS, SMALL)
    sums = np.array([outcome[groups == name].sum(axis=0) for name in names])
    number, probability, true = sums.swapaxes(0, 1)
    cells = [
        [f"{chance:.3f} → {share:.3f}" for chance, share in zip(*pair, strict=True)]
        for pair in zip((probability / number).T, (true / number).T, strict=True)
    ]
    labels = [f"{low:.0%} to {high:.0%}" for low, high in itertools.pairwise(_EDGES)]
    return markdown(
        ("probability", *names), ([label, *row] for label, row in zip(labels, cells, strict=True))
    )
