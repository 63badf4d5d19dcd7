"""Every sentence that respondents read is in docs/claims.yaml, with what proves it."""

import ast
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
import yaml

from tests.docs import sentences
from tests.docs.sentences import OneLanguageError, Sentence
from tests.installation import ROOT

LIST = ROOT / "docs" / "claims.yaml"
STANDINGS = ("proof", "not promised", "no claim")


@dataclass(frozen=True)
class Claim:
    """What some sentences say, and how it stands: proved by tests, not promised, or no claim."""

    name: str
    standing: str
    proofs: tuple[str, ...]
    says: tuple[str, ...]


def claims() -> list[Claim]:
    return [_claim(entry) for entry in yaml.safe_load(LIST.read_text(encoding="utf-8"))]


def _claim(entry: dict[str, Any]) -> Claim:
    (standing,) = entry.keys() - {"claim", "says"}
    assert standing in STANDINGS, f"{entry['claim']} has neither a proof nor “not promised”"
    assert entry[standing], f"{entry['claim']} has no test"
    proofs = entry["proof"] if standing == "proof" else ()
    return Claim(entry["claim"], standing, tuple(proofs), tuple(entry["says"].splitlines()))


@cache
def definitions(path: str) -> set[str]:
    """The functions of a file, none if there is no such file."""
    file = ROOT / path
    if not file.is_file():
        return set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def exists(proof: str) -> bool:
    path, _, name = proof.partition("::")
    return path.startswith("tests/") and name.startswith("test_") and name in definitions(path)


def test_every_sentence_is_in_the_list():
    listed_sentences = {text for claim in claims() for text in claim.says}

    unlisted_sentences = [
        f"{source}: {sentence}"
        for sentence, source in sentences.sentences().items()
        if str(sentence) not in listed_sentences
    ]

    assert unlisted_sentences == [], "\n".join(["Not in docs/claims.yaml:", *unlisted_sentences])


def test_every_sentence_of_the_list_is_shown():
    shown_sentences = {str(sentence) for sentence in sentences.sentences()}

    stale = [text for claim in claims() for text in claim.says if text not in shown_sentences]

    assert stale == [], "\n".join(["In docs/claims.yaml, and shown nowhere:", *stale])


@pytest.mark.parametrize("claim", claims(), ids=lambda claim: claim.name)
def test_a_claim_is_proved_by_tests_that_exist_or_is_not_promised(claim):
    assert [proof for proof in claim.proofs if not exists(proof)] == []
    assert len(set(claim.proofs)) == len(claim.proofs)
    assert Counter(claim.says).most_common(1)[0][1] == 1


def test_what_claims_nothing_stands_last_and_is_no_claim_elsewhere():
    standings = [claim.standing for claim in claims()]
    assert standings == sorted(standings, key=STANDINGS.index)
    assert len({claim.name for claim in claims()}) == len(standings)

    claiming = {text for claim in claims() if claim.standing != "no claim" for text in claim.says}
    empty = [text for claim in claims() if claim.standing == "no claim" for text in claim.says]
    assert sorted(set(empty)) == sorted(empty)
    assert claiming.isdisjoint(empty)


def test_a_test_that_does_not_exist_proves_nothing():
    here = "tests/docs/test_claims.py::test_a_test_that_does_not_exist_proves_nothing"

    assert exists(here)
    assert not exists(here.replace("nothing", "something"))
    assert not exists("tests/docs/test_nowhere.py::test_nothing")


def test_a_text_is_taken_apart_as_far_as_both_languages_go_together():
    assert sentences.split("甲；乙。丙。", "One; two. Three.") == [
        Sentence("甲；", "One;"),
        Sentence("乙。", "two."),
        Sentence("丙。", "Three."),
    ]
    assert sentences.split("甲；乙。", "One. Two.") == [Sentence("甲；乙。", "One. Two.")]


@pytest.mark.parametrize(
    ("source", "pairs"),
    [
        ("<p>{{ both('甲', 'One') }}</p>", [("甲", "One")]),
        ("{{ both('到' ~ day | dated('zh'), 'Until ' ~ day) }}", [("到{…}", "Until {day}")]),
        ("{% set rows = [('甲', 'One', text)] %}", [("甲", "One")]),
        ("{{ both(title.zh, title.en) }}<!-- -->{# 注 #}", []),
        (
            (
                "{% block title_zh %}甲 · {{ title.zh }}{% endblock %}"
                "{% block title_en %}One · {{ title.en }}{% endblock %}"
            ),
            [("甲 · {…}", "One · {…}")],
        ),
        (
            '<span class="late">甲 <span lang="en-GB">One</span></span>',
            [("甲", "One")],
        ),
    ],
)
def test_a_template_s_sentences_are_read(source, pairs):
    assert sentences.of_template(source) == pairs


@pytest.mark.parametrize(
    ("source", "pairs"),
    [
        ("say(both('甲', 'It\\'s one'));", [("甲", "It's one")]),
        ("const A = { used: ['甲', 'One'] }; // 注", [("甲", "One")]),
        (
            "const zh = n ? `有 ${n} 题` : ''; const en = n ? `${n} of them` : '';",
            [("有 {n} 题", "{n} of them")],
        ),
        (
            "both(`甲${f('zh')}${a ? '；乙' : ''}`, `one ${f('en')}${a ? '; two' : ''}`)",
            [("甲{…}{…}", "one {…}{…}"), ("；乙", "; two")],
        ),
        ("`回执号 Receipt number: ${number}`", [("回执号", "Receipt number: {number}")]),
        ("text.replace(/['\"`]/g, ''); go('survey');", []),
    ],
)
def test_a_script_s_sentences_are_read(source, pairs):
    assert sentences.of_script(source) == pairs


@pytest.mark.parametrize(
    ("read", "source"),
    [
        (sentences.of_template, "{{ both('甲', english) }}"),
        (sentences.of_template, "{{ both(chinese, 'One for all of them') }}"),
        (sentences.of_template, "<p>甲</p>"),
        (sentences.of_template, "<p>One for all</p>"),
        (sentences.of_template, "<p title='甲'></p>"),
        (sentences.of_script, "say('甲');"),
        (sentences.of_script, "say('one for all of them');"),
        (sentences.of_web_server, "return 404 '<p>甲</p>';"),
        (lambda page: sentences.of_documents(page, "One.\n\nTwo."), "甲。"),
    ],
)
def test_a_sentence_of_one_language_is_found(read, source):
    with pytest.raises(OneLanguageError):
        read(source)
