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

OPEN, DRAW, CODES, MAIL = "open", "draw", "codes", "mail"


@dataclass(frozen=True)
class Progress:
    """How far a job is."""

    job: str
    kind: str
    state: str
    done: int
    total: int
    problem: SurveyError | None
    letters: mailing.Letters


def new_name() -> str:
    """Draw a job's name."""
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
    """Put work into the store, in the transaction of whatever it follows from.

    Raises
    ------
    SurveyError
        The campaign has unfinished work of this kind.
    """
    find_campaign(session, campaign)
    waiting = select(Job.job).where(
        Job.campaign == campaign, Job.kind == kind, Job.state == "waiting"
    )
    if kind != MAIL and session.scalar(waiting.limit(1)) is not None:
        raise SurveyError(N_("This is being worked on already."))
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


def progress(session: Session, campaign: str, name: str) -> Progress:
    """Say how far a job is."""
    found = session.get(Job, name[:32])
    if found is None or found.campaign != campaign:
        raise NotFoundError(N_("There is no such work in this campaign."))
    return _progress(session, found)


def of_campaign(session: Session, campaign: str) -> list[Progress]:
    """List a campaign's work that is not done."""
    query = select(Job).where(Job.campaign == campaign, Job.state != "done")
    return [_progress(session, job) for job in session.scalars(query)]


def again(session: Session, campaign: str, name: str) -> None:
    """Let work that failed be tried again."""
    progress(session, campaign, name)
    mailing.try_refused_again(session, name)
    session.execute(update(Job).where(Job.job == name).values(state="waiting", problem=""))


def _progress(session: Session, job: Job) -> Progress:
    letters = mailing.Letters(0, 0, 0)
    if job.kind == MAIL:
        letters = mailing.letters_left(session, job.job)
    problem = None
    if job.problem:
        sentence, values = json.loads(job.problem)
        problem = SurveyError(sentence, **values)
    return Progress(job.job, job.kind, job.state, job.done, job.total, problem, letters)


def finish(name: str, session: Session) -> None:
    """Mark a job as done."""
    session.execute(update(Job).where(Job.job == name).values(state="done"))
