"""Rates under weights for nonresponse, with linearised variances."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from stats.cells import CellAnswers, WeightingError
from stats.intervals import METHODS, Estimates, Interval, clopper_pearson, nchs
from stats.presentation import Presentation, presentation
from stats.rates import ALL, Rate
from stats.tallies import Denominator, Tally
from stats.weights import Residuals, Weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import ArrayLike

    from stats.arrays import Floats
    from stats.cells import Cells
    from stats.counting import Counts
    from stats.weighting_classes import ClassWeights

    Variance = Callable[[Floats], float]


class NoVarianceError(WeightingError):
    """So few sheets that the estimate of a variance is negative: no error can be given."""


@dataclass(frozen=True)
class WeightedRate:
    """A rate of one item under weights.

    Attributes
    ----------
    n : int
        Sheets with yes or no.
    population : float
        Persons for whom these stand.
    rate, se : float
    low, high : float
        Limits of the interval.
    interval : Interval
        The method used: NCHS's where the one asked for needs the strata's own rates, or has
        nothing to work with.
    df : int
        Answers less strata with answers.
    deff, deff_wr : float or None
        Design effect against simple random sampling without and with replacement; None where the
        simple random sample has no variance.
    total, total_se : float
        Persons for whom the yes stand, and the standard error.
    """

    n: int
    population: float
    rate: float
    se: float
    low: float
    high: float
    interval: Interval
    df: int
    deff: float | None
    deff_wr: float | None
    total: float
    total_se: float


def weighted_rate(
    weights: Weights | ClassWeights,
    yes: ArrayLike,
    no: ArrayLike,
    *,
    interval: Interval = Interval.NCHS,
    level: float = 0.95,
    fpc: bool = True,
    residuals: Residuals = Residuals.DESIGN,
) -> WeightedRate:
    """Estimate one rate under weights.

    Parameters
    ----------
    weights : Weights or ClassWeights
        Of C cells.
    yes, no : array_like of int, shape (C,)
        Answers in each cell; sheets beyond them did not answer the item, or lie outside the
        domain that is to be described.
    interval : Interval
        Methods that need the strata's own rates give way to NCHS's.
    level : float
        Of confidence.
    fpc : bool
        Whether the finite population correction applies; weighting classes always have it.
    residuals : Residuals
        Of raked weights.

    Returns
    -------
    WeightedRate
        Under raked weights its variance is that of a stratified sample of the values
        ``w (z - B x) / N``, with z the linearised ratio and B its regression on the indicators x
        of all margins; under weighting classes the sum over both phases.

    Raises
    ------
    NoVarianceError
        Too few sheets for an estimate of the variance.
    WeightingError
        More answers than sheets in a cell, or none at all, or the level is not between 0 and 1.
    ValueError
        Weighting classes without the finite population correction.

    References
    ----------
    .. [1] J.-C. Deville and C.-E. Särndal, "Calibration estimators in survey sampling", *J. Am.
       Stat. Assoc.* 87 (1992), 376-382.
    .. [2] C.-E. Särndal, B. Swensson and J. Wretman, *Model Assisted Survey Sampling*, Springer,
       1992, sec. 7.6.

    Examples
    --------
    >>> cells = Cells.of({"city": 1000}, ["city"] * 2, {"age": ["young", "old"]}, [20, 40])
    >>> raked = rake(cells, {"age": {"young": 500, "old": 500}})
    >>> estimate = weighted_rate(raked, yes=[8, 4], no=[12, 36])
    >>> round(estimate.rate, 3), round(estimate.se, 4)
    (0.25, 0.0584)
    """
    if not 0 < level < 1:
        raise WeightingError("The level must lie between 0 and 1, not at %(level)g.", level=level)
    answers = CellAnswers.of(weights.cells, yes, no)
    variance = _variance(weights, answers, fpc=fpc, residuals=residuals)
    return _estimate(weights, answers, variance, Interval(interval), level)


def weighted_rates(
    weights: Weights | ClassWeights,
    counts: Counts,
    *,
    by: str | None = None,
    items: Sequence[str] | None = None,
    any_contact: bool = True,
    denominator: Denominator = Denominator.VALID,
    interval: Interval = Interval.NCHS,
    level: float = 0.95,
    fpc: bool = True,
) -> tuple[Rate, ...]:
    """Estimate the rate of each item, and of any contact, in each domain, under weights.

    Parameters
    ----------
    weights : Weights or ClassWeights
        Of C cells.
    counts : Counts
        Of the same cells, in the place of strata.
    by : str, optional
        ``"stratum"`` or another variable of the cells; without it, one domain of all.
    items, any_contact, denominator, interval, level, fpc
        As for ``rates``; methods of the interval that need the strata's own rates give
        way to NCHS's.

    Returns
    -------
    tuple of Rate
        Domain by domain in the order of first appearance, item by item. ``population`` is that of
        the sheets that determine the item. Without answers, or with too few sheets for
        an estimate of the variance, the rate and all that depends on it are None.

    Raises
    ------
    WeightingError
        The cells have no variable ``by``, or fewer sheets than were counted.
    ValueError
        An item was not counted, any contact is asked for among answers, the counts are of other
        cells, or weighting classes are used without the finite population correction.

    Examples
    --------
    >>> cells = Cells.of({"city": 1000}, ["city"] * 2, {"age": ["young", "old"]}, [20, 40])
    >>> raked = rake(cells, {"age": {"young": 500, "old": 500}})
    >>> sheets = np.repeat([0, 1], [20, 40])
    >>> answers = np.array([1] * 8 + [0] * 12 + [1] * 4 + [0] * 36)[:, None]
    >>> counts = count(sheets, answers, ["gift"], strata=2)
    >>> for rate in weighted_rates(raked, counts, by="age", any_contact=False):
    ...     print(rate.domain, round(rate.rate, 3), round(rate.total))
    young 0.4 200
    old 0.1 50
    """
    tally = Tally.of(counts, items, denominator, any_contact=any_contact)
    estimate = _Estimator(weights, Interval(interval), level, fpc)
    return tuple(
        rate
        for domain, within in domains(weights, tally, by)
        for rate in estimate.rates(domain, within)
    )


def domains(
    weights: Weights | ClassWeights, tally: Tally, by: str | None
) -> Iterator[tuple[str, Tally]]:
    """Give each domain's label and its part of the ``tally``, in the order of first appearance.

    Raises
    ------
    WeightingError
        The cells have no variable ``by``.
    ValueError
        The tally is of other cells.
    """
    if len(tally.sheets) != len(weights.cells.stratum):
        raise ValueError("weights and counts are of different cells")
    labels = (ALL,) * len(tally.sheets) if by is None else weights.cells.labels(by)
    for domain in dict.fromkeys(labels):
        yield domain, tally.within([label == domain for label in labels])


def attempt(
    weights: Weights | ClassWeights,
    yes: Floats,
    no: Floats,
    *,
    interval: Interval = Interval.NCHS,
    level: float = 0.95,
    fpc: bool,
) -> WeightedRate | None:
    """Estimate one rate; None without answers, or with too few for an estimate of the variance."""
    if not (yes + no).any():
        return None
    try:
        return weighted_rate(weights, yes, no, interval=interval, level=level, fpc=fpc)
    except NoVarianceError:
        return None


def common_variance(
    weights: Weights | ClassWeights, answers: Floats, rate: float, *, fpc: bool
) -> float:
    """Return the variance that a rate would have if it were the same in all cells.

    Parameters
    ----------
    weights : Weights or ClassWeights
    answers : ndarray, shape (C,)
        Sheets with yes or no.
    rate : float
    fpc : bool
    """
    expected = CellAnswers.of(weights.cells, rate * answers, (1 - rate) * answers)
    population = float(weights.weight @ answers)
    ones = np.ones_like(weights.weight)
    values = np.stack([(1 - rate) * ones, -rate * ones, 0 * ones]) / population
    return _variance(weights, expected, fpc=fpc, residuals=Residuals.DESIGN)(values)


@dataclass(frozen=True)
class _Estimator:
    """The options of ``weighted_rates``."""

    weights: Weights | ClassWeights
    interval: Interval
    level: float
    fpc: bool

    def rates(self, domain: str, tally: Tally) -> Iterator[Rate]:
        """Estimate a domain's items."""
        for place, item in enumerate(tally.items):
            numbers = self._numbers(tally.yes[:, place], tally.no[:, place])
            yield Rate(
                domain=domain,
                item=item,
                level=self.level,
                yes=int(tally.yes[:, place].sum()),
                unknown=int(tally.unknown[:, place].sum()),
                refused=int(tally.refused[:, place].sum()),
                inapplicable=int(tally.inapplicable[:, place].sum()),
                **numbers,
                **self._undetermined(tally, place, numbers["low"], numbers["high"]),
            )

    def _undetermined(
        self, tally: Tally, place: int, low: float | None, high: float | None
    ) -> dict[str, Any]:
        """Return the rates with the undetermined as no, as yes, and limits that hold both."""
        weight, yes = self.weights.weight, tally.yes[:, place]
        undetermined, everyone = tally.undetermined[:, place], tally.everyone[:, place]
        bounds: dict[str, float | None] = dict.fromkeys(("lower", "upper"))
        if everyone.any():
            persons = float(weight @ everyone)
            bounds["lower"] = float(weight @ yes) / persons
            bounds["upper"] = float(weight @ (yes + undetermined)) / persons
        if undetermined.any():
            as_no = self._numbers(yes, everyone - yes)["low"]
            as_yes = self._numbers(yes + undetermined, everyone - yes - undetermined)["high"]
            low = as_no if low is None or as_no is None else min(low, as_no)
            high = as_yes if high is None or as_yes is None else max(high, as_yes)
        return {**bounds, "outer_low": low, "outer_high": high}

    def _numbers(self, yes: Floats, no: Floats) -> dict[str, Any]:
        """Return the fields of one estimate, None where it cannot be made."""
        estimate = attempt(
            self.weights, yes, no, interval=self.interval, level=self.level, fpc=self.fpc
        )
        if estimate is not None:
            return {**asdict(estimate), "presentation": _presentation(estimate, int(yes.sum()))}
        unknown = ("rate", "se", "low", "high", "deff", "deff_wr", "total_se", "presentation")
        return {
            "n": int((yes + no).sum()),
            "df": int((yes + no).sum()) - _strata(self.weights.cells, yes + no),
            "population": float(self.weights.weight @ (yes + no)),
            "total": float(self.weights.weight @ yes),
            "interval": _usable_method(self.interval),
            **dict.fromkeys(unknown),
        }


