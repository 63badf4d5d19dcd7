"""The Chinese catalogue says everything that the English sentences say, and nothing more."""

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import stats
import survey_app
from survey_app.language import CHINESE

FOLDER = Path(survey_app.__file__).parent
KEYWORDS = {"N_": None, "_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
REFUSALS = {"PlanError": None, "WeightingError": None, "DesignError": (2,), "_refuse": (2,)}
SOURCES = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("templates/**.html", "jinja2")]


def sentences() -> set[str]:
    extracted = [
        *extract_from_dir(FOLDER, SOURCES, keywords=KEYWORDS),
        *extract_from_dir(Path(stats.__file__).parent, SOURCES[:1], keywords=REFUSALS),
    ]
    return {text if isinstance(text, str) else text[0] for _, _, text, _, _ in extracted}


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    with (FOLDER / "translations" / CHINESE / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=CHINESE, abort_invalid=True)


def test_every_sentence_is_translated(chinese):
    translated = {message.id for message in chinese if message.id and message.string}

    assert sentences() - translated == set()


def test_nothing_is_translated_that_is_never_said(chinese):
    messages = {message.id for message in chinese if message.id}

    assert messages - sentences() == set()
    assert not chinese.obsolete


def test_no_translation_waits_for_a_check(chinese):
    assert [message.id for message in chinese if message.id and message.fuzzy] == []


def test_translations_keep_the_places_for_values(chinese):
    assert [message.id for message in chinese if message.id and [*message.check(chinese)]] == []
