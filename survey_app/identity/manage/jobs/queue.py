"""Long work as rows of the store: put there with what it follows from, and looked at."""

import json
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey_app.accounts import acting
from survey_app.crypto.at_rest import encrypt
from survey_app.errors import N_, NotFoundError, SurveyError
from survey_app.identity.manage.invitations import mailing
from survey_app.identity.store.models import Job
from survey_app.identity.store.queries import find_campaign
from survey_app.web import long_work

FIX, DRAW, CODES, MAIL = "fix", "draw", "codes", "mail"


@dataclass(frozen=True)
class JobProgress:
    """How far a job is."""

    job: str
    kind: str
    state: str
    finished_steps: int
    total: int
    problem: SurveyError | None
    letters: mailing.UnsentLetters


def new_name() -> str:
    """Generate a job's name."""
    return secrets.token_hex(16)


def add(
    session: Session,
    key: bytes,
    campaign: str,
    kind: str,
    task: dict[str, Any] | None = None,
    *,
    total: int = 0,
    name: str | None = None,
) -> str:
    """Queue work, in the transaction of what it follows from.

    Raises
    ------
    SurveyError
        The campaign has unfinished work of this kind.
    """
    find_campaign(session, campaign)
    waiting_jobs = select(Job.job).where(
        Job.campaign == campaign, Job.kind == kind, Job.state == "waiting"
    )
    if kind != MAIL and session.scalar(waiting_jobs.limit(1)) is not None:
        raise SurveyError(N_("This job is in progress already."))
    name = name or new_name()
    session.add(
        Job(
            job=name,
            campaign=campaign,
            kind=kind,
            account=acting().name,
            state="waiting",
            done=0,
            total=total,
            task=encrypt(key, json.dumps(task or {}).encode(), f"job/{name}"),
            problem="",
        )
    )
    return name


def progress(session: Session, campaign: str, name: str) -> JobProgress:
    """Look up how far a job is."""
    row = session.get(Job, name[:32])
    if row is None or row.campaign != campaign:
        raise NotFoundError(N_("There is no such job in this campaign."))
    return _progress(session, row)


def of_campaign(session: Session, campaign: str) -> list[JobProgress]:
    """List a campaign's work that is not done."""
    query = select(Job).where(Job.campaign == campaign, Job.state != "done")
    return [_progress(session, job) for job in session.scalars(query)]


def retry(session: Session, campaign: str, name: str) -> None:
    """Put failed work back into the queue."""
    progress(session, campaign, name)
    mailing.retry_refused(session, name)
    session.execute(update(Job).where(Job.job == name).values(state="waiting", problem=""))


def _progress(session: Session, job: Job) -> JobProgress:
    letters = mailing.UnsentLetters(0, 0, 0)
    if job.kind == MAIL:
        letters = mailing.unsent_letters(session, job.job)
    problem = long_work.problem_of(job.problem)
    return JobProgress(job.job, job.kind, job.state, job.done, job.total, problem, letters)


def finish(name: str, session: Session) -> None:
    """Mark a job as done."""
    session.execute(update(Job).where(Job.job == name).values(state="done"))
