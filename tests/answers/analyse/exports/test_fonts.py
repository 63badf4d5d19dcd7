"""Chinese text in pictures, on machines whose list of fonts is older than the fonts."""

import json
import os
import subprocess
import sys

import pytest

from survey_app.papers import fonts, pdf
from tests.installation import ROOT

LIST_FONTS = "import matplotlib.font_manager"
DRAW = """
import io
from survey_app.answers.analyse.exports import pictures
figure = pictures.Figure()
figure.text(0.1, 0.5, "腐败接触率")
figure.savefig(io.BytesIO(), format="png")
"""
MAKE = """
from survey_app.answers.analyse.estimates.compute import results_of
from survey_app.answers.analyse.exports import pictures
from survey_app.answers.analyse.exports.word_report import report
from survey_app.documents.results import Options
from survey_app.errors import SurveyError
from tests.answers.analyse.boxes import sheet, three

results = results_of(three([sheet(red_envelope=1)] * 5 + [sheet()] * 8), Options())
subject = pictures.Subject(results, (), True)
for make in (
    lambda: pictures.draw("forest", subject),
    lambda: pictures.raster("forest", subject),
    lambda: report(results, "0.0.0", chinese=False),
):
    try:
        print("made", len(make()) > 0)
    except SurveyError as refusal:
        print(refusal.code, refusal)
"""
IN_NAMESPACE = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
HIDE = 'mount -t tmpfs none /usr/share/fonts && exec "$0" "$@"'
"""The machine without its fonts, for one command."""
HIDE_OFFICE = HIDE.replace("exec", "PATH=/nonexistent exec")
"""The same without programs to find."""


def python(*arguments, before=(), **changes):
    return subprocess.run(
        [*before, sys.executable, *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT), **changes},
        cwd=ROOT,
        capture_output=True,
        check=False,
        encoding="utf-8",
    )


@pytest.fixture
def stale(tmp_path):
    """Matplotlib's cache as it is when the Chinese fonts were installed after it was made."""
    process = python("-c", LIST_FONTS, MPLCONFIGDIR=str(tmp_path), MPL_IGNORE_SYSTEM_FONTS="1")
    assert process.returncode == 0, process.stderr
    (cache,) = tmp_path.glob("fontlist-*.json")
    names = {font["name"] for font in json.loads(cache.read_text())["ttflist"]}
    assert "DejaVu Sans" in names
    assert names.isdisjoint(fonts.CHINESE)
    return str(tmp_path)


def test_fonts_installed_after_the_list_was_made_are_used(stale):
    process = python("-W", "error", "-c", DRAW, MPLCONFIGDIR=stale)

    assert process.returncode == 0, process.stderr


def test_without_a_font_pictures_and_reports_are_refused_with_the_reason(stale):
    process = python("-c", MAKE, before=[*IN_NAMESPACE, HIDE], MPLCONFIGDIR=stale)

    assert process.stdout.splitlines() == [f"no_chinese_font {fonts.NO_CHINESE_FONT}"] * 3


def test_a_font_that_was_taken_away_is_not_taken_for_one(tmp_path):
    first = python("-c", DRAW, MPLCONFIGDIR=str(tmp_path))
    process = python("-c", MAKE, before=[*IN_NAMESPACE, HIDE], MPLCONFIGDIR=str(tmp_path))

    assert first.returncode == 0, first.stderr
    assert process.stdout.splitlines()[0] == f"no_chinese_font {fonts.NO_CHINESE_FONT}"


def test_the_doctor_says_what_reports_need(tmp_path):
    empty = {"SURVEY_INSTANCE": str(tmp_path), "SURVEY_SITES": "analyse"}
    command = ["-m", "survey_app", "analyse", "doctor"]
    bare = python(*command, before=[*IN_NAMESPACE, HIDE_OFFICE], **empty)
    whole = python(*command, **empty)

    assert bare.returncode == whole.returncode == 0, bare.stderr
    assert bare.stdout.splitlines()[:2] == [fonts.NO_CHINESE_FONT, pdf.NO_OFFICE]
    assert len(whole.stdout.splitlines()) == 1


def test_pictures_are_drawn_by_an_account_without_a_home(tmp_path):
    process = python("-W", "error", "-c", DRAW, HOME="/nonexistent", TMPDIR=str(tmp_path))

    assert process.returncode == 0, process.stderr


@pytest.mark.parametrize(
    ("site", "before", "lines"),
    [
        ("analyse", [*IN_NAMESPACE, HIDE], [fonts.NO_CHINESE_FONT]),
        ("manage", [*IN_NAMESPACE, HIDE], [fonts.NO_CHINESE_FONT]),
        ("respond", [*IN_NAMESPACE, HIDE], []),
        ("analyse", [], []),
    ],
    ids=["without fonts", "without fonts for cards", "without need", "with fonts"],
)
def test_prepare_says_in_one_line_that_the_font_is_missing(tmp_path, site, before, lines):
    settings = {"SURVEY_INSTANCE": str(tmp_path), "SURVEY_SITES": site}
    process = python("-m", "survey_app", "prepare", before=before, **settings)

    assert process.returncode == 0, process.stderr
    assert process.stderr.splitlines() == lines
