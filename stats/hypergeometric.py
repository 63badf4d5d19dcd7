"""Intervals of one stratum: which numbers of its persons could have given the sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

if TYPE_CHECKING:
    from stats.arrays import Floats, Limits, Mask

_ROUNDED: Final = 1 + 1e-10
"""A tail of exactly a size is out, however it was rounded."""
_SPARSE: Final = 1000
_TIED: Final = 1e-6
_WIDEST: Final = 100
"""Steps of the window in which a tail is followed from one number of persons to the next."""


def exact(yes: Floats, size: Floats, population: Floats, level: float) -> Limits:
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
    tail = (1 - level) / 2
    least = population - _most(size - yes, size, population, tail)
    return least / population, greatest(yes, size, population, level)


def greatest(yes: Floats, size: Floats, population: Floats, level: float) -> Floats:
    """Return the upper limit of `exact` alone."""
    return _most(yes, size, population, (1 - level) / 2) / population


def reaching(yes: Floats, size: Floats, population: Floats, persons: Floats) -> Floats:
    """Return the probability of that many persons or more, all numbers being as likely before.

    With K from 0 to N equally likely before, K ≥ k after the sample is as likely as at most ``yes``
    of n + 1 sheets out of N + 1 persons, k of whom would say yes.
    """
    least, most = yes, population - (size - yes)
    inside = np.clip(persons, least + 1, np.maximum(most, least + 1))
    n, everyone = size + 1, population + 1
    # The tails are summed from their ends inwards: each is right where it is the lesser.
    is_lesser = yes * everyone <= n * inside
    lesser = _lower_tail(
        np.where(is_lesser, yes, n - yes - 1),
        n,
        everyone,
        np.where(is_lesser, inside, everyone - inside),
    )
    tail = np.clip(np.where(is_lesser, lesser, 1 - lesser), 0, 1)
    return np.where(persons <= least, 1.0, np.where(persons > most, 0.0, tail))


def blaker(yes: Floats, size: Floats, population: Floats, level: float) -> Limits:
    """Return Blaker's limits: the hull of the persons whose acceptability is above 1 - level.

    The acceptability of K persons is the chance of a sample that is as far out: the smaller tail
    of this sample, and as much of the opposite tail as is no greater. It covers as surely as
    `exact`, lies within it, and is some 4 % shorter. Where one sheet stands for more than a
    thousand persons, so that too many K would have to be tried, its limits are those of `exact`.

    Parameters
    ----------
    yes, size, population : ndarray of whole numbers, one shape
    level : float

    Returns
    -------
    tuple of ndarray

    References
    ----------
    .. [1] H. Blaker, "Confidence curves and improved exact confidence intervals for discrete
       distributions", *Canadian Journal of Statistics* 28, 2000.
    .. [2] J. Klaschka and J. Reiczigel, "On matching confidence intervals and tests for some
       discrete distributions", *Computational Statistics* 36, 2021.
    """
    least = _least_acceptable(yes, size, population, 1 - level)
    greatest = population - _least_acceptable(size - yes, size, population, 1 - level)
    return least / population, greatest / population


def _least_acceptable(yes: Floats, size: Floats, population: Floats, alpha: float) -> Floats:
    """Return the least K whose acceptability is above ``alpha``; arrays of length R."""
    least = np.zeros_like(yes)
    first = population - _most(size - yes, size, population, alpha / 2)
    is_sparse = population > _SPARSE * size
    least[is_sparse] = first[is_sparse]
    remaining = np.flatnonzero((yes > 0) & ~is_sparse)
    while remaining.size:
        sample = DrawnSamples(yes[remaining], size[remaining], population[remaining])
        least[remaining] = sample.first_acceptable(first[remaining], alpha)
        beyond = np.isinf(least[remaining])
        first[remaining] += sample.window
        remaining = remaining[beyond]
    return least


@dataclass(frozen=True, eq=False)
class DrawnSamples:
    """R samples, of each ``yes`` of ``size`` sheets out of ``population`` persons."""

    yes: Floats
    size: Floats
    population: Floats

    @property
    def window(self) -> int:
        """How many K are looked at together: twice what moves a middling count by one."""
        return 2 + int(2 * np.median(self.population / self.size))

    def first_acceptable(self, first: Floats, alpha: float) -> Floats:
        """Return the first acceptable K of the window from ``first`` on, infinite without.

        Of the opposite side the counts X ≤ j go with K that are no likelier than X ≥ yes. The
        greater j, the later K begin, so that each j is tried until it begins beyond what was found.
        """
        persons = first[:, None] + np.arange(self.window)
        own = self._at_least(persons)
        nearest = np.full_like(first, np.inf)
        count = self._opposite(first, own[:, 0])
        while True:
            opposite = self.at_most(count, persons)
            likelier = (opposite > own * _ROUNDED) | (persons > self.population[:, None])
            begins = _first_true(~likelier & (count < self.yes)[:, None], persons)
            acceptable = ~likelier & (own + opposite > alpha * _ROUNDED)
            nearest = np.minimum(nearest, _first_true(acceptable, persons))
            if (begins >= nearest).all():
                return nearest
            count = np.where(begins < nearest, count + 1, count)

    def _opposite(self, persons: Floats, own: Floats) -> Floats:
        """Return the greatest count j below ``yes`` with P(X ≤ j) ≤ ``own``; -1 without."""
        count = np.minimum(
            np.floor(2 * self.size * persons / self.population - self.yes), self.yes - 1
        )

        def counted(count: Floats) -> Mask:
            return (count < 0) | (self._below(np.maximum(count, 0), persons) <= own * _ROUNDED)

        while (over := ~counted(count)).any():
            count = np.where(over, count - 1, count)
        while (under := (count + 1 < self.yes) & counted(count + 1)).any():
            count = np.where(under, count + 1, count)
        return np.maximum(count, -1)

    def _at_least(self, persons: Floats) -> Floats:
        """Return P(X ≥ yes) of K along the window, shape (R, W)."""
        start = _lower_tail(
            self.size - self.yes, self.size, self.population, self.population - persons[:, 0]
        )
        steps = self._ways(persons, self.yes - 1, self.size - self.yes)
        return start[:, None] + _before(steps)

    def at_most(self, count: Floats, persons: Floats) -> Floats:
        """Return P(X ≤ count) of K along the window, shape (R, W); 0 for a count below 0."""
        low = np.maximum(count, 0)
        start = self._below(low, persons[:, 0])
        steps = self._ways(persons, low, self.size - low - 1)
        tail = start[:, None] - _before(steps)
        return np.where((count >= 0)[:, None], np.maximum(tail, 0), 0.0)

    def _below(self, count: Floats, persons: Floats) -> Floats:
        return _lower_tail(count, self.size, self.population, persons)

    def _ways(self, persons: Floats, positive: Floats, negative: Floats) -> Floats:
        """Return C(K, positive) C(N - K - 1, negative) / C(N, n): what one person more changes.

        Each follows from the one before.
        """
        rest, least = self.population - persons[:, 0] - 1, np.maximum(negative, 0)
        logarithm = (
            _log_choose(persons[:, 0], positive)
            + _log_choose(np.maximum(rest, least), least)
            - _log_choose(self.population, self.size)
        )
        ways = np.empty_like(persons)
        ways[:, 0] = np.where((negative >= 0) & (rest >= negative), np.exp(logarithm), 0)
        rests = np.maximum(self.population[:, None] - persons[:, :-1] - 1, 1)
        ways[:, 1:] = persons[:, 1:] / (persons[:, 1:] - positive[:, None])
        ways[:, 1:] *= np.maximum(rests - negative[:, None], 0) / rests
        return np.cumprod(ways, axis=1, out=ways)


def _before(steps: Floats) -> Floats:
    """Sum what stands before each place of a row."""
    return np.cumsum(steps, axis=1) - steps


def _first_true(holds: Mask, persons: Floats) -> Floats:
    """Return the first K of each row that ``holds``, infinite without."""
    return np.where(holds.any(axis=1), persons[np.arange(len(holds)), holds.argmax(axis=1)], np.inf)


def _most(yes: Floats, size: Floats, population: Floats, tail: float) -> Floats:
    """Return the greatest K with P(X ≤ yes | K of population) > tail."""
    guess, step = _near(yes, size, population, tail)
    beyond = population - (size - yes) + 1
    first = np.clip(np.floor(guess - step), yes, beyond - 1)
    width = 2 + min(int(2 * step.max(initial=0)), _WIDEST)
    persons = first[:, None] + np.arange(width, dtype=float)
    tails = DrawnSamples(yes, size, population).at_most(yes, persons)
    edge = tail * _ROUNDED
    possible = (tails > edge) & (persons < beyond[:, None])
    # The guess is near, but nothing rests on that; and a tail near the edge is summed again.
    settled = possible[:, 0] & ~possible[:, -1] & (np.abs(tails - edge) > _TIED * edge).all(axis=1)
    most = first + possible.argmin(axis=1) - 1
    if not settled.all():
        rest, near = ~settled, (guess[~settled], step[~settled])
        most[rest] = _searched(yes[rest], size[rest], population[rest], tail, near)
    return np.asarray(most)


def _searched(
    yes: Floats, size: Floats, population: Floats, tail: float, around: tuple[Floats, Floats]
) -> Floats:
    """Search for `_most` in a bracket that widens until it holds the answer."""
    least, beyond = yes, population - (size - yes) + 1
    guess, step = around
    edge = tail * _ROUNDED
    low = np.clip(np.floor(guess - step), least, beyond - 1)
    high = np.clip(np.ceil(guess + step), low + 1, beyond)

    def possible(persons: Floats) -> Mask:
        return _lower_tail(yes, size, population, np.minimum(persons, beyond - 1)) > edge

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
    counted = yes / unsampled
    above = np.maximum(size / unsampled - counted, 1e-300)
    rate = np.where(yes < size, scipy.special.betaincinv(counted + 1, above, 1 - tail), 1.0)
    error = population * np.sqrt(rate * (1 - rate) * unsampled / size)
    return rate * population, 1 + np.ceil(error / 100)


def _lower_tail(yes: Floats, size: Floats, population: Floats, persons: Floats) -> Floats:
    """Return P(X ≤ yes) of the hypergeometric, summed downwards while terms count.

    Each term follows from the one above it; past six more standard deviations they are nothing.
    """
    yes = np.minimum(yes, persons)  # no more can say it than there are
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
