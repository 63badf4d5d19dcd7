"""Planning a sample: sizes, and what will be known by them, before the first invitation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stats.allocation import Method, allocate, thin_strata
from stats.clusters import cluster_effect
from stats.confidence import limits
from stats.design import Design, Lonely
from stats.intervals import Interval
from stats.linearisation import Partition, ratio
from stats.planning import PlanError
from stats.power import PlannedRate, visible_change
from stats.precision import Aim, assured_allocation, planned_precisions
from survey_app.documents.design import SMALLEST_POPULATION, Kind, Names
from survey_app.errors import N_, SurveyError
from survey_app.identity.manage.campaigns.draft import DraftStratum

LEVEL = 0.95
ASSURANCE = 0.8
"""The share of samples in which a planned margin is kept, and of pairs that show a fall."""
FEWEST = 10
"""Respondents planned for every stratum, if it can give them: fewer are opened only merged."""
_DRAWS = 100
"""Samples drawn of strata that are described together: enough for the page to answer at once."""
_SEARCH_DRAWS = 50
"""Samples drawn of each size that is tried; eight times as many check the one it comes to."""


@dataclass(frozen=True)
class PlanRequest:
    """The aim of a plan: a margin for each post category, or a number of invitations."""

    margin: float | None
    budget: int | None
    response: float
    method: Method
    rate: float
    contacts: float = 1.0
    """Contacts of one company who are invited, on average."""
    alike: float = 0.0
    """Correlation of their answers."""

    @property
    def aim(self) -> Aim:
        """The interval that is to be narrow; without a margin it is only measured."""
        return Aim(self.margin or 0.5, ASSURANCE, LEVEL)

    def effect(self, strata: Sequence[DraftStratum]) -> list[float]:
        """Return the design effects of strata: only external contacts come as companies."""
        effect = cluster_effect(self.contacts, self.alike)
        return [effect if stratum.kind is Kind.BUSINESS else 1.0 for stratum in strata]


@dataclass(frozen=True)
class PlannedStratum:
    """How many to invite in a stratum, how many of them should answer, and the rate's margin."""

    stratum: DraftStratum
    respondents: int
    invited: int
    margin: float


@dataclass(frozen=True)
class CategoryPlan:
    """The margin of a post category's rate, kept in 80 percent of samples."""

    category: Names
    population: int
    invited: int
    respondents: int
    margin: float


@dataclass(frozen=True)
class ThinPlan:
    """A stratum that holds many persons and would be described by few answers."""

    stratum: DraftStratum
    percent: int
    respondents: int
    needed: int


@dataclass(frozen=True)
class Plan:
    """A sample allocated to strata."""

    strata: tuple[PlannedStratum, ...]
    categories: tuple[CategoryPlan, ...]
    thin: tuple[ThinPlan, ...]
    visible: float | None
    """The highest rate to which a fall would be shown by another such wave."""


@dataclass(frozen=True)
class _Share:
    """Answers and invitations of a stratum."""

    stratum: DraftStratum
    respondents: int
    invited: int


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
        return _described(shares, request)
    except PlanError as error:
        values = error.values | {"group": _both_names(strata, error.values.get("group"))}
        reason = SurveyError(error.sentence, **values)
        raise SurveyError(N_("This plan is not possible: %(reason)s"), reason=reason) from None


def _both_names(strata: Sequence[DraftStratum], category: object) -> str:
    """Give a post category in both languages; empty if there is none of this name."""
    names = [s.post_category for s in strata if s.post_category.zh == category][:1]
    return "".join(n.zh if n.zh == n.en else f"{n.zh} ({n.en})" for n in names)


