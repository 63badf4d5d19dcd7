"""Fieldwork: counts by stratum, and the other side's public turnout beside them."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from survey_app.accounts.guard import open_to
from survey_app.identity.manage.campaigns import plan_choice
from survey_app.identity.manage.fieldwork import progress, report, turnout
from survey_app.identity.manage.invitations import mailing
from survey_app.identity.manage.views.shared import STEPS, SiteContext, page_of, percent
from survey_app.identity.store.models import Staff
from survey_app.identity.store.queries import find_campaign
from survey_app.web.files import EXCEL, PDF, WORD, attachment
from survey_app.web.forms import refused_on
from survey_app.web.languages import chinese

_TYPES = dict(zip(report.FILES, (WORD, PDF, EXCEL), strict=True))


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
            number_failed = mailing.number_failed(session, campaign)
        return render_template(
            "manage/fieldwork.html",
            page=page,
            fieldwork=counts,
            number_failed=number_failed,
            steps=STEPS,
        )

    @site.get("/campaigns/<campaign>/fieldwork.<any(docx, pdf, xlsx):ending>")
    @open_to(*Staff.ROLES)
    def fieldwork_report(campaign: str, ending: str) -> ResponseReturnValue:
        """Write the counts of this page as a report to be filed or sent on."""
        with database.read() as session:
            page = page_of(session, campaign)
            counts = progress.fieldwork(session, campaign, settings.today())
            letters = mailing.number_failed(session, campaign)
            margin = _margin(plan_choice.stored(find_campaign(session, campaign)))
        sources = report.FieldworkReport(
            page.draft.title, page.draft.rehearsal, settings.today(), counts, letters, margin
        )
        content = report.write(sources, ending, chinese=chinese())
        return attachment(content, _TYPES[ending], f"{campaign}.fieldwork.{ending}")

    @site.get("/campaigns/<campaign>/turnout.json")
    @open_to(*Staff.ROLES)
    def turnout_json(campaign: str) -> ResponseReturnValue:
        """Fetch the turnout that the other side publishes; the page does not wait for it."""
        with database.read() as session:
            page_of(session, campaign)
        return {"strata": turnout.published(settings.respond_url, campaign)}


def _margin(choice: plan_choice.Choice) -> float | None:
    """Read the margin that a sample was planned by; none if it was planned otherwise."""
    if choice.get("aim") != "margin" or not choice.get("margin", "").strip():
        return None
    return percent(choice["margin"], "margin")
