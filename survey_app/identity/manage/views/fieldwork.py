"""Fieldwork: counts by stratum, and the other side's public turnout beside them."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from survey_app.accounts.guard import open_to
from survey_app.identity.manage.fieldwork import progress, turnout
from survey_app.identity.manage.views.shared import STEPS, SiteContext, page_of
from survey_app.identity.store.models import Staff
from survey_app.web.forms import refused_on


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    database, settings = context.database, context.settings

    @site.get("/campaigns/<campaign>/fieldwork")
    @open_to(*Staff.ROLES)
    @refused_on("manage.campaign")
    def fieldwork_page(campaign: str) -> ResponseReturnValue:
        """Show the counts of fieldwork, none of which reveals a person."""
        with database.read() as session:
            page = page_of(session, campaign)
            counts = progress.fieldwork(session, campaign, settings.today())
        return render_template("manage/fieldwork.html", page=page, fieldwork=counts, steps=STEPS)

    @site.get("/campaigns/<campaign>/turnout.json")
    @open_to(*Staff.ROLES)
    def turnout_json(campaign: str) -> ResponseReturnValue:
        """Fetch the turnout that the other side publishes; the page does not wait for it."""
        with database.read() as session:
            page_of(session, campaign)
        return {"strata": turnout.published(settings.respond_url, campaign)}
