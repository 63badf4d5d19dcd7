"""Campaigns: made from scratch, from a file or as a next wave; their page, and their questions."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.accounts import open_to
from survey_app.errors import N_, InputError, SurveyError
from survey_app.identity.models import IssuerKey, Staff, Step
from survey_app.identity.queries import claims
from survey_app.manage import campaign_file, jobs, people, service
from survey_app.manage.draft import Check, Draft, shipped, year_before
from survey_app.manage.views.office import STEPS, Office, said, see, uploaded
from survey_app.manifest import Kind, Period


def add_routes(site: Blueprint, office: Office) -> None:
    """Add these pages."""
    database = office.database

    @site.get("/new")
    @open_to("manager")
    def new() -> ResponseReturnValue:
        """Offer the three ways to make a campaign."""
        with database.read() as session:
            earlier = service.overview(session)
        return render_template("manage/new.html", earlier=earlier, typed={}, problem="")

    @site.post("/new")
    @open_to("manager")
    def create() -> ResponseReturnValue:
        """Make an empty campaign."""
        return _made(lambda session: service.create(session, _scratch()))

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
        return _made(lambda session: service.next_wave(session, earlier, name))

    @site.get("/campaigns/<campaign>")
    @open_to(*Staff.ROLES)
    def campaign(campaign: str) -> ResponseReturnValue:
        """Show where a campaign stands, and what is missing for the next step."""
        with database.read() as session:
            found = see(session, campaign)
            checks = _checks(session, office, campaign, found.step)
            working = jobs.of_campaign(session, campaign)
        return render_template(
            "manage/campaign.html",
            found=found,
            steps=STEPS,
            checks=checks,
            ready=all(check.passed for check in checks),
            working=working,
            said=said,
            two_managers=office.settings.two_managers,
        )

    @site.post("/campaigns/<campaign>")
    @open_to("manager")
    def save(campaign: str) -> ResponseReturnValue:
        """Change title, days and kind of a draft."""
        version = request.form.get("version", "")
        with database.begin() as session:
            service.change(session, campaign, version, **_details())
        return redirect(url_for("manage.campaign", campaign=campaign))

    @site.get("/campaigns/<campaign>/questions")
    @open_to(*Staff.ROLES)
    def questions(campaign: str) -> ResponseReturnValue:
        """Show what respondents will be asked."""
        with database.read() as session:
            found = see(session, campaign)
        return render_template("manage/questions.html", found=found, kinds=list(Kind))

    def _made(make: Callable[[Session], object]) -> ResponseReturnValue:
        name = request.form.get("campaign", "").strip()
        try:
            with database.begin() as session:
                make(session)
        except (ValidationError, SurveyError) as error:
            problem = _problem(error)
        else:
            return redirect(url_for("manage.campaign", campaign=name))
        with database.read() as session:
            earlier = service.overview(session)
        page = render_template(
            "manage/new.html", earlier=earlier, typed=request.form, problem=problem
        )
        return page, 400


def _problem(error: ValidationError | SurveyError) -> str:
    if isinstance(error, SurveyError):
        return said(error)
    field = str(error.errors(include_input=False)[0]["loc"][0])
    sentences = {
        "campaign": N_("The short name takes letters a–z, digits and hyphens, at most 40."),
        "title": N_("The title needs 1 to 200 characters."),
    }
    return said(InputError(sentences.get(field)))


def _scratch() -> Draft:
    return Draft.model_validate(
        {
            "campaign": request.form.get("campaign", "").strip(),
            "title": _title(),
            "questionnaires": shipped(),
            "rehearsal": "rehearsal" in request.form,
        }
    )


def _title() -> dict[str, str]:
    chinese = request.form.get("title_zh", "").strip()
    return {"zh": chinese, "en": request.form.get("title_en", "").strip() or chinese}


def _details() -> dict[str, object]:
    window = _period("window")
    asked = _period("reference")
    if window and not asked:
        asked = year_before(window.start)
    return {
        "title": _title(),
        "window": window,
        "reference_period": asked,
        "rehearsal": "rehearsal" in request.form,
    }


def _period(name: str) -> Period | None:
    first = request.form.get(f"{name}_start", "").strip()
    last = request.form.get(f"{name}_end", "").strip()
    if not first and not last:
        return None
    try:
        return Period(start=date.fromisoformat(first), end=date.fromisoformat(last))
    except ValueError:  # pydantic's own is one too
        raise InputError(N_("A period needs two dates, the second not before the first.")) from None


def _checks(session: Session, office: Office, campaign: str, step: str) -> list[Check]:
    """List what the next step needs."""
    if step == Step.DRAFT:
        return [*see(session, campaign).draft.checks(), *_confirmation(session, office, campaign)]
    if step == Step.OPEN:
        return [
            Check(passed=True, said=N_("The design is fixed, and the keys are made.")),
            Check(passed=False, said=N_("The statisticians' manifest is published here.")),
        ]
    if step == Step.PUBLISHED:
        return _fieldwork_checks(session, office, campaign)
    erased = people.kept(session, office.keys.roster, campaign) is None
    query = select(func.count()).where(IssuerKey.campaign == campaign)
    keys = session.scalar(query)
    return [
        Check(not keys, N_("The signing keys are destroyed.")),
        Check(erased, N_("The persons of the roster are erased.")),
    ]


def _confirmation(session: Session, office: Office, campaign: str) -> list[Check]:
    if not office.settings.two_managers:
        return []
    try:
        service.check_confirmed(session, campaign)
    except SurveyError:
        confirmed = False
    else:
        confirmed = True
    return [Check(confirmed, N_("A second manager has confirmed the design."))]


def _fieldwork_checks(session: Session, office: Office, campaign: str) -> list[Check]:
    draft = see(session, campaign).draft
    counts = claims(session, campaign)
    missing = [stratum.id for stratum in draft.strata if stratum.id not in counts]
    last = draft.window.end if draft.window else office.settings.today()
    over = office.settings.today() > last
    return [
        Check(not missing, N_("Every stratum has its invitations."), ", ".join(missing[:5])),
        Check(over, N_("The last day for answers has passed.")),
    ]
