"""Rates of many draws that are compared, and the rows of their tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from bench.coverage.designs import Setting, random_settings
from stats.comparison import reach
from stats.confidence import continuous

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from stats.arrays import Floats, Limits

LEVEL: Final = 0.95
_NO_LEVEL: Final = float(2 * scipy.special.ndtr(1e-3) - 1)
"""Of the limits that `stats.RateVector` takes for those at level 0."""
_ROUNDING: Final = 1e-12
_WITHOUT_END: Final = 1e6
HEADER: Final = (
    "measure",
    "method",
    "designs",
    "least coverage",
    "below 94 %",
    "below 90 %",
    "mean coverage",
    "mean width",
    "greatest error of type I",
)


def row(
    labels: tuple[str, ...], outcome: NDArray[np.float64], is_null: NDArray[np.bool_]
) -> list[str]:
    """Write coverage and width, shape (designs, 2), as a row of a table."""
    share, width = outcome.T
    error = f"{1 - np.nanmin(share[is_null]):.4f}" if is_null.any() else "–"
    return [
        *labels,
        str(len(share)),
        f"{np.nanmin(share):.4f}",
        str((share < 0.94).sum()),
        str((share < 0.90).sum()),
        f"{np.nanmean(share):.4f}",
        f"{np.nanmean(width):.3f}" if np.isfinite(width).any() else "–",
        error,
    ]


@dataclass(frozen=True, eq=False)
class Estimates:
    """The rates of each draw, shape (draws, J), with limits and variances; df of the sample.

    ``inner`` is the rate, and the limit at level 0 for a rate of 0 or 1; ``correlation`` has the
    shape (J, J), or (draws, J, J).
    """

    rate: Floats
    low: Floats
    high: Floats
    variance: Floats
    inner: Floats
    correlation: Floats
    df: int

    @classmethod
    def of(cls, settings: Sequence[Setting], draws: int, rng: np.random.Generator) -> Estimates:
        """Draw independent samples of each setting."""
        columns = [estimated(setting, setting.draw(rng, draws)) for setting in settings]
        df = sum(int(setting.sample.sum()) - len(setting.sample) for setting in settings)
        return cls.joined(columns, np.eye(len(settings)), df)

    @classmethod
    def joined(
        cls, columns: Sequence[tuple[Floats, ...]], correlation: Floats, df: int
    ) -> Estimates:
        """Put what `estimated` gives of several rates side by side."""
        rate, low, high, variance, inner = map(np.column_stack, zip(*columns, strict=True))
        return cls(rate, low, high, variance, inner, correlation, df)

    @property
    def common(self) -> Floats:
        """Correlation of the first two."""
        return np.asarray(self.correlation[..., 0, 1])

    def variance_of(self, slopes: Floats) -> Floats:
        """Return the variance of a sum with slopes of shape (J,) or (draws, J)."""
        sides = np.sqrt(self.variance) * slopes
        return np.asarray((sides[:, None] @ self.correlation @ sides[..., None])[:, 0, 0])

    def hybrid(self, coefficients: Floats) -> Limits:
        """Return the limits of a weighted sum from the rates' own."""
        below, above = self.rate - self.low, self.high - self.rate
        down, up = reach(coefficients, below, above, self.correlation)
        estimate = self.rate @ coefficients
        return estimate - down, estimate + up

    def wald(self, coefficients: Floats) -> Limits:
        """Return R's limits of a weighted sum."""
        half = quantile(self.df) * np.sqrt(self.variance_of(coefficients))
        estimate = self.rate @ coefficients
        return estimate - half, estimate + half


def quantile(df: int) -> float:
    """Return t."""
    return float(scipy.special.stdtrit(df, (1 + LEVEL) / 2))


def estimated(setting: Setting, samples: Floats) -> tuple[Floats, ...]:
    """Return rate, limits, variance and inner rate of each draw; samples (H, draws)."""
    yes, place = np.unique(samples, axis=1, return_inverse=True)
    ratios = setting.ratios(yes)
    low, high = continuous(setting.part, ratios, LEVEL)
    least, most = continuous(setting.part, ratios, _NO_LEVEL)
    rate = ratios.rate
    inner = np.where(rate == 0, most, np.where(rate == 1, least, rate))
    columns = rate, low, high, np.nan_to_num(ratios.variance), inner
    return tuple(column[0][place.ravel()] for column in columns)


def held(limits: Limits, truth: float) -> tuple[float, float]:
    """Return coverage and mean width, NaN if a limit is without end."""
    low, high = limits
    if not len(low) or np.isnan(truth):
        return np.nan, np.nan
    covered = (low <= truth + _ROUNDING) & (high >= truth - _ROUNDING)
    width = high - low if (high - low < _WITHOUT_END).all() else np.array(np.nan)
    return float(covered.mean()), float(np.mean(width))


def with_rate(setting: Setting, rate: float) -> Setting:
    """Change who would say yes until as many do as ``rate`` asks, to a person."""
    target = round(rate * int(setting.population.sum()))
    share = setting.positive / setting.population
    if not share.any():
        share = np.ones(len(share))
    least, most = 0.0, 1e6
    for _ in range(100):
        middle = (least + most) / 2
        is_more = np.minimum(share * middle, 1) @ setting.population > target
        least, most = (least, middle) if is_more else (middle, most)
    positive = np.floor(np.minimum(share * least, 1) * setting.population).astype(int)
    for _ in range(target - int(positive.sum())):
        positive[np.argmax(setting.population - positive)] += 1
    return replace(setting, positive=positive)


def categories(number: int, seed: int) -> Iterator[Setting]:
    """Draw post categories; a third keep one stratum of theirs, a third three at most."""
    rng = np.random.default_rng([seed, 1])
    for setting in random_settings(number, seed):
        strata = (1, 3, 40)[rng.integers(3)]
        part = Setting(setting.allocation, *(column[:strata] for column in setting.columns))
        if (part.sample < part.population).any():
            yield part
