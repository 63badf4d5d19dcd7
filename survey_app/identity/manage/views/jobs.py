"""Long work: a page that shows how far it is, and goes on without anybody looking."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from survey_app.accounts.guard import open_to
from survey_app.identity.manage.invitations import code_lists
from survey_app.identity.manage.jobs import worker
from survey_app.identity.manage.views.shared import Office, said, see
from survey_app.identity.store.models import Staff
from survey_app.web import long_work


def add_routes(site: Blueprint, office: Office) -> None:
    """Add these pages."""
    database = office.database

    @site.get("/campaigns/<campaign>/work/<job>")
    @open_to(*Staff.ROLES)
    def work(campaign: str, job: str) -> ResponseReturnValue:
        """Show how far some work is."""
        with database.read() as session:
            found = see(session, campaign)
            progress = worker.progress(session, campaign, job)
            lists = {one.job: one for one in code_lists.waiting(session, campaign)}
        if progress.state == "waiting":
            office.worker.nudge()  # whoever worked on it may have been killed
        return render_template(
            "manage/work.html",
            found=found,
            job=progress,
            waiting=lists.get(job),
            problem=said(progress.problem) if progress.problem else "",
        )

    @site.get("/campaigns/<campaign>/work/<job>/progress.json")
    @open_to(*Staff.ROLES)
    def work_progress(campaign: str, job: str) -> ResponseReturnValue:
        """Tell the page how far it is."""
        with database.read() as session:
            progress = worker.progress(session, campaign, job)
        if progress.state == "waiting":
            office.worker.nudge()
        return long_work.progress(progress.state, progress.done, progress.total)

    @site.post("/campaigns/<campaign>/work/<job>")
    @open_to("manager")
    def work_again(campaign: str, job: str) -> ResponseReturnValue:
        """Try again what failed."""
        with database.begin() as session:
            worker.again(session, campaign, job)
        office.worker.nudge()
        return redirect(url_for("manage.work", campaign=campaign, job=job))
