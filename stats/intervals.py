"""Confidence intervals of a rate: one function a method, all of them vectorised."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from collections.abc import Callable

    from stats.arrays import Floats, Limits, Mask


class Interval(StrEnum):
    """Methods of a confidence interval; R's names where R has them."""

    DEFAULT = "default"
    """``EXACT`` in one stratum, ``SMOOTHED`` over several."""
    EXACT = "exact"
    """One stratum: tails of the hypergeometric distribution inverted (binomial without the
    finite population). Over several strata ``SMOOTHED``."""
    SMOOTHED = "smoothed"
    """Korn–Graubard over a variance from rates smoothed towards the domain's."""
    MEAN = "mean"
    """Wald's: rate ± t standard errors, cut to [0, 1]."""
    LOGIT = "logit"
    XLOGIT = "xlogit"
    """Wald's on the log odds."""
    ASIN = "asin"
    """Wald's on the arcsine of the square root."""
    WILSON = "wilson"
    """Wilson's score interval with the effective sample size."""
    LIKELIHOOD = "likelihood"
    """Profile of the quasi-binomial likelihood scaled to the design's variance."""
    BETA = "beta"
    """Korn and Graubard's: Clopper–Pearson with the effective sample size."""
    NCHS = "nchs"
    """Korn and Graubard's with the effective sample size capped at the number of answers."""

    @classmethod
    def _missing_(cls, value: object) -> Interval | None:
        return {"arcsine": cls.ASIN, "korn-graubard": cls.BETA}.get(str(value))


@dataclass(frozen=True, eq=False)
class Estimates:
    """Rates with what their intervals need; arrays of one shape.

    Attributes
    ----------
    rate, variance : ndarray
        0 < rate < 1 and variance > 0 wherever a method other than ``SMOOTHED`` is applied.
    size, df : ndarray
        Answers, and degrees of freedom (at least 1).
    """

    rate: Floats
    variance: Floats
    size: Floats
    df: Floats

    def t(self, level: float) -> Floats:
        """Return the quantile of Student's t for a two-sided ``level``."""
        return np.asarray(scipy.special.stdtrit(self.df, (1 + level) / 2))

    @property
    def effective_size(self) -> Floats:
        """Answers of a simple random sample with the same variance: p(1 - p) / V."""
        return self.rate * (1 - self.rate) / self.variance


def mean(of: Estimates, level: float) -> Limits:
    """Wald: p ± t √V."""
    half = of.t(level) * np.sqrt(of.variance)
    return of.rate - half, of.rate + half


def xlogit(of: Estimates, level: float) -> Limits:
    """Wald on the log odds: logit p ± t √V / (p (1 - p))."""
    half = of.t(level) * np.sqrt(of.variance) / (of.rate * (1 - of.rate))
    centre = scipy.special.logit(of.rate)
    return scipy.special.expit(centre - half), scipy.special.expit(centre + half)


def asin(of: Estimates, level: float) -> Limits:
    """Wald on the arcsine: sin²(asin √p ± t √(V / 4p(1 - p))), held within its quarter turn."""
    half = of.t(level) / (2 * np.sqrt(of.effective_size))
    centre = np.arcsin(np.sqrt(of.rate))
    return (
        np.sin(np.maximum(centre - half, 0)) ** 2,
        np.sin(np.minimum(centre + half, np.pi / 2)) ** 2,
    )


def wilson(of: Estimates, level: float) -> Limits:
    """Wilson's score interval with n_eff = p(1 - p) / V and t for z."""
    t, n, p = of.t(level), of.effective_size, of.rate
    centre = p + t**2 / (2 * n)
    half = t * np.sqrt(p * (1 - p) / n + (t / (2 * n)) ** 2)
    return (centre - half) / (1 + t**2 / n), (centre + half) / (1 + t**2 / n)


def likelihood(of: Estimates, level: float) -> Limits:
    """Rates π with 2 n_eff (n - 1)/n KL(p ‖ π) ≤ t²; the dispersion n/(n - 1) is R's."""
    n = of.effective_size * np.maximum(of.size - 1, 1) / of.size
    largest = of.t(level) ** 2 / (2 * n)
    p = of.rate

    def divergence(candidate: Floats) -> Floats:
        return scipy.special.rel_entr(p, candidate) + scipy.special.rel_entr(1 - p, 1 - candidate)

    inside, below, above = p, np.zeros_like(p), np.ones_like(p)
    return _bisect(divergence, largest, inside, below), _bisect(divergence, largest, inside, above)


def _bisect(
    excess: Callable[[Floats], Floats], largest: Floats, inside: Floats, outside: Floats
) -> Floats:
    """Return where ``excess`` reaches ``bound`` between two points, to the last digit."""
    for _ in range(64):
        middle = (inside + outside) / 2
        within = excess(middle) <= largest
        inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
    return inside


def beta(of: Estimates, level: float) -> Limits:
    """Korn–Graubard with n_eff = p(1 - p) / V."""
    return korn_graubard(of.rate, of.effective_size, of.size, of.df, level)


def nchs(of: Estimates, level: float) -> Limits:
    """Korn–Graubard with n_eff, corrected for df, capped at the number of answers."""
    corrected = of.effective_size * df_correction(of.size, of.df, level)
    return clopper_pearson(of.rate, np.minimum(of.size, corrected), level)


