"""The roster: uploaded, tried under chosen columns, and drawn from."""

import re

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.accounts.guard import open_to
from survey_app.errors import N_, InputError
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.roster import persons
from survey_app.identity.manage.roster.rows import Columns, Trial
from survey_app.identity.manage.views.shared import SiteContext, page_of, uploaded
from survey_app.identity.store.models import Staff

_MOST_SHOWN = 100
_SEED = re.compile(r"[0-9A-Za-z-]{1,64}")


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    database = context.database

    def render(campaign: str, trial: Trial | None = None) -> str:
        with database.read() as session:
            page = page_of(session, campaign)
            roster = persons.summary(session, context.keys.roster, campaign)
            jobs = [job for job in queue.of_campaign(session, campaign) if job.kind == queue.DRAW]
        return render_template(
            "manage/roster.html",
            page=page,
            roster=roster,
            trial=trial,
            faults=trial.faults[:_MOST_SHOWN] if trial else (),
            jobs=jobs,
            seed=persons.new_seed(),
        )

    @site.get("/campaigns/<campaign>/roster")
    @open_to(*Staff.ROLES)
    def roster(campaign: str) -> ResponseReturnValue:
        """Show what the store has of the roster: counts, never a person."""
        return render(campaign)

    @site.post("/campaigns/<campaign>/roster")
    @open_to("manager")
    def upload_roster(campaign: str) -> ResponseReturnValue:
        """Upload a roster file."""
        name, content = uploaded()
        with database.begin() as session:
            persons.upload(session, context.keys.roster, campaign, content, name)
        return redirect(url_for("manage.roster", campaign=campaign))

    @site.post("/campaigns/<campaign>/roster/columns")
    @open_to("manager")
    def try_roster(campaign: str) -> ResponseReturnValue:
        """Read the roster without storing persons, and list its faults by row."""
        columns = [request.form.get(name, "") for name in ("stratum", "person", "address")]
        with database.begin() as session:
            trial = persons.choose_columns(
                session, context.keys.roster, campaign, Columns(*columns)
            )
        return render(campaign, trial), 400 if trial.faults else 200

    @site.post("/campaigns/<campaign>/roster/draw")
    @open_to("manager")
    def draw(campaign: str) -> ResponseReturnValue:
        """Read the roster for good and draw the sample, in the background."""
        seed = request.form.get("seed", "").strip()
        if not _SEED.fullmatch(seed):
            raise InputError(N_("A seed has 1 to 64 letters a–z, digits or hyphens."))
        with database.begin() as session:
            persons.check_ready(session, campaign)
            job = queue.add(session, context.keys.roster, campaign, queue.DRAW, {"seed": seed})
        context.worker.nudge()
        return redirect(url_for("manage.work", campaign=campaign, job=job))
