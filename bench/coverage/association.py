"""Type I error of the tests that a rate does not depend on the post category."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.coverage.estimates import categories, with_rate
from bench.coverage.runs import markdown, spread
from stats import Design, RateVector, homogeneity, rao_scott
from stats.confidence import continuous

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench.coverage.designs import Setting
    from stats.arrays import Floats, Limits
    from stats.linearisation import Ratio

_DESIGNS: Final = 40
_DRAWS: Final = 500
_SEED: Final = 20261131
_SIGNIFICANT: Final = 0.05


def designs(number: int, seed: int) -> list[list[Setting]]:
    """Draw two to eight post categories of one rate."""
    rng = np.random.default_rng([seed, 4])
    settings = list(categories(12 * number, seed))
    rng.shuffle(settings)
    groups = []
    for _ in range(number):
        group = [settings.pop() for _ in range(rng.integers(2, 9))]
        common = float(np.mean([setting.rate for setting in group]))
        groups.append([with_rate(setting, common) for setting in group])
    return groups


def simulate(job: tuple[list[Setting], int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the share of samples in which each test finds a dependence, NaN where it cannot."""
    settings, draws = job
    yes = [setting.draw(rng, draws) for setting in settings]
    return np.array([_hybrid(settings, yes), _rao_scott(settings, yes)])


def _hybrid(settings: list[Setting], yes: list[Floats]) -> float:
    labels = tuple(str(at) for at in range(len(settings)))
    by_level: dict[float, Limits] = {}
    columns = [_unique(setting, sheets) for setting, sheets in zip(settings, yes, strict=True)]
    rate = np.stack([ratios.rate[0][place] for ratios, place in columns])

    def limits_at(level: float) -> Limits:
        if level not in by_level:
            sides = [
                continuous(setting.part, ratios, level)
                for setting, (ratios, _) in zip(settings, columns, strict=True)
            ]
            places = [place for _, place in columns]
            low, high = (
                np.stack([side[of][0][place] for side, place in zip(sides, places, strict=True)])
                for of in (0, 1)
            )
            by_level[level] = low, high
        return by_level[level]

    nothing = np.zeros((len(labels), len(labels)))
    significant = []
    for draw in range(rate.shape[1]):
        one_draw = partial(_of_draw, limits_at, draw)
        vector = RateVector(labels, rate[:, draw], nothing, 1, 0.95, one_draw)
        significant.append(homogeneity(vector).p < _SIGNIFICANT)
    return float(np.mean(significant))


def _of_draw(limits_at: Callable[[float], Limits], draw: int, level: float) -> Limits:
    low, high = limits_at(level)
    return low[:, draw], high[:, draw]


def _unique(setting: Setting, yes: Floats) -> tuple[Ratio, NDArray[np.int64]]:
    columns, place = np.unique(yes, axis=1, return_inverse=True)
    return setting.ratios(columns), place.ravel()


def _rao_scott(settings: list[Setting], yes: list[Floats]) -> float:
    population, sample = (
        np.concatenate([setting.columns[at] for setting in settings]) for at in (0, 1)
    )
    design = Design([str(at) for at in range(len(sample))], population, sample)
    ends = np.cumsum([len(setting.sample) for setting in settings])
    stacked = np.concatenate(yes)
    significant = []
    for draw in range(stacked.shape[1]):
        cells = np.zeros((len(sample), 2, len(settings)))
        for at, end in enumerate(ends):
            rows = slice(end - len(settings[at].sample), end)
            cells[rows, 0, at] = stacked[rows, draw]
            cells[rows, 1, at] = sample[rows] - stacked[rows, draw]
        try:
            significant.append(rao_scott(design, cells).p < _SIGNIFICANT)
        except ValueError:
            significant.append(False)
    return float(np.mean(significant))


def table(draws: int | None) -> str:
    """Simulate designs in which all post categories have one rate."""
    jobs = designs(_DESIGNS, _SEED)
    outcome = np.array(spread(simulate, [(job, draws or _DRAWS) for job in jobs], _SEED))
    rows = [
        [
            name,
            f"{share.max():.4f}",
            str((share > 0.055).sum()),
            str((share > 0.10).sum()),
            f"{share.mean():.4f}",
        ]
        for name, share in zip(("homogeneity", "Rao–Scott"), outcome.T, strict=True)
    ]
    return markdown(("test", "greatest", "above 5.5 %", "above 10 %", "mean"), rows)
