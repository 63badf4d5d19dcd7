"""Results as a Word report: what a discipline office files, from cover to annexes."""

from collections.abc import Sequence

from matplotlib.font_manager import fontManager

from survey_app.answers.analyse.estimates.waves import Wave
from survey_app.answers.analyse.exports.report import (
    comparison,
    ending,
    findings,
    front,
    methods,
)
from survey_app.answers.analyse.exports.report.content import Content
from survey_app.answers.analyse.exports.report.provenance import Provenance, Survey
from survey_app.documents.results import Results
from survey_app.papers import fonts, styles
from survey_app.papers.grids import written
from survey_app.papers.writing import Pen

__all__ = ["Provenance", "Survey", "report", "written"]


def report(
    results: Results,
    version: str,
    *,
    chinese: bool,
    release_number: int | None = None,
    provenance: Provenance | None = None,
    survey: Survey | None = None,
    waves: Sequence[Wave] = (),
) -> bytes:
    """Write the report; numbers are rounded by GB/T 8170.

    Parameters
    ----------
    provenance
        Of which release it is, made and checked by whom; by default of ``release_number``, and
        without that it says on every page that it is not protected.
    survey
        The survey as published: without it, its days, its organiser and its items' wording are
        left for the office to fill in.
    waves
        Earlier surveys and this one, in order.

    Raises
    ------
    NoChineseFontError
        There is no font to draw Chinese with.
    """
    fonts.require(fontManager)
    content = Content(
        Pen(chinese), results, version, provenance or Provenance(release_number), survey, waves
    )
    styles.prepare(content.pen.writing, content.title, chinese=chinese)
    content.pen.margins(content.title, content.mark)
    front.cover(content)
    lists = front.lists_place(content)
    front.summary(content)
    for chapter in (
        methods.aims,
        methods.methods,
        findings.findings,
        comparison.comparison,
        ending.conclusions,
        ending.annexes,
    ):
        chapter(content)
    content.pen.lists(lists)
    return content.pen.saved()
