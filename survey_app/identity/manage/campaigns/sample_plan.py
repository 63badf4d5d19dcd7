"""Planning a sample: sizes, and what will be known by them, before the first invitation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from stats.allocation import Allocation, Method, allocate, thin_strata
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
_UP = 1 + 1e-12
"""So that 0.29 of 100 persons are 29, as the allocation has it."""
_DRAWS = 100
"""Samples drawn of strata that are described together: enough for the page to answer at once."""
_SEARCH_DRAWS = 50
"""Samples drawn of each size that is tried; eight times as many check the one it comes to."""


class MethodError(SurveyError):
    """A way to share a sample out that would have no effect here."""

    sentence = N_(
        "This way differs from that in proportion only where a number of invitations is shared out "
        "among post categories of unlike rates: enter the rates expected of each, or choose "
        "another way."
    )
    field = "method"


@dataclass(frozen=True)
class PlanRequest:
    """The aim of a plan: a margin for each post category, a number of invitations, or everybody."""

    margin: float | None
    budget: int | None
    response: float
    method: Method
    rate: float
    contacts: float = 1.0
    """Contacts of one company who are invited, on average."""
    alike: float = 0.0
    """Correlation of their answers."""
    rates: Mapping[str, float] = field(default_factory=dict)
    """Rates expected of post categories, by Chinese name, where they differ from ``rate``."""
    everybody: bool = False

    @property
    def aim(self) -> Aim:
        """The interval that is to be narrow; without a margin it is only measured."""
        return Aim(self.margin or 0.5, ASSURANCE, LEVEL)

    def effect(self, strata: Sequence[DraftStratum]) -> list[float]:
        """Return the design effects of strata: only external contacts come as companies."""
        effect = cluster_effect(self.contacts, self.alike)
        return [effect if stratum.kind is Kind.BUSINESS else 1.0 for stratum in strata]

    def expected(self, strata: Sequence[DraftStratum]) -> list[float]:
        """Return the rates that are expected of strata."""
        return [self.rates.get(stratum.post_category.zh, self.rate) for stratum in strata]


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
class PlannedTotal:
    """All strata together, and the margin of their rate."""

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
    total: PlannedTotal
    short: tuple[CategoryPlan, ...]
    """Post categories that cannot reach the margin asked for: all of them are invited."""
    thin: tuple[ThinPlan, ...]
    rate: float
    """The rate expected of all."""
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
        A stratum is too small, or the number of invitations cannot be; the sentence gives the
        reason.
    MethodError
        Neyman's allocation was asked for where it would have no effect.
    """
    if not strata:
        raise SurveyError(N_("There are no strata yet: enter them first."))
    small = [s.id for s in strata if s.population < SMALLEST_POPULATION]
    if small:
        raise SurveyError(
            N_("“%(stratum)s” has fewer than 20 persons: merge it with another first."),
            stratum=small[0],
        )
    _check_method(strata, request)
    try:
        return _described(_shares(strata, request), request)
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


def _check_method(strata: Sequence[DraftStratum], request: PlanRequest) -> None:
    has_effect = request.budget is not None and len(set(request.expected(strata))) > 1
    if request.method is Method.NEYMAN and not has_effect and not request.everybody:
        raise MethodError


def _shares(strata: Sequence[DraftStratum], request: PlanRequest) -> tuple[_Share, ...]:
    persons = sum(stratum.population for stratum in strata)
    if request.everybody or request.budget == persons:
        return tuple(_all_invited(stratum, request) for stratum in strata)
    return _for_margin(strata, request) if request.margin else _for_budget(strata, request)


def _all_invited(stratum: DraftStratum, request: PlanRequest) -> _Share:
    respondents = max(1, int(stratum.population * request.response * _UP))
    return _Share(stratum, respondents, stratum.population)