def _variance(
    weights: Weights | ClassWeights, answers: CellAnswers, *, fpc: bool, residuals: Residuals
) -> Variance:
    """Return the variance of the weighted sum of a sheet's values, shape (3, C)."""
    if isinstance(weights, Weights):
        return lambda values: weights.variance(answers, values, residuals=residuals, fpc=fpc)
    if not fpc:
        raise ValueError("weighting classes have the finite population correction only")
    return lambda values: weights.variance(answers, values)


def _estimate(
    weights: Weights | ClassWeights,
    answers: CellAnswers,
    variance: Variance,
    interval: Interval,
    level: float,
) -> WeightedRate:
    weight = weights.weight
    yes, no, _ = answers.counts * weight
    population = float((yes + no).sum())
    total = float(yes.sum())
    rate = total / population
    ones = np.ones_like(weight)
    n = int(answers.counts[:2].sum())
    df = n - _strata(weights.cells, answers.answered)
    # The linearised ratio of a yes, of a no, and of a sheet outside the domain.
    of_rate = variance(np.stack([(1 - rate) * ones, -rate * ones, 0 * ones]) / population)
    of_total = variance(np.stack([ones, 0 * ones, 0 * ones]))
    if of_rate < 0:
        if of_rate < -1e-12:  # more than rounding
            raise NoVarianceError("The sheets are too few to estimate the rate's variance.")
        of_rate = 0.0
    simple = rate * (1 - rate) / max(n - 1, 1)
    correction = 1 - n / population
    method = _usable_method(interval) if of_rate > 0 and 0 < rate < 1 else Interval.NCHS
    low, high = _limits(_estimates(rate, of_rate, n, df), population, method, level)
    return WeightedRate(
        n=n,
        population=population,
        rate=rate,
        se=float(np.sqrt(of_rate)),
        low=low,
        high=high,
        interval=method,
        df=df,
        deff=of_rate / (simple * correction) if simple * correction > 0 else None,
        deff_wr=of_rate / simple if simple > 0 else None,
        total=total,
        total_se=float(np.sqrt(max(of_total, 0.0))),
    )


