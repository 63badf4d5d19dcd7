"""A campaign's own page: its step and its days."""

from datetime import MINYEAR, date
from functools import partial

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey_app.accounts.guard import open_to
from survey_app.accounts.pages import local_minute
from survey_app.documents.design import CampaignHeader, Period, Thresholds
from survey_app.errors import N_, InputError
from survey_app.identity.manage.campaigns import (
    checklist,
    extension,
    history,
    proposals,
    schedule,
    service,
)
from survey_app.identity.manage.campaigns.draft import year_before
from survey_app.identity.manage.campaigns.schedule import Schedule
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.views.shared import (
    STEPS,
    SiteContext,
    optional_day,
    optional_text,
    page_of,
    sentence_of,
    title,
)
from survey_app.identity.store.models import Staff, Step
from survey_app.identity.store.queries import find_campaign
from survey_app.web.forms import FieldError, refused_on


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    database = context.database

    @site.get("/campaigns/<campaign>")
    @open_to(*Staff.ROLES)
    def campaign(campaign: str) -> str:
        """Show a campaign's step, and what is missing for the next one."""
        return campaign_page(context, campaign)

    @site.post("/campaigns/<campaign>")
    @open_to("manager")
    @refused_on(campaign)
    def save(campaign: str) -> ResponseReturnValue:
        """Change title, days and kind of a draft."""
        version, days = request.form.get("version", ""), _days()
        details = _details() | days._asdict()
        with database.begin() as session:
            if days != Schedule.of(service.draft_of(find_campaign(session, campaign))):
                schedule.check(days, context.settings.today(), meant=_meant())
            service.change(session, campaign, version, **details)
        flash(gettext("Saved."))
        return redirect(url_for("manage.campaign", campaign=campaign))


def campaign_page(context: SiteContext, campaign: str) -> str:
    """Render a campaign's page."""
    settings = context.settings
    with context.database.read() as session:
        page = page_of(session, campaign)
        checks = checklist.of_campaign(session, settings, campaign)
        jobs = queue.of_campaign(session, campaign)
        waiting_proposals = proposals.waiting(session, campaign)
        steps_taken = history.steps_taken(session, campaign)
        confirming = service.confirming(session, campaign)
        last = None
        if page.step == Step.PUBLISHED:
            last = extension.last_day(session, campaign, settings.today())
    return render_template(
        "manage/campaign.html",
        page=page,
        steps=STEPS,
        checks=checks,
        ready=all(check.passed for check in checks),
        jobs=jobs,
        last=last,
        proposals=waiting_proposals,
        proposed=proposals.WORDS,
        steps_taken=steps_taken,
        actions=Staff.AUDIT.ACTIONS,
        local=partial(local_minute, settings.timezone),
        confirming=confirming,
        early=last is not None and settings.today() <= last.current,
        two_managers=settings.two_managers,
        sentence_of=sentence_of,
    )


def _details() -> dict[str, object]:
    return {
        "title": title(),
        **{name: optional_text(name) for name in CampaignHeader.ABOUT},
        "risk": _risk(),
        "rehearsal": "rehearsal" in request.form,
    }


def _days() -> Schedule:
    """Read the days; an empty reference period is the year before the first day."""
    window, reference = _period("window"), _period("reference")
    if window and not reference and window.start.year > MINYEAR:
        reference = year_before(window.start)
    return Schedule(window, optional_day("latest_end"), reference)


def _meant() -> set[str]:
    """Gather the fields whose days were said to be meant."""
    return {name for name in schedule.FIELDS if f"{name}_meant" in request.form}


def _risk() -> Thresholds:
    """Read the thresholds, which the form gives in percent."""
    try:
        shares = {
            name: float(request.form[f"risk_{name}"]) / 100
            for name in Thresholds.model_fields
            if f"risk_{name}" in request.form
        }
        return Thresholds.model_validate(shares)
    except ValueError:  # pydantic's own is one too
        error = InputError(
            N_("The thresholds of risk are percentages that rise from medium to severe to high.")
        )
        raise FieldError("risk", error) from None


def _period(name: str) -> Period | None:
    first = request.form.get(f"{name}_start", "").strip()
    last = request.form.get(f"{name}_end", "").strip()
    if not first and not last:
        return None
    try:
        return Period(start=date.fromisoformat(first), end=date.fromisoformat(last))
    except ValueError:  # pydantic's own is one too
        error = InputError(N_("A period needs two dates, the second not before the first."))
        raise FieldError(name, error) from None
