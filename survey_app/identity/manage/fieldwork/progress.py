"""How fieldwork goes: by stratum, in counts that watch nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from survey_app.documents.manifest import Names, Period
from survey_app.errors import StateError
from survey_app.identity.manage.campaigns import overview
from survey_app.identity.manage.campaigns.overview import SMALLEST_SHOWN, StratumCount
from survey_app.identity.manage.campaigns.sample_plan import margin
from survey_app.identity.store.models import Step
from survey_app.identity.store.queries import count_claims, find_campaign


@dataclass(frozen=True)
class Shown:
    """A count as it may be shown: exact, or only as less or as at least so many."""

    count: int
    exact: bool = True

    def share(self, total: int) -> float | None:
        """Give the share of a total, if the count is known."""
        return self.count / total if self.exact and total else None


@dataclass(frozen=True)
class StratumProgress:
    """A stratum's invitations and credentials."""

    stratum: StratumCount
    claimed: Shown


@dataclass(frozen=True)
class CategoryProgress:
    """A post category on its way to the planned margin."""

    category: Names
    invited: int
    claimed: Shown
    planned: float | None
    reached: float | None


@dataclass(frozen=True)
class Fieldwork:
    """What a survey manager may know while people answer."""

    state: str
    window: Period
    days_left: int
    invited: int
    claimed: Shown
    strata: tuple[StratumProgress, ...]
    categories: tuple[CategoryProgress, ...]


def fieldwork(session: Session, campaign: str, today: date) -> Fieldwork:
    """Count a campaign's invitations and credentials.

    Raises
    ------
    StateError
        Nobody could have been invited yet.
    """
    found = find_campaign(session, campaign)
    if found.step not in {Step.PUBLISHED, Step.CLOSED}:
        raise StateError(campaign=campaign, state=found.step, needed=Step.PUBLISHED)
    counts = count_claims(session, campaign)
    invited = {stratum: counted.invited for stratum, counted in counts.items()}
    claimed = {stratum: counted.claimed for stratum, counted in counts.items()}
    seen = overview.of_campaign(found, invited, claimed)
    closed = found.step == Step.CLOSED
    strata = tuple(StratumProgress(s, shown(s.claimed, closed=closed)) for s in seen.strata)
    window = seen.window or Period(start=today, end=today)
    return Fieldwork(
        found.step,
        window,
        max(0, (window.end - max(today, window.start)).days + 1) if not closed else 0,
        sum(one.stratum.invited for one in strata),
        together([one.claimed for one in strata]),
        strata,
        tuple(_category(group) for group in _by_category(strata)),
    )


def shown(claimed: int, *, closed: bool) -> Shown:
    """Hide a count below ten until the close."""
    hidden = claimed < SMALLEST_SHOWN and not closed
    return Shown(0, exact=False) if hidden else Shown(claimed)


def together(counts: Sequence[Shown]) -> Shown:
    """Add counts up so that no hidden one can be worked out: then the sum is "at least"."""
    return Shown(sum(one.count for one in counts), all(one.exact for one in counts))


def _by_category(strata: Sequence[StratumProgress]) -> list[list[StratumProgress]]:
    groups: dict[str, list[StratumProgress]] = {}
    for one in strata:
        groups.setdefault(one.stratum.post_category.zh, []).append(one)
    return list(groups.values())


def _category(group: Sequence[StratumProgress]) -> CategoryProgress:
    people = [one.stratum.population for one in group]
    claimed = [one.claimed for one in group]
    return CategoryProgress(
        group[0].stratum.post_category,
        sum(one.stratum.invited for one in group),
        together(claimed),
        margin(people, [one.stratum.sample for one in group]),
        margin(people, [one.count for one in claimed]),
    )
