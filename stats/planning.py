"""Planning a sample: how many persons to ask, and what so many answers can detect."""

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from stats.arrays import Integers
from stats.refusals import RefusalError

# A size that is whole but for rounding must not be rounded up to the next.
_ROUNDING = 1e-12


class PlanError(RefusalError):
    """A sample that cannot be planned; the sentence says which figure is at fault."""


@dataclass(frozen=True)
class SampleSize:
    """The smallest simple random sample that reaches a precision, and the precision it reaches.

    Attributes
    ----------
    respondents, issued : int
        Persons who must answer, and who must be asked for that.
    se, margin : float
        Standard error, and half width of the normal interval, on the scale of the rate.
    cv : float
        ``se`` over the rate.
    """

    respondents: int
    issued: int
    se: float
    margin: float
    cv: float


def sample_size(
    population: int | None,
    *,
    rate: float = 0.5,
    margin: float | None = None,
    cv: float | None = None,
    level: float = 0.95,
    response: float = 1.0,
    deff: float = 1.0,
) -> SampleSize:
    """Return how many persons must answer, and be asked, to estimate a rate.

    Parameters
    ----------
    population : int or None
        Persons to be described; None if so many that no correction applies.
    rate : float
        Rate expected, above 0 and below 1; 0.5 asks for the largest sample for a ``margin``.
    margin, cv : float
        Exactly one of them: half width of the interval at ``level``, or coefficient of variation.
    level : float
        Confidence of the interval.
    response : float
        Share of the persons asked who will answer.
    deff : float
        Design effect against simple random sampling without replacement.

    Returns
    -------
    SampleSize
        The smallest that reaches the precision.

    Raises
    ------
    PlanError
        A figure is out of its range, or more persons would have to be asked than there are.

    References
    ----------
    .. [1] W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley, 1977, sec. 4.4 to 4.7.
    .. [2] L. Kish, *Survey Sampling*, Wiley, 1965, sec. 8.2.

    Examples
    --------
    >>> size = sample_size(2000, rate=0.1, margin=0.03, response=0.8)
    >>> size.respondents, size.issued, round(size.margin, 4)
    (323, 404, 0.03)
    """
    check_open("rate", rate)
    check_open("level", level)
    check_positive("deff", deff)
    if population is not None:
        check_positive("population", population)
    quantile = float(scipy.special.ndtri((1 + level) / 2))
    target = _target_variance(rate, margin, cv, quantile)
    unit = deff * rate * (1 - rate)
    needed = unit / target
    if population is not None:
        needed = min(needed * population / (population - 1 + needed), population)
    respondents = _whole(needed)
    issued = to_issue(respondents, population, response)
    se = math.sqrt(unit / respondents * _correction(population, respondents))
    return SampleSize(respondents, issued, se, quantile * se, se / rate)


def to_issue(respondents: int, population: int | None, response: float) -> int:
    """Return how many persons to ask for ``respondents`` to answer.

    Parameters
    ----------
    respondents : int
        Persons who must answer.
    population : int or None
        Persons there are; None if very many.
    response : float
        Share of the persons asked who will answer.

    Returns
    -------
    int

    Raises
    ------
    PlanError
        ``response`` lies outside 0 to 1, or there are not that many persons.

    Examples
    --------
    >>> to_issue(90, 300, 0.8)
    113
    """
    _check_share("response", response)
    issued = _whole(respondents / response)
    if population is not None and issued > population:
        raise PlanError(
            "%(respondents)d answers at a response rate of %(response)g take %(issued)d persons, "
            "and there are only %(population)d.",
            respondents=respondents,
            response=response,
            issued=issued,
            population=population,
        )
    return issued


