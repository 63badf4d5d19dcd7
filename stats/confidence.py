"""The interval of a rate: by the method asked for, or by the default where that method fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from stats import hypergeometric, intervals, tested_rate
from stats.intervals import Estimates, Interval, clopper_pearson, df_correction
from stats.linearisation import Partition, Ratio, ratio, ratio_variance

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from stats.arrays import Floats, Limits, Mask

# The smoothed interval's two constants: sheets added to each stratum at the domain's rate, and the
# count of yes (or no, if fewer) at which the variance is drawn halfway to a common rate's.
SMOOTHING: Final = 2.0
HALFWAY: Final = 6.0
_ROUNDING: Final = 1e-12


def limits(part: Partition, ratios: Ratio, method: Interval, level: float) -> Limits:
    """Return confidence limits of D × I rates, never NaN and never outside [0, 1].

    Where a plug-in method has nothing to work with (a rate of 0 or 1, no variance, no degrees of
    freedom) the default interval takes its place; where all persons were asked, it is the point.

    Parameters
    ----------
    part : Partition
    ratios : Ratio
    method : Interval
    level : float

    Returns
    -------
    tuple of ndarray, shape (D, I)
    """
    usable = _usable(ratios) & (method in intervals.METHODS)
    low, high = ratios.rate.copy(), ratios.rate.copy()
    if not usable.all():
        low, high = _default(part, ratios, method, level)
    if usable.any():
        columns = ratios.rate, ratios.variance, ratios.answers, ratios.df
        estimates = Estimates(*(column[usable] for column in columns))
        low[usable], high[usable] = intervals.METHODS[method](estimates, level)
    return np.clip(low, 0, ratios.rate), np.clip(high, ratios.rate, 1)


def methods(part: Partition, ratios: Ratio, method: Interval) -> NDArray[np.str_]:
    """Return the name of what ``limits`` uses for each of D × I rates, asked for ``method``.

    Where all persons were asked it is ``EXACT``, as it is in one stratum without the finite
    population.
    """
    strata = _uncounted(part, ratios).strata
    several = Interval.SMOOTHED if method is Interval.SMOOTHED else Interval.TESTED
    names = np.full(ratios.rate.shape, several, f"U{max(map(len, Interval))}")
    if several is not method:
        blaker = part.fpc and method is not Interval.EXACT
        names[strata == 1] = Interval.BLAKER if blaker else Interval.EXACT
    names[strata == 0] = Interval.EXACT
    if method in intervals.METHODS:
        names[_usable(ratios)] = method
    return names


def _usable(ratios: Ratio) -> Mask:
    """Return where a plug-in method has something to work with."""
    inner = (ratios.rate > 0) & (ratios.rate < 1)
    return np.asarray(inner & (ratios.variance > 0) & (ratios.df > 0))


def continuous(part: Partition, ratios: Ratio, level: float) -> Limits:
    """Return limits that comparisons are put together from: at the tested rate, not cut.

    A limit that is decided by those who said yes, or by rounding to whole persons, is no measure of
    the error: the estimate may easily be as far off as that.

    Parameters
    ----------
    part : Partition
    ratios : Ratio
    level : float

    Returns
    -------
    tuple of ndarray, shape (D, I)
    """
    rest = _uncounted(part, ratios)
    low, high = (
        _with_the_counted(ratios, rest, limit) for limit in tested_rate.limits(part, rest, level)
    )
    return np.clip(low, 0, ratios.rate), np.clip(high, ratios.rate, 1)


def _default(part: Partition, ratios: Ratio, method: Interval, level: float) -> Limits:
    """Bound the rate of the strata that were not fully counted; the others' is known."""
    rest = _uncounted(part, ratios)
    alone = (rest.strata == 1) & (method not in {Interval.SMOOTHED, Interval.TESTED})
    low, high = np.zeros_like(rest.rate), np.ones_like(rest.rate)
    if not alone.all():
        several = _tested if method is not Interval.SMOOTHED else _smoothed
        low, high = several(part, rest, level)
    if alone.any():
        of_one = hypergeometric.exact if method is Interval.EXACT else hypergeometric.blaker
        low[alone], high[alone] = _one_stratum(part, rest, alone, of_one, level)
    return _with_the_counted(ratios, rest, low), _with_the_counted(ratios, rest, high)


