"""Differences, ratios and odds ratios of strata, domains, items and waves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stats.arrays import Floats, Limits
    from stats.rate_vector import RateVector


class ContrastMethod(StrEnum):
    """How a comparison comes to its limits and its p-value."""

    HYBRID = "hybrid"
    """The two rates' own intervals, put together; the p-value inverts them."""
    WALD = "wald"
    """The t of the linearised standard error, as R's ``svycontrast``."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A comparison with its interval and test.

    Attributes
    ----------
    estimate, se : float
        The standard error is the linearised one, NaN where a ratio has none.
    low, high : float
        At ``level``; a ratio may reach from 0 to infinity.
    t : float or None
        Of Wald's test alone.
    p : float or None
        Of no difference: below 1 - level exactly where the interval excludes it. None where there
        is no sampling error.
    df : int
        Of Wald's t.
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


def difference(
    rates: RateVector, first: str, second: str, *, method: ContrastMethod = ContrastMethod.HYBRID
) -> Contrast:
    """Compare two rates by ``first`` - ``second``.

    References
    ----------
    .. [1] R. G. Newcombe, "Interval estimation for the difference between independent proportions",
       *Statistics in Medicine* 17, 1998, method 10.
    .. [2] G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: a
       general approach", *Statistics in Medicine* 27, 2008.

    Examples
    --------
    >>> answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [6, 10, 4, 60], axis=0)
    >>> joint = count_joint([0] * 80, answers, ["gift", "fee"], strata=1)
    >>> vector = joint_rates(Design(["city"], [400], [80]), joint)
    >>> contrast = difference(vector, "gift", "fee")
    >>> print(f"{contrast.estimate:.3f} ({contrast.low:.3f} to {contrast.high:.3f})")
    0.075 (-0.013 to 0.165)
    >>> print(f"p {contrast.p:.3f}")
    p 0.101
    """
    a, b = rates.at(first), rates.at(second)
    slopes = np.zeros(len(rates.labels))
    slopes[a] += 1
    slopes[b] -= 1
    return _linear(rates, slopes, method)


def relative(
    rates: RateVector, first: str, second: str, *, method: ContrastMethod = ContrastMethod.HYBRID
) -> Contrast:
    """Compare two rates by ``first`` / ``second``, tested against 1.

    Its interval holds the ratios θ for which that of ``first`` - θ ``second`` holds 0.

    Raises
    ------
    ValueError
        Both rates are 0; by Wald's method, the second.

    References
    ----------
    .. [1] A. Donner and G. Y. Zou, "Closed-form confidence intervals for functions of the normal
       mean and standard deviation", *Statistical Methods in Medical Research* 21, 2012.

    Examples
    --------
    >>> answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [6, 10, 4, 60], axis=0)
    >>> joint = count_joint([0] * 80, answers, ["gift", "fee"], strata=1)
    >>> vector = joint_rates(Design(["city"], [400], [80]), joint)
    >>> contrast = relative(vector, "gift", "fee")
    >>> print(f"{contrast.estimate:.2f} ({contrast.low:.2f} to {contrast.high:.2f})")
    1.60 (0.92 to 2.86)
    """
    a, b = rates.at(first), rates.at(second)
    top, bottom = float(rates.rate[a]), float(rates.rate[b])
    if not bottom and not top:
        raise ValueError(f"the rates of {first!r} and {second!r} are both 0: no ratio")
    if not bottom and method is ContrastMethod.WALD:
        raise ValueError(f"the rate of {second!r} is 0: no ratio to it by Wald's method")
    estimate = top / bottom if bottom else math.inf
    slopes = np.zeros(len(rates.labels))
    if bottom:
        slopes[a] += 1 / bottom
        slopes[b] -= estimate / bottom
    se = _se(rates, slopes) if bottom else math.nan
    if method is ContrastMethod.WALD:
        return _wald(rates, estimate, se, 1.0)
    places, table = [a, b], rates.table
    limits = ratio_limits(
        rates.rate[places], table.low[:, places], table.high[:, places], rates.correlation[a, b]
    )
    return _hybrid(rates, estimate, se, limits, 1.0)


def log_odds_ratio(
    rates: RateVector, first: str, second: str, *, method: ContrastMethod = ContrastMethod.HYBRID
) -> Contrast:
    """Compare two rates by logit ``first`` - logit ``second``.

    A rate of 0 or 1 has an infinite logit; the interval then reaches from there to a limit, which
    is taken from the rate's limit at level 0.

    Raises
    ------
    ValueError
        Both rates are 0, or both are 1; by Wald's method, one of them is 0 or 1.

    References
    ----------
    .. [1] G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: a
       general approach", *Statistics in Medicine* 27, 2008.

    Examples
    --------
    >>> answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [6, 10, 4, 60], axis=0)
    >>> joint = count_joint([0] * 80, answers, ["gift", "fee"], strata=1)
    >>> vector = joint_rates(Design(["city"], [400], [80]), joint)
    >>> contrast = log_odds_ratio(vector, "gift", "fee")
    >>> print(f"{contrast.estimate:.3f} ({contrast.low:.3f} to {contrast.high:.3f})")
    0.560 (-0.092 to 1.246)
    """
    a, b = rates.at(first), rates.at(second)
    top, bottom = float(rates.rate[a]), float(rates.rate[b])
    inner = 0 < top < 1 and 0 < bottom < 1
    if not inner and method is ContrastMethod.WALD:
        at, label = (top, first) if top in {0, 1} else (bottom, second)
        raise ValueError(f"the rate of {label!r} is {at:g}: its odds have no log")
    if not inner and top == bottom:
        raise ValueError(f"the rates of {first!r} and {second!r} are both {top:g}: no odds ratio")
    estimate = float(scipy.special.logit(top) - scipy.special.logit(bottom))
    slopes = np.zeros(len(rates.labels))
    if inner:
        slopes[a] += 1 / (top * (1 - top))
        slopes[b] -= 1 / (bottom * (1 - bottom))
    se = _se(rates, slopes) if inner else math.nan
    if method is ContrastMethod.WALD:
        return _wald(rates, estimate, se, 0.0)
    return _hybrid(rates, estimate, se, _log_odds_limits(rates, [a, b]), 0.0)


def standardize(
    rates: RateVector,
    shares: Mapping[str, float],
    *,
    method: ContrastMethod = ContrastMethod.HYBRID,
) -> Contrast:
    """Average rates over common shares: direct standardisation.

    Parameters
    ----------
    rates : RateVector
        Of the strata (or domains) to average over.
    shares : mapping of str to float
        Of the standard population, by label; they are divided by their sum.
    method : ContrastMethod

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
    slopes = np.zeros(len(rates.labels))
    for label, share in shares.items():
        slopes[rates.at(label)] = share / sum(shares.values())
    return _linear(rates, slopes, method)


