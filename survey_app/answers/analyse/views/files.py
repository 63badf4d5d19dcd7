"""Results as files for the statistician: in full precision, and not for others' eyes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from survey_app.accounts import audit
from survey_app.accounts.guard import open_to
from survey_app.answers.analyse.estimates.waves import Wave
from survey_app.answers.analyse.exports import machine
from survey_app.answers.analyse.exports.counts_csv import codebook_csv, counts_csv
from survey_app.answers.analyse.exports.r_script import r_archive
from survey_app.answers.analyse.exports.spss_stata import dta, sav
from survey_app.answers.analyse.exports.word_report import Provenance, Survey, report
from survey_app.answers.analyse.exports.workbook import workbook
from survey_app.answers.analyse.releases.code_version import version
from survey_app.answers.analyse.views.options import Tables
from survey_app.answers.store.models import Audit
from survey_app.answers.store.queries import find_campaign, last_day, manifest_of
from survey_app.config import SiteSettings
from survey_app.documents.results import Results, Weighting
from survey_app.errors import N_
from survey_app.papers import pdf
from survey_app.storage.database import Database
from survey_app.web.files import EXCEL, PDF, WORD, attachment
from survey_app.web.languages import chinese


@dataclass(frozen=True)
class Source:
    """What files are written from: results, and for the report the survey and earlier ones."""

    results: Results
    survey: Survey
    waves: Sequence[Wave]
    day: date


@dataclass(frozen=True)
class ResultsFile:
    """A file that results are written to."""

    title: str
    mimetype: str
    write: Callable[[Source], bytes]


def _report(source: Source) -> bytes:
    return report(
        source.results,
        version(),
        chinese=chinese(),
        provenance=Provenance(day=source.day),
        survey=source.survey,
        waves=source.waves,
    )


def _of_results(write: Callable[[Results], bytes]) -> Callable[[Source], bytes]:
    return lambda source: write(source.results)


FILES = {
    "results.xlsx": ResultsFile(
        N_("Workbook: a sheet for each table, and the methods"),
        EXCEL,
        lambda source: workbook(source.results, version(), chinese=chinese(), survey=source.survey),
    ),
    "report.docx": ResultsFile(N_("Report in Word"), WORD, _report),
    "report.pdf": ResultsFile(
        N_("Report as PDF"),
        PDF,
        lambda source: pdf.printed(_report(source), chinese=chinese()),
    ),
    "counts.csv": ResultsFile(
        N_("Counts by stratum, item and answer"), "text/csv", _of_results(counts_csv)
    ),
    "codebook.csv": ResultsFile(
        N_("Codebook of the counts"), "text/csv", _of_results(codebook_csv)
    ),
    "counts.sav": ResultsFile(N_("Counts for SPSS"), "application/octet-stream", _of_results(sav)),
    "counts.dta": ResultsFile(N_("Counts for Stata"), "application/octet-stream", _of_results(dta)),
    "r.zip": ResultsFile(
        N_("Counts and a script for R, which repeats the main table"),
        "application/zip",
        _of_results(r_archive),
    ),
}


def add(site: Blueprint, database: Database, settings: SiteSettings) -> None:
    """Put the pages on the site."""
    tables = Tables(database)

    @site.get("/<campaign>/files")
    @open_to("statistician")
    def files(campaign: str) -> ResponseReturnValue:
        """List the files."""
        results = tables.of(campaign)
        return render_template(
            "analyse/files.html",
            results=results,
            files=FILES,
            absences=machine.absences(),
            weighted=results.options.weighting != Weighting.STRATA,
        )

    @site.get("/<campaign>/files/<name>")
    @open_to("statistician")
    def file(campaign: str, name: str) -> ResponseReturnValue:
        """Write one file; that it was taken is logged."""
        results = tables.of(campaign)
        if name not in FILES:
            abort(HTTPStatus.NOT_FOUND)
        with database.read() as session:
            row = find_campaign(session, campaign)
            survey = Survey(manifest_of(row.published), last_day(row)).until(settings.today())
        waves = tables.with_earlier(results) if name.startswith("report.") else ()
        content = FILES[name].write(Source(results, survey, waves, settings.today()))
        with database.begin() as session:
            audit.record(session, Audit, "export", campaign, name)
        return attachment(content, FILES[name].mimetype, f"{campaign}-{name}")
