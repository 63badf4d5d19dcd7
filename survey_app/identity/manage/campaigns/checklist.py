"""What a campaign's next step needs, and what of it is there."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.config import SiteSettings
from survey_app.errors import N_, SurveyError
from survey_app.identity.manage.campaigns import schedule, service
from survey_app.identity.manage.campaigns.draft import Check, Draft
from survey_app.identity.store.models import Campaign, IssuerKey, Roster, Step
from survey_app.identity.store.queries import (
    count_codes,
    count_undelivered,
    find_campaign,
    was_mailed,
)


def of_campaign(session: Session, settings: SiteSettings, campaign: str) -> list[Check]:
    """List what the next step needs."""
    row = find_campaign(session, campaign)
    step, draft = row.step, service.draft_of(row)
    if step == Step.DRAFT:
        return [
            *draft.checks(),
            *_ahead(draft, settings.today()),
            *_confirmation(session, settings, campaign),
        ]
    if step == Step.FIXED:
        return [
            Check(
                passed=True,
                fact=N_("The design is fixed, and the keys are made."),
                task=N_("Fix the design and make the keys"),
            ),
            Check(
                passed=False,
                fact=N_("The statisticians' manifest is published here."),
                task=N_("Publish the manifest that the statisticians give back."),
            ),
        ]
    if step == Step.PUBLISHED:
        return _fieldwork(session, row, settings.today())
    no_roster = session.get(Roster, campaign) is None
    query = select(func.count()).where(IssuerKey.campaign == campaign)
    keys = session.scalar(query)
    return [
        Check(not keys, N_("The signing keys are destroyed."), N_("Destroy the signing keys.")),
        Check(
            no_roster,
            N_("The persons of the roster are erased."),
            N_("Erase the persons of the roster."),
            page="roster",
        ),
    ]


def _ahead(draft: Draft, today: date) -> list[Check]:
    """Check that the days for answers are not over before the design is fixed."""
    try:
        schedule.check_ahead(schedule.Schedule.of(draft), today)
    except schedule.PastDaysError:
        fact = N_("The days on which answers are taken lie ahead.")
        return [Check(passed=False, fact=fact, task=N_("Set days for answers that are not over."))]
    return []


def _confirmation(session: Session, settings: SiteSettings, campaign: str) -> list[Check]:
    if not settings.two_managers:
        return []
    try:
        service.check_confirmed(session, campaign)
    except SurveyError:
        confirmed = False
    else:
        confirmed = True
    return [
        Check(
            confirmed,
            N_("A second manager has confirmed the design."),
            N_("Ask another survey manager to confirm the design."),
        )
    ]


def _letters(session: Session, draft: Draft) -> list[Check]:
    """Look at letters that arrived, and not at codes; nothing where none were written."""
    undelivered = count_undelivered(session, draft.campaign)
    if not undelivered and not was_mailed(session, draft.campaign):
        return []
    return [
        Check(
            not undelivered,
            N_("The mail server has taken every letter."),
            N_("See to the letters that have not arrived."),
            tuple(stratum for stratum in draft.strata if stratum.id in undelivered),
            page="letters",
        )
    ]


def _fieldwork(session: Session, row: Campaign, today: date) -> list[Check]:
    draft, days = service.draft_of(row), service.days(row)
    counts = count_codes(session, row.campaign)
    without_codes = tuple(stratum for stratum in draft.strata if stratum.id not in counts)
    over = days is not None and today > days.end
    return [
        Check(
            not without_codes,
            N_("Every stratum has its invitations."),
            N_("Make invitations for every stratum."),
            without_codes,
            page="invite",
        ),
        *_letters(session, draft),
        Check(
            over,
            N_("The last day for answers has passed."),
            N_("Wait until the last day for answers is over."),
            day=days.end if days else None,
        ),
    ]
