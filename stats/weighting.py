"""Weights for nonresponse: weighting classes, post-stratification and raking, from counts.

Sheets that share stratum and weighting variables share their weight, so counts by such *cells*
are sufficient: post-stratification is raking to one margin, and every variance is that of a
stratified sample of residuals.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from stats.arrays import frozen
from stats.design import DesignError
from stats.intervals import METHODS, Estimates, Interval, clopper_pearson, nchs
from stats.refusals import RefusalError

_Floats = NDArray[np.float64]
_Integers = NDArray[np.int64]

_Variance = Callable[[_Floats], float]

JOINT = ":"


class WeightingError(RefusalError):
    """Weights that cannot be made: ``variable`` and ``category`` name the cell at fault."""

    def __init__(
        self, sentence: str, variable: str = "", category: str = "", **values: object
    ) -> None:
        super().__init__(sentence, variable=variable, category=category, **values)
        self.variable, self.category = variable, category


class NoVarianceError(WeightingError):
    """So few sheets that the estimate of a variance is negative: no error can be given."""


class Residuals(StrEnum):
    """How the residuals of a raked estimate are fitted; the same where all base weights are.

    ``DESIGN`` weights the fit by the base weights, as the theory of calibration has it (and R's
    ``calibrate``); ``EQUAL`` does not, and ends after ten sweeps of means, as R's ``rake``.
    """

    DESIGN = "design"
    EQUAL = "equal"


class TwoPhase(StrEnum):
    """How the first phase's variance is estimated from the respondents.

    ``FULL`` uses the joint chances of response of each pair, ``APPROXIMATE`` their product.
    """

    FULL = "full"
    APPROXIMATE = "approximate"


@dataclass(frozen=True, eq=False)
class Cells:
    """Sheets counted by cell (stratum and weighting variables).

    ``stratum`` indexes ``strata``, shape (C,); ``population`` has shape (H,); ``sheets`` has
    shape (C,); ``categories`` gives each cell's label of each variable, ``stratum`` among
    them.
    """

    strata: tuple[str, ...]
    population: _Floats
    stratum: _Integers
    categories: Mapping[str, tuple[str, ...]]
    sheets: _Floats

    @classmethod
    def of(
        cls,
        population: Mapping[str, float],
        stratum: Sequence[str],
        categories: Mapping[str, Sequence[str]],
        sheets: ArrayLike,
    ) -> "Cells":
        """Build from labels.

        Raises
        ------
        DesignError
            A stratum is not in ``population``, has fewer than two sheets, or more than persons.
        """
        strata = tuple(population)
        places = {name: place for place, name in enumerate(strata)}
        for name in stratum:
            if name not in places:
                raise DesignError(name, "has sheets and no population")
        index = np.array([places[name] for name in stratum], dtype=np.int64)
        counts = np.asarray(sheets, dtype=np.float64)
        people = np.array(list(population.values()), dtype=np.float64)
        cells = cls(
            strata,
            frozen(people),
            frozen(index),
            MappingProxyType(
                {name: tuple(each) for name, each in {"stratum": stratum, **categories}.items()}
            ),
            frozen(counts),
        )
        for name, size, answered in zip(strata, people, cells.answered, strict=True):
            _check_stratum(name, answered, size)
        return cells

    @property
    def answered(self) -> _Floats:
        """Sheets of each stratum, shape (H,)."""
        return np.bincount(self.stratum, self.sheets, len(self.strata)).astype(np.float64)

    @property
    def base_weight(self) -> _Floats:
        """Population over sheets of the cell's stratum, shape (C,)."""
        return (self.population / self.answered)[self.stratum]

    def labels(self, variable: str) -> tuple[str, ...]:
        """Give each cell's category; ``a:b`` crosses two variables, as ``x:y`` their categories."""
        missing = [part for part in variable.split(JOINT) if part not in self.categories]
        if missing:
            raise WeightingError(
                "The sheets have no variable %(missing)s.", variable, missing=missing[0]
            )
        crossed = zip(*(self.categories[part] for part in variable.split(JOINT)), strict=True)
        return tuple(JOINT.join(labels) for labels in crossed)


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of the sheets of C cells, and how they came about.

    ``margins`` holds each margin's cell indices, shape (C,); ``discrepancy`` is the largest
    relative difference left between a weighted count and its margin.
    """

    cells: Cells
    weight: _Floats
    margins: tuple[_Integers, ...]
    rounds: int
    discrepancy: float

    @classmethod
    def known(cls, cells: Cells, weight: ArrayLike) -> "Weights":
        """Take weights that are given, not estimated, shape (C,).

        Raises
        ------
        DesignError
            A weight is not positive.
        """
        given = np.array(np.broadcast_to(np.asarray(weight, dtype=np.float64), cells.stratum.shape))
        for stratum, each in zip(cells.stratum, given, strict=True):
            if not 0 < each < np.inf:
                raise DesignError(
                    cells.strata[stratum],
                    "has a weight of %(weight)g, which must be above 0",
                    weight=each,
                )
        return cls(cells, frozen(given), (), 0, 0.0)


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


def rake(
    cells: Cells,
    margins: Mapping[str, Mapping[str, float]],
    *,
    tolerance: float = 1e-12,
    rounds: int = 1000,
) -> Weights:
    """Fit weights to known margins, one variable after the other until all agree.

    Parameters
    ----------
    cells : Cells
    margins : mapping of variable to (mapping of category to persons)
        One margin is post-stratification. A variable ``a:b`` crosses two, with categories ``x:y``.
    tolerance : float
        Largest relative difference from a margin at which the weights count as converged.
    rounds : int
        Most rounds over all margins.

    Returns
    -------
    Weights

    Raises
    ------
    WeightingError
        Margins that do not agree with each other, a category that only one of sample and margin
        has, a figure that is not positive, or weights that do not converge; with its name.

    References
    ----------
    .. [1] W. E. Deming and F. F. Stephan, "On a least squares adjustment of a sampled frequency
       table when the expected marginal totals are known", *Ann. Math. Stat.* 11 (1940), 427-444.
    """
    targets = [_target(cells, variable, totals) for variable, totals in margins.items()]
    _check_agreement(margins)
    weight = cells.base_weight
    for done in range(1, rounds + 1):
        for index, wanted in targets:
            weight = weight * (wanted / np.bincount(index, weight * cells.sheets))[index]
        left = [
            np.abs(np.bincount(index, weight * cells.sheets) / wanted - 1)
            for index, wanted in targets
        ]
        worst = max((float(each.max()) for each in left), default=0.0)
        if worst <= tolerance:
            indices = tuple(frozen(index) for index, _ in targets)
            return Weights(cells, frozen(weight), indices, done, worst)
    at = int(np.argmax([each.max() for each in left]))
    variable = list(margins)[at]
    category = sorted(margins[variable])[int(left[at].argmax())]
    raise WeightingError(
        "Raking has not converged after %(rounds)d rounds: %(variable)s %(category)s is still "
        "%(worst).2g of its margin away.",
        variable,
        category,
        rounds=rounds,
        worst=worst,
    )


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
    answers = _Answers.of(cells.sheets, yes, no)
    confidence = _Confidence(Interval(interval), level)
    fitted = {Residuals.DESIGN: _regressed, Residuals.EQUAL: _swept}[Residuals(residuals)]
    fraction = cells.answered / cells.population if fpc else np.zeros_like(cells.population)

    def variance(values: _Floats) -> float:
        residual = values - fitted(weights, answers.mean(values))
        return _stratified(
            cells.stratum, answers, weights.weight * residual, cells.answered, fraction
        )

    return _estimate(weights.weight, answers, cells.stratum, variance, confidence)


def weighting_class_rate(
    cells: Cells,
    *,
    issued: ArrayLike,
    classes: Sequence[str],
    yes: ArrayLike,
    no: ArrayLike,
    method: TwoPhase = TwoPhase.FULL,
    interval: Interval = Interval.NCHS,
    level: float = 0.95,
) -> WeightedRate:
    """Estimate a rate with respondents weighted up to the issued of their weighting class.

    Response counts as a second phase: simple random sampling of the respondents of a class from
    its issued, the classes within strata or across them.

    Parameters
    ----------
    cells : Cells
        Valid sheets by stratum and class.
    issued : array_like of int, shape (C,)
        Persons issued in each cell.
    classes : sequence of str, length C
        Weighting class of each cell; two cells of one name are one class.
    yes, no : array_like of int, shape (C,)
        Answers in each cell.
    method : TwoPhase
    interval, level : Interval, float
        Method and confidence of the interval; methods that need the strata's own rates (exact,
        smoothed) give way to NCHS's.

    Returns
    -------
    WeightedRate
        Its variance is the sum over both phases.

    Raises
    ------
    WeightingError
        A class without respondents, or with a single one who does not speak for himself alone.

    References
    ----------
    .. [1] C.-E. Särndal, B. Swensson and J. Wretman, *Model Assisted Survey Sampling*, Springer,
       1992, sec. 9.3 and 15.6.
    """
    confidence = _Confidence(Interval(interval), level)
    phases = _Phases.of(cells, issued, classes)
    answers = _Answers.of(cells.sheets, yes, no)
    response = (phases.answered / phases.asked)[phases.group]
    selection = (phases.first / cells.population)[cells.stratum]
    phase_one = {TwoPhase.FULL: _pairwise, TwoPhase.APPROXIMATE: _product}[TwoPhase(method)]

    def variance(values: _Floats) -> float:
        drawn = values / selection
        second = _stratified(
            phases.group,
            answers,
            drawn / response,
            phases.answered,
            phases.answered / phases.asked,
        )
        first = phase_one(phases, answers, drawn)
        return second + float((1 - phases.first / cells.population) @ first)

    return _estimate(1 / (selection * response), answers, cells.stratum, variance, confidence)


@dataclass(frozen=True)
class _Phases:
    """Issued by stratum (``first``, shape (H,)), asked and answered by class, shape (G,)."""

    stratum: _Integers
    group: _Integers
    first: _Floats
    asked: _Floats
    answered: _Floats

    @classmethod
    def of(cls, cells: Cells, issued: ArrayLike, classes: Sequence[str]) -> "_Phases":
        out = np.asarray(issued, dtype=np.float64)
        names, group = np.unique(np.asarray(classes), return_inverse=True)
        asked, answered = (
            np.bincount(group, each).astype(np.float64) for each in (out, cells.sheets)
        )
        for name, sent, back in zip(names, asked, answered, strict=True):
            _check_class(str(name), sent, back)
        first = np.bincount(cells.stratum, out, len(cells.strata)).astype(np.float64)
        for stratum, sent, people in zip(cells.strata, first, cells.population, strict=True):
            _check_stratum(stratum, sent, people)
        return cls(cells.stratum, group, first, asked, answered)


@dataclass(frozen=True)
class _Answers:
    """Counts of yes, no and no answer, shape (3, C); values of a sheet stand in the same shape."""

    counts: _Floats

    @classmethod
    def of(cls, sheets: _Floats, yes: ArrayLike, no: ArrayLike) -> "_Answers":
        said = np.stack([np.asarray(yes, dtype=np.float64), np.asarray(no, dtype=np.float64)])
        counts = np.vstack([said, sheets - said.sum(axis=0)])
        if np.any(counts < 0):
            raise WeightingError("A cell has more answers than sheets.")
        if not said.any():
            raise WeightingError("No sheet answers this item.")
        return cls(counts)

    def sums(self, values: _Floats) -> _Floats:
        return np.asarray((self.counts * values).sum(axis=0), dtype=np.float64)

    def mean(self, values: _Floats) -> _Floats:
        sheets: _Floats = np.maximum(self.counts.sum(axis=0), 1)
        return self.sums(values) / sheets


@dataclass(frozen=True)
class _Confidence:
    """The interval asked for; the NCHS one where the method needs strata of its own."""

    interval: Interval
    level: float

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise WeightingError(
                "The level must lie between 0 and 1, not at %(level)g.", level=self.level
            )

    def limits(self, of: Estimates, population: float) -> tuple[float, float]:
        rate = float(of.rate[0])
        plain = rate in {0, 1}
        if of.size[0] == population or (not plain and of.variance[0] == 0):
            return rate, rate
        method = METHODS.get(self.interval, nchs)
        ends = clopper_pearson(of.rate, of.size, self.level) if plain else method(of, self.level)
        low, high = np.clip(np.ravel(ends), 0, 1)
        return float(low), float(high)


def _estimate(
    weight: _Floats,
    answers: _Answers,
    stratum: _Integers,
    variance: _Variance,
    confidence: _Confidence,
) -> WeightedRate:
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


def _regressed(weights: Weights, means: _Floats) -> _Floats:
    """Regress cell means on the indicators of all margins, sheets weighted by base weights."""
    if not weights.margins:
        return np.zeros_like(means)
    indicators = np.hstack([np.eye(int(index.max()) + 1)[index] for index in weights.margins])
    root = np.sqrt(weights.cells.base_weight * weights.cells.sheets)
    slope = np.linalg.lstsq(indicators * root[:, None], means * root, rcond=None)[0]
    return np.asarray(indicators @ slope, dtype=np.float64)


def _swept(weights: Weights, means: _Floats) -> _Floats:
    """Take out the means of one margin after the other, ten times over."""
    left, sheets = means.copy(), weights.cells.sheets
    for index in weights.margins * 10:
        left -= (np.bincount(index, left * sheets) / np.bincount(index, sheets))[index]
    return means - left


def _stratified(
    group: _Integers, answers: _Answers, values: _Floats, sizes: _Floats, fraction: _Floats
) -> float:
    """Sum (1 - f) n s^2 over groups sampled without replacement."""
    sums = np.bincount(group, answers.sums(values), len(sizes))
    squares = np.bincount(group, answers.sums(values**2), len(sizes))
    spread = np.maximum(squares - sums**2 / sizes, 0)
    return float(((1 - fraction) * sizes / np.maximum(sizes - 1, 1)) @ spread)


def _pairwise(phases: _Phases, answers: _Answers, drawn: _Floats) -> _Floats:
    """Phase-one variance of each stratum before its correction, each pair by its joint chance."""
    lift = phases.asked / phases.answered
    # A pair of one class responds together less often than two independent persons would.
    pair = lift * (phases.asked - 1) / np.maximum(phases.answered - 1, 1)
    sums, squares = np.zeros((2, phases.first.size, phases.asked.size))
    np.add.at(sums, (phases.stratum, phases.group), answers.sums(drawn))
    np.add.at(squares, (phases.stratum, phases.group), answers.sums(drawn**2))
    lifted = sums * lift
    pairs = lifted.sum(axis=1) ** 2 + (pair * (sums**2 - squares) - lifted**2).sum(axis=1)
    return np.asarray(squares @ lift - pairs / np.maximum(phases.first - 1, 1), np.float64)


def _product(phases: _Phases, answers: _Answers, drawn: _Floats) -> _Floats:
    """Phase-one variance of each stratum before its correction, by weighted squares."""
    first, stratum = phases.first, phases.stratum
    lift = (phases.asked / phases.answered)[phases.group]
    mean = np.bincount(stratum, lift * answers.sums(drawn), first.size) / first
    squares = lift * answers.sums((drawn - mean[stratum]) ** 2)
    return first / np.maximum(first - 1, 1) * np.bincount(stratum, squares, first.size)


def _target(cells: Cells, variable: str, totals: Mapping[str, float]) -> tuple[_Integers, _Floats]:
    present = set(np.array(cells.labels(variable))[cells.sheets > 0].tolist())
    for category, persons in totals.items():
        if not 0 < persons < np.inf:
            raise WeightingError(
                "The margin of %(variable)s %(category)s must be above 0, not %(persons)g.",
                variable,
                category,
                persons=persons,
            )
        if category not in present:
            raise WeightingError(
                "The cell %(variable)s %(category)s is empty: no sheet can be weighted up to its "
                "%(persons)g persons.",
                variable,
                category,
                persons=persons,
            )
    for category in sorted(present - set(totals)):
        raise WeightingError(
            "Sheets have %(variable)s %(category)s, which the margin lacks.", variable, category
        )
    order = {category: place for place, category in enumerate(sorted(totals))}
    index = np.array([order.get(label, 0) for label in cells.labels(variable)], dtype=np.int64)
    return index, np.array([totals[category] for category in order], dtype=np.float64)


def _check_agreement(margins: Mapping[str, Mapping[str, float]]) -> None:
    sums = {variable: sum(totals.values()) for variable, totals in margins.items()}
    for variable, persons in sums.items():
        first = next(iter(sums))
        if abs(persons - sums[first]) > 1e-9 * sums[first]:
            raise WeightingError(
                "The margins do not agree: %(first)s sums to %(sum).12g, "
                "%(variable)s to %(persons).12g.",
                variable,
                first=first,
                sum=sums[first],
                persons=persons,
            )


def _check_stratum(name: str, sampled: float, population: float) -> None:
    if sampled > population:
        raise DesignError(
            name,
            "has %(sampled)g sampled out of %(population)g population",
            sampled=sampled,
            population=population,
        )
    if sampled < min(2, population):
        raise DesignError(name, "has %(sampled)g sampled, and a variance takes 2", sampled=sampled)


def _check_class(name: str, asked: float, answered: float) -> None:
    if answered > asked:
        raise WeightingError("Class %(category)s has more respondents than issued.", "class", name)
    if answered < min(2, asked):
        raise WeightingError(
            "Class %(category)s has %(answered)g respondents of %(asked)g issued; merge it.",
            "class",
            name,
            answered=answered,
            asked=asked,
        )
