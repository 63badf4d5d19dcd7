"""Long work: rows in the store, worked off by one process at a time, taken up after any crash.

Whoever holds the lock on ``jobs.lock`` works; the system lets it go when the process ends, however
it ends. Each kind of work is either one transaction at its end, or resumes where it stopped.
"""

import fcntl
import json
import logging
import secrets
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from survey_app.accounts import Actor, acting, acting_as
from survey_app.config import SiteSettings
from survey_app.crypto.at_rest import decrypt, encrypt
from survey_app.errors import N_, NotFoundError, SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.invitations import code_lists, mailing
from survey_app.identity.manage.roster import persons
from survey_app.identity.store.models import Job
from survey_app.identity.store.queries import find_campaign
from survey_app.storage.database import Database

OPEN, DRAW, CODES, MAIL = "open", "draw", "codes", "mail"
_FAILED = N_(
    "This work failed for a reason that the program does not know. Nothing half done is left. "
    "The server's log says where it failed, under the name %(job)s."
)
_LOG = logging.getLogger(__name__)


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


class Worker:
    """Works jobs off in a thread of its own, unless another process does."""

    def __init__(self, database: Database, settings: SiteSettings) -> None:
        self._database, self._settings = database, settings
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def nudge(self) -> None:
        """Begin, if nobody has."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self.work, daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Wait until nothing is left to do here."""
        if self._thread is not None:
            self._thread.join()

    def work(self) -> None:
        """Work off all that waits, and erase the persons whose day has come."""
        with self._alone() as alone:
            if not alone:
                return
            self._erase_due()
            while (job := self._next()) is not None:
                self._run(job)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        self._settings.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._settings.folder / "jobs.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _erase_due(self) -> None:
        today = self._settings.today()
        with self._database.begin() as session:
            due, lists = persons.due(session, today), code_lists.due(session, today)
            for campaign in due:
                persons.erase(session, campaign)
            code_lists.forget(session, lists)
        if due or lists:
            self._database.vacuum()

    def _next(self) -> Job | None:
        with self._database.read() as session:
            return session.scalar(select(Job).where(Job.state == "waiting").limit(1))

    def _run(self, job: Job) -> None:
        try:
            with acting_as(Actor(job.account)):
                self._work_of(job)()
        except SurveyError as error:
            self._fail(job, error)
        except Exception as error:  # noqa: BLE001 - whatever it is, the next work must go on
            # only where it failed: its text may name a person
            _LOG.error("%s", _told(job, error))
            self._fail(job, SurveyError(_FAILED, job=job.job))

    def _fail(self, job: Job, error: SurveyError) -> None:
        values = {"state": "failed", "problem": _written(error)}
        with self._database.begin() as session:
            session.execute(update(Job).where(Job.job == job.job).values(**values))

    def _work_of(self, job: Job) -> Callable[[], None]:
        key = self._settings.secret("roster")
        task = json.loads(decrypt(key, job.task, f"job/{job.job}"))
        told, done = partial(self._tell, job.job), partial(_finish, job.job)
        if job.kind == OPEN:
            return partial(self._open, job, done)
        if job.kind == DRAW:
            seed = task["seed"]
            return partial(persons.take_in, self._database, key, job.campaign, seed, told, done)
        if job.kind == CODES:
            wanted, store = code_lists.Wanted.of(task), self._database
            where = (store, self._settings, job.campaign, job.job)
            return partial(code_lists.make, *where, wanted, told, done)
        return partial(self._mail, job, mailing.Wording(**task), done)

    def _open(self, job: Job, done: Callable[[Session], None]) -> None:
        with self._database.read() as session:
            design = service.design_of(session, job.campaign)
        keys = []
        for made in service.make_keys(design, self._settings.secret("issuer")):
            keys.append(made)
            self._tell(job.job, len(keys), len(design.strata))
        with self._database.begin() as session:
            service.open_campaign(
                session,
                job.campaign,
                keys,
                self._settings.issue_url,
                two_managers=self._settings.two_managers,
            )
            done(session)

    def _mail(self, job: Job, wording: mailing.Wording, done: Callable[[Session], None]) -> None:
        server = mail_server(self._settings)
        key = self._settings.secret("roster")
        told = partial(self._count, job.job)
        mailing.send_all(self._database, key, job.job, wording, server, told)
        with self._database.begin() as session:
            done(session)

    def _tell(self, name: str, done: int, total: int) -> None:
        with self._database.begin() as session:
            session.execute(update(Job).where(Job.job == name).values(done=done, total=total))

    def _count(self, name: str) -> None:
        with self._database.begin() as session:
            session.execute(update(Job).where(Job.job == name).values(done=Job.done + 1))


def mail_server(settings: SiteSettings) -> mailing.Server:
    """Name the mail server.

    Raises
    ------
    SurveyError
        None is set up.
    """
    if settings.smtp_url is None or not settings.mail_from:
        raise SurveyError(N_("No mail server is set up (SURVEY_SMTP_URL and SURVEY_MAIL_FROM)."))
    return mailing.Server(settings.smtp_url.get_secret_value(), settings.mail_from)


def _progress(session: Session, job: Job) -> Progress:
    letters = mailing.Letters(0, 0, 0)
    if job.kind == MAIL:
        letters = mailing.letters_left(session, job.job)
    problem = None
    if job.problem:
        sentence, values = json.loads(job.problem)
        problem = SurveyError(sentence, **values)
    return Progress(job.job, job.kind, job.state, job.done, job.total, problem, letters)


def _finish(name: str, session: Session) -> None:
    session.execute(update(Job).where(Job.job == name).values(state="done"))


def _told(job: Job, error: BaseException) -> str:
    """Say what failed where, without what the error quotes."""
    frames = traceback.extract_tb(error.__traceback__)
    way = "\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    return f"Work {job.job} ({job.kind}) failed: {type(error).__name__}\n{way}"


def _written(error: SurveyError) -> str:
    values = {name: str(value)[:300] for name, value in error.values.items()}
    return json.dumps([error.sentence, values])[:2000]
