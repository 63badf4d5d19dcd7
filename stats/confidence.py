"""Which interval a rate gets: the method asked for, or what is right where that method fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from stats import intervals
from stats.intervals import Estimates, Interval, clopper_pearson, df_correction
from stats.linearisation import Partition, Ratio, ratio, ratio_variance

if TYPE_CHECKING:
    from stats.arrays import Floats, Limits, Mask

# The default interval's two constants, decided by the coverage table in docs/methodology.md: sheets
# added to each stratum at the domain's rate, and the count of yes (or no, if fewer) at which the
# variance is drawn halfway to a common rate's.
SMOOTHING: Final = 2.0
HALFWAY: Final = 6.0


def limits(part: Partition, found: Ratio, method: Interval, level: float) -> Limits:
    """Return confidence limits of D × I rates, never NaN and never outside [0, 1].

    Where a plug-in method has nothing to work with (a rate of 0 or 1, no variance, no degrees of
    freedom) the default interval takes its place; where everybody was asked, it is the point.

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
    low, high = _default(part, found, method, level)
    if method in intervals.METHODS:
        usable = (found.rate > 0) & (found.rate < 1) & (found.variance > 0) & (found.df > 0)
        columns = found.rate, found.variance, found.answered, found.df
        chosen = Estimates(*(column[usable] for column in columns))
        low[usable], high[usable] = intervals.METHODS[method](chosen, level)
    return np.clip(low, 0, found.rate), np.clip(high, found.rate, 1)


def _default(part: Partition, found: Ratio, method: Interval, level: float) -> Limits:
    """Bound the rate of the strata that were not fully counted; the others' is known."""
    sampled = (part.unsampled > 0).astype(float)
    rest = ratio(part, found.cells_yes * sampled, found.cells_answered * sampled)
    alone = (rest.strata == 1) & (method is not Interval.SMOOTHED)
    low, high = np.empty_like(rest.rate), np.empty_like(rest.rate)
    low[alone], high[alone] = _exact(part, rest, alone, level)
    several = ~alone
    low[several], high[several] = intervals.korn_graubard(
        rest.rate[several],
        _smoothed_size(part, rest)[several],
        rest.answered[several],
        rest.df[several],
        level,
    )
    known = found.total - rest.total
    persons = np.where(found.persons, found.persons, 1)
    return (known + low * rest.persons) / persons, (known + high * rest.persons) / persons


def _exact(part: Partition, found: Ratio, where: Mask, level: float) -> Limits:
    """Take the tails of one stratum's sample; who did not answer is taken out of its population."""
    yes, answered = found.yes[where], found.answered[where]
    if not part.fpc:
        return clopper_pearson(found.rate[where], answered, level)
    population = np.maximum(np.rint(found.persons[where]), answered)
    return intervals.hypergeometric(yes, answered, population, level)


def _smoothed_size(part: Partition, found: Ratio) -> Floats:
    """Return the effective sample size of D × I rates under a smoothed variance.

    With x of d answers in a stratum, its variance is taken at (x + 2p) / (d + 2), p being the
    domain's rate; the fewer the yes (or the no), the more the sum is then drawn to what strata of
    the common rate p would have, if that is more: plug-in variances are least to be trusted there.
    A rate of 0 or 1 has the latter's size, which does not depend on p.
    """
    inner = (found.rate > 0) & (found.rate < 1)
    rate = np.where(inner, found.rate, 0.5)
    answered, p = found.cells_answered, part.spread(rate)
    smooth = answered * (found.cells_yes + SMOOTHING * p) / (answered + SMOOTHING)
    common = ratio_variance(part, answered * p, answered, rate)
    own = np.where(inner, ratio_variance(part, smooth, answered, rate), common)
    drawn = HALFWAY / (HALFWAY + np.minimum(found.yes, found.answered - found.yes))
    variance = own + drawn * np.maximum(common - own, 0)
    persons = np.where(variance > 0, found.persons, found.answered**0.5)
    # without any variance (lonely strata removed) the answers themselves are the size
    simple = np.where(variance > 0, rate * (1 - rate), 1)
    return np.asarray(simple * persons**2 / np.where(variance > 0, variance, 1))


def presentable(found: Ratio) -> Limits:
    """Return the effective sample size and the interval's width that the NCHS standard judges by.

    The size is capped at the answers, and is the answers where the rate is 0 or 1 or everybody was
    asked; the width is that of the 95 % Korn–Graubard interval with that size corrected for df.
    """
    plain = (found.rate == 0) | (found.rate == 1) | found.counted | ~(found.variance > 0)
    variance = np.where(plain, 1, found.variance)
    effective = np.where(plain, np.inf, found.rate * (1 - found.rate) / variance)
    corrected = effective * np.maximum(df_correction(found.answered, found.df, 0.95), 1e-300)
    low, high = clopper_pearson(found.rate, np.minimum(corrected, found.answered), 0.95)
    return np.minimum(effective, found.answered), np.where(found.counted, 0, high - low)