def _for_margin(strata: Sequence[DraftStratum], request: PlanRequest) -> tuple[_Share, ...]:
    """Plan each post category separately, so that each reaches the margin, or has all invited."""
    short = _out_of_reach(strata, request)
    while True:
        planned = [stratum for stratum in strata if stratum.post_category.zh not in short]
        try:
            shares = _to_margin(planned, request) if planned else ()
            break
        except PlanError as error:
            if "group" not in error.values:
                raise
            short.add(str(error.values["group"]))
    share_of = {share.stratum.id: share for share in shares}
    return tuple(share_of.get(s.id) or _all_invited(s, request) for s in strata)


def _out_of_reach(strata: Sequence[DraftStratum], request: PlanRequest) -> set[str]:
    """Return the post categories that miss the margin if all of them are invited."""
    shares = [_all_invited(stratum, request) for stratum in strata]
    reached = _margins(shares, request, [stratum.post_category.zh for stratum in strata])
    return {category for category, margin in reached.items() if margin > request.aim.margin}


def _to_margin(strata: Sequence[DraftStratum], request: PlanRequest) -> tuple[_Share, ...]:
    allocation = assured_allocation(
        [stratum.id for stratum in strata],
        [stratum.population for stratum in strata],
        request.aim,
        request.method,
        group=[stratum.post_category.zh for stratum in strata],
        rate=request.expected(strata),
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
    total = int(request.budget * request.response * _UP)
    allocation = _allocated(strata, request, total)
    while (over := int(allocation.issued.sum()) - request.budget) > 0:
        # Whole persons are invited in each stratum, which takes a few more in all.
        total -= max(1, int(over * request.response))
        allocation = _allocated(strata, request, total)
    sizes = allocation.respondents.tolist(), allocation.issued.tolist()
    return tuple(_Share(*share) for share in zip(strata, *sizes, strict=True))


def _allocated(strata: Sequence[DraftStratum], request: PlanRequest, total: int) -> Allocation:
    return allocate(
        [stratum.id for stratum in strata],
        [stratum.population for stratum in strata],
        total,
        request.method,
        rate=request.expected(strata),
        minimum=FEWEST,
        response=request.response,
        deff=request.effect(strata),
    )


def _described(shares: Sequence[_Share], request: PlanRequest) -> Plan:
    """Say what will be known by these sizes."""
    own = _margins(shares, request, [share.stratum.id for share in shares])
    joint = _margins(shares, request, [share.stratum.post_category.zh for share in shares])
    categories = tuple(_precision(group, joint) for group in _categories(shares))
    return Plan(
        tuple(
            PlannedStratum(s.stratum, s.respondents, s.invited, own[s.stratum.id]) for s in shares
        ),
        categories,
        _total(shares, request),
        tuple(category for category in categories if _is_short(category, request)),
        _thin(shares),
        _overall_rate(shares, request),
        _visible(shares, request),
    )


def _is_short(category: CategoryPlan, request: PlanRequest) -> bool:
    has_all = category.invited == category.population
    return has_all and request.margin is not None and category.margin > request.margin


def _total(shares: Sequence[_Share], request: PlanRequest) -> PlannedTotal:
    return PlannedTotal(
        sum(share.stratum.population for share in shares),
        sum(share.invited for share in shares),
        sum(share.respondents for share in shares),
        _margins(shares, request, [""] * len(shares))[""],
    )


def _overall_rate(shares: Sequence[_Share], request: PlanRequest) -> float:
    strata = [share.stratum for share in shares]
    persons = [stratum.population for stratum in strata]
    return float(np.average(request.expected(strata), weights=persons))


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
        rate=request.expected([share.stratum for share in shares]),
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
        PlannedRate(population, respondents, request.expected([s.stratum for s in shares])),
        respondents,
        power_asked=ASSURANCE,
        level=LEVEL,
        deff=request.effect([share.stratum for share in shares]),
        draws=_DRAWS,
    )


def _sizes(shares: Sequence[_Share]) -> tuple[list[int], list[int]]:
    return [s.stratum.population for s in shares], [s.respondents for s in shares]
