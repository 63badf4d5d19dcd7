"""Coverage of mean numbers: how often, most persons never, some of them very often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.coverage.designs import Setting, random_settings
from bench.coverage.runs import markdown, spread
from stats import Among, Design, MeanInterval, means
from stats.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stats.arrays import Floats, Integers

TAILS: Final = ("Poisson", "geometric", "log-normal", "power law", "once or twice")
METHODS: Final = (
    ("bounded by the greatest there is", MeanInterval.BOUNDED, 1),
    ("bounded by three times that", MeanInterval.BOUNDED, 3),
    ("t (R)", MeanInterval.MEAN, 1),
)
_CAP: Final = 150
_FEWEST: Final = 3
"""Sampled persons with contact that a design gives on average, at the least."""
_DESIGNS: Final = 60
_DRAWS: Final = 400
_BLOCK: Final = 100
"""Draws that are estimated together, each a domain of the design's strata."""
_SEED: Final = 72


@dataclass(frozen=True, eq=False)
class Numbers:
    """The numbers of all persons of a design."""

    setting: Setting
    numbers: Integers
    persons: Integers
    """(H, K): who has each of them."""
    draws: int

    def truth(self, among: Among) -> float:
        """Return the mean of the population."""
        persons = self.persons.sum(axis=0)
        admitted = persons * (self.numbers > 0) if among is Among.CONTACTS else persons
        return float(self.numbers @ admitted / admitted.sum())


def populations(designs: int, draws: int, seed: int = _SEED) -> Iterator[Numbers]:
    """Draw who has contact as for the table of intervals, and how often from one of five tails."""
    settings = [
        setting
        for setting in random_settings(2 * designs, seed)
        if setting.sample @ (setting.positive / setting.population) >= _FEWEST
    ][:designs]
    for at, setting in enumerate(settings):
        rng = np.random.default_rng([seed, at])
        often = [_often(rng, at % len(TAILS), positive) for positive in setting.positive]
        numbers = np.unique(np.concatenate([[0], *often]))
        persons = np.array([(column[:, None] == numbers).sum(axis=0) for column in often])
        persons[:, 0] = setting.population - setting.positive
        yield Numbers(setting, numbers, persons, draws)


def _often(rng: np.random.Generator, tail: int, persons: int) -> Integers:
    powers = np.arange(1, 101) ** -rng.uniform(1.5, 2.5)
    often = (
        1 + rng.poisson(rng.uniform(0.2, 3), persons),
        rng.geometric(1 / rng.uniform(1.5, 8), persons),
        np.ceil(rng.lognormal(rng.uniform(0, 1.5), rng.uniform(0.5, 1.2), persons)),
        rng.choice(np.arange(1, 101), persons, p=powers / powers.sum()),
        rng.integers(1, 3, persons),
    )[tail]
    return np.minimum(often, _CAP).astype(int)


def simulate(frame: Numbers, rng: np.random.Generator) -> Floats:
    """Return share of samples that hold the mean, and median width over it: (among, method, 2)."""
    blocks = [_limits(frame, rng) for _ in range(frame.draws // _BLOCK)]
    low, high = np.moveaxis(np.concatenate(blocks, axis=2), -1, 0)
    truth = np.array([frame.truth(among) for among in Among])[:, None, None]
    # Without anyone who had contact there is no mean among these, and nothing that is missed.
    inside = np.isnan(low) | ((low <= truth + 1e-9) & (truth <= high + 1e-9))
    return np.stack([inside.mean(axis=2), np.nanmedian((high - low) / truth, axis=2)], axis=2)


def _limits(frame: Numbers, rng: np.random.Generator) -> Floats:
    """Draw a block of samples as domains of one design: (among, method, draws, 2)."""
    setting = frame.setting
    sheets = np.concatenate(
        [
            rng.multivariate_hypergeometric(persons, size, _BLOCK, method="marginals")
            for persons, size in zip(frame.persons, setting.sample, strict=True)
        ]
    )
    strata = len(setting.sample)
    design = Design(
        [str(at) for at in range(strata * _BLOCK)],
        np.repeat(setting.population, _BLOCK),
        np.repeat(setting.sample, _BLOCK),
        groups={"draw": [str(at) for at in range(_BLOCK)] * strata},
    )
    values = Values(frame.numbers.astype(float), sheets, np.zeros(len(sheets), np.int64))
    return np.array(
        [
            [
                _ends(design, values, among, method, factor * float(frame.numbers[-1]))
                for _, method, factor in METHODS
            ]
            for among in Among
        ]
    )


def _ends(
    design: Design, values: Values, among: Among, method: MeanInterval, largest: float
) -> Floats:
    estimates = means(design, values, by="draw", among=among, largest=largest, interval=method)
    return np.array([(mean.low, mean.high) for mean in estimates], float)


def table(draws: int | None) -> str:
    """Simulate random designs, and give a row for whom the mean is among, and each interval."""
    jobs = list(populations(_DESIGNS, draws or _DRAWS))
    outcome = np.array(spread(simulate, jobs, _SEED))
    rows = []
    for group, among in enumerate(Among):
        for at, (name, *_) in enumerate(METHODS):
            share, width = outcome[:, group, at].T
            rows.append(
                [
                    str(among),
                    name,
                    f"{share.min():.3f}",
                    str((share < 0.945).sum()),
                    str((share < 0.93).sum()),
                    f"{share.mean():.3f}",
                    f"{np.median(width):.2f}",
                ]
            )
    header = (
        "among",
        "interval",
        "least coverage",
        "below 94.5 %",
        "below 93 %",
        "mean",
        "median width over the mean",
    )
    return markdown(header, rows)
