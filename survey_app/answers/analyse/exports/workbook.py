"""Results as a workbook: a sheet for each table, the methods on the last."""

from survey_app.answers.analyse.exports.report.provenance import Survey
from survey_app.answers.analyse.exports.tables import (
    tables,
)
from survey_app.documents.results import Results
from survey_app.papers.typed_tables import speaker
from survey_app.papers.workbook import written


def workbook(
    results: Results,
    version: str,
    *,
    chinese: bool,
    release_number: int | None = None,
    survey: Survey | None = None,
) -> bytes:
    """Write every table on a sheet of its own; text is written as text and never as a formula."""
    say = speaker(chinese=chinese)
    sheets = tables(results, version, say, release_number, survey)
    return written(results.title, sheets, chinese=chinese)
