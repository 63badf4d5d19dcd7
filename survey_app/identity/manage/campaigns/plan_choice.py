"""What a sample was planned by: kept beside the draft as it was typed, and shown again."""

import json
from collections.abc import Mapping

from sqlalchemy.orm import Session

from survey_app.documents.design import canonical
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.campaigns.sample_plan import Plan
from survey_app.identity.store.models import Campaign
from survey_app.identity.store.queries import find_campaign

Choice = Mapping[str, str]
"""The fields of the form; the rates expected of post categories under their names."""


def take(session: Session, campaign: str, version: str, plan: Plan, choice: Choice) -> None:
    """Store a plan's sizes as the draft's samples, and what they were planned by.

    Raises
    ------
    SurveyError
        As `service.change`.
    """
    strata = [
        planned.stratum.model_copy(update={"sample": planned.invited}) for planned in plan.strata
    ]
    service.change(session, campaign, version, strata=strata)
    find_campaign(session, campaign).plan = canonical(dict(choice))


def stored(row: Campaign) -> Choice:
    """Give what a campaign's sample was planned by; empty if by nothing."""
    return json.loads(row.plan) if row.plan else {}
