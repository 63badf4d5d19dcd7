"""Releases: what the next would show, made by one person, checked and signed by another."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy.orm import Session

from survey_app.accounts.guard import open_to
from survey_app.answers.analyse.exports.tables import (
    tables,
)
from survey_app.answers.analyse.exports.word_report import Survey, written
from survey_app.answers.analyse.releases import code_version, computations, service
from survey_app.answers.analyse.releases.computations import ComputationWorker, Inputs
from survey_app.answers.analyse.releases.release_key import ReleaseKey
from survey_app.answers.analyse.views import release_files
from survey_app.answers.analyse.views.options import chosen_options, kept_options
from survey_app.answers.analyse.views.protection import protections
from survey_app.answers.analyse.views.words import RELEASE_STATES, SCOPES
from survey_app.answers.store.models import Computation, Release, ReleaseState, Staff
from survey_app.answers.store.queries import find_campaign, last_day, manifest_of
from survey_app.config import SiteSettings
from survey_app.documents.release import ReleaseDocument, read
from survey_app.documents.results import Options, Results
from survey_app.errors import N_, InputError, SurveyError
from survey_app.papers.typed_tables import (
    Form,
    Table,
    speaker,
)
from survey_app.storage.database import Database
from survey_app.web import long_work
from survey_app.web.files import attachment
from survey_app.web.forms import refused_on
from survey_app.web.languages import chinese
from survey_app.web.openapi import JSON

_DOCUMENT, _SIGNATURE = "release.json", "release.json.sig"
_PEM, _BYTES = "application/x-pem-file", "application/octet-stream"

TextTable = tuple[str, str, list[tuple[str, bool]], list[list[str]]]
"""Title, note, heads (and whether numbers stand below), rows."""


def add(site: Blueprint, database: Database, settings: SiteSettings) -> None:
    """Put the pages on the site."""
    worker = ComputationWorker(database, settings)
    _add_next(site, database, settings, worker)
    _add_decisions(site, database, settings)
    _add_files(site, database, settings)

    @site.get("/<campaign>/releases/<int:number>")
    @open_to("statistician", "checker")
    def one_release(campaign: str, number: int) -> ResponseReturnValue:
        """Show one release as others will see it, and what was done so that it gives none away."""
        with database.read() as session:
            release, survey = service.get(session, campaign, number), _survey(session, campaign)
        return _page(release, survey)

    @site.post("/<campaign>/releases/<int:number>/check")
    @open_to("statistician", "checker")
    @refused_on("analyse.one_release")
    def check_release(campaign: str, number: int) -> ResponseReturnValue:
        """Compute a release again from the box, and say how its numbers compare."""
        with database.read() as session:
            release, survey = service.get(session, campaign, number), _survey(session, campaign)
        agreement = service.check(database, release.document)
        return _page(release, survey, gettext(agreement.sentence, **agreement.values))


def _add_next(
    site: Blueprint, database: Database, settings: SiteSettings, worker: ComputationWorker
) -> None:
    """Add the list, with what the next release would show to whom makes it."""

    @site.get("/<campaign>/releases")
    @open_to(*Staff.ROLES)
    def releases(campaign: str) -> ResponseReturnValue:
        """List the releases, and show what the next would be once that is computed."""
        options = chosen_options()
        with database.read() as session:
            survey = _survey(session, campaign).until(settings.today())
            rows = service.list_releases(session, campaign)
        can_make = current_user.role == "statistician" and not any(
            release.state == ReleaseState.WAITING for release in rows
        )
        nearest = service.releasable(rows, options)
        computation = _asked(campaign, options) if can_make and options == nearest else None
        return render_template(
            "analyse/releases.html",
            campaign=campaign,
            title=survey.manifest.heading,
            releases=[(release, read(release.document)) for release in rows],
            states=RELEASE_STATES,
            key=ReleaseKey.of(settings),
            can_make=can_make,
            options=options,
            nearest=nearest,
            computation=computation,
            problem=_problem(computation),
            **_next_release(computation, survey),
        )

    @site.get("/<campaign>/releases/progress.json")
    @open_to("statistician")
    def release_progress(campaign: str) -> ResponseReturnValue:
        """Tell the page whether the tables are computed."""
        computation = _asked(campaign, chosen_options())
        return long_work.progress(computation.state)

    @site.post("/<campaign>/releases/computation")
    @open_to("statistician")
    @refused_on("analyse.releases")
    def compute_release(campaign: str) -> ResponseReturnValue:
        """Ask once more for tables that could not be computed."""
        options = chosen_options()
        with database.begin() as session:
            computations.request(session, service.inputs(session, campaign, options))
        worker.nudge()
        query: dict[str, Any] = {**kept_options("releases")}
        return redirect(url_for(".releases", campaign=campaign, **query))

    @site.post("/<campaign>/releases")
    @open_to("statistician")
    @refused_on("analyse.releases")
    def make_release(campaign: str) -> ResponseReturnValue:
        """Make the next release with the options of the address."""
        options = chosen_options()
        _check_sure()
        with database.begin() as session:
            number = service.make(session, campaign, options, settings.today()).number
        return _done(campaign, number, "made")

    def _asked(campaign: str, options: Options) -> Computation:
        """Find the computation, which is asked for if it never was."""
        with database.read() as session:
            inputs = service.inputs(session, campaign, options)
            row = computations.find(session, inputs)
        if row is None:
            row = _ask(inputs)
        if row.state == long_work.STATE_WAITING:
            worker.nudge()  # the process that worked on it may have been killed
        return row

    def _ask(inputs: Inputs) -> Computation:
        with database.begin() as session:
            row = computations.request(session, inputs)
            session.expunge(row)
        return row


def _add_decisions(site: Blueprint, database: Database, settings: SiteSettings) -> None:
    """Add what is done to a release: it cannot be undone, so it is confirmed on the page."""

    @site.post("/<campaign>/releases/<int:number>/signature")
    @open_to("checker")
    @refused_on("analyse.one_release")
    def sign_release(campaign: str, number: int) -> ResponseReturnValue:
        """Sign a release."""
        _check_sure()
        key, today = ReleaseKey.of(settings).private, settings.today()
        with database.begin() as session:
            service.sign(session, campaign, number, key, today)
        return _done(campaign, number, "signed")

    @site.post("/<campaign>/releases/<int:number>/rejection")
    @open_to("checker")
    @refused_on("analyse.one_release")
    def reject_release(campaign: str, number: int) -> ResponseReturnValue:
        """Reject a release that waits."""
        return _ended(service.reject, campaign, number, "rejected")

    @site.post("/<campaign>/releases/<int:number>/withdrawal")
    @open_to("statistician", "checker")
    @refused_on("analyse.one_release")
    def withdraw_release(campaign: str, number: int) -> ResponseReturnValue:
        """Withdraw a signed release."""
        return _ended(service.withdraw, campaign, number, "withdrawn")

    def _ended(
        end: Callable[..., Release], campaign: str, number: int, outcome: str
    ) -> ResponseReturnValue:
        _check_sure()
        with database.begin() as session:
            end(session, campaign, number, request.form.get("reason", ""))
        return _done(campaign, number, outcome)


def _add_files(site: Blueprint, database: Database, settings: SiteSettings) -> None:
    @site.get("/release-key.pem")
    @open_to(*Staff.ROLES)
    def release_key() -> ResponseReturnValue:
        """Give the public key that signatures of releases are verified with."""
        return attachment(ReleaseKey.of(settings).pem, _PEM, "release-key.pem")

    @site.get("/<campaign>/releases/<int:number>/<name>")
    @open_to("statistician", "checker")
    def release_file(campaign: str, number: int, name: str) -> ResponseReturnValue:
        """Give a signed release as a file; that it was taken is logged."""
        if name not in {_DOCUMENT, _SIGNATURE, *release_files.FILES}:
            abort(HTTPStatus.NOT_FOUND)
        with database.read() as session:
            release, survey = service.get(session, campaign, number), _survey(session, campaign)
        content, mimetype = _file(release, name, survey)
        with database.begin() as session:
            service.record_file(session, campaign, f"{number} {name}")
        return attachment(content, mimetype, f"{campaign}-{number}-{name}")


def _survey(session: Session, campaign: str) -> Survey:
    """Give the survey as it was published, for the methods."""
    row = find_campaign(session, campaign)
    return Survey(manifest_of(row.published), last_day(row))


def _check_sure() -> None:
    if request.form.get("sure") != "yes":
        raise InputError(N_("Confirm it first: this cannot be undone."))


def _done(campaign: str, number: int, outcome: str) -> ResponseReturnValue:
    return redirect(url_for(".one_release", campaign=campaign, number=number, done=outcome))


def _problem(computation: Computation | None) -> str:
    problem = long_work.problem_of(computation.problem) if computation else None
    return gettext(problem.sentence, **problem.values) if problem else ""


def _next_release(computation: Computation | None, survey: Survey) -> dict[str, object]:
    """Give the page the tables as they will be published, once they are computed."""
    if computation is None or computation.state != long_work.STATE_DONE:
        return {"preview": None}
    preview = computations.result_of(computation)
    return {
        "preview": preview,
        "tables": _tables_as_text(preview.results, code_version.version(), 0, survey),
        "protections": protections(preview.results, preview.outcomes),
        "scopes": SCOPES,
    }


def _page(release: Release, survey: Survey, agreement: str = "") -> str:
    document = read(release.document)
    survey = survey.until(document.made_on)
    return render_template(
        "analyse/release.html",
        release=release,
        document=document,
        results=document.flagged_results,
        tables=_tables_as_text(document.flagged_results, document.version, document.number, survey),
        files=_names_of_files(release, document),
        states=RELEASE_STATES,
        done=request.args.get("done", ""),
        can_withdraw=current_user.username in {release.maker, release.checker},
        agreement=agreement,
        protections=protections(document.results, document.rows),
        scopes=SCOPES,
    )


def _names_of_files(release: Release, document: ReleaseDocument) -> list[str]:
    """List what can be taken out: of a withdrawn release what its signature is verified with."""
    if not release.is_known:
        return []
    signed_files = [_DOCUMENT] if document.has_old_rules else [_DOCUMENT, _SIGNATURE]
    if release.state == ReleaseState.WITHDRAWN:
        return signed_files
    return [*release_files.FILES, *signed_files]


def _tables_as_text(results: Results, version: str, number: int, survey: Survey) -> list[TextTable]:
    say = speaker(chinese=chinese())
    return [
        (
            say(table.title),
            say(table.note) if table.note else "",
            [(say(column.head), column.form != Form.TEXT) for column in table.columns],
            _rows(table),
        )
        for table in tables(results, version, say, number, survey)
        if table.rows
    ]


def _rows(table: Table) -> list[list[str]]:
    forms = [column.form for column in table.columns]
    return [
        [written(value, form) for value, form in zip(row, forms, strict=True)] for row in table.rows
    ]


def _file(release: Release, name: str, survey: Survey) -> tuple[bytes, str]:
    if release.state == ReleaseState.REJECTED:
        raise SurveyError(N_("This release was rejected."))
    if not release.is_known:
        raise SurveyError(N_("This release is not signed yet: another person checks it first."))
    document = read(release.document)
    if name not in _names_of_files(release, document):
        raise SurveyError(_not_given(document, name))
    if name == _DOCUMENT:
        return release.document, JSON
    if name == _SIGNATURE:
        return release.signature or b"", _BYTES
    return release_files.write(name, release, survey.until(document.made_on), chinese=chinese())


def _not_given(document: ReleaseDocument, name: str) -> str:
    if name == _SIGNATURE and document.has_old_rules:
        return N_("Releases by rules that no longer hold carry no signature.")
    return N_("This release was withdrawn: its report and its workbook are not given out any more.")
