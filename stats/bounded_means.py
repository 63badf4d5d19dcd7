"""Limits of the mean of numbers that lie between two bounds, however skewed they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

if TYPE_CHECKING:
    from stats.arrays import Floats, Limits

_HALVINGS: Final = 40
_NEAR: Final = 1e-4


def limits(
    numbers: Floats, counts: Floats, one_more: Floats, bounds: tuple[float, float], level: float
) -> Limits:
    """Return limits of D means: quantiles of a Dirichlet mean with one answer more at a bound.

    Parameters
    ----------
    numbers : ndarray, shape (K,)
        The distinct answers.
    counts : ndarray, shape (K, D)
        Effective answers with each.
    one_more : ndarray, shape (D,)
        Effective answers that the one more counts.
    bounds : tuple of float
        The least and the greatest possible answer.
    level : float

    References
    ----------
    .. [1] N. Gaffke, "Three test statistics for a nonparametric one-sided hypothesis on the mean of
       a nonnegative variable", *Math. Methods Stat.* 14 (2005), 451-467.
    .. [2] R. Lugannani and S. Rice, "Saddle point approximation for the distribution of the sum of
       independent random variables", *Adv. Appl. Probab.* 12 (1980), 475-490.
    """
    tail = (1 + level) / 2
    least, largest = bounds
    high = _upper(numbers, counts, one_more, largest, tail)
    # The lower limit is the upper one of the numbers with their signs turned round.
    return -_upper(-numbers, counts, one_more, -least, tail), high


def _upper(numbers: Floats, counts: Floats, one_more: Floats, bound: float, tail: float) -> Floats:
    points = np.append(numbers, bound)[:, None]
    weights = np.vstack([counts, one_more[None]])
    low = np.where(weights > 0, points, np.inf).min(axis=0)
    high = np.full_like(low, bound)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        below = _below(points, weights, middle) < tail
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(high)


def _below(points: Floats, weights: Floats, mean: Floats) -> Floats:
    """Return the chance that a Dirichlet mean of points lies below ``mean`` (Lugannani–Rice).

    It is the chance that a sum of gamma variables, each times its point's distance from the mean,
    is below 0. The saddle point of that sum tilts the weights to ``mean``, as empirical likelihood
    does.
    """
    distance = np.where(weights > 0, points - mean, 0)
    farthest, nearest = distance.max(axis=0), distance.min(axis=0)
    inside = (farthest > 0) & (nearest < 0)
    low = np.where(inside, 1 / np.where(inside, nearest, -1), -1) * (1 - 1e-12)
    high = np.where(inside, 1 / np.where(inside, farthest, 1), 1) * (1 - 1e-12)
    for _ in range(_HALVINGS):
        tilt = (low + high) / 2
        below = (weights * distance / (1 - tilt * distance)).sum(axis=0) < 0
        low, high = np.where(below, tilt, low), np.where(below, high, tilt)
    tilt = np.where(inside, (low + high) / 2, 0)
    stretch = 1 - tilt * distance
    root = np.sign(tilt) * np.sqrt(2 * np.maximum((weights * np.log(stretch)).sum(axis=0), 0))
    spread = tilt * np.sqrt((weights * (distance / stretch) ** 2).sum(axis=0))
    middle = np.abs(root) < _NEAR
    root, spread = np.where(middle, 1, root), np.where(middle, 1, spread)
    density = np.exp(-(root**2) / 2) / np.sqrt(2 * np.pi)
    chance = scipy.special.ndtr(root) + density * (1 / root - 1 / spread)
    chance = np.where(middle, 0.5, np.clip(chance, 0, 1))
    return np.asarray(np.where(inside, chance, farthest <= 0))
