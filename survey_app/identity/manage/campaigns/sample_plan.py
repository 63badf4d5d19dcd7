"""Planning a sample: sizes and expected margins before the first invitation."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy import special

from stats.allocation import Method, allocate
from stats.planning import PlanError, sample_size
from survey_app.documents.design import SMALLEST_POPULATION, Names
from survey_app.errors import N_, SurveyError
from survey_app.identity.manage.campaigns.draft import DraftStratum

LEVEL = 0.95
FEWEST = 10
"""Respondents planned for every stratum, if it can give them: fewer are opened only merged."""


@dataclass(frozen=True)
class PlanRequest:
    """The aim of a plan: a margin for each post category, or a number of invitations."""

    margin: float | None
    budget: int | None
    response: float
    method: Method
    rate: float


@dataclass(frozen=True)
class PlannedStratum:
    """How many to invite in a stratum, and how many of them should answer."""

    stratum: DraftStratum
    respondents: int
    invited: int


@dataclass(frozen=True)
class Precision:
    """The margin of a post category's rate, at 95 percent confidence."""

    category: Names
    population: int
    invited: int
    respondents: int
    margin: float | None


@dataclass(frozen=True)
class Plan:
    """A sample allocated to strata."""

    strata: tuple[PlannedStratum, ...]
    categories: tuple[Precision, ...]


def plan(strata: Sequence[DraftStratum], request: PlanRequest) -> Plan:
    """Allocate a sample to strata.

    Raises
    ------
    SurveyError
        A stratum is too small, or the aim cannot be reached; the sentence gives the reason.
    """
    if not strata:
        raise SurveyError(N_("There are no strata yet: enter them first."))
    small = [s.id for s in strata if s.population < SMALLEST_POPULATION]
    if small:
        raise SurveyError(
            N_("“%(stratum)s” has fewer than 20 persons: merge it with another first."),
            stratum=small[0],
        )
    try:
        shares = _for_margin(strata, request) if request.margin else _for_budget(strata, request)
    except PlanError as error:
        reason = SurveyError(error.sentence, **error.values)
        raise SurveyError(N_("This plan is not possible: %(reason)s"), reason=reason) from None
    return Plan(shares, precisions([(p.stratum, p.invited, p.respondents) for p in shares]))


def precisions(
    planned: Sequence[tuple[DraftStratum, int, int]], rate: float = 0.5
) -> tuple[Precision, ...]:
    """Compute each post category's margin from its strata's respondents."""
    groups: dict[str, list[tuple[DraftStratum, int, int]]] = {}
    for row in planned:
        groups.setdefault(row[0].post_category.zh, []).append(row)
    return tuple(_precision(group, rate) for group in groups.values())


def _precision(group: Sequence[tuple[DraftStratum, int, int]], rate: float) -> Precision:
    people = [stratum.population for stratum, _, _ in group]
    answers = [respondents for _, _, respondents in group]
    return Precision(
        group[0][0].post_category,
        sum(people),
        sum(invited for _, invited, _ in group),
        sum(answers),
        margin(people, answers, rate),
    )


def margin(
    population: Sequence[int], respondents: Sequence[int], rate: float = 0.5
) -> float | None:
    """Compute the half width of a stratified rate's interval; None where a stratum has no answer.

    References
    ----------
    .. [1] W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley, 1977, sec. 5.3 and 3.2.
    """
    if not all(respondents):
        return None
    people, answers = np.array(population, float), np.array(respondents, float)
    weight = people / people.sum()
    spread = rate * (1 - rate) * (people - answers) / np.maximum(people - 1, 1) / answers
    return float(special.ndtri((1 + LEVEL) / 2)) * sqrt(float(weight**2 @ spread))


def _for_margin(strata: Sequence[DraftStratum], request: PlanRequest) -> tuple[PlannedStratum, ...]:
    """Plan each post category separately, so that each reaches the margin."""
    groups: dict[str, list[DraftStratum]] = {}
    for stratum in strata:
        groups.setdefault(stratum.post_category.zh, []).append(stratum)
    shares = {p.stratum.id: p for group in groups.values() for p in _reaching(group, request)}
    return tuple(shares[stratum.id] for stratum in strata)


def _reaching(group: Sequence[DraftStratum], request: PlanRequest) -> tuple[PlannedStratum, ...]:
    people = sum(stratum.population for stratum in group)
    respondents = sample_size(
        people, rate=request.rate, margin=request.margin, level=LEVEL
    ).respondents
    return _allocated(group, respondents, request)


def _for_budget(strata: Sequence[DraftStratum], request: PlanRequest) -> tuple[PlannedStratum, ...]:
    if request.budget is None:
        raise SurveyError(N_("Name a margin or a total number of invitations."))
    return _allocated(strata, int(request.budget * request.response), request)


def _allocated(
    strata: Sequence[DraftStratum], respondents: int, request: PlanRequest
) -> tuple[PlannedStratum, ...]:
    most = [int(stratum.population * request.response + 1e-9) for stratum in strata]
    least = sum(min(FEWEST, can) for can in most)
    allocation = allocate(
        [stratum.id for stratum in strata],
        [stratum.population for stratum in strata],
        max(respondents, least) if request.margin else respondents,
        request.method,
        rate=request.rate,
        minimum=FEWEST,
        response=request.response,
    )
    pairs = zip(strata, allocation.respondents.tolist(), allocation.issued.tolist(), strict=True)
    return tuple(PlannedStratum(stratum, answers, issued) for stratum, answers, issued in pairs)
