"""Coverage of list experiments in stratified samples of finite populations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.coverage.runs import markdown, spread
from stats import list_experiment

if TYPE_CHECKING:
    from stats.arrays import Floats, Integers

LEAST: Final = (2, 5, 20)
"""Persons asked each list in every stratum, at the least, by kind of design."""
_DESIGNS: Final = 60
_DRAWS: Final = 4000
_SEED: Final = 65


@dataclass(frozen=True, eq=False)
class Lists:
    """Strata with what would be answered to each list, and how many are asked each.

    Attributes
    ----------
    short, long : tuple of ndarray, shape (N,)
        Items that hold for each person of a stratum.
    sizes : ndarray, shape (H, 2)
        Persons asked the short list, and the long one.
    """

    short: tuple[Integers, ...]
    long: tuple[Integers, ...]
    sizes: Integers
    items: int
    draws: int

    @property
    def truth(self) -> float:
        """The rate of the sensitive item."""
        short, long = np.concatenate(self.short), np.concatenate(self.long)
        return float((long - short).mean())


def lists(at: int, draws: int, seed: int = _SEED) -> Lists:
    """Draw 1 to 12 strata of 12 to 3,000 persons, 3 to 5 other items and rates of 0 to 40 %."""
    rng = np.random.default_rng([seed, at])
    strata, items, least = int(rng.integers(1, 13)), int(rng.integers(3, 6)), LEAST[at % 3]
    persons = np.rint(np.exp(rng.uniform(np.log(3 * least + 6), np.log(3000), strata))).astype(int)
    asked_each = np.maximum(persons * np.exp(rng.uniform(np.log(0.01), np.log(0.5), strata)), least)
    sizes = np.minimum(np.rint(asked_each).astype(int), persons // 2)[:, None].repeat(2, axis=1)
    chances, rates = (
        rng.uniform(0.02, 0.9, items),
        rng.uniform(0, 0.4, strata) ** rng.integers(1, 4),
    )
    # In half of the designs more of the others hold for those for whom the sensitive one does.
    alike = rng.integers(2)
    short, long = [], []
    for number, rate in zip(persons, rates, strict=True):
        sensitive = rng.random(number) < rate
        chance = np.clip(chances + 0.2 * alike * sensitive[:, None], 0, 1)
        short.append((rng.random((number, items)) < chance).sum(axis=1))
        long.append(short[-1] + sensitive)
    return Lists(tuple(short), tuple(long), sizes, items, draws)


def simulate(frame: Lists, rng: np.random.Generator) -> Floats:
    """Return the share of samples that hold the rate, the mean width, and that of the estimate."""
    limits = np.array([_limits(frame, rng) for _ in range(frame.draws)])
    inside = (limits[:, 0] <= frame.truth + 1e-12) & (frame.truth <= limits[:, 1] + 1e-12)
    return np.array([inside.mean(), (limits[:, 1] - limits[:, 0]).mean()])


def _limits(frame: Lists, rng: np.random.Generator) -> tuple[float, float]:
    control, treatment = [], []
    for short, long, (few, further) in zip(frame.short, frame.long, frame.sizes, strict=True):
        persons = rng.choice(len(short), few + further, replace=False)
        control.append(np.bincount(short[persons[:few]], minlength=frame.items + 1))
        treatment.append(np.bincount(long[persons[few:]], minlength=frame.items + 2))
    estimate = list_experiment(control, treatment, [len(short) for short in frame.short])
    return estimate.low, estimate.high


def table(draws: int | None) -> str:
    """Simulate random designs, and give a row for each number of persons asked at the least."""
    jobs = [lists(at, draws or _DRAWS) for at in range(_DESIGNS)]
    outcome = np.array(spread(simulate, jobs, _SEED))
    rows = []
    for at, least in enumerate(LEAST):
        share, width = outcome[at :: len(LEAST)].T
        rows.append(
            [
                f"from {least}",
                f"{share.min():.3f}",
                str((share < 0.945).sum()),
                str((share < 0.93).sum()),
                f"{share.mean():.3f}",
                f"{width.mean():.3f}",
            ]
        )
    header = (
        "asked each list",
        "least coverage",
        "below 94.5 %",
        "below 93 %",
        "mean",
        "mean width",
    )
    return markdown(header, rows)