def _usable_method(interval: Interval) -> Interval:
    """Return NCHS's method for those that need the strata's own rates."""
    return interval if interval in METHODS else Interval.NCHS


def _strata(cells: Cells, answers: Floats) -> int:
    """Return how many strata have an answer."""
    return int(np.unique(cells.stratum[answers > 0]).size)


def _estimates(rate: float, variance: float, n: int, df: int) -> Estimates:
    return Estimates(*(np.array([float(value)]) for value in (rate, variance, n, max(df, 1))))


def _limits(
    of: Estimates, population: float, interval: Interval, level: float
) -> tuple[float, float]:
    rate = float(of.rate[0])
    none_or_all = rate in {0, 1}
    if of.size[0] == population or (not none_or_all and of.variance[0] == 0):
        return rate, rate
    limits = (
        clopper_pearson(of.rate, of.size, level) if none_or_all else METHODS[interval](of, level)
    )
    low, high = np.clip(np.ravel(limits), 0, 1)
    return float(low), float(high)


def _presentation(estimate: WeightedRate, yes: int) -> Presentation:
    """Judge a weighted rate by the NCHS standard."""
    # Without an error of its own the rate is judged as a simple random sample's.
    plain = estimate.rate in {0, 1} or not estimate.se
    of = _estimates(estimate.rate, estimate.se**2, estimate.n, estimate.df)
    low, high = clopper_pearson(of.rate, of.size, 0.95) if plain else nchs(of, 0.95)
    effective = estimate.n if plain else min(estimate.n, float(of.effective_size[0]))
    return presentation(
        estimate.rate,
        answers=estimate.n,
        yes=yes,
        df=estimate.df,
        effective_size=effective,
        width=float(high[0] - low[0]),
    )
