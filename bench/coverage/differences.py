"""Coverage of differences, ratios and odds ratios, of standardised rates, and of common sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from bench.coverage import same_sheets
from bench.coverage.estimates import (
    HEADER,
    Estimates,
    categories,
    held,
    quantile,
    row,
    with_rate,
)
from bench.coverage.runs import markdown, spread
from stats.comparison import log_odds_limits, ratio_limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bench.coverage.designs import Setting
    from stats.arrays import Floats, Limits

FLOOR: Final = 30
_PAIRS: Final = 160
_SETS: Final = 100
_DRAWS: Final = 5_000
_SEED: Final = 20261129
_MINUS: Final = np.array([1.0, -1.0])
MEASURES: Final = tuple(
    (measure, method)
    for measure in ("difference", "ratio", "log odds ratio")
    for method in ("hybrid", "wald")
)


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
    return _of_two(Estimates.of((first, second), draws, rng), np.array([first.rate, second.rate]))


def _simulate_same_sheets(
    job: tuple[tuple[same_sheets.Items, bool], int], rng: np.random.Generator
) -> NDArray[np.float64]:
    (items, _), draws = job
    return _of_two(items.estimates(draws, rng), items.rates)


def _simulate_standard(
    job: tuple[tuple[Setting, ...], int], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Average over categories whose standard shares are drawn by chance."""
    settings, draws = job
    shares = rng.dirichlet(np.ones(len(settings)))
    truth = float(shares @ [setting.rate for setting in settings])
    estimates = Estimates.of(settings, draws, rng)
    return np.array([held(estimates.hybrid(shares), truth), held(estimates.wald(shares), truth)])


def _of_two(estimates: Estimates, truth: Floats) -> NDArray[np.float64]:
    first, second = truth
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = first / second
        log_odds = -np.subtract(*np.log(1 / truth - 1))
    rate, low, high = estimates.rate, estimates.low, estimates.high
    has_ratio = rate.any(axis=1)
    has_odds = has_ratio & (rate < 1).any(axis=1)
    ratios = ratio_limits(rate, low, high, estimates.common)
    logits = log_odds_limits(estimates.inner, low, high, estimates.common)
    return np.array(
        [
            held(estimates.hybrid(_MINUS), first - second),
            held(estimates.wald(_MINUS), first - second),
            held((ratios[0][has_ratio], ratios[1][has_ratio]), ratio),
            held(_wald_ratio(estimates), ratio),
            held((logits[0][has_odds], logits[1][has_odds]), log_odds),
            held(_wald_log_odds(estimates), log_odds),
        ]
    )


def _wald_ratio(estimates: Estimates) -> Limits:
    usable = np.all(estimates.rate > 0, axis=1)
    rate = np.where(usable[:, None], estimates.rate, 1)
    ratio = rate[:, 0] / rate[:, 1]
    half = quantile(estimates.df) * ratio * np.sqrt(estimates.variance_of(_MINUS / rate))
    return (ratio - half)[usable], (ratio + half)[usable]


def _wald_log_odds(estimates: Estimates) -> Limits:
    usable = np.all((estimates.rate > 0) & (estimates.rate < 1), axis=1)
    rate = np.where(usable[:, None], estimates.rate, 0.5)
    logit = scipy.special.logit(rate) @ _MINUS
    slopes = _MINUS / (rate * (1 - rate))
    half = quantile(estimates.df) * np.sqrt(estimates.variance_of(slopes))
    return (logit - half)[usable], (logit + half)[usable]


def table(draws: int | None) -> str:
    """Simulate random pairs, all and those of at least 30 answers each, and the others."""
    several = draws or _DRAWS
    jobs = pairs(_PAIRS, _SEED)
    outcome = np.array(spread(simulate, [(job, several) for job in jobs], _SEED))
    is_null = np.array([null for *_, null in jobs])
    many = np.array(
        [min(first.sample.sum(), second.sample.sum()) >= FLOOR for first, second, _ in jobs]
    )
    rows = _rows("", outcome, is_null)
    rows += _rows(f", {FLOOR} answers or more", outcome[many], is_null[many])
    items = same_sheets.items(_SETS, _SEED)
    outcome = np.array(spread(_simulate_same_sheets, [(job, several) for job in items], _SEED))
    rows += _rows(", items of the same sheets", outcome, np.array([null for _, null in items]))
    return markdown(HEADER, [*rows, *_standard_rows(several)])


def _rows(name: str, outcome: NDArray[np.float64], is_null: NDArray[np.bool_]) -> list[list[str]]:
    return [
        row((measure + name, method), outcome[:, at], is_null)
        for at, (measure, method) in enumerate(MEASURES)
    ]


def _standard_rows(draws: int) -> list[list[str]]:
    settings = list(categories(5 * _SETS, _SEED))
    jobs = [(tuple(settings[3 * at : 3 * at + 3]), draws) for at in range(_SETS)]
    outcome = np.array(spread(_simulate_standard, jobs, _SEED))
    null = np.zeros(len(jobs), bool)
    return [
        row(("standardised rate, three categories", method), outcome[:, at], null)
        for at, method in enumerate(("hybrid", "wald"))
    ]
