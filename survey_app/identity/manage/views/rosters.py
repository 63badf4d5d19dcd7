"""The roster: uploaded, its columns named, tried, drawn from, and erased."""

import re
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.accounts.guard import open_to
from survey_app.errors import N_, InputError
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.roster import persons
from survey_app.identity.manage.roster.rows import Checked, Columns
from survey_app.identity.manage.views.shared import Office, see, uploaded
from survey_app.identity.store.models import Staff

_MOST_SHOWN = 100
_SEED = re.compile(r"[0-9A-Za-z-]{1,64}")


def add_routes(site: Blueprint, office: Office) -> None:
    """Add these pages."""
    database = office.database

    def page(campaign: str, checked: Checked | None = None) -> str:
        with database.read() as session:
            found = see(session, campaign)
            kept = persons.kept(session, office.keys.roster, campaign)
            working = [
                job for job in queue.of_campaign(session, campaign) if job.kind == queue.DRAW
            ]
        return render_template(
            "manage/roster.html",
            found=found,
            kept=kept,
            checked=checked,
            faults=checked.faults[:_MOST_SHOWN] if checked else (),
            working=working,
            seed=persons.new_seed(),
        )

    @site.get("/campaigns/<campaign>/roster")
    @open_to(*Staff.ROLES)
    def roster(campaign: str) -> ResponseReturnValue:
        """Show what the store has of the roster: counts, never a person."""
        return page(campaign)

    @site.post("/campaigns/<campaign>/roster")
    @open_to("manager")
    def keep_roster(campaign: str) -> ResponseReturnValue:
        """Take a roster file in."""
        name, content = uploaded()
        with database.begin() as session:
            persons.keep_file(session, office.keys.roster, campaign, content, name)
        return redirect(url_for("manage.roster", campaign=campaign))

    @site.post("/campaigns/<campaign>/roster/columns")
    @open_to("manager")
    def try_roster(campaign: str) -> ResponseReturnValue:
        """Read the roster on trial, and list its faults by row."""
        chosen = [request.form.get(name, "") for name in ("stratum", "person", "address")]
        with database.begin() as session:
            checked = persons.choose_columns(
                session, office.keys.roster, campaign, Columns(*chosen)
            )
        return page(campaign, checked), 400 if checked.faults else 200

    @site.post("/campaigns/<campaign>/roster/draw")
    @open_to("manager")
    def draw(campaign: str) -> ResponseReturnValue:
        """Read the roster for good and draw the sample, in the background."""
        seed = request.form.get("seed", "").strip()
        if not _SEED.fullmatch(seed):
            raise InputError(N_("A seed has 1 to 64 letters a–z, digits or hyphens."))
        with database.begin() as session:
            persons.check_ready(session, campaign)
            job = queue.add(session, office.keys.roster, campaign, queue.DRAW, {"seed": seed})
        office.worker.nudge()
        return redirect(url_for("manage.work", campaign=campaign, job=job))

    @site.post("/campaigns/<campaign>/roster/erase")
    @open_to("manager")
    def erase(campaign: str) -> ResponseReturnValue:
        """Erase the persons now, down to the bytes on disk."""
        with database.begin() as session:
            persons.erase(session, campaign)
        database.vacuum()
        return redirect(url_for("manage.roster", campaign=campaign))

    @site.post("/campaigns/<campaign>/roster/erase-on")
    @open_to("manager")
    def erase_on(campaign: str) -> ResponseReturnValue:
        """Name the day on which the persons are erased."""
        try:
            day = date.fromisoformat(request.form.get("day", ""))
        except ValueError:
            raise InputError(N_("Name a day.")) from None
        with database.begin() as session:
            persons.erase_on(session, campaign, day, office.settings.today())
        return redirect(url_for("manage.roster", campaign=campaign))
