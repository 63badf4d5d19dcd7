"""Stratified designs drawn by chance, and samples from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stats import Design
from stats.linearisation import Partition, Ratio, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

ALLOCATIONS = "proportional", "at least 10", "from 2"


@dataclass(frozen=True, eq=False)
class Setting:
    """A population of H strata, the sample taken of each, and the persons who would say yes."""

    allocation: str
    population: NDArray[np.int64]
    sample: NDArray[np.int64]
    positive: NDArray[np.int64]

    @property
    def rate(self) -> float:
        """The true rate."""
        return float(self.positive.sum() / self.population.sum())

    @property
    def is_census(self) -> bool:
        """Whether everybody was asked."""
        return bool((self.sample == self.population).all())

    @property
    def columns(self) -> tuple[NDArray[np.int64], ...]:
        """Population, sample and positives."""
        return self.population, self.sample, self.positive

    @property
    def part(self) -> Partition:
        """The design as one domain."""
        names = [str(at) for at in range(len(self.population))]
        return Partition.of(Design(names, self.population, self.sample), None, fpc=True)

    def draw(self, rng: np.random.Generator, draws: int) -> NDArray[np.float64]:
        """Draw the yes of each stratum without replacement, shape (H, draws)."""
        return np.array(
            [
                rng.hypergeometric(yes, persons - yes, sheets, draws)
                for persons, sheets, yes in zip(
                    self.population, self.sample, self.positive, strict=True
                )
            ],
            float,
        )

    def ratios(self, yes: NDArray[np.float64]) -> Ratio:
        """Estimate the rate of each draw; all sheets answered."""
        answers = np.broadcast_to(self.sample[:, None], yes.shape).astype(float)
        return ratio(self.part, yes, answers)


def random_settings(number: int, seed: int) -> Iterator[Setting]:
    """Draw designs of 2 to 40 strata of 20 to 5,000 persons with rates of 0 to 40 %.

    A third samples all strata alike (1 to 100 %), a third each by itself, at least 10 sheets, and a
    third each by itself from 2 sheets on. In a quarter all strata have one rate; in the others
    about a third of the strata have no one who would say yes.
    """
    rng = np.random.default_rng(seed)
    for at in range(number):
        strata = int(np.rint(np.exp(rng.uniform(np.log(2), np.log(40)))))
        population = np.rint(np.exp(rng.uniform(np.log(20), np.log(5000), strata))).astype(int)
        allocation = ALLOCATIONS[at % 3]
        size = 1 if allocation == "proportional" else strata
        fraction = np.exp(rng.uniform(np.log(0.01), 0, size))
        least = 10 if allocation == "at least 10" else 2
        sample = np.clip(np.rint(population * fraction), least, population).astype(int)
        positive = np.rint(population * _rates(rng, strata)).astype(int)
        if not positive.any():
            positive[rng.integers(strata)] = 1
        if (sample < population).sum() > 1:
            yield Setting(allocation, population, sample, positive)


def _rates(rng: np.random.Generator, strata: int) -> NDArray[np.float64]:
    if rng.random() < 0.25:
        return np.full(strata, rng.uniform(0, 0.4 ** rng.choice([1, 2])))
    rates = rng.uniform(0, 0.4, strata) ** rng.choice([1, 2, 3], strata)
    return np.where(rng.random(strata) < 0.3, 0, rates)