def highest(part: Partition, ratios: Ratio, level: float) -> Floats:
    """Return upper limits of D × I rates with at most (1 - level) / 2 beyond each, and no lower.

    It is the upper one of ``limits`` over several strata, and the exact one in one stratum: of the
    shortest interval's two limits, one may have nearly all of 1 - level beyond it.
    """
    rest = _uncounted(part, ratios)
    alone = rest.strata == 1
    high = np.ones_like(rest.rate)
    if not alone.all():
        high = _possible(part, rest, tested_rate.greatest(part, rest, level))
    if alone.any():
        yes, answers = rest.yes[alone], rest.answers[alone]
        population = np.maximum(np.rint(rest.persons[alone]), answers)
        high[alone] = (
            hypergeometric.greatest(yes, answers, population, level)
            if part.fpc
            else clopper_pearson(rest.rate[alone], answers, level)[1]
        )
    return np.clip(_with_the_counted(ratios, rest, high), ratios.rate, 1)


def _with_the_counted(ratios: Ratio, rest: Ratio, limit: Floats) -> Floats:
    """Return the limit of a rate from that of its strata that were not fully counted."""
    certain = ratios.total - rest.total
    persons = np.where(ratios.persons, ratios.persons, 1)
    return np.asarray((certain + limit * rest.persons) / persons)


def exceedance(part: Partition, ratios: Ratio, threshold: float) -> Floats:
    """Return the probability that each of D × I rates reaches ``threshold``, NaN without answers.

    Fully counted strata are known: what they lack to the threshold is asked of the others.
    """
    rest = _uncounted(part, ratios)
    census, alone = rest.persons == 0, rest.strata == 1
    persons = np.where(census, 1, rest.persons)
    remainder = (threshold * ratios.persons - (ratios.total - rest.total)) / persons
    probability = np.zeros_like(rest.rate)
    if not (census | alone).all():
        probability = tested_rate.exceedance(part, rest, np.clip(remainder, 0, 1))
    if alone.any():
        probability[alone] = _one_stratum_reaches(part, rest, alone, remainder[alone])
    # Those who said yes are there, and those who said no, if the population is finite.
    yes, no = (rest.yes, rest.answers - rest.yes) if part.fpc else (0.0, 0.0)
    certain, impossible = remainder <= yes / persons, remainder > 1 - no / persons
    probability = np.where(certain, 1.0, np.where(impossible, 0.0, probability))
    probability = np.where(census, ratios.rate >= threshold, probability)
    return np.where(ratios.answers > 0, probability, np.nan)


def _one_stratum_reaches(part: Partition, ratios: Ratio, where: Mask, threshold: Floats) -> Floats:
    """Return the probability that one stratum's rate reaches ``threshold``, all being as likely."""
    yes, answers = ratios.yes[where], ratios.answers[where]
    if not part.fpc:
        beta = scipy.special.betainc(yes + 1, answers - yes + 1, np.clip(threshold, 0, 1))
        return np.asarray(1 - beta)
    population = np.maximum(np.rint(ratios.persons[where]), answers)
    persons = np.ceil(np.clip(threshold, 0, 1) * population * (1 - _ROUNDING))
    return hypergeometric.reaching(yes, answers, population, persons)


def _uncounted(part: Partition, ratios: Ratio) -> Ratio:
    """Return the rates of the strata that were not fully counted."""
    sampled = (part.unsampled > 0).astype(float)
    return ratio(part, ratios.cells_yes * sampled, ratios.cells_answered * sampled)


