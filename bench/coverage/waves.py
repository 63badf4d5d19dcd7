"""Coverage of the change between two waves, and of the trend over three."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.coverage.estimates import HEADER, Estimates, categories, row, with_rate
from bench.coverage.runs import markdown, spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.coverage.designs import Setting

_FRAMES: Final = 100
_DRAWS: Final = 5_000
_SEED: Final = 20261130
_ROUNDING: Final = 1e-12
_CHANGE: Final = np.array([0.0, -1.0, 1.0])
_SLOPE: Final = np.array([-0.5, 0.0, 0.5])
_UNEVEN: Final = np.array([-3.0, -1.0, 4.0]) / 13
"""The slope of waves after 0, 1 and 3½ years, in units of half a year's."""
MEASURES: Final = (("change", _CHANGE), ("trend", _SLOPE), ("trend, uneven times", _UNEVEN))


def frames(number: int, seed: int) -> list[tuple[tuple[Setting, ...], bool]]:
    """Draw frames with three waves; every second frame's rate stays what it is."""
    rng = np.random.default_rng([seed, 3])
    series = []
    for at, setting in enumerate(list(categories(2 * number, seed))[:number]):
        waves = [setting]
        for _ in range(2):
            fraction = np.exp(rng.uniform(np.log(0.5), np.log(1.5), len(setting.sample)))
            least = np.minimum(setting.sample, 2)
            sample = np.clip(np.rint(setting.sample * fraction), least, setting.population)
            rate = setting.rate if at % 2 else min(setting.rate * rng.uniform(0.3, 1.5), 0.9)
            waves.append(with_rate(replace(setting, sample=sample.astype(int)), rate))
        waves[0] = with_rate(setting, setting.rate)
        series.append((tuple(waves), bool(at % 2)))
    return series


def simulate(
    job: tuple[tuple[tuple[Setting, ...], bool], int], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return coverage and mean width, shape (measures, methods, 2)."""
    (waves, _), draws = job
    estimates = Estimates.of(waves, draws, rng)
    truth = np.array([wave.rate for wave in waves])
    result = np.empty((len(MEASURES), 2, 2))
    for at, (_, coefficients) in enumerate(MEASURES):
        of_both = estimates.hybrid(coefficients), estimates.wald(coefficients)
        for column, (low, high) in enumerate(of_both):
            value = coefficients @ truth
            covered = (low <= value + _ROUNDING) & (high >= value - _ROUNDING)
            result[at, column] = covered.mean(), (high - low).mean()
    return result


def table(draws: int | None) -> str:
    """Simulate random frames, without a floor of answers."""
    jobs = frames(_FRAMES, _SEED)
    outcome = np.array(spread(simulate, [(job, draws or _DRAWS) for job in jobs], _SEED))
    is_null = np.array([null for _, null in jobs])
    rows = [
        row((measure, method), outcome[:, at, column], is_null)
        for at, (measure, _) in enumerate(MEASURES)
        for column, method in enumerate(("hybrid", "wald"))
    ]
    return markdown(HEADER, rows)
