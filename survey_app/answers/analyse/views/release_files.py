"""What people get of a signed release: its report, in Word and as PDF, and its workbook."""

from collections.abc import Callable
from dataclasses import dataclass

from survey_app.answers.analyse.exports.word_report import Provenance, Survey, report
from survey_app.answers.analyse.exports.workbook import workbook
from survey_app.answers.store.models import Release
from survey_app.documents.release import ReleaseDocument, read
from survey_app.papers import pdf
from survey_app.web.files import EXCEL, PDF, WORD


@dataclass(frozen=True)
class ReleaseSource:
    """A release, and the survey that it is of."""

    release: Release
    document: ReleaseDocument
    survey: Survey
    chinese: bool

    @property
    def provenance(self) -> Provenance:
        """Who made and checked it; the first releases do not say so themselves."""
        return Provenance(
            number=self.document.number,
            maker=self.document.maker or self.release.maker,
            checker=self.document.checker or self.release.checker or "",
            digest=self.release.digest.hex(),
            day=self.document.signed_on,
            has_old_rules=self.document.has_old_rules,
        )


def write(name: str, release: Release, survey: Survey, *, chinese: bool) -> tuple[bytes, str]:
    """Write one of `FILES`, and give its media type.

    Raises
    ------
    NoChineseFontError, NoOfficeError, PrintingError
        The report cannot be made, or printed, on this machine.
    """
    mimetype, writer = FILES[name]
    return writer(ReleaseSource(release, read(release.document), survey, chinese)), mimetype


def _report(source: ReleaseSource) -> bytes:
    return report(
        source.document.flagged_results,
        source.document.version,
        chinese=source.chinese,
        provenance=source.provenance,
        survey=source.survey,
    )


def _workbook(source: ReleaseSource) -> bytes:
    return workbook(
        source.document.flagged_results,
        source.document.version,
        chinese=source.chinese,
        release_number=source.document.number,
        survey=source.survey,
    )


FILES: dict[str, tuple[str, Callable[[ReleaseSource], bytes]]] = {
    "report.docx": (WORD, _report),
    "report.pdf": (PDF, lambda source: pdf.printed(_report(source), chinese=source.chinese)),
    "results.xlsx": (EXCEL, _workbook),
}
