"""Releases: what the next would show, made by one person, checked and signed by another."""

from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user

from stats.disclosure import Fate
from survey_app.accounts.guard import open_to
from survey_app.answers.analyse.exports.tables import Form, Table, speaker, tables
from survey_app.answers.analyse.exports.word_report import report, written
from survey_app.answers.analyse.exports.workbook import workbook
from survey_app.answers.analyse.releases import service
from survey_app.answers.analyse.views.options import chosen_options
from survey_app.answers.analyse.views.words import FATES
from survey_app.answers.store.models import Release
from survey_app.answers.store.queries import find_campaign, manifest_of
from survey_app.documents.release import ReleaseDocument, read
from survey_app.errors import N_, SurveyError
from survey_app.storage.database import Database
from survey_app.web.files import EXCEL, WORD, attachment
from survey_app.web.languages import chinese
from survey_app.web.openapi import JSON

_FILES = {"results.xlsx": (workbook, EXCEL), "report.docx": (report, WORD)}
_DOCUMENT = "release.json"


def add(site: Blueprint, database: Database) -> None:
    """Put the pages on the site."""

    @site.get("/<campaign>/releases")
    @open_to("statistician", "checker", "auditor")
    def releases(campaign: str) -> ResponseReturnValue:
        """List the releases, and show what the next would be."""
        options = chosen_options()
        with database.read() as session:
            title = manifest_of(find_campaign(session, campaign).published).heading
            rows = service.list_releases(session, campaign)
            may_make = current_user.role == "statistician"
            preview = service.preview(session, campaign, options) if may_make else None
        outcomes = preview.outcomes if preview else ()
        return render_template(
            "analyse/releases.html",
            campaign=campaign,
            title=title,
            releases=rows,
            preview=preview,
            hidden=[outcome for outcome in outcomes if outcome.fate != Fate.SHOWN],
            fates=FATES,
        )

    @site.post("/<campaign>/releases")
    @open_to("statistician")
    def make_release(campaign: str) -> ResponseReturnValue:
        """Make the next release with the options of the address."""
        options = chosen_options()
        with database.begin() as session:
            number = service.make(session, campaign, options).number
        return redirect(url_for(".one_release", campaign=campaign, number=number))

    @site.get("/<campaign>/releases/<int:number>")
    @open_to("statistician", "checker")
    def one_release(campaign: str, number: int) -> ResponseReturnValue:
        """Show one release as others will see it, and what is hidden in it."""
        with database.read() as session:
            release = service.get(session, campaign, number)
        return _page(release)

    @site.get("/<campaign>/releases/<int:number>/check")
    @open_to("statistician", "checker")
    def check_release(campaign: str, number: int) -> ResponseReturnValue:
        """Compute a release again from the box, and say how its numbers compare."""
        with database.read() as session:
            release = service.get(session, campaign, number)
            agreement = service.check(session, release.document)
        return _page(release, gettext(agreement.sentence, **agreement.values))

    @site.post("/<campaign>/releases/<int:number>/signature")
    @open_to("checker")
    def sign_release(campaign: str, number: int) -> ResponseReturnValue:
        """Sign a release."""
        with database.begin() as session:
            service.sign(session, campaign, number)
        return redirect(url_for(".one_release", campaign=campaign, number=number))

    @site.get("/<campaign>/releases/<int:number>/<name>")
    @open_to("statistician", "checker")
    def release_file(campaign: str, number: int, name: str) -> ResponseReturnValue:
        """Give a signed release as a file."""
        if name not in {_DOCUMENT, *_FILES}:
            abort(HTTPStatus.NOT_FOUND)
        with database.read() as session:
            release = service.get(session, campaign, number)
        if release.checker is None:
            raise SurveyError(N_("This release is not signed yet: another person checks it first."))
        return attachment(*_file(release, name), f"{campaign}-{number}-{name}")


def _page(release: Release, agreement: str = "") -> str:
    document = read(release.document)
    return render_template(
        "analyse/release.html",
        release=release,
        document=document,
        results=document.results,
        tables=_tables_as_text(document),
        agreement=agreement,
        fates=FATES,
    )


def _tables_as_text(
    document: ReleaseDocument,
) -> list[tuple[str, str, list[tuple[str, bool]], list[list[str]]]]:
    """Write the tables as text: title, note, heads (and whether numbers stand below), rows."""
    say = speaker(chinese=chinese())
    return [
        (
            say(table.title),
            say(table.note) if table.note else "",
            [(say(column.head), column.form != Form.TEXT) for column in table.columns],
            _rows(table),
        )
        for table in tables(document.results, document.version, say, document.number)
        if table.rows
    ]


def _rows(table: Table) -> list[list[str]]:
    forms = [column.form for column in table.columns]
    return [
        [written(value, form) for value, form in zip(row, forms, strict=True)] for row in table.rows
    ]


def _file(release: Release, name: str) -> tuple[bytes, str]:
    if name == _DOCUMENT:
        return release.document, JSON
    document = read(release.document)
    write, mimetype = _FILES[name]
    content = write(
        document.results, document.version, chinese=chinese(), release_number=document.number
    )
    return content, mimetype
