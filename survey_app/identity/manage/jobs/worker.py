"""The worker of the queue: one process at a time does the jobs, and resumes them after any crash.

Each kind of work is either one transaction at its end, or resumes where it stopped.
"""

import logging
import time
import traceback
from collections.abc import Callable
from functools import cache, partial

from sqlalchemy import update
from sqlalchemy.orm import Session

from survey_app.accounts import Actor, acting_as
from survey_app.config import SiteSettings
from survey_app.errors import N_, SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.invitations import code_lists, sending
from survey_app.identity.manage.invitations.list_requests import ListRequest
from survey_app.identity.manage.invitations.notice import Notice
from survey_app.identity.manage.invitations.wording import Sender, Wording, filled
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.roster import persons
from survey_app.identity.store.models import Job
from survey_app.storage.database import Database
from survey_app.web import long_work

_FAILED = N_(
    "This job failed for a reason that the program does not know. Nothing half done is left. "
    "The server's log says where it failed, under the name %(job)s."
)
_LOG = logging.getLogger(__name__)


class Worker(long_work.LoneWorker):
    """Does the jobs of the queue."""

    LOCK_FILE = "jobs.lock"

    def __init__(self, database: Database, settings: SiteSettings) -> None:
        super().__init__(settings)
        self._database = database

    def _work_off(self) -> None:
        """Do all waiting jobs, and erase the persons and lists whose day has come."""
        self._erase_due()
        while (job := self._next()) is not None:
            self._run(job)

    def _erase_due(self) -> None:
        today = self._settings.today()
        with self._database.read() as session:  # most times nothing is due, and no one has to wait
            if not persons.due(session, today) and not code_lists.expired(session, today):
                return
        with self._database.begin() as session:
            for campaign in persons.due(session, today):
                persons.erase(session, campaign)
            code_lists.delete_lists(session, code_lists.expired(session, today))
        self._database.vacuum()

    def _next(self) -> Job | None:
        with self._database.read() as session:
            return queue.next_due(session)

    def _run(self, job: Job) -> None:
        try:
            with acting_as(Actor(job.account)):
                self._work_of(job)()
        except SurveyError as error:
            self._fail(job, error)
        except Exception as error:  # noqa: BLE001 - the next job must be done, whatever this is
            # only where it failed: its text may name a person
            _LOG.error("%s", _traceback(job, error))
            self._fail(job, SurveyError(_FAILED, job=job.job))

    def _fail(self, job: Job, error: SurveyError) -> None:
        values = {"state": "failed", "problem": long_work.stored(error)}
        with self._database.begin() as session:
            session.execute(update(Job).where(Job.job == job.job).values(**values))

    def _work_of(self, job: Job) -> Callable[[], None]:
        key = self._settings.secret("roster")
        with self._database.read() as session:
            task = queue.task_of(session, key, job.job)
        on_progress, finish = partial(self._report, job.job), partial(queue.finish, job.job)
        if job.kind == queue.FIX:
            return partial(self._fix, job, finish)
        if job.kind == queue.DRAW:
            options = (job.campaign, task["seed"], on_progress, finish)
            knowingly = task.get("knowingly", False)
            return partial(
                persons.import_roster, self._database, key, *options, knowingly=knowingly
            )
        if job.kind == queue.CODES:
            request, store = ListRequest.of(task), self._database
            place = (store, self._settings, job.campaign, job.job)
            return partial(code_lists.make, *place, request, on_progress, finish)
        return partial(self._mail, job, Wording(**task), finish)

    def _fix(self, job: Job, finish: Callable[[Session], None]) -> None:
        with self._database.read() as session:
            design = service.design_of(session, job.campaign)
        keys = []
        for key in service.make_keys(design, self._settings.secret("issuer")):
            keys.append(key)
            self._report(job.job, len(keys), len(design.strata))
        with self._database.begin() as session:
            service.fix(
                session,
                job.campaign,
                keys,
                service.Issuer.of(self._settings, job.campaign),
                two_managers=self._settings.two_managers,
            )
            finish(session)

    def _mail(self, job: Job, wording: Wording, finish: Callable[[Session], None]) -> None:
        """Send what is due; letters that were refused for now let the job wait with them."""
        url = sending.server_url(self._settings)
        letters = self._outgoing(job, wording)
        try:
            sending.send_due(letters, url)
        except sending.MailServerAwayError:
            if job.tries == len(sending.PAUSES):
                raise
            moment = int(time.time()) + sending.PAUSES[job.tries]
            with self._database.begin() as session:
                queue.wait(session, job.job, moment, tries=job.tries + 1)
            return
        with self._database.begin() as session:
            moment_of_next = sending.next_try(session, job.job)
            if moment_of_next is None:
                finish(session)
            else:
                queue.wait(session, job.job, moment_of_next)

    def _outgoing(self, job: Job, wording: Wording) -> sending.Outgoing:
        with self._database.read() as session:
            manifest = service.published_manifest(session, job.campaign)
            last_day = service.last_day(session, manifest)
        place = (manifest, last_day, self._settings.respond_url)

        @cache
        def in_stratum(stratum: str) -> Wording:
            return filled(wording, partial(Notice.of, *place, stratum=stratum))

        sender = Sender.of(self._settings, manifest, wording)
        key = self._settings.secret("roster")
        return sending.Outgoing(self._database, key, job.job, sender, in_stratum)

    def _report(self, name: str, finished_steps: int, total: int) -> None:
        with self._database.begin() as session:
            session.execute(
                update(Job).where(Job.job == name).values(done=finished_steps, total=total)
            )


def _traceback(job: Job, error: BaseException) -> str:
    """Write what failed where, without the error's own text."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = "\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    return f"Work {job.job} ({job.kind}) failed: {type(error).__name__}\n{lines}"
