"""Korn and Graubard's interval at the tested rate: which overall rates a stratified sample allows.

An interval that puts its estimate's own standard error around the estimate trusts it most where
the sample saw least: a stratum without a yes adds no variance. Here each overall rate is tested
with the variance that the sample would have under it. The rates of the strata are then those that
fit the sample best among all that make up the tested rate.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

if TYPE_CHECKING:
    from collections.abc import Callable

    from stats.arrays import Floats, Limits, Mask
    from stats.linearisation import Partition, Ratio

_INTERVAL: Final = 1.0
"""Of a sheet: an interval counts a sample as possible with all its own chance."""
_PROBABILITY: Final = 0.5
"""A probability splits it, as the mid-P does."""
_SKEWED: Final = 4.0
_NEAR_HALF: Final = 0.1
_SYMMETRIC: Final = 0.03
_STEP: Final = 0.4
_RANGE: Final = 60.0
_NEAR: Final = 1e-10
_ROUNDS: Final = 80


def limits(part: Partition, ratios: Ratio, level: float) -> Limits:
    """Return the least and the greatest rate whose tail holds at least (1 - level) / 2.

    Parameters
    ----------
    part : Partition
        H strata in D domains.
    ratios : Ratio
        Of D × I rates; strata that were fully counted are to have no answers.
    level : float

    Returns
    -------
    tuple of ndarray, shape (D, I)

    Notes
    -----
    The formula stands in docs/methodology.md, "Korn–Graubard at the tested rate".

    References
    ----------
    .. [1] E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small expected
       number of positive counts estimated from survey data", *Survey Methodology* 24, 1998.
    .. [2] J. N. K. Rao and C. F. J. Wu, "Resampling inference with complex survey data" and
       S. X. Chen and R. R. Sitter, "A pseudo empirical likelihood approach for stratified
       samples", *Statistica Sinica* 9, 1999: constrained rates of strata.
    """
    sample = StratifiedSample.of(part, ratios)
    return 1 - sample.mirrored().greatest(level), sample.greatest(level)


def greatest(part: Partition, ratios: Ratio, level: float) -> Floats:
    """Return the upper one of `limits` alone."""
    return StratifiedSample.of(part, ratios).greatest(level)


def exceedance(part: Partition, ratios: Ratio, thresholds: Floats) -> Floats:
    """Return the probability that each of D × I rates reaches its threshold.

    It is one less the tail of a sample with as many yes or more where the threshold lies below
    the estimate, and the tail of one with as few or fewer where it lies above: the mid-P of the
    interval's test, read as a probability of the rate.
    """
    sample = StratifiedSample.of(part, ratios)
    below = sample.tail(sample.fitted(thresholds), _PROBABILITY)
    above = sample.mirrored().tail(sample.mirrored().fitted(1 - thresholds), _PROBABILITY)
    return np.where(ratios.rate < thresholds, below, 1 - above)


@dataclass(frozen=True, eq=False)
class Hypothesis:
    """An overall rate that is tested, and the sampling distribution under it; arrays (D, I).

    Attributes
    ----------
    rate, variance : ndarray
    finite : ndarray
        (1 - 2f) / (1 - f), averaged over the variance: how much of the binomial's skewness the
        finite population leaves. It is below 0 where more than half was sampled.
    third : ndarray
        Third central moment of the estimate.
    """

    rate: Floats
    variance: Floats
    finite: Floats
    third: Floats

    @property
    def effective_size(self) -> Floats:
        """Answers of a simple random sample with the same variance: π (1 - π) / V."""
        spread = self.rate * (1 - self.rate)
        return np.where(
            self.variance > 0, spread / np.where(self.variance > 0, self.variance, 1), np.inf
        )

    @property
    def skewness(self) -> Floats:
        """Skewness in binomials of the effective size, as far as it lengthens the lower tail.

        A rate above a half has a binomial with a long lower tail; unequal weights make it longer
        still. Near a half the binomial has none to measure by.
        """
        above_half = np.maximum(2 * self.rate - 1, 0)
        measure = above_half / (above_half**2 + _NEAR_HALF**2)
        spread = self.rate * (1 - self.rate)
        squared = np.where(self.variance > 0, self.variance**2, np.inf)
        longer = -self.third * spread / squared - above_half * self.finite
        return np.minimum(self.finite + measure * np.maximum(longer, 0), _SKEWED)


@dataclass(frozen=True, eq=False)
class StratifiedSample:
    """What was seen in the strata, as the test of an overall rate needs it.

    Attributes
    ----------
    part : Partition
    share : ndarray, shape (H, I)
        Yes among the answers of a stratum.
    weight : ndarray, shape (H, I)
        Of the stratum in its domain, W.
    push : ndarray, shape (H, 1)
        How strongly a stratum is moved: persons for whom one sheet stands, besides itself.
    unit, skew : ndarray, shape (H, I)
        What p (1 - p) is multiplied by for the variance without finite population correction,
        and p (1 - p) (1 - 2p) for the third moment.
    smoothing : ndarray, shape (H, I)
        How far a stratum's rate is drawn to the overall one for the variance: by half a sheet.
    unanswered : ndarray, shape (H, I)
        Sheets that did not answer, or lie outside of the domain, of a stratum's.
    estimate, size : ndarray, shape (D, I)
        Overall rate, and answers.
    """

    part: Partition
    share: Floats
    weight: Floats
    push: Floats
    unit: Floats
    skew: Floats
    smoothing: Floats
    unanswered: Floats
    estimate: Floats
    size: Floats

    @classmethod
    def of(cls, part: Partition, ratios: Ratio) -> StratifiedSample:
        """Take the sample that ``ratios`` were estimated from."""
        answers = ratios.cells_answered
        sheets = part.design.respondents[:, None].astype(float)
        someone = np.maximum(answers, 1)
        persons = np.where(ratios.persons, ratios.persons, 1)
        weight = part.weight * answers / part.spread(persons)
        skew = part.unsampled * (2 * part.unsampled - 1)
        return cls(
            part,
            ratios.cells_yes / someone,
            weight,
            part.weight * part.unsampled,
            weight**2 / someone * sheets / (sheets - 0.5),
            weight**3 * skew / (someone - 0.5) ** 2,
            0.5 / (answers + 0.5),
            1 - answers / sheets,
            ratios.rate,
            ratios.answers,
        )

    def mirrored(self) -> StratifiedSample:
        """Take no for yes."""
        return replace(self, share=1 - self.share, estimate=1 - self.estimate)

    def hypothesis(self, multiplier: Floats) -> Hypothesis:
        """Return the best fit with ``multiplier`` (D, I) ≥ 0; the greater, the greater the rate.

        The likelihood of a stratum has as much weight as its sample has information, 1 / (1 - f).
        """
        part = self.part
        rates = raised(self.share, part.spread(multiplier) * self.push)
        rate = np.minimum(part.total(self.weight * rates), 1)
        rates += self.smoothing * (part.spread(rate) - rates)
        spread = rates * (1 - rates)
        third = part.total(self.skew * spread * (1 - 2 * rates))
        if self.unanswered.any():  # who answers in a stratum is then a matter of chance as well
            spread = spread + self.unanswered * (rates - part.spread(rate)) ** 2
        unit = self.unit * spread
        variance = part.total(unit * part.unsampled)
        finite = 2 * variance - part.total(unit)
        return Hypothesis(rate, variance, finite / np.where(variance > 0, variance, 1), third)

    def tail(self, tested: Hypothesis, own: float) -> Floats:
        """Return the chance of an estimate as low as this one, ``own`` of its own chance with it.

        The estimate's distance from the tested rate is stretched by the skewness, and the
        effective size with it, so that the binomial has the variance and the skewness that the
        estimate has; stretched by less than 0, it is turned round.
        """
        stretch = np.where(np.abs(tested.skewness) < _SYMMETRIC, _SYMMETRIC, tested.skewness)
        effective = np.clip(tested.effective_size, 1e-9, 1e12)
        size = effective / stretch**2
        # A sheet is the step of the estimate, however precise the finite population makes it.
        step = np.abs(stretch) * size / np.minimum(effective, np.maximum(self.size, 1))
        yes = size * (tested.rate + stretch * (self.estimate - tested.rate))
        upright, shift = stretch > 0, 0.5 + (own - 0.5) * step
        up = np.where(upright, yes + shift, yes + 1 - shift)
        below = _binomial(tested.rate, up, size + 1 - up)
        return np.where(upright, 1 - below, below)

    def greatest(self, level: float) -> Floats:
        """Return the greatest rate whose `tail` holds at least (1 - level) / 2."""
        quantile = float(scipy.special.ndtri((1 - level) / 2))

        def excess(logarithm: Floats) -> Floats:
            tested = self.hypothesis(np.exp(logarithm))
            # The rate stays where it is until a stratum without a yes is moved.
            tail = np.where(tested.rate > self.estimate, self.tail(tested, _INTERVAL), 1)
            return np.asarray(scipy.special.ndtri(np.clip(tail, 1e-15, 1 - 1e-15)) - quantile)

        bounded = (self.size > 0) & (self.estimate < 1)
        logarithm = _root(excess, np.log(self._start(-quantile)), bounded)
        return np.where(bounded, self.hypothesis(np.exp(logarithm)).rate, 1.0)

    def fitted(self, rate: Floats) -> Hypothesis:
        """Return the best fit that makes up ``rate``; the estimate itself where that is more."""

        def excess(logarithm: Floats) -> Floats:
            return rate - self.hypothesis(np.exp(logarithm)).rate

        raised_to = (self.size > 0) & (self.estimate < rate)
        logarithm = _root(excess, np.log(self._start(1.0)), raised_to)
        return self.hypothesis(np.where(raised_to, np.exp(logarithm), 0))

    def _start(self, errors: float) -> Floats:
        """Return multipliers that raise the rate by about so many standard errors."""
        part = self.part
        smooth = 0.01 + 0.98 * self.share
        spread = smooth * (1 - smooth)
        slope = part.total(spread * self.weight * self.push)
        variance = part.total(spread * self.unit * part.unsampled)
        return np.where(slope > 0, errors * np.sqrt(variance) / np.where(slope > 0, slope, 1), 1.0)


def raised(share: Floats, push: Floats) -> Floats:
    """Return the root p in [share, 1] of push p² + (1 - push) p = share, for push ≥ 0.

    It is where the binomial likelihood of a stratum falls as steeply as ``push`` asks.
    """
    pull = 1 - push
    root = np.sqrt(pull * pull + 4 * push * share)
    gentle = pull > 0
    numerator, denominator = root - pull, 2 * push
    np.multiply(share, 2, out=numerator, where=gentle)
    np.add(pull, root, out=denominator, where=gentle)
    return np.divide(numerator, denominator, out=numerator)


def _binomial(rate: Floats, yes: Floats, no: Floats) -> Floats:
    """Return the regularised incomplete beta function, 0 or 1 where a count is none."""
    inside = scipy.special.betainc(np.maximum(yes, 1e-300), np.maximum(no, 1e-300), rate)
    return np.where(yes <= 0, 1.0, np.where(no <= 0, 0.0, inside))


def _root(excess: Callable[[Floats], Floats], start: Floats, where: Mask) -> Floats:
    """Return the points at which ``excess`` falls to 0, near ``start``, by false position.

    Where it does not fall to 0 within `_RANGE` of the start, that is the end of the range.
    """
    low, high = start - _STEP, start + _STEP
    above, below = excess(low), excess(high)
    step = 2 * _STEP
    while step < _RANGE and (where & ((above < 0) | (below > 0))).any():
        low, high = np.where(above < 0, low - step, low), np.where(below > 0, high + step, high)
        above, below = excess(low), excess(high)
        step *= 2
    settled = ~where | (above < 0) | (below > 0)
    point = high
    for _ in range(_ROUNDS):
        slope = np.where(above > below, above - below, 1)
        point = np.where(settled, point, high + (high - low) * below / slope)
        settled = settled | (high - low < _NEAR) | (point <= low) | (point >= high)
        if settled.all():
            break
        value = excess(point)
        rising = value > 0
        # The end that stays is given less, so that it does not stay for ever (Anderson, Björck).
        staying = np.where(settled, 1, np.where(rising, above, below))
        less = np.where(np.abs(value) < np.abs(staying), 1 - value / staying, 0.5)
        settled = settled | (np.abs(value) < _NEAR)
        above, below = (
            np.where(rising, value, above * less),
            np.where(rising, below * less, value),
        )
        low, high = np.where(rising, point, low), np.where(rising, high, point)
    return point