def detection_probability(population: ArrayLike, sampled: ArrayLike, rate: ArrayLike) -> float:
    """Return the probability that at least one person with contact is in the sample.

    Parameters
    ----------
    population, sampled : array_like of int, shape (H,) or scalar
        Persons in each stratum, and how many of them answer.
    rate : array_like of float, shape (H,) or scalar
        Rate of each stratum; so many persons as reach it, rounded up, have had contact.

    Returns
    -------
    float
        One minus the product over strata of the hypergeometric probability of no contact.

    Raises
    ------
    PlanError
        A sample is larger than its stratum, or a rate lies outside 0 to 1.

    References
    ----------
    .. [1] W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley, 1977, sec. 3.6.

    Examples
    --------
    >>> round(detection_probability(300, 60, 0.01), 3)
    0.489
    """
    size, sample, share = np.broadcast_arrays(*map(np.atleast_1d, (population, sampled, rate)))
    if np.any((share < 0) | (share > 1)):
        raise PlanError("A rate must lie between 0 and 1.")
    if np.any((sample < 0) | (sample > size)):
        raise PlanError("A sample must be no larger than its population, and not below 0.")
    without = size - _positives(size, share)
    if np.any(sample > without):
        return 1.0
    ways = scipy.special.gammaln(
        np.stack([without + 1, size - sample + 1, size + 1, without - sample + 1])
    )
    return float(-np.expm1(np.sum(ways[0] + ways[1] - ways[2] - ways[3])))


def detection_size(population: int | None, rate: float, probability: float = 0.95) -> int:
    """Return how many must answer for at least one contact to be seen (zero-numerator planning).

    Parameters
    ----------
    population : int or None
        Persons; None if so many that no correction applies.
    rate : float
        The rate that must not go unnoticed, above 0.
    probability : float
        Wanted probability of at least one contact in the sample.

    Returns
    -------
    int
        The smallest such sample.

    Raises
    ------
    PlanError
        A figure is out of its range.

    References
    ----------
    .. [1] J. A. Hanley and A. Lippman-Hand, "If nothing goes wrong, is everything all right?",
       *JAMA* 249 (1983), 1743-1745.

    Examples
    --------
    >>> detection_size(300, 0.01)
    189
    >>> detection_size(None, 0.01)
    299
    """
    _check_share("rate", rate)
    check_open("probability", probability)
    if population is None:
        return 1 if rate == 1 else _whole(math.log1p(-probability) / math.log1p(-rate))
    check_positive("population", population)
    enough = population - int(_positives(population, rate)) + 1
    low = 0
    while enough - low > 1:
        middle = (low + enough) // 2
        if detection_probability(population, middle, rate) >= probability * (1 - _ROUNDING):
            enough = middle
        else:
            low = middle
    return enough


def _target_variance(rate: float, margin: float | None, cv: float | None, quantile: float) -> float:
    if (margin is None) == (cv is None):
        raise PlanError("Give either a margin or a coefficient of variation.")
    if margin is not None:
        check_open("margin", margin)
        return (margin / quantile) ** 2
    assert cv is not None  # noqa: S101 - the refusal above leaves no other case
    check_positive("cv", cv)
    return (cv * rate) ** 2


def _correction(population: int | None, sampled: int) -> float:
    if population is None:
        return 1.0
    return (population - sampled) / max(population - 1, 1)


def _positives(population: ArrayLike, rate: ArrayLike) -> Integers:
    return np.ceil(np.multiply(population, rate) * (1 - _ROUNDING)).astype(np.int64)


def _whole(size: float) -> int:
    return max(1, math.ceil(size * (1 - _ROUNDING)))


def check_open(name: str, value: float) -> None:
    """Refuse a share that does not lie between 0 and 1, and say how percentages are given.

    Raises
    ------
    PlanError
        With the figure's ``name``.
    """
    _refuse_percentage(name, value, is_too_great=value >= 1)
    if not 0 < value < 1:
        raise PlanError(
            "The %(figure)s must be above 0 and below 1, not %(value)g.", figure=name, value=value
        )


def _check_share(name: str, value: float) -> None:
    _refuse_percentage(name, value, is_too_great=value > 1)
    check_positive(name, value)


def _refuse_percentage(name: str, value: float, *, is_too_great: bool) -> None:
    if is_too_great:
        raise PlanError(
            "The %(figure)s %(value)g is too great: it is a share, so give %(share)g for "
            "%(value)g %%.",
            figure=name,
            value=value,
            share=value / 100,
        )


def check_positive(name: str, value: float) -> None:
    """Refuse a figure that is not above 0.

    Raises
    ------
    PlanError
        With the figure's ``name``.
    """
    if not 0 < value < math.inf:
        raise PlanError("The %(figure)s must be above 0, not %(value)g.", figure=name, value=value)
