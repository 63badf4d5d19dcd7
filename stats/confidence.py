"""Which interval a rate gets: the method asked for, or what is right where that method fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from stats import intervals
from stats.intervals import Estimates, Interval, clopper_pearson, df_correction
from stats.linearisation import Partition, Ratio, ratio_variance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Limits = tuple[Array, Array]

# Sheets added to each stratum at the domain's rate before its variance is taken; chosen by the
# coverage table in docs/methodology.md.
SMOOTHING: Final = 2.0


def limits(part: Partition, found: Ratio, method: Interval, level: float) -> Limits:
    """Return confidence limits of D × I rates, never NaN and never outside [0, 1].

    Where a plug-in method has nothing to work with (a rate of 0 or 1, no variance, no degrees of
    freedom) the smoothed interval takes its place; where everybody was asked, it is the point.

    Parameters
    ----------
    part : Partition
    found : Ratio
    method : Interval
    level : float

    Returns
    -------
    tuple of ndarray, shape (D, I)
    """
    low, high = _smoothed(part, found, level)
    usable = (found.rate > 0) & (found.rate < 1) & (found.variance > 0) & (found.df > 0)
    if method in intervals.METHODS:
        _put((low, high), usable, intervals.METHODS[method](_at(found, usable), level))
    elif method is not Interval.SMOOTHED:
        alone = found.strata == 1
        _put((low, high), alone, _exact(part, found, alone, level))
    low, high = (np.where(found.counted, found.rate, limit) for limit in (low, high))
    return np.clip(low, 0, found.rate), np.clip(high, found.rate, 1)


def _put(into: Limits, where: Mask, limits: Limits) -> None:
    for whole, part in zip(into, limits, strict=True):
        whole[where] = part


def _at(found: Ratio, where: Mask) -> Estimates:
    columns = found.rate, found.variance, found.answered, found.df
    return Estimates(*(column[where] for column in columns))


def _exact(part: Partition, found: Ratio, where: Mask, level: float) -> Limits:
    """Take the tails of one stratum's sample; who did not answer is taken out of its population."""
    yes, answered = found.yes[where], found.answered[where]
    if not part.fpc:
        return clopper_pearson(found.rate[where], answered, level)
    population = np.maximum(np.rint(found.persons[where]), answered)
    return intervals.hypergeometric(yes, answered, population, level)


def _smoothed(part: Partition, found: Ratio, level: float) -> Limits:
    """Korn–Graubard with a variance to which no stratum contributes nothing."""
    size = smoothed_size(part, found)
    return intervals.korn_graubard(found.rate, size, found.answered, found.df, level)


def smoothed_size(part: Partition, found: Ratio) -> Array:
    """Return the effective sample size of D × I rates under a smoothed variance.

    With x of d answers in a stratum, its variance is taken at (x + 2p) / (d + 2), p being the
    domain's rate. Where p is 0 or 1 the size is that of any rate common to all strata.
    """
    inner = (found.rate > 0) & (found.rate < 1)
    centre = np.where(inner, found.rate, 0.5)
    answered, p = found.cells_answered, part.spread(centre)
    own = np.where(part.spread(inner), found.cells_yes, answered * p)
    smooth = answered * (own + SMOOTHING * p) / (answered + SMOOTHING)
    variance = ratio_variance(part, smooth, answered, centre)
    none = variance == 0
    size = centre * (1 - centre) * found.persons**2 / np.where(none, 1, variance)
    return np.where(none, found.answered, size)


def presentable(found: Ratio) -> Limits:
    """Return the effective sample size and the interval's width that the NCHS standard judges by.

    The size is capped at the answers, and is the answers where the rate is 0 or 1 or everybody was
    asked; the width is that of the 95 % Korn–Graubard interval with that size corrected for df.
    """
    plain = (found.rate == 0) | (found.rate == 1) | found.counted | (found.variance == 0)
    variance = np.where(plain, 1, found.variance)
    effective = np.where(plain, np.inf, found.rate * (1 - found.rate) / variance)
    corrected = effective * np.maximum(df_correction(found.answered, found.df, 0.95), 1e-300)
    low, high = clopper_pearson(found.rate, np.minimum(corrected, found.answered), 0.95)
    return np.minimum(effective, found.answered), np.where(found.counted, 0, high - low)
