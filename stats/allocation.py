"""Dividing a sample among strata, in whole persons and exactly."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import ArrayLike

from stats.arrays import Floats, Integers, frozen
from stats.planning import PlanError

THIN_SHARE: Final = 0.02
"""A stratum with more of the persons than this ..."""
THIN_SHEETS: Final = 20
"""... with fewer sheets than this ..."""
THIN_DENSITY: Final = 0.5
"""... and with less than this part of the whole's sampling fraction is thin."""


class Method(StrEnum):
    """What an allocation serves."""

    PROPORTIONAL = "proportional"
    """Each stratum has its share of the population."""
    NEYMAN = "neyman"
    """The overall rate has the least variance."""
    POWER = "power"
    """The strata's own rates are precise too, the more so the smaller the power."""


@dataclass(frozen=True, eq=False)
class Allocation:
    """A sample divided among H strata.

    Attributes
    ----------
    stratum : tuple of str, length H
    population : ndarray of int, shape (H,)
    respondents : ndarray of int, shape (H,)
        Persons who are to answer; they sum to the total asked for.
    issued : ndarray of int, shape (H,)
        Persons to invite for so many to answer.
    se : float
        Standard error of the overall rate if the rates are as expected.
    """

    stratum: tuple[str, ...]
    population: Integers
    respondents: Integers
    issued: Integers
    se: float


def allocate(
    stratum: Sequence[str],
    population: ArrayLike,
    total: int,
    method: Method = Method.PROPORTIONAL,
    *,
    rate: ArrayLike = 0.5,
    power: float = 0.5,
    size: ArrayLike | None = None,
    minimum: ArrayLike = 2,
    response: ArrayLike = 1.0,
    deff: ArrayLike = 1.0,
) -> Allocation:
    """Divide a sample of ``total`` respondents among strata.

    Every method minimises the sum of a_h^2 / n_h over whole n_h within their bounds, with
    a_h = N_h (proportional), N_h S_h (Neyman: the variance of the overall rate) or
    X_h^q S_h / p_h (Bankier's power allocation: the strata's own coefficients of variation,
    weighted by size); a design effect counts as so much more variance, so that S_h^2 is
    ``deff`` times that of persons who answer each for themselves. Giving each next person to the
    stratum that gains most is the exact optimum, so nothing is rounded.

    Parameters
    ----------
    stratum : sequence of str, length H
        Names.
    population : array_like of int, shape (H,)
        Persons, at least 1.
    total : int
        Respondents to share out.
    method : Method
    rate : array_like of float, shape (H,) or scalar
        Rates expected, above 0 and below 1.
    power : float
        Bankier's q, from 0 (equal precision for every stratum) to 1 (near Neyman).
    size : array_like of float, shape (H,), optional
        Bankier's measure of size X_h; the population by default.
    minimum : array_like of int, shape (H,) or scalar
        Least respondents of a stratum, at least 1; a stratum that has fewer gives all it can.
    response : array_like of float, shape (H,) or scalar
        Share of the invited who will answer; no stratum has more invited than persons.
    deff : array_like of float, shape (H,) or scalar
        Design effects within strata, above 0.

    Returns
    -------
    Allocation

    Raises
    ------
    PlanError
        A figure is out of its range, or the total lies outside what minima and populations allow.

    References
    ----------
    .. [1] J. Neyman, "On the two different aspects of the representative method", *J. R. Stat.
       Soc.* 97 (1934), 558-625.
    .. [2] M. D. Bankier, "Power allocations: determining sample sizes for subnational areas",
       *Am. Stat.* 42 (1988), 174-177.
    .. [3] T. Wright, "Exact optimal sample allocation: more efficient than Neyman", *Stat.
       Probab. Lett.* 129 (2017), 50-57.

    Examples
    --------
    >>> shares = allocate(["city", "county"], [400, 600], 100, Method.NEYMAN, rate=[0.3, 0.05])
    >>> shares.respondents
    array([58, 42])
    >>> round(shares.se, 4)
    0.0296
    """
    names = tuple(stratum)
    people = _within(names, "population", population, 1, np.inf)
    share = _within(names, "response rate", response, 1e-9, 1)
    expected = _within(names, "expected rate", rate, 1e-9, 1 - 1e-9)
    measure = _within(names, "measure of size", people if size is None else size, 1e-300, np.inf)
    most = np.floor(people * share * (1 + 1e-12)).astype(np.int64)
    least = np.minimum(_within(names, "minimum", minimum, 1, np.inf).astype(np.int64), most)
    _check_total(names, total, least, most)
    effect = _within(names, "design effect", deff, 1e-9, np.inf)
    deviation = np.sqrt(effect * expected * (1 - expected) * people / np.maximum(people - 1, 1))
    importance = {
        Method.PROPORTIONAL: people,
        Method.NEYMAN: people * deviation,
        Method.POWER: measure**power * deviation / expected,
    }[Method(method)]
    respondents = _spend(importance, least, most, total)
    weight = people / people.sum()
    variance = weight**2 * (1 - respondents / people) * deviation**2 / respondents
    return Allocation(
        names,
        frozen(people, np.int64),
        frozen(respondents, np.int64),
        frozen(np.ceil(respondents / share * (1 - 1e-12)), np.int64),
        float(np.sqrt(variance.sum())),
    )


