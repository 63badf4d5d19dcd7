"""Jobs: a page that shows the progress of one; the job goes on without it."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey_app.accounts.guard import open_to
from survey_app.identity.manage.invitations import code_lists
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.jobs.queue import JobProgress
from survey_app.identity.manage.views.shared import SiteContext, page_of, sentence_of
from survey_app.identity.store.models import Staff
from survey_app.web import long_work
from survey_app.web.forms import refused_on

_THEN = {queue.FIX: "campaign", queue.DRAW: "roster", queue.CODES: "invite", queue.MAIL: "letters"}
"""The page that goes on from each kind of work."""


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    database = context.database

    @site.get("/campaigns/<campaign>/work/<job>")
    @open_to(*Staff.ROLES)
    def work(campaign: str, job: str) -> ResponseReturnValue:
        """Show how far some work is."""
        with database.read() as session:
            page = page_of(session, campaign)
            progress = queue.progress(session, campaign, job)
            lists = {
                code_list.job: code_list for code_list in code_lists.waiting(session, campaign)
            }
        if progress.state == "waiting":
            context.worker.nudge()  # the process that worked on it may have been killed
        elif progress.state == "done" and progress.kind != queue.CODES:
            flash(_result(progress))
            return redirect(url_for(f"manage.{_THEN[progress.kind]}", campaign=campaign))
        return render_template(
            "manage/work.html",
            page=page,
            job=progress,
            code_list=lists.get(job),
            problem=sentence_of(progress.problem) if progress.problem else "",
            then=_THEN[progress.kind],
            next_try=_local(progress.next_try),
        )

    def _local(moment: datetime | None) -> str:
        return f"{moment.astimezone(context.settings.timezone):%Y-%m-%d %H:%M}" if moment else ""

    @site.get("/campaigns/<campaign>/work/<job>/progress.json")
    @open_to(*Staff.ROLES)
    def work_progress(campaign: str, job: str) -> ResponseReturnValue:
        """Tell the page how far it is."""
        with database.read() as session:
            progress = queue.progress(session, campaign, job)
        if progress.state == "waiting":
            context.worker.nudge()
        return long_work.progress(progress.state, progress.finished_steps, progress.total)

    @site.post("/campaigns/<campaign>/work/<job>")
    @open_to("manager")
    @refused_on("manage.work")
    def work_again(campaign: str, job: str) -> ResponseReturnValue:
        """Try again what failed."""
        with database.begin() as session:
            queue.retry(session, campaign, job)
        context.worker.nudge()
        return redirect(url_for("manage.work", campaign=campaign, job=job))

    @site.post("/campaigns/<campaign>/work/<job>/dismiss")
    @open_to("manager")
    @refused_on("manage.work")
    def dismiss_work(campaign: str, job: str) -> ResponseReturnValue:
        """Drop work that failed."""
        with database.begin() as session:
            then = _THEN[queue.progress(session, campaign, job).kind]
            queue.dismiss(session, context.keys.roster, campaign, job)
        flash(gettext("The job is dropped."))
        return redirect(url_for(f"manage.{then}", campaign=campaign))


def _result(job: JobProgress) -> str:
    """Say what a job has done."""
    if job.kind == queue.FIX:
        return str(gettext("The design is fixed, and the keys are made."))
    if job.kind == queue.DRAW:
        return str(gettext("The sample is drawn."))
    counts = {"sent": job.finished_steps, "total": job.total}
    sentence = str(gettext("Letters sent: %(sent)s of %(total)s.", **counts))
    failures = {"refused": job.letters.refusals, "doubtful": job.letters.doubtful}
    if any(failures.values()):
        more = gettext("Refused for good: %(refused)s. In doubt: %(doubtful)s.", **failures)
        sentence = f"{sentence} {more}"
    return sentence
