"""What a survey manager sees of campaigns: their strata with codes counted, never a person."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.documents.design import Kind, Names, Period
from survey_app.identity.manage.campaigns.draft import DraftStratum
from survey_app.identity.manage.campaigns.service import days, draft_of
from survey_app.identity.store.models import Campaign
from survey_app.identity.store.queries import Claims, count_codes


@dataclass(frozen=True)
class StratumOverview:
    """A stratum of the design, with its codes and, in fieldwork, its credentials claims."""

    stratum: str
    unit: Names
    post_category: Names
    kind: Kind
    population: int
    sample: int
    invited: int
    claims: int


@dataclass(frozen=True)
class CampaignOverview:
    """What a survey manager sees of a campaign: counts, never a person."""

    campaign: str
    title: Names
    state: str
    window: Period | None
    reference_period: Period | None
    rehearsal: bool
    paused: bool
    archived: bool
    strata: list[StratumOverview]


def all_campaigns(session: Session) -> list[CampaignOverview]:
    """List all campaigns with their counts."""
    rows = session.scalars(select(Campaign).order_by(Campaign.campaign)).all()
    return [of_campaign(row, count_codes(session, row.campaign), {}) for row in rows]


def of_campaign(
    row: Campaign, invited: Mapping[str, int], claims: Mapping[str, int]
) -> CampaignOverview:
    """Put a campaign together with its strata's counts."""
    draft = draft_of(row)
    strata = [
        _stratum(stratum, Claims(invited.get(stratum.id, 0), claims.get(stratum.id, 0)))
        for stratum in draft.strata
    ]
    return CampaignOverview(
        draft.campaign,
        draft.title,
        row.step,
        days(row),
        draft.reference_period,
        draft.rehearsal,
        row.paused,
        row.archived,
        strata,
    )


def _stratum(stratum: DraftStratum, claims: Claims) -> StratumOverview:
    return StratumOverview(
        stratum.id,
        stratum.unit,
        stratum.post_category,
        stratum.kind,
        stratum.population,
        stratum.sample,
        claims.invited,
        claims.claims,
    )