def trend(
    rates: RateVector,
    times: Mapping[str, float],
    *,
    method: ContrastMethod = ContrastMethod.HYBRID,
) -> Contrast:
    """Estimate the slope of a straight line through rates over time, by least squares.

    Parameters
    ----------
    rates : RateVector
        Of waves, say.
    times : mapping of str to float
        When each rate was taken, by label.
    method : ContrastMethod

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
    -0.040 a year, p 0.139
    """
    centre = sum(times.values()) / len(times)
    spread = sum((time - centre) ** 2 for time in times.values())
    if not spread:
        raise ValueError("a trend needs rates of different times")
    slopes = np.zeros(len(rates.labels))
    for label, time in times.items():
        slopes[rates.at(label)] = (time - centre) / spread
    return _linear(rates, slopes, method)


def reach(coefficients: Floats, below: Floats, above: Floats, correlation: Floats) -> Limits:
    """Return how far a weighted sum's limits lie below and above its estimate.

    Parameters
    ----------
    coefficients : ndarray, shape (J,)
    below, above : ndarray, shape (K, J)
        Distances of the limits from each rate.
    correlation : ndarray, shape (J, J) or (K, J, J)

    Returns
    -------
    tuple of ndarray, shape (K,)
    """
    is_added = coefficients > 0
    down = coefficients * np.where(is_added, below, above)
    up = coefficients * np.where(is_added, above, below)
    return _length(down, correlation), _length(up, correlation)


def _length(sides: Floats, correlation: Floats) -> Floats:
    is_common = correlation.ndim == 2
    weighted = sides @ correlation if is_common else (sides[:, None] @ correlation)[:, 0]
    square = (weighted * sides).sum(axis=-1)
    return np.asarray(np.sqrt(np.maximum(square, 0)))


def _linear(rates: RateVector, slopes: Floats, method: ContrastMethod) -> Contrast:
    """Compare by a weighted sum of the rates, tested against 0."""
    estimate, se = float(slopes @ rates.rate), _se(rates, slopes)
    if method is ContrastMethod.WALD:
        return _wald(rates, estimate, se, 0.0)
    table = rates.table
    down, up = reach(slopes, rates.rate - table.low, table.high - rates.rate, rates.correlation)
    return _hybrid(rates, estimate, se, (estimate - down, estimate + up), 0.0)


