"""New campaigns: from scratch, from a file, or as the next wave of an earlier one."""

from collections.abc import Callable
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from sqlalchemy.orm import Session

from survey_app.accounts.guard import open_to
from survey_app.errors import N_, InputError, SurveyError
from survey_app.identity.manage.campaigns import campaign_file, overview, service
from survey_app.identity.manage.campaigns.draft import Draft, shipped
from survey_app.identity.manage.views.shared import SiteContext, sentence_of, title, uploaded


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    database = context.database

    @site.get("/new")
    @open_to("manager")
    def new() -> ResponseReturnValue:
        """Offer the three ways to make a campaign."""
        with database.read() as session:
            earlier = overview.all_campaigns(session)
        return render_template("manage/new.html", earlier=earlier, form={}, problem="")

    @site.post("/new")
    @open_to("manager")
    def create() -> ResponseReturnValue:
        """Make an empty campaign."""
        return _create(lambda session: service.create(session, _scratch()))

    @site.post("/new/file")
    @open_to("manager")
    def create_from_file() -> ResponseReturnValue:
        """Make a campaign of an uploaded file."""
        name, content = uploaded()
        design = campaign_file.parse(content, Path(name), uploaded=True)
        with database.begin() as session:
            service.create(session, design)
        return redirect(url_for("manage.campaign", campaign=design.campaign))

    @site.post("/new/wave")
    @open_to("manager")
    def create_wave() -> ResponseReturnValue:
        """Make the next wave of an earlier campaign."""
        earlier, name = request.form.get("earlier", ""), request.form.get("campaign", "").strip()
        return _create(lambda session: service.next_wave(session, earlier, name))

    def _create(make: Callable[[Session], object]) -> ResponseReturnValue:
        name = request.form.get("campaign", "").strip()
        try:
            with database.begin() as session:
                make(session)
        except (ValidationError, SurveyError) as error:
            problem = _problem(error)
        else:
            return redirect(url_for("manage.campaign", campaign=name))
        with database.read() as session:
            earlier = overview.all_campaigns(session)
        page = render_template(
            "manage/new.html", earlier=earlier, form=request.form, problem=problem
        )
        return page, 400


def _problem(error: ValidationError | SurveyError) -> str:
    if isinstance(error, SurveyError):
        return sentence_of(error)
    field = str(error.errors(include_input=False)[0]["loc"][0])
    sentences = {
        "campaign": N_("The identifier takes letters a–z, digits and hyphens, at most 40."),
        "title": N_("The title needs 1 to 200 characters."),
    }
    return sentence_of(InputError(sentences.get(field)))


def _scratch() -> Draft:
    return Draft.model_validate(
        {
            "campaign": request.form.get("campaign", "").strip(),
            "title": title(),
            "questionnaires": shipped(),
            "rehearsal": "rehearsal" in request.form,
        }
    )