def korn_graubard(
    rate: Floats, effective: Floats, size: Floats, df: Floats, level: float
) -> Limits:
    """Clopper–Pearson with n_eff p of n_eff, n_eff corrected for the design's df.

    References
    ----------
    .. [1] E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small expected
       number of positive counts estimated from survey data", *Survey Methodology* 24, 1998.
    """
    return clopper_pearson(rate, effective * df_correction(size, df, level), level)


def df_correction(size: Floats, df: Floats, level: float) -> Floats:
    """Return the (t of n - 1 / t of df)² that Korn and Graubard multiply n_eff by; 0 without df."""
    simple = scipy.special.stdtrit(np.maximum(size - 1, 1), (1 + level) / 2)
    own = scipy.special.stdtrit(np.maximum(df, 1), (1 + level) / 2)
    return np.where(df > 0, (simple / own) ** 2, 0.0)


def clopper_pearson(rate: Floats, size: Floats, level: float) -> Limits:
    """Invert the binomial's tails for ``rate`` × ``size`` of ``size``, whole numbers or not.

    References
    ----------
    .. [1] C. J. Clopper and E. S. Pearson, "The use of confidence or fiducial limits illustrated
       in the case of the binomial", *Biometrika* 26, 1934.
    """
    tail = (1 - level) / 2
    yes, no = rate * size, (1 - rate) * size
    low = np.where(yes > 0, scipy.special.betaincinv(np.maximum(yes, 1e-300), no + 1, tail), 0.0)
    high = np.where(
        no > 0, scipy.special.betaincinv(yes + 1, np.maximum(no, 1e-300), 1 - tail), 1.0
    )
    return low, high


def hypergeometric(yes: Floats, size: Floats, population: Floats, level: float) -> Limits:
    """Invert the hypergeometric's tails: which numbers of persons could have given this sample.

    Parameters
    ----------
    yes, size, population : ndarray of whole numbers, one shape
        ``yes`` of ``size`` sheets, from ``population`` persons.
    level : float

    Returns
    -------
    tuple of ndarray
        The least and the greatest rate whose upper (lower) tail holds at least (1 - level) / 2.

    References
    ----------
    .. [1] W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley, 1977, sec. 3.6.
    """
    greatest = _most(yes, size, population, (1 - level) / 2)
    least = population - _most(size - yes, size, population, (1 - level) / 2)
    return least / population, greatest / population


def _most(yes: Floats, size: Floats, population: Floats, tail: float) -> Floats:
    """Return the greatest K with P(X ≤ yes | K of population) > tail."""
    least, beyond = yes, population - (size - yes) + 1
    guess, step = _near(yes, size, population, tail)
    edge = tail * (1 + 1e-10)  # a tail of exactly this size is out, however it was rounded
    low = np.clip(np.floor(guess - step), least, beyond - 1)
    high = np.clip(np.ceil(guess + step), low + 1, beyond)

    def possible(persons: Floats) -> Mask:
        return _lower_tail(yes, size, population, np.minimum(persons, beyond - 1)) > edge

    # the guess is near, but nothing rests on that: the bracket widens until it holds the answer
    while (astray := (low > least) & ~possible(low)).any():
        high = np.where(astray, low, high)
        low, step = np.where(astray, np.maximum(low - step, least), low), 2 * step
    while (astray := (high < beyond) & possible(high)).any():
        low = np.where(astray, high, low)
        high, step = np.where(astray, np.minimum(high + step, beyond), high), 2 * step
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        above = possible(middle)
        low, high = np.where(above, middle, low), np.where(above, high, np.maximum(middle, low + 1))
    return low


def _near(yes: Floats, size: Floats, population: Floats, tail: float) -> Limits:
    """Guess `_most` from the binomial of a sample as precise, and the steps to search in."""
    unsampled = np.maximum(population - size, 1) / population
    rate = clopper_pearson(yes / size, size / unsampled, 1 - 2 * tail)[1]
    error = population * np.sqrt(rate * (1 - rate) * unsampled / size)
    return rate * population, 1 + np.ceil(error / 100)


def _lower_tail(yes: Floats, size: Floats, population: Floats, persons: Floats) -> Floats:
    """Return P(X ≤ yes) of the hypergeometric, summed downwards while terms count.

    Each term follows from the one above it; past six more standard deviations they are nothing.
    """
    share = persons / population
    deviation = np.sqrt(size * share * (1 - share) * (1 - size / population))
    terms = int(min(yes.max(initial=0), 40 + 6 * deviation.max(initial=0)))
    j = np.maximum(yes[..., None] - np.arange(terms), 0)
    k, n, rest = persons[..., None], size[..., None], (population - persons - size)[..., None]
    falling = np.cumprod(np.maximum(j * (rest + j), 0) / ((k - j + 1) * (n - j + 1)), axis=-1)
    ways = (
        _log_choose(persons, yes)
        + _log_choose(population - persons, size - yes)
        - _log_choose(population, size)
    )
    return np.asarray(np.exp(ways) * (1 + falling.sum(axis=-1)))


def _log_choose(whole: Floats, part: Floats) -> Floats:
    return np.asarray(
        scipy.special.gammaln(whole + 1)
        - scipy.special.gammaln(part + 1)
        - scipy.special.gammaln(whole - part + 1)
    )


METHODS: dict[Interval, Callable[[Estimates, float], Limits]] = {
    Interval.MEAN: mean,
    Interval.LOGIT: xlogit,
    Interval.XLOGIT: xlogit,
    Interval.ASIN: asin,
    Interval.WILSON: wilson,
    Interval.LIKELIHOOD: likelihood,
    Interval.BETA: beta,
    Interval.NCHS: nchs,
}
