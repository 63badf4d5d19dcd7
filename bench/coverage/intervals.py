"""Coverage and width of the intervals of a rate over several strata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bench.coverage.designs import Setting, random_settings
from bench.coverage.runs import markdown, spread
from stats import Interval
from stats.confidence import limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVELS: Final = (0.90, 0.95, 0.99)
METHODS: Final = (
    Interval.DEFAULT,
    Interval.SMOOTHED,
    Interval.NCHS,
    Interval.BETA,
    Interval.XLOGIT,
    Interval.WILSON,
    Interval.MEAN,
)
_DESIGNS: Final = 330
_DRAWS: Final = 10_000
_PEERS: Final = 5
_SEED: Final = 20261201
_ROUNDING: Final = 1e-12


def simulate(job: tuple[Setting, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return coverage and mean width, shape (levels, methods, 2): the default's by all draws."""
    setting, draws = job
    yes = setting.draw(rng, draws)
    result = np.empty((len(LEVELS), len(METHODS), 2))
    for column, method in enumerate(METHODS):
        sample = yes if method is Interval.DEFAULT else yes[:, : draws // _PEERS]
        sample, times = np.unique(sample, axis=1, return_counts=True)
        part, ratios = setting.part, setting.ratios(sample)
        for at, level in enumerate(LEVELS):
            low, high = limits(part, ratios, method, level)
            covered = (low <= setting.rate + _ROUNDING) & (high >= setting.rate - _ROUNDING)
            result[at, column] = [
                np.average(values[0], weights=times) for values in (covered, high - low)
            ]
    return result


def table(draws: int | None) -> str:
    """Simulate random designs, and give a row for each level and method."""
    settings = list(random_settings(_DESIGNS, _SEED))
    outcome = np.array(
        spread(simulate, [(setting, draws or _DRAWS) for setting in settings], _SEED)
    )
    rows = []
    for at, level in enumerate(LEVELS):
        for column, method in enumerate(METHODS):
            share, width = outcome[:, at, column].T
            rows.append(
                [
                    f"{level:.0%}",
                    str(method),
                    f"{share.min():.4f}",
                    str((share < level - 0.005).sum()),
                    str((share < level - 0.02).sum()),
                    f"{share.mean():.4f}",
                    f"{width.mean():.4f}",
                ]
            )
    header = ("level", "method", "least", "below by ½ point", "by 2 points", "mean", "mean width")
    return markdown(header, rows)
