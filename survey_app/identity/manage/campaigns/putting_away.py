"""Pausing a campaign, and putting one away: a draft is deleted, any other archived."""

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.errors import N_, StateError, SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.store.models import Audit, IdentityBase, Job, Step
from survey_app.identity.store.queries import find_campaign, lock_campaign


def pause(session: Session, campaign: str) -> None:
    """Let no new credential be signed; ballots of those that were signed go on.

    Raises
    ------
    StateError
        The campaign is not in fieldwork, or is paused already.
    """
    _set_paused(session, campaign, paused=True)


def resume(session: Session, campaign: str) -> None:
    """Let credentials be signed again.

    Raises
    ------
    StateError
        The campaign is not in fieldwork, or not paused.
    """
    _set_paused(session, campaign, paused=False)


def _set_paused(session: Session, campaign: str, *, paused: bool) -> None:
    lock_campaign(session, campaign)
    row = service.check_step(session, campaign, Step.PUBLISHED)
    if row.paused == paused:
        sentence = N_("“%(campaign)s” is paused already.") if paused else _NOT_PAUSED
        raise StateError(sentence, campaign=campaign)
    row.paused = paused
    audit.record(session, Audit, "pause" if paused else "resume", campaign)


_NOT_PAUSED = N_("“%(campaign)s” is not paused.")


def archive(session: Session, campaign: str) -> None:
    """Leave a campaign out of the list; nothing of it changes.

    Raises
    ------
    StateError
        It is in fieldwork.
    """
    lock_campaign(session, campaign)
    row = find_campaign(session, campaign)
    if row.step == Step.PUBLISHED:
        raise StateError(campaign=campaign, state=row.step, needed=Step.CLOSED)
    row.archived = True
    audit.record(session, Audit, "archive", campaign)


def unarchive(session: Session, campaign: str) -> None:
    """Take a campaign back into the list."""
    lock_campaign(session, campaign)
    find_campaign(session, campaign).archived = False
    audit.record(session, Audit, "unarchive", campaign)


def delete_draft(session: Session, campaign: str) -> None:
    """Delete a draft and all that belongs to it but the log; the caller vacuums the store.

    Raises
    ------
    StateError
        Its design is fixed.
    SurveyError
        A job of it is in progress.
    """
    lock_campaign(session, campaign)
    service.check_step(session, campaign, Step.DRAFT)
    jobs = select(Job.job).where(Job.campaign == campaign, Job.state == "waiting").limit(1)
    if session.scalar(jobs) is not None:
        raise SurveyError(N_("A job of this campaign is in progress: wait until it is done."))
    for table in reversed(IdentityBase.metadata.sorted_tables):
        if "campaign" in table.c and table.name != Audit.__tablename__:
            session.execute(delete(table).where(table.c.campaign == campaign))
    session.expire_all()
    audit.record(session, Audit, "delete", campaign)