def _tested(part: Partition, ratios: Ratio, level: float) -> Limits:
    """Bound by the tested rate; who said yes or no is there, if the population is finite."""
    low, high = tested_rate.limits(part, ratios, level)
    persons = np.where(ratios.persons, ratios.persons, 1)
    least = ratios.yes / persons if part.fpc else 0.0
    return np.fmax(low, least), _possible(part, ratios, high)


def _possible(part: Partition, ratios: Ratio, high: Floats) -> Floats:
    """Keep an upper limit within those who said no; they bound it where the test has no root."""
    persons = np.where(ratios.persons, ratios.persons, 1)
    no = ratios.answers - ratios.yes if part.fpc else 0.0
    return np.fmin(high, 1 - no / persons)


def _smoothed(part: Partition, ratios: Ratio, level: float) -> Limits:
    return intervals.korn_graubard(
        ratios.rate, _smoothed_size(part, ratios), ratios.answers, ratios.df, level
    )


def _one_stratum(
    part: Partition,
    ratios: Ratio,
    where: Mask,
    of_one: Callable[[Floats, Floats, Floats, float], Limits],
    level: float,
) -> Limits:
    """Invert the tails of one stratum's sample; its population is that of the answers."""
    yes, answers = ratios.yes[where], ratios.answers[where]
    if not part.fpc:
        return clopper_pearson(ratios.rate[where], answers, level)
    population = np.maximum(np.rint(ratios.persons[where]), answers)
    return of_one(yes, answers, population, level)


def _smoothed_size(part: Partition, ratios: Ratio) -> Floats:
    """Return the effective sample size of D × I rates under a smoothed variance.

    With x of d answers in a stratum, its variance is taken at (x + 2p) / (d + 2), p being the
    domain's rate; the fewer the yes (or the no), the more the sum is then drawn to what strata of
    the common rate p would have, if that is more: plug-in variances are least to be trusted there.
    A rate of 0 or 1 has the latter's size, which does not depend on p.
    """
    inner = (ratios.rate > 0) & (ratios.rate < 1)
    # At 0 and 1 the variance at any common rate gives the same size; 0.5 is as good as another.
    rate = np.where(inner, ratios.rate, 0.5)
    cells_answered, p = ratios.cells_answered, part.spread(rate)
    # SMOOTHING sheets at the domain's rate keep a stratum without yes from adding no variance.
    smooth = cells_answered * (ratios.cells_yes + SMOOTHING * p) / (cells_answered + SMOOTHING)
    common = ratio_variance(part, cells_answered * p, cells_answered, rate)
    smoothed = np.where(inner, ratio_variance(part, smooth, cells_answered, rate), common)
    # With few yes (or few no) little is known of the strata's own rates.
    pull = HALFWAY / (HALFWAY + np.minimum(ratios.yes, ratios.answers - ratios.yes))
    variance = smoothed + pull * np.maximum(common - smoothed, 0)
    # Without any variance (lonely strata removed) the answers themselves are the size.
    persons = np.where(variance > 0, ratios.persons, ratios.answers**0.5)
    simple = np.where(variance > 0, rate * (1 - rate), 1)
    return np.asarray(simple * persons**2 / np.where(variance > 0, variance, 1))


def presentable(ratios: Ratio) -> Limits:
    """Return the effective sample size and the interval's width that the NCHS standard judges by.

    The size is capped at the answers, and is the answers where the rate is 0 or 1 or all persons
    were asked; the width is that of the 95 % Korn–Graubard interval with that size corrected for
    df.
    """
    plain = (ratios.rate == 0) | (ratios.rate == 1) | ratios.census | ~(ratios.variance > 0)
    variance = np.where(plain, 1, ratios.variance)
    effective = np.where(plain, np.inf, ratios.rate * (1 - ratios.rate) / variance)
    corrected = effective * np.maximum(df_correction(ratios.answers, ratios.df, 0.95), 1e-300)
    low, high = clopper_pearson(ratios.rate, np.minimum(corrected, ratios.answers), 0.95)
    return np.minimum(effective, ratios.answers), np.where(ratios.census, 0, high - low)
