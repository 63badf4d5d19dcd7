"""What a survey manager sees of campaigns: their strata with codes counted, never a person."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.documents.manifest import Kind, Names, Period
from survey_app.identity.manage.campaigns.draft import DraftStratum
from survey_app.identity.manage.campaigns.service import draft_of
from survey_app.identity.store.models import Campaign
from survey_app.identity.store.queries import Claims, count_codes

SMALLEST_SHOWN = 10
"""Fewer credentials than this are not told while people answer: it would watch them."""


@dataclass(frozen=True)
class StratumCount:
    """A stratum of the design, with its codes and, in fieldwork, its credentials counted."""

    stratum: str
    unit: Names
    post_category: Names
    kind: Kind
    population: int
    sample: int
    invited: int
    claimed: int


@dataclass(frozen=True)
class CampaignOverview:
    """What a survey manager sees of a campaign: counts, never a person."""

    campaign: str
    title: Names
    state: str
    window: Period | None
    reference_period: Period | None
    rehearsal: bool
    strata: list[StratumCount]


def all_campaigns(session: Session) -> list[CampaignOverview]:
    """List all campaigns with their counts."""
    names = session.scalars(select(Campaign).order_by(Campaign.campaign)).all()
    return [of_campaign(found, count_codes(session, found.campaign), {}) for found in names]


def of_campaign(
    found: Campaign, invited: Mapping[str, int], claimed: Mapping[str, int]
) -> CampaignOverview:
    """Give one campaign with its strata's counts."""
    plan = draft_of(found)
    strata = [
        _counted(stratum, Claims(invited.get(stratum.id, 0), claimed.get(stratum.id, 0)))
        for stratum in plan.strata
    ]
    return CampaignOverview(
        plan.campaign,
        plan.title,
        found.step,
        plan.window,
        plan.reference_period,
        plan.rehearsal,
        strata,
    )


def _counted(stratum: DraftStratum, counted: Claims) -> StratumCount:
    return StratumCount(
        stratum.id,
        stratum.unit,
        stratum.post_category,
        stratum.kind,
        stratum.population,
        stratum.sample,
        min(counted.invited, stratum.sample),  # replaced cards must not tell the claimed ones
        counted.claimed,
    )
