"""The glossary has one word for each thing, in each language, and what people read keeps to it."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain

import pytest
from babel.messages.pofile import read_po

from survey_app.language import CHINESE as LOCALE
from tests.docs.pages import CHINESE, pages
from tests.installation import ROOT

GLOSSARY = ROOT / "docs" / "glossary.md"
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in GLOSSARY.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| word", "| ---"))
]
ENGLISH_WORDS, CHINESE_WORDS = ([row[column] for row in ROWS] for column in (0, 1))
FORBIDDEN_WORDS = set(filter(None, chain.from_iterable(row[4].split(", ") for row in ROWS)))
HAN = re.compile(r"[\u4e00-\u9fff]")
AMBIGUOUS = {  # a word of another row is ambiguous by rule
    "名单": "short for 邀请码名单",
    "代码": "of a program and of errors",
    **dict.fromkeys(["URL", "app", "password", "service"], "of sign-in and servers"),
    **dict.fromkeys(["process", "key", "snapshot"], "of an operating system"),
    **dict.fromkeys(["import", "history"], "of the source code"),
    **dict.fromkeys(["hash", "private key", "message", "scope"], "of protocols"),
    **dict.fromkeys(["test", "index", "response", "round"], "of statistics, and in “rounded”"),
    **dict.fromkeys(["check", "finish", "type", "drop", "issue"], "verbs of daily life"),
    **dict.fromkeys(["list", "form", "part"], "nouns of daily life"),
    "unlock": "of accounts",
    "question": "what a respondent calls an item",
    "group": "what a respondent calls a stratum, and the few whom results would expose",
    "corruption": "what the survey is about",
}
PHRASES = {
    "彩票": "a lottery gives a seed",
    "轮流": "by turns",
    "调查期间": "while a survey goes on",
    "物料清单": "a bill of materials of software",
    "网站存储": "what browsers call it",
    "各项目标": "all aims",
    "业务往来单位": "business partners, as the questionnaire calls them",
    "SLIP-39": "the name of a standard",
}
NO_PROSE = re.compile(r"^ *```.*?^ *```$|`[^`\n]*`|\]\([^)]*\)", re.MULTILINE | re.DOTALL)
DIALECT = re.compile(r"\b(anew|whoever|nobody|somebody)\b", re.IGNORECASE)
FOR_DEVELOPERS = {"methodology.md", "stats.md", "licences.md", "glossary.md", "CONTRIBUTING.md"}
Sentences = list[tuple[str, str]]
"""Where a sentence stands, and the sentence."""


def catalogue() -> Iterator[tuple[str, str]]:
    with next((ROOT / "survey_app").glob(f"translations/{LOCALE}/*/messages.po")).open("rb") as po:
        return (
            (f"{entry.id}", f"{entry.string}") for entry in read_po(po, locale=LOCALE) if entry.id
        )


def lines(*patterns: str) -> Sentences:
    return [
        (f"{path.relative_to(ROOT)}:{number}", line)
        for pattern in patterns
        for path in sorted(ROOT.glob(pattern))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
    ]


@cache
def chinese() -> Sentences:
    """All Chinese that the program and its pages say; the questionnaires' wording is their own."""
    files = lines(
        *(f"survey_app/**/*.{ending}" for ending in ("py", "html", "js", "yaml")),
        *("README.zh.md", "docs/*.zh.md", "docs/*.svg"),
    )
    return [*catalogue(), *((place, line) for place, line in files if HAN.search(line))]


@cache
def english() -> Sentences:
    """What is said in English on pages of the program, and on those of the docs for its people."""
    bilingual = re.compile(r"""both\((?:'[^']*'|"[^"]*"), (?:'([^']*)'|"([^"]*)")\)""")
    respondents = (
        (place, " ".join(filter(None, sentence)))
        for place, line in lines("survey_app/answers/respond/templates/**/*.html")
        for sentence in bilingual.findall(line)
    )
    prose = (
        (page.name, line)
        for page in pages()
        if not page.name.endswith(CHINESE) and page.name not in FOR_DEVELOPERS
        for line in NO_PROSE.sub("", page.read_text(encoding="utf-8")).splitlines()
    )
    return [*((key, key) for key, _ in catalogue()), *respondents, *prose]


def without(words: list[str], sentence: str, whole: str = "{}") -> str:
    """A sentence without some words, the longest first: they may hold others."""
    longest = sorted(map(re.escape, words), key=len, reverse=True)
    return re.sub(whole.format("(" + "|".join(longest) + ")"), "·", sentence, flags=re.IGNORECASE)


def uses(word: str) -> Sentences:
    """The sentences in which a word stands, but for those in which it is part of a right one."""
    if HAN.search(word):
        right, whole, sentences = [*CHINESE_WORDS, *PHRASES], "{}", chinese()
    else:
        right, whole, sentences = [*ENGLISH_WORDS, *PHRASES], r"\b{}(s|d|ed|es)?\b", english()
    pattern = re.compile(whole.format(re.escape(word)), re.IGNORECASE)
    return [
        (place, sentence)
        for place, sentence in sentences
        if pattern.search(sentence) and pattern.search(without(right, sentence, whole))
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
    for word, chinese_word, _, _, wrong_words in ROWS:
        assert not {word, chinese_word} & set(re.split(r", ", wrong_words))


@pytest.mark.parametrize(
    "word", sorted(FORBIDDEN_WORDS - {*ENGLISH_WORDS, *CHINESE_WORDS, *AMBIGUOUS})
)
def test_a_thing_is_not_called_by_another_word(word):
    assert uses(word) == []


@pytest.mark.parametrize("word", AMBIGUOUS)
def test_a_word_is_only_let_through_where_it_is_needed(word):
    assert word in FORBIDDEN_WORDS
    assert uses(word) != []


def test_sentences_and_comments_are_in_plain_english():
    files = lines(
        *(
            f"{folder}/**/*.{ending}"
            for folder in ("survey_app", "stats", "bench", "supply")
            for ending in ("py", "html", "js", "yaml")
        ),
        *("*.md", "docs/**/*.md"),
    )

    assert [(place, line) for place, line in files if DIALECT.search(line)] == []