def ratio_limits(rate: Floats, low: Floats, high: Floats, common: Floats | float) -> Limits:
    """Solve for the ratios at which a limit of first - ratio * second is 0.

    Parameters
    ----------
    rate : ndarray, shape (2,) or (K, 2)
    low, high : ndarray, shape (K, 2)
    common : float or ndarray, shape (K,)
        Correlation of the two.

    Returns
    -------
    tuple of ndarray, shape (K,)
        From 0 to infinity.
    """
    top, bottom = rate[..., 0], rate[..., 1]
    below, above = rate - low, high - rate
    # Of the square of each rate less the square of the distance to its limit.
    to_low, to_high = low * (2 * rate - low), high * (2 * rate - high)
    middle = top * bottom - common * below[:, 0] * above[:, 1]
    root = np.sqrt(np.maximum(middle**2 - to_low[:, 0] * to_high[:, 1], 0))
    least = _quotient(to_low[:, 0], middle + root, 0.0)
    middle = top * bottom - common * above[:, 0] * below[:, 1]
    root = np.sqrt(np.maximum(middle**2 - to_high[:, 0] * to_low[:, 1], 0))
    return least, _quotient(middle + root, to_low[:, 1], math.inf)


def _quotient(numerator: Floats, denominator: Floats, otherwise: float) -> Floats:
    result = np.full_like(numerator, otherwise)
    return np.divide(numerator, denominator, out=result, where=denominator > 0)


def _log_odds_limits(rates: RateVector, places: list[int]) -> Limits:
    table, rate = rates.table, rates.rate[places]
    low, high = table.low[:, places], table.high[:, places]
    # An infinite logit is measured from the limit that half of all samples would not reach.
    inner = np.where(rate == 0, high[0], np.where(rate == 1, low[0], rate))
    return log_odds_limits(inner, low, high, rates.correlation[tuple(places)])


def log_odds_limits(inner: Floats, low: Floats, high: Floats, common: Floats | float) -> Limits:
    """Return the limits of logit first - logit second.

    Parameters
    ----------
    inner : ndarray, shape (2,) or (K, 2)
        The rates; in the place of 0 and 1 the limit from which their logit is measured.
    low, high : ndarray, shape (K, 2)
    common : float or ndarray, shape (K,)
        Correlation of the two.

    Returns
    -------
    tuple of ndarray, shape (K,)
    """
    logit = scipy.special.logit(inner)
    below, above = _logits_between(low, inner), _logits_between(inner, high)
    middle = logit[..., 0] - logit[..., 1]
    return (
        middle - _logits_apart(below[:, 0], above[:, 1], common),
        middle + _logits_apart(above[:, 0], below[:, 1], common),
    )


def _logits_between(low: Floats, high: Floats) -> Floats:
    # A rate of 0 or 1 that is known has an infinite logit, and no distance to its limits.
    low, high = np.broadcast_arrays(low, high)
    distance = np.zeros(low.shape)
    apart = low < high
    distance[apart] = scipy.special.logit(high[apart]) - scipy.special.logit(low[apart])
    return distance


def _logits_apart(first: Floats, second: Floats, correlation: Floats | float) -> Floats:
    squares = first**2 + second**2
    common = np.where(np.isfinite(squares), first * second, 0)
    return np.asarray(np.sqrt(np.maximum(squares - 2 * correlation * common, 0)))


def _hybrid(rates: RateVector, estimate: float, se: float, limits: Limits, null: float) -> Contrast:
    """Give a function of the rates its limits at each level of the table, and invert them."""
    low, high = np.minimum.accumulate(limits[0]), np.maximum.accumulate(limits[1])
    own = rates.table.own
    p = None
    if low[own] < high[own]:
        is_above = estimate > null
        distance = low - null if is_above else null - high
        p = _inverted(rates.table.deviate, distance)
    return Contrast(estimate, se, float(low[own]), float(high[own]), None, p, rates.df, rates.level)


def _inverted(deviate: Floats, distance: Floats) -> float:
    """Return the p-value: of the level at which the nearer limit comes to no difference.

    Between the levels of the table the limit is taken as straight in the normal deviate.
    """
    touching = np.flatnonzero(~(distance > 0))
    if not len(touching):
        return float(2 * scipy.special.ndtr(-deviate[-1]))
    place = int(touching[0])
    if place == 0:
        return 1.0
    before, after = distance[place - 1], distance[place]
    share = before / (before - after) if math.isfinite(after) else 0.0
    between = deviate[place - 1] + max(share, 1e-9) * (deviate[place] - deviate[place - 1])
    return float(2 * scipy.special.ndtr(-between))


def _se(rates: RateVector, slopes: Floats) -> float:
    return math.sqrt(max(float(slopes @ rates.covariance @ slopes), 0))


def _wald(rates: RateVector, estimate: float, se: float, null: float) -> Contrast:
    value, df = float(estimate), rates.df
    if se == 0 or df < 1:
        return Contrast(value, se, value, value, None, None, df, rates.level)
    half = float(scipy.special.stdtrit(df, (1 + rates.level) / 2)) * se
    t = (value - null) / se
    p = 2 * float(scipy.special.stdtr(df, -abs(t)))
    return Contrast(value, se, value - half, value + half, t, p, df, rates.level)
