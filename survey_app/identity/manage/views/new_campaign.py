"""New campaigns: from scratch, from a file, or as the next wave of an earlier one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from pydantic import ValidationError

from survey_app.accounts.guard import open_to
from survey_app.documents.design import CampaignDesign, Stratum
from survey_app.errors import N_, InputError
from survey_app.identity.manage.campaigns import campaign_file, overview, schedule, service
from survey_app.identity.manage.campaigns.draft import Draft, shipped
from survey_app.identity.manage.campaigns.schedule import Schedule
from survey_app.identity.manage.campaigns.strata_block import is_turned_by_spreadsheets
from survey_app.identity.manage.views.shared import SiteContext, title, uploaded
from survey_app.web.forms import FieldError, beside, refused_on


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    database = context.database

    @site.get("/new")
    @open_to("manager")
    def new() -> str:
        """Offer the three ways to make a campaign."""
        with database.read() as session:
            earlier = overview.all_campaigns(session)
        return render_template("manage/new.html", earlier=earlier)

    @site.post("/new")
    @open_to("manager")
    @refused_on(new)
    def create() -> ResponseReturnValue:
        """Make an empty campaign."""
        with _field_named(), database.begin() as session:
            service.create(session, _scratch())
        return _to_new(request.form["campaign"].strip())

    @site.post("/new/file")
    @open_to("manager")
    @refused_on(new)
    def create_from_file() -> ResponseReturnValue:
        """Make a campaign of an uploaded file."""
        with beside("file"):
            name, content = uploaded()
            design = campaign_file.parse(content, Path(name), uploaded=True)
            meant = schedule.FIELDS if "file_meant" in request.form else ()
            schedule.check(Schedule.of(design), context.settings.today(), meant=meant)
            _check_ids(design)
            with database.begin() as session:
                service.create(session, design)
        return _to_new(design.campaign)

    @site.post("/new/wave")
    @open_to("manager")
    @refused_on(new)
    def create_wave() -> ResponseReturnValue:
        """Make the next wave of an earlier campaign."""
        earlier, name = request.form.get("earlier", ""), request.form.get("campaign", "").strip()
        with _field_named(), database.begin() as session:
            service.next_wave(session, earlier, name)
        return _to_new(name)


def _check_ids(design: CampaignDesign[Stratum]) -> None:
    for stratum in design.strata:
        if is_turned_by_spreadsheets(stratum.id):
            sentence = N_(
                "Spreadsheets turn the identifier “%(id)s” into a number or a date. Begin it with "
                "another letter."
            )
            raise InputError(sentence, id=stratum.id)


def _to_new(campaign: str) -> ResponseReturnValue:
    flash(gettext("The campaign is created. The list below says what it needs."))
    return redirect(url_for("manage.campaign", campaign=campaign))


@contextmanager
def _field_named() -> Iterator[None]:
    """Blame the identifier for what cannot be made a campaign."""
    try:
        with beside("campaign"):
            yield
    except ValidationError as error:
        if error.errors(include_input=False)[0]["loc"][0] != "campaign":
            raise
        sentence = N_("The identifier takes letters a–z, digits and hyphens, at most 40.")
        raise FieldError("campaign", InputError(sentence)) from None


def _scratch() -> Draft:
    return Draft.model_validate(
        {
            "campaign": request.form.get("campaign", "").strip(),
            "title": title(),
            "questionnaires": shipped(),
            "rehearsal": "rehearsal" in request.form,
        }
    )
