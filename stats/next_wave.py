"""The next wave planned from this one: its rates, response and design effect by stratum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from stats.allocation import Allocation, Method, allocate
from stats.arrays import Floats, frozen
from stats.clusters import cluster_effects
from stats.planning import PlanError
from stats.precision import Aim, assured_allocation, planned_precision

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from stats.clusters import ClusterCounts
    from stats.counting import Counts
    from stats.design import Design
    from stats.precision import Precision

PRIOR: Final = 2.0
"""Sheets at the rate of all strata that are added to each stratum's own."""


@dataclass(frozen=True, eq=False)
class NextWave:
    """What a wave says of the next, and the sizes that follow.

    Attributes
    ----------
    rate : ndarray, shape (H,)
        Rates expected: this wave's, drawn to the rate of all strata.
    response : ndarray, shape (H,)
        Response expected, drawn likewise.
    deff : ndarray, shape (H,)
        Design effects within strata.
    allocation : Allocation
    precision : Precision
        Of the overall rate.
    """

    rate: Floats
    response: Floats
    deff: Floats
    allocation: Allocation
    precision: Precision


def next_wave(
    design: Design,
    counts: Counts,
    item: str,
    aim: Aim,
    *,
    total: int | None = None,
    method: Method = Method.NEYMAN,
    population: ArrayLike | None = None,
    response: float = 1.0,
    minimum: ArrayLike = 10,
    deff: ArrayLike = 1.0,
    clusters: ClusterCounts | None = None,
) -> NextWave:
    """Plan the next wave's sizes from the counts of this one.

    A stratum's rate is (x + 2 p) / (d + 2), p = (n p̂ + 1/2) / (n + 1) that of all strata with
    n answers: no stratum is expected at 0, and one that saw few sheets is expected to be like the
    others. Its response likewise is (r + 2 ρ) / (a + 2) of a persons asked.

    Parameters
    ----------
    design : Design
        This wave's; its ``issued`` give the response.
    counts : Counts
        Of the same strata.
    item : str
        Whose rate is planned; ``"any"`` for any contact.
    aim : Aim
        The overall interval; a margin that ``total`` replaces still says what is measured.
    total : int, optional
        Respondents to share out; as many as the aim takes without it.
    method : Method
    population : array_like of int, shape (H,), optional
        The next wave's persons; this wave's by default.
    response : float
        Response where the design has no ``issued``.
    minimum : array_like of int, shape (H,) or scalar
        Least respondents of a stratum.
    deff : array_like of float, shape (H,) or scalar
        Design effects within strata, as this wave had them.
    clusters : ClusterCounts, optional
        Of the same sheets: the design effects are estimated from them (`cluster_effects`).

    Returns
    -------
    NextWave

    Raises
    ------
    PlanError
        No one answered the item, the sizes cannot be had, or clusters do not show how alike their
        answers are.

    References
    ----------
    .. [1] S. E. Fienberg and P. W. Holland, "Simultaneous estimation of multinomial cell
       probabilities", *J. Am. Stat. Assoc.* 68 (1973), 683-691.
    .. [2] L. D. Brown, T. T. Cai and A. DasGupta, "Interval estimation for a binomial proportion",
       *Statistical Science* 16 (2001), 101-133.

    Examples
    --------
    >>> design = Design(["city", "county"], [400, 600], [80, 60], issued=[100, 120])
    >>> answers = np.repeat([[1], [0]], [8, 132], axis=0)
    >>> counts = count([0] * 80 + [1] * 60, answers, ["gift"], strata=2)
    >>> wave = next_wave(design, counts, "gift", Aim(0.02), total=200)
    >>> wave.rate.round(4), wave.response.round(3)
    (array([0.0986, 0.0014]), array([0.797, 0.502]))
    >>> wave.allocation.respondents
    array([168,  32])
    """
    yes, no = counts.answers_to(item)
    answers = yes + no
    if not answers.sum():
        raise PlanError("No one answered %(item)s in this wave.", item=item)
    persons = design.population if population is None else np.asarray(population)
    rate = _towards_all(yes, answers, design.population)
    returned = np.full(len(persons), response)
    if design.issued is not None:
        returned = _response(design.respondents, design.issued)
    strata = len(design.stratum)
    effect = np.broadcast_to(np.asarray(deff, float), strata)
    if clusters is not None:
        effect = cluster_effects(clusters, item, strata)
    if total is None:
        plan = assured_allocation(
            design.stratum,
            persons,
            aim,
            method,
            rate=rate,
            minimum=minimum,
            response=returned,
            deff=effect,
        )
        total = int(plan.respondents.sum())
    allocation = allocate(
        design.stratum,
        persons,
        total,
        method,
        rate=rate,
        minimum=minimum,
        response=returned,
        deff=effect,
    )
    precision = planned_precision(persons, allocation.respondents, aim, rate=rate, deff=effect)
    return NextWave(frozen(rate), frozen(returned), frozen(effect), allocation, precision)


def _towards_all(yes: ArrayLike, answers: ArrayLike, population: ArrayLike) -> Floats:
    """Draw the rates of strata to that of all, and this away from 0 and 1."""
    part, whole, persons = (np.asarray(a, float) for a in (yes, answers, population))
    has_answers = whole > 0
    own = np.divide(part, whole, out=np.zeros_like(part), where=has_answers)
    overall = np.average(own, weights=persons * has_answers)
    common = (whole.sum() * overall + 0.5) / (whole.sum() + 1)
    return np.asarray((part + PRIOR * common) / (whole + PRIOR))


def _response(respondents: ArrayLike, issued: ArrayLike) -> Floats:
    sheets, invited = np.asarray(respondents, float), np.asarray(issued, float)
    if not sheets.sum():
        raise PlanError("No one answered in this wave.")
    return np.asarray((sheets + PRIOR * sheets.sum() / invited.sum()) / (invited + PRIOR))
