"""Differences, ratios and odds ratios of strata, domains, items and waves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from stats.arrays import Floats, Integers, frozen
from stats.confidence import limits
from stats.counting import NO, YES
from stats.intervals import Interval
from stats.linearisation import Partition, ratio, refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from stats.counting import Counts
    from stats.design import Design


@dataclass(frozen=True, eq=False)
class Joint:
    """Joint 2 × 2 counts of J yes/no columns of the same sheets; arrays (H, J, J) of sheets.

    Attributes
    ----------
    labels : tuple of str, length J
    yes_yes, yes_no, no_no : ndarray of int, shape (H, J, J)
        Sheets of the stratum that said yes to j and yes to k; yes to j and no to k; no to both.
    """

    labels: tuple[str, ...]
    yes_yes: Integers
    yes_no: Integers
    no_no: Integers

    def __add__(self, other: Joint) -> Joint:
        """Count the sheets of both, of the same strata and columns."""
        return Joint(
            self.labels,
            frozen(self.yes_yes + other.yes_yes),
            frozen(self.yes_no + other.yes_no),
            frozen(self.no_no + other.no_no),
        )

    @property
    def yes(self) -> Floats:
        """Yes to each column, shape (H, J)."""
        return np.asarray(self.yes_yes.diagonal(axis1=1, axis2=2), float)

    @property
    def answers(self) -> Floats:
        """Yes or no to each column, shape (H, J)."""
        return np.asarray(self.yes + self.no_no.diagonal(axis1=1, axis2=2), float)


def count_joint(
    stratum: ArrayLike, answers: ArrayLike, labels: Sequence[str], strata: int
) -> Joint:
    """Count J columns of n sheets jointly by stratum.

    Two items are two columns; two domains of one item are two columns of it, each ``BLANK``
    outside its domain.

    Parameters
    ----------
    stratum : array_like of int, shape (n,)
    answers : array_like of int8, shape (n, J)
        1 and 0; other codes leave a sheet out of that column.
    labels : sequence of str, length J
    strata : int
        Number of strata H.

    Returns
    -------
    Joint

    Examples
    --------
    >>> answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [6, 10, 4, 60], axis=0)
    >>> joint = count_joint([0] * 80, answers, ["gift", "fee"], strata=1)
    >>> joint.yes_yes[0]
    array([[16,  6],
           [ 6, 10]])
    """
    place, table = np.asarray(stratum), np.asarray(answers)
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(strata + 1))
    shape = (strata, len(labels), len(labels))
    yes_yes, yes_no, no_no = (np.zeros(shape, np.int64) for _ in range(3))
    for at in range(strata):
        rows = table[order[ends[at] : ends[at + 1]]]
        yes, no = (rows == YES).astype(np.float64), (rows == NO).astype(np.float64)
        yes_yes[at], yes_no[at], no_no[at] = yes.T @ yes, yes.T @ no, no.T @ no
    return Joint(tuple(labels), frozen(yes_yes), frozen(yes_no), frozen(no_no))


def join_domains(domains: Mapping[str, Counts], item: str) -> Joint:
    """Return the joint counts of one item in domains that share no sheet.

    Parameters
    ----------
    domains : mapping of str to Counts
        By label; each of H strata.
    item : str
        One of the counted items, or ``"any"``.

    Returns
    -------
    Joint
        Of the domains.

    Examples
    --------
    >>> answers = np.repeat([[1], [0]], [6, 14], axis=0)
    >>> city, county = count([0] * 20, answers, ["gift"], 2), count([1] * 20, answers, ["gift"], 2)
    >>> join_domains({"city": city, "county": county}, "gift").yes
    array([[6., 0.],
           [0., 6.]])
    """
    columns = [counts.answers_to(item) for counts in domains.values()]
    yes, no = (np.stack(part, axis=1) for part in zip(*columns, strict=True))
    alone = np.eye(len(columns), dtype=np.int64)
    nothing = np.zeros((*yes.shape, len(columns)), np.int64)
    joint = (yes[:, :, None] * alone, nothing, no[:, :, None] * alone)
    return Joint(tuple(domains), *(frozen(part) for part in joint))


@dataclass(frozen=True, eq=False)
class RateVector:
    """Rates that are to be compared, with their covariance.

    Attributes
    ----------
    labels : tuple of str, length J
    rate, low, high : ndarray, shape (J,)
        Rates and their default intervals at ``level``.
    covariance : ndarray, shape (J, J)
    df : int
        Of the design: respondents less strata.
    level : float
    """

    labels: tuple[str, ...]
    rate: Floats
    low: Floats
    high: Floats
    covariance: Floats
    df: int
    level: float

    def at(self, label: str) -> int:
        """Return the place of ``label``; a ValueError if it is none of them."""
        if label not in self.labels:
            raise ValueError(f"no rate of {label!r} to compare")
        return self.labels.index(label)


def joint_rates(
    design: Design, joint: Joint, *, level: float = 0.95, fpc: bool = True
) -> RateVector:
    """Estimate the rates of J columns with the covariance that comes from common sheets.

    Parameters
    ----------
    design : Design
        H strata.
    joint : Joint
        Of the same strata.
    level : float
    fpc : bool

    Returns
    -------
    RateVector

    Raises
    ------
    DesignError
        As for ``rates``.
    ValueError
        One of the columns has no answer.

    References
    ----------
    .. [1] C.-E. Särndal, B. Swensson and J. Wretman, *Model Assisted Survey Sampling*, Springer,
       1992, result 5.6.2 and sec. 10.3.

    Examples
    --------
    >>> answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [6, 10, 4, 60], axis=0)
    >>> joint = count_joint([0] * 80, answers, ["gift", "fee"], strata=1)
    >>> vector = joint_rates(Design(["city"], [400], [80]), joint)
    >>> vector.rate
    array([0.2  , 0.125])
    >>> vector.covariance.round(6)
    array([[0.00162 , 0.000506],
           [0.000506, 0.001108]])
    """
    part = Partition.of(design, None, fpc=fpc)
    yes, answers = joint.yes, joint.answers
    _refuse_unanswered(joint.labels, answers)
    rates = ratio(part, yes, answers)
    low, high = limits(part, rates, Interval.DEFAULT, level)
    return RateVector(
        joint.labels,
        frozen(rates.rate[0]),
        frozen(low[0]),
        frozen(high[0]),
        frozen(_covariance(part, joint, rates.rate[0]) / np.outer(rates.persons, rates.persons)),
        _df(design),
        level,
    )


def _covariance(part: Partition, joint: Joint, p: Floats) -> Floats:
    """Estimate the covariances of the totals of y_j - p_j over sheets that answered j: (J, J)."""
    q, size = 1 - p, len(p)
    products = (
        joint.yes_yes * np.outer(q, q)
        - joint.yes_no * np.outer(q, p)
        - joint.yes_no.transpose(0, 2, 1) * np.outer(p, q)
        + joint.no_no * np.outer(p, p)
    )
    first = joint.yes - p * joint.answers
    sums = np.repeat(first, size, axis=1), np.tile(first, size)
    present = np.broadcast_to(joint.answers.sum(axis=1, keepdims=True), (len(first), size**2))
    no_deviation = np.zeros((1, size**2))
    flat = part.covariance(
        sums, products.reshape(len(first), -1), present, (no_deviation, no_deviation)
    )
    refuse_unknown(flat)
    return flat.reshape(size, size)


def independent(*waves: RateVector) -> RateVector:
    """Join rates of independent samples: waves of a campaign, or different questionnaires.

    Raises
    ------
    ValueError
        A label stands in two of them, or their levels differ.

    Examples
    --------
    >>> def wave(label, yes):
    ...     counts = count([0] * 100, (np.arange(100) < yes)[:, None], ["gift"], strata=1)
    ...     joint = join_domains({label: counts}, "gift")
    ...     return joint_rates(Design([label], [1000], [100]), joint)
    >>> waves = independent(wave("2024", 20), wave("2025", 12))
    >>> waves.labels, waves.rate, waves.df
    (('2024', '2025'), array([0.2 , 0.12]), 198)
    """
    labels = tuple(label for wave in waves for label in wave.labels)
    if len(set(labels)) < len(labels) or len({wave.level for wave in waves}) > 1:
        raise ValueError("independent rates need labels of their own and a common level")
    covariance = np.zeros((len(labels), len(labels)))
    start = 0
    for wave in waves:
        end = start + len(wave.labels)
        covariance[start:end, start:end] = wave.covariance
        start = end
    rate, low, high = (
        frozen(np.concatenate([getattr(wave, name) for wave in waves]))
        for name in ("rate", "low", "high")
    )
    df = sum(wave.df for wave in waves)
    return RateVector(labels, rate, low, high, frozen(covariance), df, waves[0].level)


@dataclass(frozen=True, slots=True)
class Contrast:
    """A comparison with its t interval and test.

    Attributes
    ----------
    estimate, se : float
    low, high : float
        At ``level``.
    t, p : float or None
        Test of no difference; None where no sampling error can be estimated.
    df : int
    level : float
    """

    estimate: float
    se: float
    low: float
    high: float
    t: float | None
    p: float | None
    df: int
    level: float


def difference(rates: RateVector, first: str, second: str) -> Contrast:
    """Compare two rates by ``first`` - ``second``.

    Where neither has a standard error (both 0, say) the limits are Newcombe's, from the intervals
    of the two rates.

    References
    ----------
    .. [1] R. G. Newcombe, "Interval estimation for the difference between independent proportions",
       *Statistics in Medicine* 17, 1998, method 10.

    Examples
    --------
    >>> answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [6, 10, 4, 60], axis=0)
    >>> joint = count_joint([0] * 80, answers, ["gift", "fee"], strata=1)
    >>> vector = joint_rates(Design(["city"], [400], [80]), joint)
    >>> contrast = difference(vector, "gift", "fee")
    >>> print(f"{contrast.estimate:.3f} ({contrast.low:.3f} to {contrast.high:.3f})")
    0.075 (-0.007 to 0.157)
    >>> print(f"p {contrast.p:.3f}")
    p 0.074
    """
    a, b = rates.at(first), rates.at(second)
    contrast = _contrast(rates, rates.rate[a] - rates.rate[b], {a: 1.0, b: -1.0}, 0.0)
    if contrast.se or a == b:
        return contrast
    down = np.hypot(rates.rate[a] - rates.low[a], rates.high[b] - rates.rate[b])
    up = np.hypot(rates.high[a] - rates.rate[a], rates.rate[b] - rates.low[b])
    low, high = contrast.estimate - float(down), contrast.estimate + float(up)
    return Contrast(contrast.estimate, 0.0, low, high, None, None, contrast.df, contrast.level)


def relative(rates: RateVector, first: str, second: str) -> Contrast:
    """Compare two rates by ``first`` / ``second``, tested against 1; delta method.

    Raises
    ------
    ValueError
        The second rate is 0.

    Examples
    --------
    >>> answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [6, 10, 4, 60], axis=0)
    >>> joint = count_joint([0] * 80, answers, ["gift", "fee"], strata=1)
    >>> vector = joint_rates(Design(["city"], [400], [80]), joint)
    >>> contrast = relative(vector, "gift", "fee")
    >>> print(f"{contrast.estimate:.2f} ({contrast.low:.2f} to {contrast.high:.2f})")
    1.60 (0.75 to 2.45)
    """
    a, b = rates.at(first), rates.at(second)
    if not rates.rate[b]:
        raise ValueError(f"the rate of {second!r} is 0: no ratio to it")
    estimate = rates.rate[a] / rates.rate[b]
    slopes = {a: 1 / rates.rate[b], b: -estimate / rates.rate[b]}
    return _contrast(rates, estimate, slopes, 1.0)


def log_odds_ratio(rates: RateVector, first: str, second: str) -> Contrast:
    """Compare two rates by logit ``first`` - logit ``second``; delta method.

    Raises
    ------
    ValueError
        One of the rates is 0 or 1.

    Examples
    --------
    >>> answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [6, 10, 4, 60], axis=0)
    >>> joint = count_joint([0] * 80, answers, ["gift", "fee"], strata=1)
    >>> vector = joint_rates(Design(["city"], [400], [80]), joint)
    >>> contrast = log_odds_ratio(vector, "gift", "fee")
    >>> print(f"{contrast.estimate:.3f}, standard error {contrast.se:.3f}")
    0.560, standard error 0.313
    """
    a, b = rates.at(first), rates.at(second)
    for at, label in ((a, first), (b, second)):
        if rates.rate[at] in {0, 1}:
            raise ValueError(f"the rate of {label!r} is {rates.rate[at]:g}: its odds have no log")
    estimate = scipy.special.logit(rates.rate[a]) - scipy.special.logit(rates.rate[b])
    odds = rates.rate * (1 - rates.rate)
    return _contrast(rates, estimate, {a: 1 / odds[a], b: -1 / odds[b]}, 0.0)


def standardize(rates: RateVector, shares: Mapping[str, float]) -> Contrast:
    """Average rates over common shares: direct standardisation.

    Parameters
    ----------
    rates : RateVector
        Of the strata (or domains) to average over.
    shares : mapping of str to float
        Of the standard population, by label; they are divided by their sum.

    Returns
    -------
    Contrast
        The standardised rate, tested against 0.

    Raises
    ------
    ValueError
        A label is unknown, or a share is negative, or all are 0.

    References
    ----------
    .. [1] E. L. Korn and B. I. Graubard, *Analysis of Health Surveys*, Wiley, 1999, sec. 5.

    Examples
    --------
    >>> answers = np.repeat([[1], [0], [1], [0]], [4, 16, 3, 27], axis=0)
    >>> counts = count(np.repeat([0, 1], [20, 30]), answers, ["gift"], strata=2)
    >>> domains = {"city": counts.within([True, False]), "county": counts.within([False, True])}
    >>> design = Design(["city", "county"], population=[400, 600], respondents=[20, 30])
    >>> vector = joint_rates(design, join_domains(domains, "gift"))
    >>> contrast = standardize(vector, {"city": 0.5, "county": 0.5})
    >>> print(f"{contrast.estimate:.3f}, standard error {contrast.se:.4f}")
    0.150, standard error 0.0523
    """
    if min(shares.values(), default=0) < 0 or not sum(shares.values()):
        raise ValueError("shares of a standard population are not negative, and not all 0")
    slopes = {rates.at(label): share / sum(shares.values()) for label, share in shares.items()}
    return _contrast(rates, sum(slopes[at] * rates.rate[at] for at in slopes), slopes, 0.0)


def trend(rates: RateVector, times: Mapping[str, float]) -> Contrast:
    """Estimate the slope of a straight line through rates over time, by least squares.

    Parameters
    ----------
    rates : RateVector
        Of waves, say.
    times : mapping of str to float
        When each rate was taken, by label.

    Returns
    -------
    Contrast
        Change of the rate in one unit of time, tested against 0; its error comes from the rates'.

    Raises
    ------
    ValueError
        A label is unknown, or all times are the same.

    References
    ----------
    .. [1] E. L. Korn and B. I. Graubard, *Analysis of Health Surveys*, Wiley, 1999, sec. 8.3.

    Examples
    --------
    >>> def wave(label, yes):
    ...     counts = count([0] * 100, (np.arange(100) < yes)[:, None], ["gift"], strata=1)
    ...     joint = join_domains({label: counts}, "gift")
    ...     return joint_rates(Design([label], [1000], [100]), joint)
    >>> waves = independent(wave("2023", 20), wave("2024", 15), wave("2025", 12))
    >>> line = trend(waves, {"2023": 2023, "2024": 2024, "2025": 2025})
    >>> print(f"{line.estimate:.3f} a year, p {line.p:.3f}")
    -0.040 a year, p 0.105
    """
    centre = sum(times.values()) / len(times)
    spread = sum((time - centre) ** 2 for time in times.values())
    if not spread:
        raise ValueError("a trend needs rates of different times")
    slopes = {rates.at(label): (time - centre) / spread for label, time in times.items()}
    return _contrast(rates, sum(slopes[at] * rates.rate[at] for at in slopes), slopes, 0.0)


def _contrast(
    rates: RateVector, estimate: float, slopes: Mapping[int, float], null: float
) -> Contrast:
    """Give a function of the rates its error from its ``slopes``, and test it against ``null``."""
    gradient = np.zeros(len(rates.labels))
    for at, slope in slopes.items():
        gradient[at] += slope
    se = math.sqrt(max(float(gradient @ rates.covariance @ gradient), 0))
    value, df = float(estimate), rates.df
    if se == 0 or df < 1:
        return Contrast(value, se, value, value, None, None, df, rates.level)
    half = float(scipy.special.stdtrit(df, (1 + rates.level) / 2)) * se
    t = (value - null) / se
    p = 2 * float(scipy.special.stdtr(df, -abs(t)))
    return Contrast(value, se, value - half, value + half, t, p, df, rates.level)


def _refuse_unanswered(labels: Sequence[str], answers: Floats) -> None:
    for label, sheets in zip(labels, answers.sum(axis=0), strict=True):
        if not sheets:
            raise ValueError(f"no one answered {label!r}")


def _df(design: Design) -> int:
    return int(design.respondents.sum()) - len(design.stratum)
