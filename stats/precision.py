"""Sizes at which the interval that will be shown is as narrow as asked, and how surely."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from stats.allocation import Allocation, Method, allocate
from stats.arrays import frozen
from stats.confidence import limits
from stats.intervals import Interval
from stats.planned_samples import DRAWS, PlannedSamples
from stats.planning import PlanError, check_open, check_positive, to_issue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from stats.arrays import Floats, Integers, Mask

_LARGEST: Final = 10**7
_CHECKING_DRAWS: Final = 8
"""A size found by ``draws`` samples is checked by so many times more."""
_LOOKED_AT: Final = 10
_ROUNDING: Final = 1e-12


class Extent(StrEnum):
    """What of an interval is to be narrow."""

    HALF = "half"
    """Half of its width."""
    UPPER = "upper"
    """How far its upper limit lies above the estimate."""


@dataclass(frozen=True)
class Aim:
    """An interval as narrow as asked.

    Attributes
    ----------
    margin : float
        The greatest ``extent``, on the scale of the rate.
    assurance : float
        The share of samples in which it is kept.
    level : float
        Confidence of the interval.
    extent : Extent

    Raises
    ------
    PlanError
        A figure does not lie between 0 and 1.
    """

    margin: float
    assurance: float = 0.8
    level: float = 0.95
    extent: Extent = Extent.HALF

    def __post_init__(self) -> None:
        """Refuse figures outside 0 to 1."""
        for figure in ("margin", "assurance", "level"):
            check_open(figure, getattr(self, figure))

    def surer_by_two_errors(self, draws: int) -> Aim:
        """Ask for two standard errors more than the share of so many samples."""
        error = math.sqrt(self.assurance * (1 - self.assurance) / draws)
        return replace(self, assurance=min(self.assurance + 2 * error, (1 + self.assurance) / 2))


@dataclass(frozen=True)
class Precision:
    """What the intervals of a planned sample will be like.

    Attributes
    ----------
    extent : float
        Kept in the share ``assurance`` of samples.
    assurance : float
        Share of samples in which the aim's margin is kept.
    """

    extent: float
    assurance: float


@dataclass(frozen=True)
class AssuredSize:
    """The smallest simple random sample that keeps an aim.

    Attributes
    ----------
    respondents, issued : int
        Persons who must answer, and who must be asked for that.
    assurance : float
        Share of samples in which the margin is kept.
    extent : float
        Kept in the share of samples asked for.
    """

    respondents: int
    issued: int
    assurance: float
    extent: float


@dataclass(frozen=True, eq=False)
class AssuredAllocation:
    """The smallest sample of H strata in D groups of which each keeps an aim.

    Attributes
    ----------
    stratum : tuple of str, length H
    population, respondents, issued : ndarray of int, shape (H,)
        Persons, those who are to answer, and those to ask for that.
    precision : dict of str to Precision
        By group; the extent of one of several strata is kept in two standard errors more.
    """

    stratum: tuple[str, ...]
    population: Integers
    respondents: Integers
    issued: Integers
    precision: dict[str, Precision]


def planned_precision(
    population: ArrayLike | None,
    respondents: ArrayLike,
    aim: Aim,
    *,
    rate: ArrayLike = 0.5,
    deff: ArrayLike = 1.0,
    draws: int = DRAWS,
) -> Precision:
    """Return how narrow the default interval of a planned sample will be, and how surely.

    One stratum: all samples are enumerated. Several: ``draws`` samples, always the same.

    Parameters
    ----------
    population : array_like of int, shape (H,) or scalar, or None
        Persons; None if so many that no correction applies.
    respondents : array_like of int, shape (H,) or scalar
        Persons who answer, at least 1 in each stratum.
    aim : Aim
    rate : array_like of float, shape (H,) or scalar
        Rates expected.
    deff : array_like of float, shape (H,) or scalar
        Design effects within strata.
    draws : int

    Returns
    -------
    Precision

    Examples
    --------
    >>> precision = planned_precision(1000, 219, Aim(0.02), rate=0.03)
    >>> print(f"{precision.assurance:.2f} of samples; in 0.80 of them {precision.extent:.4f}")
    0.50 of samples; in 0.80 of them 0.0225
    """
    return _precisions(population, respondents, aim, None, rate, deff, draws)[0]


def planned_precisions(
    population: ArrayLike,
    respondents: ArrayLike,
    aim: Aim,
    group: Sequence[str],
    *,
    rate: ArrayLike = 0.5,
    deff: ArrayLike = 1.0,
    draws: int = DRAWS,
) -> dict[str, Precision]:
    """Return how narrow the default intervals of groups of strata will be: `planned_precision`.

    Parameters
    ----------
    population, respondents, aim, rate, draws
        As for ``planned_precision``.
    group : sequence of str, length H
    deff : array_like of float, shape (H,) or scalar
        Design effects within strata.

    Returns
    -------
    dict of str to Precision
        In the order of first appearance.

    Examples
    --------
    >>> group = ["north", "north", "south"]
    >>> precisions = planned_precisions([400, 600, 300], [60, 90, 80], Aim(0.05), group, rate=0.1)
    >>> {name: round(precision.extent, 3) for name, precision in precisions.items()}
    {'north': 0.051, 'south': 0.065}
    """
    strata = np.broadcast_arrays(
        population, respondents, np.asarray(rate, float), np.asarray(deff, float)
    )
    sizes = Counter(group)
    result = dict.fromkeys(group, Precision(0.0, 1.0))
    # Single strata are enumerated, and others drawn.
    for is_alone in (True, False):
        rows = [at for at, label in enumerate(group) if (sizes[label] == 1) is is_alone]
        if rows:
            labels = [group[at] for at in rows]
            persons, answers, share, effect = (column[rows] for column in strata)
            figures = _precisions(persons, answers, aim, labels, share, effect, draws)
            result |= dict(zip(dict.fromkeys(labels), figures, strict=True))
    return result


def _precisions(
    population: ArrayLike | None,
    respondents: ArrayLike,
    aim: Aim,
    group: Sequence[str] | None,
    rate: ArrayLike,
    deff: ArrayLike,
    draws: int,
) -> list[Precision]:
    samples = PlannedSamples.of(population, respondents, rate, group=group, deff=deff, draws=draws)
    low, high = limits(samples.part, samples.ratios, Interval.DEFAULT, aim.level)
    is_upper = aim.extent is Extent.UPPER
    extent = np.asarray(high - samples.ratios.rate if is_upper else (high - low) / 2)
    assurance = (samples.probability * (extent <= aim.margin + _ROUNDING)).sum(axis=1)
    reached = samples.quantiles(extent, aim.assurance)
    return [
        Precision(float(e), min(float(a), 1.0)) for e, a in zip(reached, assurance, strict=True)
    ]


def assured_size(
    population: int | None,
    aim: Aim,
    *,
    rate: float = 0.5,
    response: float = 1.0,
    deff: float = 1.0,
) -> AssuredSize:
    """Return how many must answer, and be asked, for the interval shown to be narrow enough.

    The share of samples that keep a margin does not rise with every sheet, since counts are whole.
    The size is such that larger ones, up to 5 % more, keep it too, as far as they were looked at.

    Parameters
    ----------
    population : int or None
        Persons; None if so many that no correction applies.
    aim : Aim
    rate : float
        Rate expected, above 0 and below 1.
    response : float
        Share of the persons asked who will answer.
    deff : float
        Design effect.

    Returns
    -------
    AssuredSize

    Raises
    ------
    PlanError
        A figure is out of its range, or more persons would have to be asked than there are.

    References
    ----------
    .. [1] S. L. Beal, "Sample size determination for confidence intervals on the population mean
       and on the difference between two population means", *Biometrics* 45 (1989), 969-977.
    .. [2] W. W. Piegorsch, "Sample sizes for improved binomial confidence intervals",
       *Computational Statistics & Data Analysis* 46 (2004), 309-316.

    Examples
    --------
    >>> size = assured_size(1000, Aim(0.02), rate=0.03, response=0.8)
    >>> size.respondents, size.issued, round(size.assurance, 2)
    (267, 334, 0.85)
    """
    check_open("rate", rate)
    check_positive("deff", deff)
    if population is not None:
        check_positive("population", population)
    most = _LARGEST if population is None else population

    def precisions(sizes: Integers) -> list[Precision]:
        return [planned_precision(population, int(n), aim, rate=rate, deff=deff) for n in sizes]

    start = deff * rate * (1 - rate) * (_deviate(aim.level) / aim.margin) ** 2
    start = start if population is None else start * population / (population + start)
    search = _Search.between(np.array([1]), np.array([most]), np.array([int(start) + 1]), aim)
    size = _steady(precisions, aim, int(search.run(lambda sizes, _: precisions(sizes))[0]), most)
    reached = planned_precision(population, size, aim, rate=rate, deff=deff)
    return AssuredSize(
        size, to_issue(size, population, response), reached.assurance, reached.extent
    )


def assured_allocation(
    stratum: Sequence[str],
    population: ArrayLike,
    aim: Aim,
    method: Method = Method.PROPORTIONAL,
    *,
    group: Sequence[str] | None = None,
    rate: ArrayLike = 0.5,
    minimum: ArrayLike = 2,
    response: ArrayLike = 1.0,
    deff: ArrayLike = 1.0,
    draws: int = DRAWS,
) -> AssuredAllocation:
    """Return the smallest allocation whose interval will be narrow enough, in each group.

    Parameters
    ----------
    stratum, population, method, rate, minimum, response
        As for ``allocate``.
    aim : Aim
    group : sequence of str, length H, optional
        Each is planned by itself; one of all by default.
    deff : array_like of float, shape (H,) or scalar
        Design effects within strata.
    draws : int
        Samples drawn of each size; always the same ones. A group of several strata is checked by
        8 times more, and grows until their share is above the assurance by two standard errors.

    Returns
    -------
    AssuredAllocation

    Raises
    ------
    PlanError
        As for ``allocate``, or if all persons who would answer are too few.

    Examples
    --------
    >>> plan = assured_allocation(["city", "county"], [400, 600], Aim(0.05), rate=[0.3, 0.05])
    >>> plan.respondents
    array([ 71, 106])
    """
    check_positive("deff", float(np.min(deff)))
    names = group or [""] * len(stratum)
    table = _PlannedStrata.of(stratum, population, rate, minimum, response, deff, names)
    places = list(dict.fromkeys(table.group))
    rows = [np.array([label == place for label in table.group]) for place in places]
    groups = [table.only(row) for row in rows]

    def precisions(
        totals: Integers, at: Integers, aim: Aim = aim, draws: int = draws
    ) -> list[Precision]:
        parts = [groups[place] for place in at]
        sizes = [
            part.allocated(int(total), method).respondents
            for part, total in zip(parts, totals, strict=True)
        ]
        labels = [label for part in parts for label in part.group]
        persons, rates, effects = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("population", "rate", "deff")
        )
        reached = planned_precisions(
            persons, np.concatenate(sizes), aim, labels, rate=rates, deff=effects, draws=draws
        )
        return list(reached.values())

    ends = np.array([part.ends for part in groups])
    starts = np.array([part.normal_size(aim, method) for part in groups])
    search = _Search.between(ends[:, 0], ends[:, 1], starts, aim, places)
    totals = search.run(precisions)
    several = np.array([len(part.stratum) > 1 for part in groups])
    stricter = aim.surer_by_two_errors(draws * _CHECKING_DRAWS)
    reached = search.checked(
        several, lambda totals, at: precisions(totals, at, stricter, draws * _CHECKING_DRAWS)
    )
    respondents, issued = np.zeros_like(table.population), np.zeros_like(table.population)
    for row, part, total in zip(rows, groups, totals, strict=True):
        share = part.allocated(int(total), method)
        respondents[row], issued[row] = share.respondents, share.issued
    return AssuredAllocation(
        table.stratum,
        frozen(table.population),
        frozen(respondents),
        frozen(issued),
        dict(zip(places, reached, strict=True)),
    )


@dataclass(frozen=True, eq=False)
class _PlannedStrata:
    """What an allocation is made from; arrays of shape (H,)."""

    stratum: tuple[str, ...]
    population: Integers
    rate: Floats
    minimum: Integers
    response: Floats
    deff: Floats
    group: tuple[str, ...]

    @classmethod
    def of(
        cls,
        stratum: Sequence[str],
        population: ArrayLike,
        rate: ArrayLike,
        minimum: ArrayLike,
        response: ArrayLike,
        deff: ArrayLike,
        group: Sequence[str],
    ) -> _PlannedStrata:
        # ``allocate`` refuses what is out of range, and names the stratum.
        trial = allocate(
            stratum,
            population,
            _least(stratum, population, minimum, response),
            rate=rate,
            minimum=minimum,
            response=response,
        )
        size = len(trial.stratum)
        return cls(
            trial.stratum,
            trial.population,
            np.broadcast_to(np.asarray(rate, float), size),
            np.broadcast_to(np.asarray(minimum), size),
            np.broadcast_to(np.asarray(response, float), size),
            np.broadcast_to(np.asarray(deff, float), size),
            tuple(group),
        )

    def only(self, rows: Mask) -> _PlannedStrata:
        def names(column: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(itertools.compress(column, rows))

        return _PlannedStrata(
            names(self.stratum),
            self.population[rows],
            self.rate[rows],
            self.minimum[rows],
            self.response[rows],
            self.deff[rows],
            names(self.group),
        )

    def allocated(self, total: int, method: Method) -> Allocation:
        return allocate(
            self.stratum,
            self.population,
            total,
            method,
            rate=self.rate,
            minimum=self.minimum,
            response=self.response,
            deff=self.deff,
        )

    @property
    def ends(self) -> tuple[int, int]:
        """The least and the most respondents that there can be."""
        most = np.floor(self.population * self.response * (1 + 1e-12)).astype(np.int64)
        return int(np.minimum(self.minimum, most).sum()), int(most.sum())

    def normal_size(self, aim: Aim, method: Method) -> int:
        """Return the size that the normal interval would need, to begin with."""
        least, most = self.ends
        trial = self.allocated(max(least, most // 2), method)
        size, persons = float(trial.respondents.sum()), float(self.population.sum())
        variance = (_deviate(aim.level) * trial.se / aim.margin) ** 2
        return int(persons / (1 + (persons / size - 1) / max(variance, 1e-9))) + 1


def _least(
    stratum: Sequence[str], population: ArrayLike, minimum: ArrayLike, response: ArrayLike
) -> int:
    most = np.floor(np.multiply(population, response) * (1 + 1e-12))
    return int(np.broadcast_to(np.minimum(minimum, most), len(stratum)).sum())


def _deviate(level: float) -> float:
    return float(scipy.special.ndtri((1 + level) / 2))


@dataclass(eq=False)
class _Search:
    """The search for D sizes that keep the aim where one less (or 0.5 % less) does not.

    An extent falls with the root of the size, so that each trial says where to look next.
    """

    aim: Aim
    names: Sequence[str]
    size: Integers
    fails: Integers
    keeps: Integers
    most: Integers
    trials: int = 0

    @classmethod
    def between(
        cls,
        least: Integers,
        most: Integers,
        start: Integers,
        aim: Aim,
        names: Sequence[str] = ("",),
    ) -> _Search:
        return cls(aim, names, np.clip(start, least, most), least - 1, most + 1, most)

    def run(self, precisions: Callable[[Integers, Integers], list[Precision]]) -> Integers:
        while (at := self._unsettled()).size:
            self.trials += 1
            for place, trial in zip(at, precisions(self.size[at], at), strict=True):
                self._learn(int(place), trial)
        return self.keeps

    def checked(
        self, is_sampled: Mask, precisions: Callable[[Integers, Integers], list[Precision]]
    ) -> list[Precision]:
        """Let the sizes grow until more samples, of a stricter aim, show them to be large enough.

        The first size that keeps an aim among few samples owes it to these in part.
        """
        at = np.arange(len(self.keeps))
        reached: dict[int, Precision] = {}
        while at.size:
            reached |= dict(zip(at.tolist(), precisions(self.keeps[at], at), strict=True))
            extent = np.array([reached[place].extent for place in at.tolist()])
            wider = np.maximum(extent / self.aim.margin, 1) ** 2
            short = is_sampled[at] & (wider > 1 + _ROUNDING) & (self.keeps[at] < self.most[at])
            at, wider = at[short], wider[short]
            grown = np.maximum(np.ceil(self.keeps[at] * wider), self.keeps[at] + 1)
            self.keeps[at] = np.minimum(grown.astype(np.int64), self.most[at])
        for place, trial in reached.items():
            if trial.assurance < self.aim.assurance * (1 - 1e-9):
                raise self._beyond(place, trial)
        return [reached[place] for place in range(len(self.keeps))]

    def _unsettled(self) -> Integers:
        return np.flatnonzero(self.keeps - self.fails > np.maximum(1, self.keeps // 200))

    def _learn(self, place: int, trial: Precision) -> None:
        size = int(self.size[place])
        if trial.extent <= self.aim.margin + _ROUNDING:
            self.keeps[place] = size
        elif size == self.most[place]:
            raise self._beyond(place, trial)
        else:
            self.fails[place] = size
        fails, keeps = int(self.fails[place]), int(self.keeps[place])
        proposal = math.ceil(size * (trial.extent / self.aim.margin) ** 2 * 1.002)
        if keeps > self.most[place]:
            next_size = min(max(proposal, fails + 1 + fails // 100), int(self.most[place]))
        else:
            is_between = fails < proposal < keeps and self.trials % 3
            next_size = proposal if is_between else (fails + keeps) // 2
        self.size[place] = max(next_size, fails + 1)

    def _beyond(self, place: int, trial: Precision) -> PlanError:
        values = {
            "respondents": int(self.most[place]),
            "margin": 100 * self.aim.margin,
            "percent": 100 * trial.assurance,
        }
        if not self.names[place]:
            return PlanError(
                "Even %(respondents)d answers, all that can be had, keep a margin of "
                "%(margin)g %% in only %(percent).0f %% of samples.",
                **values,
            )
        return PlanError(
            "%(group)s: even %(respondents)d answers, all that can be had, keep a margin of "
            "%(margin)g %% in only %(percent).0f %% of samples.",
            group=self.names[place],
            **values,
        )


def _steady(
    precisions: Callable[[Integers], list[Precision]], aim: Aim, size: int, most: int
) -> int:
    """Return the first size from which those up to 5 % larger that are looked at keep the aim."""
    step = max(1, size // (20 * _LOOKED_AT))
    failing = np.array([size])
    while failing.size:
        sizes = np.unique(np.minimum(size + step * np.arange(_LOOKED_AT), most))
        over = [trial.extent > aim.margin + _ROUNDING for trial in precisions(sizes)]
        failing = sizes[over]
        size = int(failing[-1]) + 1 if failing.size else size
    return size
