"""The glossary has one word for each thing, in each language."""

import re
from collections import Counter
from pathlib import Path

GLOSSARY = Path(__file__).parents[2] / "docs" / "glossary.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| word", "| ---"))
]


def test_every_row_has_a_word_in_both_languages_and_says_what_it_is():
    assert len(ROWS) > 50
    for row in ROWS:
        assert len(row) == 5
        assert all(row[:3])


def test_no_word_stands_for_two_things():
    for column in (0, 1):
        words = Counter(row[column] for row in ROWS)
        assert {word for word, rows in words.items() if rows > 1} == set()


def test_no_word_is_what_it_must_not_be_called():
    for word, chinese, _, _, wrong_words in ROWS:
        assert not {word, chinese} & set(re.split(r", ", wrong_words))
