"""Releases: what the next would show, made by one person, checked and signed by another."""

from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_security import current_user

from stats.disclosure import Fate
from survey_app.accounts.guard import open_to
from survey_app.answers.analyse.estimates.validity import presets
from survey_app.answers.analyse.exports.tables import Form, speaker, tables
from survey_app.answers.analyse.exports.word_report import report, written
from survey_app.answers.analyse.exports.workbook import workbook
from survey_app.answers.analyse.releases import service
from survey_app.answers.analyse.views.files import EXCEL, WORD, attachment
from survey_app.answers.analyse.views.results import CHOICES, chosen_options
from survey_app.answers.store.models import Release
from survey_app.answers.store.queries import find_campaign, manifest_of
from survey_app.errors import N_, SurveyError
from survey_app.language import CHINESE
from survey_app.storage.database import Database

FATES = {
    Fate.SHOWN: N_("shown"),
    Fate.BOUND: N_("shown as a bound: none or all"),
    Fate.SMALL: N_("hidden: fewer than 10 answers"),
    Fate.COMPLEMENTARY: N_("hidden: it would give a small group away"),
}

_FILES = {"results.xlsx": (workbook, EXCEL), "report.docx": (report, WORD)}


def add(site: Blueprint, database: Database) -> None:
    """Put the pages on the site."""

    @site.get("/<campaign>/releases")
    @open_to("statistician", "checker", "auditor")
    def releases(campaign: str) -> ResponseReturnValue:
        """List the releases, and show what the next would be."""
        options = chosen_options()
        with database.read() as session:
            title = manifest_of(find_campaign(session, campaign).published).heading
            made = service.listed(session, campaign)
            makes = current_user.role == "statistician"
            found = service.preview(session, campaign, options) if makes else None
        return render_template(
            "analyse/releases.html",
            campaign=campaign,
            title=title,
            made=made,
            preview=found,
            found=found.results if found else None,
            hidden=[one for one in found.outcomes if one.fate != Fate.SHOWN] if found else [],
            options=options,
            fates=FATES,
            presets=presets(),
            **CHOICES,
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
        said = service.read(release.document)
        return render_template(
            "analyse/release.html",
            release=release,
            said=said,
            found=said.results,
            laid=_laid(said),
            fates=FATES,
            presets=presets(),
            **CHOICES,
        )

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
        if name not in {"release.json", *_FILES}:
            abort(HTTPStatus.NOT_FOUND)
        with database.read() as session:
            release = service.get(session, campaign, number)
        if release.checker is None:
            raise SurveyError(N_("This release is not signed yet: another person checks it first."))
        return attachment(*_file(release, name), f"{campaign}-{number}-{name}")


def _laid(said: service.Document) -> list[tuple[str, list[tuple[str, bool]], list[list[str]]]]:
    """Lay the tables out as text: title, heads (and whether numbers stand below), rows."""
    say = speaker(chinese=str(get_locale()) == CHINESE)
    return [
        (
            say(table.title),
            [(say(column.head), column.form != Form.TEXT) for column in table.columns],
            [
                [
                    written(value, column.form)
                    for value, column in zip(row, table.columns, strict=True)
                ]
                for row in table.rows
            ],
        )
        for table in tables(said.results, said.version, say, said.number)
        if table.rows
    ]


def _file(release: Release, name: str) -> tuple[bytes, str]:
    if name == "release.json":
        return release.document, "application/json"
    said = service.read(release.document)
    write, mimetype = _FILES[name]
    chinese = str(get_locale()) == CHINESE
    return write(said.results, said.version, chinese=chinese, released=said.number), mimetype
