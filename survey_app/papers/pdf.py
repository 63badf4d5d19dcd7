"""A report as PDF: LibreOffice prints the very document that Word gets."""

import os
import shutil
import subprocess
import tempfile
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Final

from survey_app.errors import N_, SurveyError

NO_OFFICE: Final = N_(
    "There is no LibreOffice on this machine: reports come in Word, and not as PDF. "
    "On Debian: apt install libreoffice-writer-nogui"
)
_SECONDS: Final = 120
_FILTER: Final = (
    'pdf:writer_pdf_Export:{"UseTaggedPDF":{"type":"boolean","value":"true"},'
    '"ExportBookmarks":{"type":"boolean","value":"true"}}'
)
_FONTS: Final = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <cachedir>{cache}</cachedir>
  <alias binding="same"><family>Times New Roman</family><prefer>
    <family>Times New Roman</family><family>Liberation Serif</family>
    <family>{latin}</family><family>Noto Sans CJK SC</family></prefer></alias>
  <alias binding="same"><family>仿宋</family><prefer><family>FangSong</family>
    <family>Noto Serif CJK SC</family><family>Noto Sans CJK SC</family></prefer></alias>
  <alias binding="same"><family>黑体</family><prefer><family>SimHei</family>
    <family>Noto Sans CJK SC</family></prefer></alias>
</fontconfig>
"""
"""What stands in for the report's fonts where they are not installed: no Japanese face."""
_LATIN: Final = {True: "Noto Serif CJK SC", False: "DejaVu Serif"}
"""In English a Chinese font's quotation marks are too wide."""
_one_at_a_time = Lock()


class NoOfficeError(SurveyError):
    """There is no program here that prints a document as PDF."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "no_office"
    sentence = NO_OFFICE


class PrintingError(SurveyError):
    """LibreOffice did not print the report."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "not_printed"
    sentence = N_("LibreOffice did not make the PDF: take the report in Word, or try again.")


def office() -> str | None:
    """Find the program that prints."""
    return shutil.which("soffice")


def printed(document: bytes, *, chinese: bool) -> bytes:
    """Print a Word document as PDF; one at a time, for each takes seconds and much memory.

    Raises
    ------
    NoOfficeError
        There is no LibreOffice here.
    PrintingError
        It failed, or took more than two minutes.
    """
    program = office()
    if program is None:
        raise NoOfficeError
    with _one_at_a_time, tempfile.TemporaryDirectory(prefix="survey-pdf-") as place:
        folder = Path(place)
        (folder / "report.docx").write_bytes(document)
        fonts = _FONTS.format(cache=folder / "fonts", latin=_LATIN[chinese])
        (folder / "fonts.conf").write_text(fonts, encoding="utf-8")
        _convert(program, folder)
        pdf = folder / "report.pdf"
        if not pdf.exists():
            raise PrintingError
        return pdf.read_bytes()


def _convert(program: str, folder: Path) -> None:
    """Run the program in its own folder: profile, fonts and home go with it."""
    command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    command += ["--norestore", "--convert-to", _FILTER, "--outdir", str(folder)]
    try:
        subprocess.run(  # noqa: S603 - nothing in it comes from a request
            [*command, str(folder / "report.docx")],
            check=True,
            capture_output=True,
            timeout=_SECONDS,
            env={
                "PATH": os.defpath,
                "HOME": str(folder),
                "FONTCONFIG_FILE": str(folder / "fonts.conf"),
                "LANG": "C.UTF-8",
            },
        )
    except (OSError, subprocess.SubprocessError):
        raise PrintingError from None