@dataclass(frozen=True)
class ThinStratum:
    """A stratum with many persons and few sheets, and how many would be enough.

    Attributes
    ----------
    stratum : str
    share : float
        Of all persons.
    respondents, needed : int
    """

    stratum: str
    share: float
    respondents: int
    needed: int

    def __str__(self) -> str:
        """Name the stratum and the remedy."""
        return (
            f"Stratum {self.stratum} holds {self.share:.0%} of the persons and would be described "
            f"by {self.respondents} sheets: plan at least {self.needed} there, or join it to a "
            "stratum like it."
        )


def thin_strata(
    stratum: Sequence[str], population: ArrayLike, respondents: ArrayLike
) -> list[ThinStratum]:
    """Return the strata that hold more than 2 % of the persons and fewer than 20 sheets.

    A rate of 3 / n may go unseen among n sheets with a probability of 5 %: with 20 sheets, 15 % of
    the stratum's persons. Strata that are sampled at least half as densely as the whole are left
    alone, and a stratum that has fewer persons need only give all.

    Parameters
    ----------
    stratum : sequence of str, length H
    population, respondents : array_like of int, shape (H,)

    Returns
    -------
    list of ThinStratum

    References
    ----------
    .. [1] J. A. Hanley and A. Lippman-Hand, "If nothing goes wrong, is everything all right?",
       *JAMA* 249 (1983), 1743-1745.

    Examples
    --------
    >>> (thin,) = thin_strata(["city", "county"], [2681, 749], [1175, 8])
    >>> print(str(thin)[:70])
    Stratum county holds 22% of the persons and would be described by 8 sh
    """
    persons, sheets = np.asarray(population, float), np.asarray(respondents, float)
    share = persons / persons.sum()
    needed = np.minimum(THIN_SHEETS, persons)
    thinner = sheets / persons < sheets.sum() / persons.sum() * THIN_DENSITY
    thin = (share > THIN_SHARE) & (sheets < needed) & thinner
    return [
        ThinStratum(stratum[at], float(share[at]), int(sheets[at]), int(needed[at]))
        for at in np.flatnonzero(thin).tolist()
    ]


def _spend(importance: Floats, least: Integers, most: Integers, total: int) -> Integers:
    """Allocate each next person to the stratum where the sum of a^2 / n falls most."""
    respondents = least.copy()
    queue = [
        (-((a**2) / (n * (n + 1))), h)
        for h, (a, n) in enumerate(zip(importance, least, strict=True))
    ]
    heapq.heapify(queue)
    for _ in range(total - int(least.sum())):
        while respondents[queue[0][1]] == most[queue[0][1]]:
            heapq.heappop(queue)
        h = queue[0][1]
        respondents[h] += 1
        heapq.heapreplace(
            queue, (-(importance[h] ** 2) / (respondents[h] * (respondents[h] + 1)), h)
        )
    return respondents


def _within(
    names: tuple[str, ...], figure: str, values: ArrayLike, low: float, high: float
) -> Floats:
    if not names:
        raise PlanError("There is no stratum to share a sample out to.")
    figures = np.asarray(values, dtype=np.float64)
    if figures.shape not in {(), (len(names),)}:
        raise PlanError(
            "There are %(given)d figures of %(figure)s for %(strata)d strata.",
            given=figures.size,
            figure=figure,
            strata=len(names),
        )
    array = np.broadcast_to(figures, len(names))
    for name, value in zip(names, array, strict=True):
        if not low <= value <= high:
            raise PlanError(
                "Stratum %(stratum)s: the %(figure)s cannot be %(value)g.",
                stratum=name,
                figure=figure,
                value=value,
            )
    return array


def _check_total(names: tuple[str, ...], total: int, least: Integers, most: Integers) -> None:
    for name, highest in zip(names, most, strict=True):
        if highest < 1:
            raise PlanError(
                "Stratum %(stratum)s: at this response rate no one would answer.", stratum=name
            )
    if total < least.sum():
        raise PlanError(
            "The minima take %(least)d respondents, more than the %(total)d to share out.",
            least=least.sum(),
            total=total,
        )
    if total > most.sum():
        raise PlanError(
            "The strata can give %(most)d respondents, fewer than the %(total)d wanted.",
            most=most.sum(),
            total=total,
        )
