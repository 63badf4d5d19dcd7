"""Whether the rule for strata with many persons and few sheets names the designs that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from bench.coverage.designs import Setting, random_settings
from bench.coverage.runs import markdown, spread
from stats import Interval, thin_strata
from stats.confidence import limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

METHODS: Final = (Interval.NCHS, Interval.SMOOTHED, Interval.DEFAULT)
FAILS: Final = 0.93
_DESIGNS: Final = 400
_DRAWS: Final = 1_200
_SEED: Final = 20261205
_LEVEL: Final = 0.95
_ROUNDING: Final = 1e-12


def simulate(job: tuple[Setting, int], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the coverage of each method."""
    setting, draws = job
    yes, times = np.unique(setting.draw(rng, draws), axis=1, return_counts=True)
    part, ratios = setting.part, setting.ratios(yes)
    shares = []
    for method in METHODS:
        low, high = limits(part, ratios, method, _LEVEL)
        covered = (low <= setting.rate + _ROUNDING) & (high >= setting.rate - _ROUNDING)
        shares.append(np.average(covered[0], weights=times))
    return np.array(shares)


def table(draws: int | None) -> str:
    """Count the designs that fail by each interval, and those that the rule names."""
    settings = list(random_settings(_DESIGNS, _SEED))
    jobs = [(setting, draws or _DRAWS) for setting in settings]
    covered = np.array(spread(simulate, jobs, _SEED))
    is_thin = np.array([bool(thin_strata(*_columns(setting))) for setting in settings])
    rows = [_row(str(method), covered[:, [at]], is_thin) for at, method in enumerate(METHODS)]
    rows.insert(2, _row("either", covered[:, :2], is_thin))
    header = (
        "interval",
        "designs",
        f"below {FAILS:.0%}",
        "of these named",
        "named of all",
        "least",
    )
    return markdown(header, rows)


def _row(method: str, covered: NDArray[np.float64], is_thin: NDArray[np.bool_]) -> tuple[str, ...]:
    least = covered.min(axis=1)
    fails = least < FAILS
    counts = str(len(is_thin)), str(fails.sum()), str((fails & is_thin).sum())
    return method, *counts, f"{is_thin.mean():.0%}", f"{least.min():.3f}"


def _columns(setting: Setting) -> tuple[Sequence[str], NDArray[np.int64], NDArray[np.int64]]:
    names = [str(at) for at in range(len(setting.population))]
    return names, setting.population, setting.sample
