"""The threat models hold the figures that were measured, and no other."""

import pytest

from tests.linkage.results import Results
from tests.linkage.tables import BLOCK, PAGES, with_tables
from tests.linkage.words import WORDS

TABLES = ["run", "order", "insiders", "weaknesses"]


@pytest.mark.parametrize("language", PAGES)
def test_the_page_holds_the_figures_of_the_last_run(language):
    text = PAGES[language].read_text(encoding="utf-8")

    assert [block[2] for block in BLOCK.finditer(text)] == TABLES
    assert with_tables(text, Results.read(), language) == text


def test_every_attacker_has_words_in_both_languages():
    results = Results.read()

    names = {line.attacker for line in (*results.order, *results.insiders)}
    assert names | {weakness.weakness for weakness in results.weaknesses} <= WORDS.keys()
    assert all(all(words.values()) for words in WORDS.values())


def test_the_last_run_kept_every_limit_and_caught_every_weakness():
    assert Results.read().holds
