"""Coverage of differences and ratios of two post categories."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from bench.coverage.designs import Setting, random_settings
from bench.coverage.runs import markdown, spread
from stats.comparison import ratio_limits, reach
from stats.confidence import continuous

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from stats.arrays import Floats, Limits

FLOOR: Final = 30
_PAIRS: Final = 160
_DRAWS: Final = 5_000
_SEED: Final = 20261129
_LEVEL: Final = 0.95
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, eq=False)
class Estimates:
    """The rates of each draw, shape (draws, J), with limits and variances; df of the sample."""

    rate: Floats
    low: Floats
    high: Floats
    variance: Floats
    df: int

    @classmethod
    def of(cls, settings: Sequence[Setting], draws: int, rng: np.random.Generator) -> Estimates:
        """Draw independent samples of each setting."""
        columns = [_drawn(setting, draws, rng) for setting in settings]
        df = sum(int(setting.sample.sum()) - len(setting.sample) for setting in settings)
        rate, low, high, variance = (
            np.column_stack(column) for column in zip(*columns, strict=True)
        )
        return cls(rate, low, high, variance, df)

    def hybrid(self, coefficients: Floats) -> Limits:
        """Return the limits of a weighted sum from the rates' own."""
        below, above = self.rate - self.low, self.high - self.rate
        down, up = reach(coefficients, below, above, np.eye(len(coefficients)))
        estimate = self.rate @ coefficients
        return estimate - down, estimate + up

    def wald(self, coefficients: Floats) -> Limits:
        """Return R's limits of a weighted sum."""
        half = quantile(self.df) * np.sqrt(self.variance @ coefficients**2)
        estimate = self.rate @ coefficients
        return estimate - half, estimate + half


def quantile(df: int) -> float:
    """Return t."""
    return float(scipy.special.stdtrit(df, (1 + _LEVEL) / 2))


def _drawn(setting: Setting, draws: int, rng: np.random.Generator) -> tuple[Floats, ...]:
    yes, place = np.unique(setting.draw(rng, draws), axis=1, return_inverse=True)
    ratios = setting.ratios(yes)
    low, high = continuous(setting.part, ratios, _LEVEL)
    columns = ratios.rate, low, high, np.nan_to_num(ratios.variance)
    return tuple(column[0][place.ravel()] for column in columns)


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


def pairs(number: int, seed: int) -> list[tuple[Setting, Setting, bool]]:
    """Draw pairs of post categories; those of every second have one rate."""
    settings = list(categories(3 * number, seed))
    rng = np.random.default_rng([seed, 2])
    rng.shuffle(settings)
    couples = []
    for at in range(number):
        first, second = settings[2 * at], settings[2 * at + 1]
        common = max(first.rate, second.rate)
        if at % 2:
            first, second = with_rate(first, common), with_rate(second, common)
        couples.append((first, second, bool(at % 2)))
    return couples


def simulate(
    job: tuple[tuple[Setting, Setting, bool], int], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return coverage and mean width of each row of `MEASURES`."""
    (first, second, _), draws = job
    estimates = Estimates.of((first, second), draws, rng)
    truth = first.rate, second.rate
    minus = np.array([1.0, -1.0])
    difference = truth[0] - truth[1]
    results = [
        _held(*estimates.hybrid(minus), difference),
        _held(*estimates.wald(minus), difference),
    ]
    ratio = truth[0] / truth[1] if truth[1] else np.inf
    usable = estimates.rate.any(axis=1)
    low, high = ratio_limits(estimates.rate, estimates.low, estimates.high, 0.0)
    results.append(_held(low[usable], high[usable], ratio))
    results.append(_held(*_wald_ratio(estimates), ratio))
    return np.array(results)


def _wald_ratio(estimates: Estimates) -> Limits:
    usable = (estimates.rate > 0).all(axis=1)
    rate, variance = estimates.rate[usable], estimates.variance[usable]
    ratio = rate[:, 0] / rate[:, 1]
    half = quantile(estimates.df) * ratio * np.sqrt((variance / rate**2).sum(axis=1))
    return ratio - half, ratio + half


def _held(low: Floats, high: Floats, truth: float) -> tuple[float, float]:
    if not len(low):
        return np.nan, np.nan
    covered = (low <= truth + _ROUNDING) & (high >= truth - _ROUNDING)
    width = high - low if np.isfinite(high).all() else np.array(np.nan)
    return float(covered.mean()), float(np.mean(width))


MEASURES: Final = (
    ("difference", "hybrid"),
    ("difference", "wald"),
    ("ratio", "hybrid"),
    ("ratio", "wald"),
)
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
    return [
        *labels,
        str(len(share)),
        f"{np.nanmin(share):.4f}",
        str((share < 0.94).sum()),
        str((share < 0.90).sum()),
        f"{np.nanmean(share):.4f}",
        f"{np.nanmean(width):.3f}",
        f"{1 - np.nanmin(share[is_null]):.4f}",
    ]


def table(draws: int | None) -> str:
    """Simulate random pairs, all and those of at least 30 answers each."""
    jobs = pairs(_PAIRS, _SEED)
    outcome = np.array(spread(simulate, [(job, draws or _DRAWS) for job in jobs], _SEED))
    is_null = np.array([null for *_, null in jobs])
    many = np.array(
        [min(first.sample.sum(), second.sample.sum()) >= FLOOR for first, second, _ in jobs]
    )
    rows = []
    for name, where in (("", np.ones(len(jobs), bool)), (f", {FLOOR} answers or more", many)):
        for at, (measure, method) in enumerate(MEASURES):
            rows.append(row((measure + name, method), outcome[where, at], is_null[where]))
    return markdown(HEADER, rows)
