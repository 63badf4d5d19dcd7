"""What change between two samples a plan would show, and how many sheets a change takes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from stats.comparison import reach
from stats.confidence import continuous
from stats.planned_samples import DRAWS, PlannedSamples
from stats.planning import PlanError, check_open, check_positive

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from stats.arrays import Floats

_LARGEST: Final = 10**6
_UNCORRELATED: Final = np.eye(2)


@dataclass(frozen=True, eq=False)
class PlannedRate:
    """A rate that one of two independent samples is planned to estimate.

    Attributes
    ----------
    population : array_like of int, shape (H,) or scalar, or None
        Persons; None if so many that no correction applies.
    respondents : array_like of int, shape (H,) or scalar
        Persons who answer.
    rate : array_like of float, shape (H,) or scalar
        True rates.
    """

    population: ArrayLike | None
    respondents: ArrayLike
    rate: ArrayLike

    @property
    def overall(self) -> float:
        """The rate of all strata."""
        rate = np.atleast_1d(np.asarray(self.rate, float))
        if self.population is None or rate.size == 1:
            return float(rate.mean())
        persons = np.broadcast_to(np.asarray(self.population, float), rate.shape)
        return float(rate @ persons / persons.sum())

    def at(self, overall: float) -> PlannedRate:
        """Return the same sample of strata whose rates, all in one proportion, give ``overall``."""
        scaled = np.asarray(self.rate, float) * (overall / self.overall)
        return replace(self, rate=np.clip(scaled, 0, 1))


def power(
    first: PlannedRate,
    second: PlannedRate,
    *,
    level: float = 0.95,
    deff: ArrayLike = 1.0,
    draws: int = DRAWS,
) -> float:
    """Return the probability that the difference of two rates will be shown, in its direction.

    Shown is what ``difference`` of two independent samples shows: limits put together from the
    rates' own, on one side of 0. Of one stratum all samples are enumerated; of several ``draws``
    are drawn of each rate, and every one is compared with every other.

    Parameters
    ----------
    first, second : PlannedRate
        Two waves, or two categories.
    level : float
    deff : array_like of float, shape (H,) or scalar
        Design effects within strata.
    draws : int

    Returns
    -------
    float

    Raises
    ------
    PlanError
        The rates are equal, or a figure is out of its range.

    References
    ----------
    .. [1] G. Y. Zou and A. Donner, "Construction of confidence limits about effect measures: a
       general approach", *Statistics in Medicine* 27, 2008.

    Examples
    --------
    >>> before, after = PlannedRate(2000, 500, 0.08), PlannedRate(2000, 500, 0.05)
    >>> round(power(before, after), 2)
    0.56
    """
    check_open("level", level)
    check_positive("deff", float(np.min(deff)))
    if first.overall == second.overall:
        raise PlanError("There is no difference between two rates of %(rate)g.", rate=first.overall)
    if first.overall < second.overall:
        first, second = second, first
    upper = _limits(first, level, deff, draws)
    lower = _limits(second, level, deff, draws)
    shape = len(upper.rate), len(lower.rate)
    sides = np.stack(
        [np.broadcast_to(upper.below[:, None], shape), np.broadcast_to(lower.above, shape)], -1
    )
    down, _ = reach(np.array([1.0, -1.0]), sides, sides, _UNCORRELATED)
    is_shown = upper.rate[:, None] - lower.rate - down > 0
    return float(upper.probability @ is_shown @ lower.probability)


def size_for_change(
    population: int | None,
    first: float,
    second: float,
    *,
    power_asked: float = 0.8,
    level: float = 0.95,
    deff: float = 1.0,
    first_respondents: int | None = None,
) -> int:
    """Return how many must answer, in each of two waves, for a change to be shown.

    Parameters
    ----------
    population : int or None
        Persons in each wave; None if so many that no correction applies.
    first, second : float
        Rates of the waves.
    power_asked : float
        Probability with which the change is to be shown.
    level : float
    deff : float
    first_respondents : int, optional
        Answers of the first wave, if it is over; only the second's are then sought.

    Returns
    -------
    int

    Raises
    ------
    PlanError
        A figure is out of its range, or even if all answer the change would not be shown so surely.

    Examples
    --------
    >>> size_for_change(2000, 0.08, 0.05)
    721
    """
    for figure, value in (("rate", first), ("rate", second), ("power", power_asked)):
        check_open(figure, value)
    most = _LARGEST if population is None else population

    def reached(size: int) -> float:
        size_before = size if first_respondents is None else first_respondents
        before = PlannedRate(population, size_before, first)
        return power(before, PlannedRate(population, size, second), level=level, deff=deff)

    start = _normal_size(first, second, power_asked, level) * deff
    start = start if population is None else start * population / (population + start)
    return _first_size(reached, power_asked, min(int(start) + 1, most), most)


def visible_change(
    first: PlannedRate,
    respondents: ArrayLike,
    *,
    power_asked: float = 0.8,
    level: float = 0.95,
    deff: ArrayLike = 1.0,
    draws: int = DRAWS,
) -> float | None:
    """Return the highest rate below the first's to which a fall would be shown.

    Parameters
    ----------
    first : PlannedRate
        The first wave; in the second the rates of all strata have fallen in one proportion.
    respondents : array_like of int, shape (H,) or scalar
        Answers of the second wave.
    power_asked, level, deff, draws
        As for ``size_for_change`` and ``power``.

    Returns
    -------
    float or None
        To a tenth of a point, or a hundredth of the first rate if that is less; None where not even
        a fall to 0 would be shown so surely.

    Raises
    ------
    PlanError
        A figure is out of its range.

    Examples
    --------
    >>> f"{visible_change(PlannedRate(2000, 500, 0.08), 500):.3f}"
    '0.042'
    """
    check_open("power", power_asked)
    before = first.overall
    check_open("rate", before)
    second = replace(first, respondents=respondents)
    step = min(0.001, before / 100)

    def is_shown(steps: int) -> bool:
        after = second.at(max(before - steps * step, 0.0))
        return power(first, after, level=level, deff=deff, draws=draws) >= power_asked

    most = int(np.ceil(before / step * (1 - 1e-9)))
    if not is_shown(most):
        return None
    fails, keeps = 0, most
    while keeps - fails > 1:
        middle = (fails + keeps) // 2
        fails, keeps = (fails, middle) if is_shown(middle) else (middle, keeps)
    return max(before - keeps * step, 0.0)


@dataclass(frozen=True, eq=False)
class _Sides:
    """Estimates of K samples, how far their limits reach, and how likely they are."""

    rate: Floats
    below: Floats
    above: Floats
    probability: Floats


def _limits(planned: PlannedRate, level: float, deff: ArrayLike, draws: int) -> _Sides:
    samples = PlannedSamples.of(
        planned.population, planned.respondents, planned.rate, deff=deff, draws=draws
    )
    low, high = continuous(samples.part, samples.ratios, level)
    rate = samples.ratios.rate
    return _Sides(rate[0], (rate - low)[0], (high - rate)[0], samples.probability[0])


def _normal_size(first: float, second: float, power_asked: float, level: float) -> float:
    deviate = float(scipy.special.ndtri((1 + level) / 2) + scipy.special.ndtri(power_asked))
    spread = first * (1 - first) + second * (1 - second)
    return spread * (deviate / max(abs(first - second), 1e-9)) ** 2


def _first_size(reached: Callable[[int], float], least: float, start: int, most: int) -> int:
    """Return a size of that power where one less (or 0.5 % less) has not."""
    fails, keeps, size = 0, most + 1, start
    while keeps - fails > max(1, keeps // 200):
        chance = reached(size)
        if chance >= least:
            keeps = size
        elif size == most:
            raise PlanError(
                "Even %(respondents)d answers would show this change with a probability of only "
                "%(percent).0f %%.",
                respondents=most,
                percent=100 * chance,
            )
        else:
            fails = size
        if keeps > most:
            size = min(most, size + size // 8 + 1)
        else:
            size = max((fails + keeps) // 2, keeps - keeps // 8, fails + 1)
    return keeps
