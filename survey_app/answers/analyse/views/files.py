"""Results as files for the statistician: in full precision, and not for others' eyes."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, abort, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from survey_app.accounts import audit
from survey_app.accounts.guard import open_to
from survey_app.answers.analyse.estimates.compute import Results
from survey_app.answers.analyse.estimates.validity import presets
from survey_app.answers.analyse.exports.counts_csv import codebook_csv, counts_csv
from survey_app.answers.analyse.exports.r_script import r_archive
from survey_app.answers.analyse.exports.spss_stata import dta, sav
from survey_app.answers.analyse.exports.word_report import report
from survey_app.answers.analyse.exports.workbook import workbook
from survey_app.answers.analyse.releases.service import version
from survey_app.answers.analyse.views.results import CHOICES, Tables
from survey_app.answers.store.models import Audit
from survey_app.documents.results import Weighting
from survey_app.errors import N_
from survey_app.language import CHINESE
from survey_app.storage.database import Database

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class File:
    """A file that results are written to."""

    title: str
    mimetype: str
    write: Callable[[Results], bytes]


def _chinese() -> bool:
    return str(get_locale()) == CHINESE


FILES = {
    "results.xlsx": File(
        N_("Workbook: a sheet for each table, and the methods"),
        EXCEL,
        lambda found: workbook(found, version(), chinese=_chinese()),
    ),
    "report.docx": File(
        N_("Report in Word"), WORD, lambda found: report(found, version(), chinese=_chinese())
    ),
    "counts.csv": File(N_("Counts by stratum, item and answer"), "text/csv", counts_csv),
    "codebook.csv": File(N_("Codebook of the counts"), "text/csv", codebook_csv),
    "counts.sav": File(N_("Counts for SPSS"), "application/octet-stream", sav),
    "counts.dta": File(N_("Counts for Stata"), "application/octet-stream", dta),
    "r.zip": File(
        N_("Counts and a script for R, which repeats the main table"), "application/zip", r_archive
    ),
}


def add(site: Blueprint, database: Database) -> None:
    """Put the pages on the site."""
    tables = Tables(database)

    @site.get("/<campaign>/files")
    @open_to("statistician")
    def files(campaign: str) -> ResponseReturnValue:
        """List the files."""
        found = tables.of(campaign)
        return render_template(
            "analyse/files.html",
            found=found,
            presets=presets(),
            files=FILES,
            weighted=found.options.weighting != Weighting.STRATA,
            **CHOICES,
        )

    @site.get("/<campaign>/files/<name>")
    @open_to("statistician")
    def file(campaign: str, name: str) -> ResponseReturnValue:
        """Write one file; that it was taken is logged."""
        found = tables.of(campaign)
        if name not in FILES:
            abort(HTTPStatus.NOT_FOUND)
        content = FILES[name].write(found)
        with database.begin() as session:
            audit.record(session, Audit, "export", campaign, name)
        return attachment(content, FILES[name].mimetype, f"{campaign}-{name}")


def attachment(content: bytes, mimetype: str, name: str) -> Response:
    """Answer with a file to be saved."""
    response = Response(content, mimetype=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
