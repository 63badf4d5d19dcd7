"""Long work as rows of the store: put there with what it follows from, and looked at."""

import json
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from survey_app.accounts import acting
from survey_app.crypto.at_rest import decrypt, encrypt
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
    letters: mailing.LetterCounts
    next_try: datetime | None
    """When work that waits goes on; none if nothing keeps it waiting."""


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


def task_of(session: Session, key: bytes, name: str) -> dict[str, Any]:
    """Read what a job was to do.

    Raises
    ------
    NotFoundError
        There is no such job any more.
    """
    row = session.get(Job, name)
    if row is None:
        raise NotFoundError(N_("There is no such job in this campaign."))
    task: dict[str, Any] = json.loads(decrypt(key, row.task, f"job/{name}"))
    return task


def of_campaign(session: Session, campaign: str) -> list[JobProgress]:
    """List a campaign's work that is not done."""
    query = select(Job).where(Job.campaign == campaign, Job.state != "done")
    return [_progress(session, job) for job in session.scalars(query)]


def retry(session: Session, campaign: str, name: str) -> None:
    """Put work back into the queue that failed, or that waits for its next try."""
    if progress(session, campaign, name).state == "done":
        return
    mailing.try_now(session, name)
    values = {"state": "waiting", "problem": "", "tries": 0, "next_try": 0}
    session.execute(update(Job).where(Job.job == name).values(**values))


def dismiss(session: Session, key: bytes, campaign: str, name: str) -> None:
    """Drop failed work; whose letters still wait in it is listed.

    Raises
    ------
    SurveyError
        It has not failed.
    """
    if progress(session, campaign, name).state != "failed":
        raise SurveyError(N_("Only work that failed can be dismissed."))
    mailing.give_up_waiting(session, key, name)
    of_job = Job.job == name
    session.execute(update(Job).where(of_job, Job.kind == MAIL).values(state="done"))
    session.execute(delete(Job).where(of_job, Job.kind != MAIL))


def next_due(session: Session) -> Job | None:
    """Find work whose time has come."""
    due = select(Job).where(Job.state == "waiting", Job.next_try <= int(time.time()))
    return session.scalar(due.limit(1))


def wait(session: Session, name: str, next_try: int, *, tries: int = 0) -> None:
    """Let work wait until a moment, in seconds since 1970."""
    values = {"next_try": next_try, "tries": tries}
    session.execute(update(Job).where(Job.job == name).values(**values))


def _progress(session: Session, job: Job) -> JobProgress:
    letters = mailing.LetterCounts(0, 0, 0, 0)
    if job.kind == MAIL:
        letters = mailing.letter_counts(session, job.job)
    return JobProgress(
        job.job,
        job.kind,
        job.state,
        job.done,
        job.total,
        long_work.problem_of(job.problem),
        letters,
        datetime.fromtimestamp(job.next_try, UTC) if job.next_try > time.time() else None,
    )


def finish(name: str, session: Session) -> None:
    """Mark a job as done."""
    session.execute(update(Job).where(Job.job == name).values(state="done"))
