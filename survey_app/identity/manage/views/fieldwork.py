"""Fieldwork: counts by stratum, and the other side's public turnout beside them."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from survey_app.accounts.guard import open_to
from survey_app.identity.manage.fieldwork import progress, turnout
from survey_app.identity.manage.views.shared import STEPS, Office, see
from survey_app.identity.store.models import Staff


def add_routes(site: Blueprint, office: Office) -> None:
    """Add these pages."""
    database, settings = office.database, office.settings

    @site.get("/campaigns/<campaign>/fieldwork")
    @open_to(*Staff.ROLES)
    def fieldwork_page(campaign: str) -> ResponseReturnValue:
        """Show how fieldwork goes, watching nobody."""
        with database.read() as session:
            found = see(session, campaign)
            seen = progress.fieldwork(session, campaign, settings.today())
        return render_template("manage/fieldwork.html", found=found, seen=seen, steps=STEPS)

    @site.get("/campaigns/<campaign>/turnout.json")
    @open_to(*Staff.ROLES)
    def turnout_json(campaign: str) -> ResponseReturnValue:
        """Read the turnout that the other side publishes; the page does not wait for it."""
        with database.read() as session:
            see(session, campaign)
        return {"strata": turnout.published(settings.respond_url, campaign)}
