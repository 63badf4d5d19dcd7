"""Confidence intervals of a rate: one function a method, all of them vectorised."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import scipy

if TYPE_CHECKING:
    from collections.abc import Callable

    from stats.arrays import Floats, Limits


class Interval(StrEnum):
    """Methods of a confidence interval; R's names where R has them."""

    DEFAULT = "default"
    """``BLAKER`` in one stratum, ``TESTED`` over several."""
    BLAKER = "blaker"
    """One stratum: Blaker's, the shortest that keeps its level for every population
    (Clopper–Pearson without the finite population). Over several strata ``TESTED``."""
    TESTED = "tested"
    """Korn–Graubard at the tested rate, with the variance and the skewness under it."""
    EXACT = "exact"
    """One stratum: both tails of the hypergeometric distribution inverted (Clopper–Pearson without
    the finite population). Over several strata ``TESTED``."""
    SMOOTHED = "smoothed"
    """Korn–Graubard over a variance from rates smoothed towards the domain's: the default of the
    first edition."""
    CLUSTERED = "clustered"
    """Sheets of clusters: Korn–Graubard over the variance between these, the fewer of them say yes
    the nearer to that of clusters that answer alike. Without clusters ``DEFAULT``."""
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
    def of_strata(cls) -> frozenset[Interval]:
        """Return the methods that need the strata's own rates; else NCHS's stands in."""
        return frozenset(
            {cls.DEFAULT, cls.BLAKER, cls.TESTED, cls.EXACT, cls.SMOOTHED, cls.CLUSTERED}
        )

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
