"""The progress of fieldwork by stratum, in counts that reveal no person."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from sqlalchemy.orm import Session

from survey_app.documents.design import Names, Period
from survey_app.documents.shown_counts import GRAIN, ShownCount, show, total
from survey_app.errors import StateError
from survey_app.identity.manage.campaigns import overview
from survey_app.identity.manage.campaigns.overview import StratumOverview
from survey_app.identity.manage.campaigns.sample_plan import margins
from survey_app.identity.store.models import Step
from survey_app.identity.store.queries import count_claims, count_refused, find_campaign


@dataclass(frozen=True)
class StratumProgress:
    """A stratum's invitations and credentials."""

    stratum: StratumOverview
    claims: ShownCount
    is_low: bool = False
    """Whether its claim rate is low beside the campaign's: see `is_low`."""


@dataclass(frozen=True)
class CategoryProgress:
    """A post category's counts, and its margin as planned and as reached with what is shown."""

    category: Names
    invited: int
    claims: ShownCount
    planned: float | None
    reached: float | None


@dataclass(frozen=True)
class Fieldwork:
    """What a survey manager may see while people answer."""

    state: str
    window: Period
    days_left: int
    invited: int
    claims: ShownCount
    refused_claims: ShownCount
    strata: tuple[StratumProgress, ...]
    categories: tuple[CategoryProgress, ...]


def fieldwork(session: Session, campaign: str, today: date) -> Fieldwork:
    """Count a campaign's invitations and credentials, these in tens until the close.

    Raises
    ------
    StateError
        The campaign is not published yet.
    """
    row = find_campaign(session, campaign)
    if row.step not in {Step.PUBLISHED, Step.CLOSED}:
        raise StateError(campaign=campaign, state=row.step, needed=Step.PUBLISHED)
    claims = count_claims(session, campaign)
    invited = {stratum: codes.invited for stratum, codes in claims.items()}
    claims_by_stratum = {stratum: codes.claims for stratum, codes in claims.items()}
    campaign_counts = overview.of_campaign(row, invited, claims_by_stratum)
    is_closed = row.step == Step.CLOSED
    strata = _flagged(
        [StratumProgress(s, show(s.claims, is_closed=is_closed)) for s in campaign_counts.strata]
    )
    window = campaign_counts.window or Period(start=today, end=today)
    return Fieldwork(
        row.step,
        window,
        max(0, (window.end - max(today, window.start)).days + 1) if not is_closed else 0,
        sum(s.stratum.invited for s in strata),
        total([s.claims for s in strata]),
        refused_claims(session, campaign),
        strata,
        _categories(strata),
    )


LOW = Fraction(2, 3)
"""Of the whole campaign's claim rate: a stratum below that is low."""


def is_low(stratum: StratumProgress, claims: int, invited: int) -> bool:
    """Tell whether a stratum's claims are surely few beside those of the whole campaign.

    Surely, because what is shown in tens may hide up to nine more; only what is shown is used, so
    that a flag tells nothing that the counts do not.
    """
    at_most = stratum.claims.count + (0 if stratum.claims.exact else GRAIN - 1)
    return at_most * invited < LOW * claims * stratum.stratum.invited


def _flagged(strata: Sequence[StratumProgress]) -> tuple[StratumProgress, ...]:
    claims = sum(s.claims.count for s in strata)
    invited = sum(s.stratum.invited for s in strata)
    return tuple(replace(s, is_low=is_low(s, claims, invited)) for s in strata)


def refused_claims(session: Session, campaign: str) -> ShownCount:
    """Count the claims that were refused, in tens until the close."""
    is_closed = find_campaign(session, campaign).step == Step.CLOSED
    return show(count_refused(session, campaign), is_closed=is_closed)


def _by_category(strata: Sequence[StratumProgress]) -> list[list[StratumProgress]]:
    groups: dict[str, list[StratumProgress]] = {}
    for progress in strata:
        groups.setdefault(progress.stratum.post_category.zh, []).append(progress)
    return list(groups.values())


def _categories(strata: Sequence[StratumProgress]) -> tuple[CategoryProgress, ...]:
    names = [s.stratum.post_category.zh for s in strata]
    population = [s.stratum.population for s in strata]
    planned = margins(population, [s.stratum.sample for s in strata], names)
    reached = margins(population, [s.claims.count for s in strata], names)
    return tuple(
        CategoryProgress(
            group[0].stratum.post_category,
            sum(s.stratum.invited for s in group),
            total([s.claims for s in group]),
            planned[group[0].stratum.post_category.zh],
            reached[group[0].stratum.post_category.zh],
        )
        for group in _by_category(strata)
    )
