"""Rates under weights: every variance is that of a stratified sample of residuals."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stats.arrays import Floats, Integers
from stats.intervals import METHODS, Estimates, Interval, clopper_pearson, nchs
from stats.weights import Residuals, WeightingError, Weights

_Variance = Callable[[Floats], float]


class NoVarianceError(WeightingError):
    """So few sheets that the estimate of a variance is negative: no error can be given."""


@dataclass(frozen=True)
class WeightedRate:
    """A rate under weights; ``n`` answers, ``population`` and ``total`` persons they stand for.

    ``low`` and ``high`` are the limits of the interval asked for.
    ``deff`` is against simple random sampling without replacement, ``deff_wr`` with; None where
    the simple random sample has no variance.
    """

    n: int
    population: float
    rate: float
    se: float
    low: float
    high: float
    df: int
    deff: float | None
    deff_wr: float | None
    total: float
    total_se: float


def weighted_rate(
    weights: Weights,
    yes: ArrayLike,
    no: ArrayLike,
    *,
    interval: Interval = Interval.NCHS,
    level: float = 0.95,
    fpc: bool = True,
    residuals: Residuals = Residuals.DESIGN,
) -> WeightedRate:
    """Estimate a rate under weights, with linearised variance.

    Parameters
    ----------
    weights : Weights
        From `rake`, or known.
    yes, no : array_like of int, shape (C,)
        Answers in each cell; sheets beyond them did not answer the item, or lie outside the
        domain that is to be described.
    interval, level : Interval, float
        Method and confidence of the interval; methods that need the strata's own rates (exact,
        smoothed) give way to NCHS's.
    fpc : bool
        Whether the finite population correction applies.
    residuals : Residuals

    Returns
    -------
    WeightedRate
        Its variance is that of a stratified sample of the values ``w (z - B x) / N``, with z the
        linearised ratio and B its regression on the indicators x of all margins.

    Raises
    ------
    WeightingError
        More answers than sheets in a cell, or none at all.

    References
    ----------
    .. [1] J.-C. Deville and C.-E. Särndal, "Calibration estimators in survey sampling", *J. Am.
       Stat. Assoc.* 87 (1992), 376-382.
    .. [2] C.-E. Särndal, B. Swensson and J. Wretman, *Model Assisted Survey Sampling*, Springer,
       1992, sec. 7.6.
    """
    cells = weights.cells
    answers = Answers.of(cells.sheets, yes, no)
    confidence = Confidence(Interval(interval), level)
    fitted = {Residuals.DESIGN: _regressed, Residuals.EQUAL: _swept}[Residuals(residuals)]
    fraction = cells.answered / cells.population if fpc else np.zeros_like(cells.population)

    def variance(values: Floats) -> float:
        residual = values - fitted(weights, answers.mean(values))
        return stratified(
            cells.stratum, answers, weights.weight * residual, cells.answered, fraction
        )

    return estimate(weights.weight, answers, cells.stratum, variance, confidence)


@dataclass(frozen=True)
class Answers:
    """Counts of yes, no and no answer, shape (3, C); values of a sheet stand in the same shape."""

    counts: Floats

    @classmethod
    def of(cls, sheets: Floats, yes: ArrayLike, no: ArrayLike) -> "Answers":
        """Refuse more answers than sheets, and an item that has none."""
        said = np.stack([np.asarray(yes, dtype=np.float64), np.asarray(no, dtype=np.float64)])
        counts = np.vstack([said, sheets - said.sum(axis=0)])
        if np.any(counts < 0):
            raise WeightingError("A cell has more answers than sheets.")
        if not said.any():
            raise WeightingError("No sheet answers this item.")
        return cls(counts)

    def sums(self, values: Floats) -> Floats:
        """Sum values of shape (3, C) over the sheets of each cell."""
        return np.asarray((self.counts * values).sum(axis=0), dtype=np.float64)

    def mean(self, values: Floats) -> Floats:
        """Average values of shape (3, C) over the sheets of each cell."""
        sheets: Floats = np.maximum(self.counts.sum(axis=0), 1)
        return self.sums(values) / sheets


@dataclass(frozen=True)
class Confidence:
    """The interval asked for; the NCHS one where the method needs strata of its own."""

    interval: Interval
    level: float

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise WeightingError(
                "The level must lie between 0 and 1, not at %(level)g.", level=self.level
            )

    def limits(self, of: Estimates, population: float) -> tuple[float, float]:
        """Bound a rate among so many persons."""
        rate = float(of.rate[0])
        plain = rate in {0, 1}
        if of.size[0] == population or (not plain and of.variance[0] == 0):
            return rate, rate
        method = METHODS.get(self.interval, nchs)
        ends = clopper_pearson(of.rate, of.size, self.level) if plain else method(of, self.level)
        low, high = np.clip(np.ravel(ends), 0, 1)
        return float(low), float(high)


def estimate(
    weight: Floats,
    answers: Answers,
    stratum: Integers,
    variance: _Variance,
    confidence: Confidence,
) -> WeightedRate:
    """Estimate a rate whose linearised values have the ``variance``."""
    yes, no, _ = answers.counts * weight
    population = float((yes + no).sum())
    total = float(yes.sum())
    rate = total / population
    ones = np.ones_like(weight)
    n = int(answers.counts[:2].sum())
    strata = np.unique(stratum[answers.counts[:2].sum(axis=0) > 0]).size
    centred = np.stack([(1 - rate) * ones, -rate * ones, 0 * ones])
    of_rate = variance(centred / population)
    of_total = variance(np.stack([ones, 0 * ones, 0 * ones]))
    if of_rate < 0:
        if of_rate < -1e-12:
            raise NoVarianceError("The sheets are too few to estimate the rate's variance.")
        of_rate = 0.0
    simple = rate * (1 - rate) / max(n - 1, 1)
    correction = 1 - n / population
    df = max(n - strata, 1)
    of = Estimates(*(np.array([float(each)]) for each in (rate, of_rate, n, df)))
    low, high = confidence.limits(of, population)
    return WeightedRate(
        n=n,
        population=population,
        rate=rate,
        se=float(np.sqrt(of_rate)),
        low=low,
        high=high,
        df=n - strata,
        deff=of_rate / (simple * correction) if simple * correction > 0 else None,
        deff_wr=of_rate / simple if simple > 0 else None,
        total=total,
        total_se=float(np.sqrt(max(of_total, 0.0))),
    )


def _regressed(weights: Weights, means: Floats) -> Floats:
    """Regress cell means on the indicators of all margins, sheets weighted by base weights."""
    if not weights.margins:
        return np.zeros_like(means)
    indicators = np.hstack([np.eye(int(index.max()) + 1)[index] for index in weights.margins])
    root = np.sqrt(weights.cells.base_weight * weights.cells.sheets)
    slope = np.linalg.lstsq(indicators * root[:, None], means * root, rcond=None)[0]
    return np.asarray(indicators @ slope, dtype=np.float64)


def _swept(weights: Weights, means: Floats) -> Floats:
    """Take out the means of one margin after the other, ten times over."""
    left, sheets = means.copy(), weights.cells.sheets
    for index in weights.margins * 10:
        left -= (np.bincount(index, left * sheets) / np.bincount(index, sheets))[index]
    return means - left


def stratified(
    group: Integers, answers: Answers, values: Floats, sizes: Floats, fraction: Floats
) -> float:
    """Sum (1 - f) n s^2 over groups sampled without replacement."""
    sums = np.bincount(group, answers.sums(values), len(sizes))
    squares = np.bincount(group, answers.sums(values**2), len(sizes))
    spread = np.maximum(squares - sums**2 / sizes, 0)
    return float(((1 - fraction) * sizes / np.maximum(sizes - 1, 1)) @ spread)
