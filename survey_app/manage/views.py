"""The survey manager's pages."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from survey_app.accounts import open_to
from survey_app.config import SiteSettings
from survey_app.database import Database
from survey_app.errors import N_
from survey_app.identity.models import Staff, Step
from survey_app.manage import service

SMALLEST_SHOWN = 10
"""Fewer credentials than this are not told while people answer: it would watch them."""

STEPS = {
    Step.DRAFT: N_("Draft"),
    Step.OPEN: N_("Open, not yet published"),
    Step.PUBLISHED: N_("Fieldwork"),
    Step.CLOSED: N_("Closed"),
}
NEXT = {
    Step.DRAFT: N_("Next: fix the design and make the keys."),
    Step.OPEN: N_("Next: give the manifest to the statisticians, and publish what they return."),
    Step.PUBLISHED: N_("Next: make invitation codes; after the last day, close the campaign."),
}
COMMANDS = {
    Step.DRAFT: ("open {campaign}",),
    Step.OPEN: ("publish {campaign} {campaign}.published.json",),
    Step.PUBLISHED: ("invite {campaign}", "close {campaign}"),
}


def blueprint(database: Database, settings: SiteSettings) -> Blueprint:
    """Build the site on its store."""
    site = Blueprint("manage", __name__, template_folder="templates")

    @site.get("/")
    @open_to(*Staff.ROLES)
    def index() -> ResponseReturnValue:
        """List the campaigns with their strata, and what to do next."""
        with database.read() as session:
            campaigns = service.overview(session)
        return render_template(
            "manage/index.html",
            campaigns=campaigns,
            steps=STEPS,
            next_steps=NEXT,
            commands=COMMANDS,
            claimed=_claimed,
            today=settings.today(),
        )

    return site


def _claimed(count: int, state: str) -> str:
    hidden = count < SMALLEST_SHOWN and state != Step.CLOSED
    return f"<{SMALLEST_SHOWN}" if hidden else str(count)
