"""The presentation standard of the US National Center for Health Statistics, as data to show."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

from stats.intervals import clopper_pearson
from stats.planning import check_open, check_positive

_LARGEST: Final = 10**7


class Decision(StrEnum):
    """What is to be done with a rate."""

    PRESENT = "present"
    SUPPRESS = "suppress"
    REVIEW = "review"
    """A statistician decides."""


class Reason(StrEnum):
    """The rule that decided; the first that applies, in the standard's order."""

    FEW_ANSWERS = "fewer than 30 answers"
    FEW_EFFECTIVE = "effective sample size below 30"
    NONE_OR_ALL = "no one or everyone said yes"
    NARROW = "interval no wider than 0.05"
    WIDE = "interval of 0.30 or wider"
    WIDE_FOR_RATE = "interval wider than 130 % of the rate"
    RELIABLE = "interval narrow enough for the rate"
    FEW_DEGREES = "fewer than 8 degrees of freedom"


@dataclass(frozen=True, slots=True)
class Presentation:
    """Whether a rate may be shown.

    Attributes
    ----------
    decision : Decision
    reason : Reason
        The rule that decided.
    footnote : bool
        Present with a note: the interval is wider than 130 % of the complement.
    effective_size : float
        p(1 - p) / V capped at the number of answers.
    width : float
        Of the 95 % Korn–Graubard interval.
    """

    decision: Decision
    reason: Reason
    footnote: bool
    effective_size: float
    width: float


def presentation(
    rate: float, *, answers: int, yes: int, df: int, effective_size: float, width: float
) -> Presentation:
    """Apply the standard to one rate.

    Parameters
    ----------
    rate : float
    answers, yes : int
        Answers that determine the item, and the yes among them.
    df : int
        Degrees of freedom of the design.
    effective_size : float
        p(1 - p) / V capped at ``answers``; ``answers`` where ``yes`` is 0 or all, and where the
        population was fully counted.
    width : float
        Of the 95 % Korn–Graubard interval with that size.

    Returns
    -------
    Presentation

    References
    ----------
    .. [1] J. D. Parker et al., *National Center for Health Statistics Data Presentation Standards
       for Proportions*, Vital and Health Statistics 2(175), 2017.
    """
    decision, reason = _decide(rate, answers, yes, effective_size, width)
    presented = decision is Decision.PRESENT
    footnote = presented and reason is Reason.RELIABLE and width > 1.30 * (1 - rate)
    if presented and df < 8:
        decision, reason = Decision.REVIEW, Reason.FEW_DEGREES
    return Presentation(decision, reason, footnote, effective_size, width)


def _decide(
    rate: float, answers: int, yes: int, effective_size: float, width: float
) -> tuple[Decision, Reason]:
    rules = (
        (answers < 30, Decision.SUPPRESS, Reason.FEW_ANSWERS),
        (effective_size < 30, Decision.SUPPRESS, Reason.FEW_EFFECTIVE),
        (yes in {0, answers}, Decision.REVIEW, Reason.NONE_OR_ALL),
        (width <= 0.05, Decision.PRESENT, Reason.NARROW),
        (width >= 0.30, Decision.SUPPRESS, Reason.WIDE),
        (width > 1.30 * rate, Decision.SUPPRESS, Reason.WIDE_FOR_RATE),
        (True, Decision.PRESENT, Reason.RELIABLE),
    )
    return next((decision, reason) for applies, decision, reason in rules if applies)


def reliable_size(rate: float, population: int | None = None, *, deff: float = 1.0) -> int | None:
    """Return with how many answers the standard presents a rate.

    Parameters
    ----------
    rate : float
        As it is expected to come out, above 0 and below 1: a rate of 0 or 1 is always reviewed.
    population : int or None
        Persons; None if so many that no correction applies.
    deff : float
        Design effect against simple random sampling without replacement.

    Returns
    -------
    int or None
        None where less than a full count is not enough.

    Raises
    ------
    PlanError
        A figure is out of its range.

    References
    ----------
    .. [1] J. D. Parker et al., *National Center for Health Statistics Data Presentation Standards
       for Proportions*, Vital and Health Statistics 2(175), 2017.

    Examples
    --------
    >>> reliable_size(0.1), reliable_size(0.1, deff=1.5), reliable_size(0.1, 60)
    (97, 145, None)
    """
    check_open("rate", rate)
    check_positive("deff", deff)
    fewest, most = 0, _LARGEST if population is None else population
    if not _is_reliable(rate, most - 1, population, deff):
        return None
    while most - fewest > 1:
        middle = (fewest + most) // 2
        if _is_reliable(rate, middle, population, deff):
            most = middle
        else:
            fewest = middle
    return most


def _is_reliable(rate: float, answers: int, population: int | None, deff: float) -> bool:
    remainder = 1 if population is None else 1 - answers / population
    effective = min(answers, answers / (deff * remainder))
    if effective < 30:
        return False
    low, high = clopper_pearson(np.array(rate), np.array(effective), 0.95)
    width = float(high - low)
    return width <= 0.05 or (width < 0.30 and width <= 1.30 * rate)