def margins(
    population: Sequence[int], respondents: Sequence[int], group: Sequence[str]
) -> dict[str, float | None]:
    """Compute half of the default interval of each group's rate if half of all answers are a yes.

    No rate's interval is wider; None where a stratum has no answer.
    """
    empty = {name for name, answers in zip(group, respondents, strict=True) if not answers}
    columns = zip(population, respondents, group, strict=True)
    rows = [row for row in columns if row[2] not in empty]
    extents: dict[str, float] = {}
    if rows:
        persons, answers, names = zip(*rows, strict=True)
        places = [str(at) for at in range(len(rows))]
        design = Design(places, persons, answers, groups={"": names}, lonely=Lonely.ADJUST)
        part = Partition.of(design, "", fpc=True)
        sheets = np.array(answers, float)[:, None]
        low, high = limits(part, ratio(part, sheets // 2, sheets), Interval.DEFAULT, LEVEL)
        extents = dict(zip(part.names, ((high - low) / 2)[:, 0].tolist(), strict=True))
    return {name: extents.get(name) for name in group}


def _for_margin(strata: Sequence[DraftStratum], request: PlanRequest) -> tuple[_Share, ...]:
    """Plan each post category separately, so that each reaches the margin."""
    allocation = assured_allocation(
        [stratum.id for stratum in strata],
        [stratum.population for stratum in strata],
        request.aim,
        request.method,
        group=[stratum.post_category.zh for stratum in strata],
        rate=request.rate,
        minimum=FEWEST,
        response=request.response,
        deff=request.effect(strata),
        draws=_SEARCH_DRAWS,
    )
    sizes = allocation.respondents.tolist(), allocation.issued.tolist()
    return tuple(_Share(*share) for share in zip(strata, *sizes, strict=True))


def _for_budget(strata: Sequence[DraftStratum], request: PlanRequest) -> tuple[_Share, ...]:
    if request.budget is None:
        raise SurveyError(N_("Name a margin or a total number of invitations."))
    allocation = allocate(
        [stratum.id for stratum in strata],
        [stratum.population for stratum in strata],
        int(request.budget * request.response),
        request.method,
        rate=request.rate,
        minimum=FEWEST,
        response=request.response,
    )
    sizes = allocation.respondents.tolist(), allocation.issued.tolist()
    return tuple(_Share(*share) for share in zip(strata, *sizes, strict=True))


def _described(shares: Sequence[_Share], request: PlanRequest) -> Plan:
    """Say what will be known by these sizes."""
    own = _margins(shares, request, [share.stratum.id for share in shares])
    joint = _margins(shares, request, [share.stratum.post_category.zh for share in shares])
    return Plan(
        tuple(
            PlannedStratum(s.stratum, s.respondents, s.invited, own[s.stratum.id]) for s in shares
        ),
        tuple(_precision(group, joint) for group in _categories(shares)),
        _thin(shares),
        _visible(shares, request),
    )


def _categories(shares: Sequence[_Share]) -> list[list[_Share]]:
    groups: dict[str, list[_Share]] = {}
    for share in shares:
        groups.setdefault(share.stratum.post_category.zh, []).append(share)
    return list(groups.values())


def _margins(
    shares: Sequence[_Share], request: PlanRequest, group: Sequence[str]
) -> dict[str, float]:
    precisions = planned_precisions(
        *_sizes(shares),
        request.aim,
        group,
        rate=request.rate,
        deff=request.effect([share.stratum for share in shares]),
        draws=_DRAWS,
    )
    return {name: precision.extent for name, precision in precisions.items()}


def _precision(group: Sequence[_Share], margins: dict[str, float]) -> CategoryPlan:
    category = group[0].stratum.post_category
    return CategoryPlan(
        category,
        sum(share.stratum.population for share in group),
        sum(share.invited for share in group),
        sum(share.respondents for share in group),
        margins[category.zh],
    )


def _thin(shares: Sequence[_Share]) -> tuple[ThinPlan, ...]:
    """Return the strata that are thin among all, or in their post category."""
    strata = {share.stratum.id: share.stratum for share in shares}
    thin = {
        stratum.stratum: ThinPlan(
            strata[stratum.stratum],
            round(100 * stratum.share),
            stratum.respondents,
            stratum.needed,
        )
        for group in [*_categories(shares), shares]
        for stratum in thin_strata([share.stratum.id for share in group], *_sizes(group))
    }
    return tuple(thin.values())


def _visible(shares: Sequence[_Share], request: PlanRequest) -> float | None:
    population, respondents = _sizes(shares)
    return visible_change(
        PlannedRate(population, respondents, [request.rate] * len(shares)),
        respondents,
        power_asked=ASSURANCE,
        level=LEVEL,
        deff=request.effect([share.stratum for share in shares]),
        draws=_DRAWS,
    )


def _sizes(shares: Sequence[_Share]) -> tuple[list[int], list[int]]:
    return [s.stratum.population for s in shares], [s.respondents for s in shares]
