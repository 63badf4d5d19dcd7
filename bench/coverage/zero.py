"""What the upper limit is worth when no one says yes: the populations that hide best."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.coverage.designs import Setting, random_settings
from bench.coverage.runs import markdown, spread
from stats import Interval
from stats.confidence import limits
from stats.intervals import clopper_pearson

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stats.linearisation import Ratio

LEVELS: Final = (0.90, 0.95, 0.99)
METHODS: Final = (Interval.DEFAULT, Interval.SMOOTHED, Interval.NCHS)
_SEED: Final = 20261130


def simulate(setting: Setting, _: np.random.Generator) -> NDArray[np.float64]:
    """Return the greatest chance of no yes above the limit, shape (levels, methods)."""
    no_yes = setting.ratios(np.zeros((len(setting.sample), 1)))
    return np.array(
        [
            [
                greatest_chance(setting, upper_limit(setting, no_yes, method, level))
                for method in METHODS
            ]
            for level in LEVELS
        ]
    )


def upper_limit(setting: Setting, no_yes: Ratio, method: Interval, level: float) -> float:
    """Return the limit when no one says yes; NCHS's takes all answers for a simple sample."""
    if method is Interval.NCHS:
        return float(clopper_pearson(no_yes.rate, no_yes.answers, level)[1][0, 0])
    return float(limits(setting.part, no_yes, method, level)[1][0, 0])


def greatest_chance(setting: Setting, rate: float) -> float:
    """Return the greatest chance of no yes of all populations whose rate is above ``rate``.

    Each person more who would say yes is put where he is most likely to be missed; the chance
    falls ever faster within a stratum, so that this is the greatest.
    """
    population, sample = setting.population.astype(float), setting.sample
    persons = int(np.floor(rate * population.sum() * (1 + 1e-12))) + 1
    queue = [(-_missed(population[at], sample[at]), at) for at in range(len(sample))]
    heapq.heapify(queue)
    logarithm = 0.0
    for _ in range(persons):
        chance, at = queue[0]
        if chance == 0:
            return 0.0
        logarithm += np.log(-chance)
        population[at] -= 1
        heapq.heapreplace(queue, (-_missed(population[at], sample[at]), at))
    return float(np.exp(logarithm))


def _missed(persons: float, sheets: int) -> float:
    return max(persons - sheets, 0) / max(persons, 1)


def table(draws: int | None) -> str:
    """Give a row for each level and method; nothing is drawn but the designs."""
    designs = random_settings(320 if draws is None else draws, _SEED)
    settings = [setting for setting in designs if setting.sample.min() >= 10][:200]
    outcome = np.array(spread(simulate, settings, _SEED))
    rows = []
    for at, level in enumerate(LEVELS):
        for column, method in enumerate(METHODS):
            chance = outcome[:, at, column]
            values = (np.median(chance), np.quantile(chance, 0.95), chance.max())
            above = (chance > 1 - level).mean()
            rows.append(
                [f"{level:.0%}", str(method), *(f"{value:.1%}" for value in values), f"{above:.0%}"]
            )
    return markdown(("level", "method", "median", "95 of 100", "greatest", "above 1 − level"), rows)
