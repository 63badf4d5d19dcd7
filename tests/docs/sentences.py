"""Every sentence that respondents read, in both languages, taken from where it stands."""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import yaml
from babel.messages.extract import extract_from_file
from jinja2 import Environment, nodes

from survey_app import errors
from survey_app.answers import client, respond
from survey_app.identity.manage.invitations import group_texts, wording
from survey_app.language import CHINESE, catalogue
from survey_app.web import refusals
from tests.installation import ROOT

HAN = re.compile("[\u4e00-\u9fff]")
_PACKAGE = ROOT / "survey_app"
_PAGES = Path(respond.__file__).parent / "templates"
_SCRIPTS = Path(client.__file__).parent / "static"
_MANAGE = _PACKAGE / "identity" / "manage" / "templates" / "manage"
_INVITATIONS = _PACKAGE / "identity" / "manage" / "invitations"
_NGINX = ROOT / "deploy" / "nginx" / "refused.conf"
_PROTOCOL = ROOT / "docs" / "protocol.md"
_DOCS = (ROOT / "docs" / "respondents.zh.md", ROOT / "docs" / "respondents.md")
_QUESTIONNAIRES = ROOT / "questionnaires"

_CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_ENGLISH = re.compile("[A-Za-z.,:;!?“”]")
_PLACE = re.compile(r"\{[^{}]*\}")
_PROSE = re.compile("[A-Za-z’]+(?: [a-z’]+){2}")
_NAME = re.compile("[a-z-]+")
"""What a program calls something, and shows no one."""
_IN_ONE = re.compile("([\u4e00-\u9fff]+) ([A-Z][a-z ]+: .*)")
"""A line that says the same in both languages, as in the text of a receipt."""


class OneLanguageError(Exception):
    """A sentence stands in Chinese or in English alone."""


@dataclass(frozen=True)
class Sentence:
    """What stands in one place in both languages; ``{…}`` is what the program puts in."""

    chinese: str
    english: str

    def __str__(self) -> str:
        return f"{self.chinese} ‖ {self.english}"


def sentences() -> dict[Sentence, str]:
    """Give every sentence with the name of the file that says it."""
    return {
        sentence: source
        for source, texts in _texts()
        for chinese, english in texts
        for sentence in split(chinese, english)
    }


def _texts() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Give files with the texts they show, each as Chinese and English."""
    for page in sorted(_PAGES.rglob("*.html")):
        yield page.name, of_template(page.read_text(encoding="utf-8"))
    for script in sorted(_SCRIPTS.glob("*.js")):
        yield script.name, of_script(script.read_text(encoding="utf-8"))
    yield "card_face.py", _cards()
    yield "letters.html", _letters()
    yield (
        "start.html",
        [_translated(text) for _, text in _marked(_PACKAGE / "templates/start.html")],
    )
    yield "errors.py", _refusals()
    yield _NGINX.name, of_web_server(_NGINX.read_text(encoding="utf-8"))
    yield _DOCS[1].name, of_documents(*(page.read_text(encoding="utf-8") for page in _DOCS))
    for questionnaire in sorted(_QUESTIONNAIRES.glob("*.yaml")):
        yield questionnaire.name, _introduction(questionnaire)


# Sentences of a text

_SENTENCE = ("(?<=[。！？])(?![”）])", r"(?<=[.!?])\s+")
_CLAUSE = ("(?<=；)", r"(?<=;)\s+")


def split(chinese: str, english: str) -> list[Sentence]:
    """Take a text apart as far as both languages go together."""
    whole = (chinese.strip(), english.strip())
    clauses = [
        pair for pairs in _apart(whole, _SENTENCE) for pair in _apart(pairs, _CLAUSE) or [pairs]
    ]
    return [Sentence(*pair) for pair in clauses or [whole] if _says_something(*pair)]


def _apart(texts: tuple[str, str], marks: tuple[str, str]) -> list[tuple[str, str]]:
    """Give nothing where the languages differ in how many parts they have."""
    chinese, english = (
        [part.strip() for part in re.split(mark, text) if part.strip()]
        for mark, text in zip(marks, texts, strict=True)
    )
    return list(zip(chinese, english, strict=False)) if len(chinese) == len(english) else []


def _paired(literals: Iterable[str]) -> list[tuple[str, str]]:
    """Pair each Chinese text with the English one that comes next in its turn."""
    texts_waiting: deque[str] = deque()
    pairs = []
    for text in literals:
        words = _PLACE.sub("", text)
        if whole := _IN_ONE.fullmatch(text):
            pairs.append((whole[1], whole[2]))
        elif _CHINESE.search(words):
            texts_waiting.append(text)
        elif texts_waiting and _ENGLISH.search(words) and not _NAME.fullmatch(words):
            pairs.append((texts_waiting.popleft(), text))
        elif _PROSE.search(words):
            raise OneLanguageError(text)
    if texts_waiting:
        raise OneLanguageError(texts_waiting[0])
    return [pair for pair in pairs if _says_something(*(_PLACE.sub("", text) for text in pair))]


def _pair(texts: Iterable[str]) -> tuple[str, str]:
    chinese, english = texts
    return chinese, english


def _says_something(chinese: str, english: str) -> bool:
    return bool(HAN.search(chinese) or re.search("[A-Za-z]{2}", english))


def _covering(source: str, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Refuse a source with Chinese words that are in none of its pairs."""
    read = "\n".join(chinese for chinese, _ in pairs)
    for words in re.findall(f"{HAN.pattern}+", source):
        if words not in read and words != "中文":
            raise OneLanguageError(words)
    return pairs


# Templates

_TITLES = re.compile(
    r"{% block title_zh %}(.*?){% endblock %}\s*{% block title_en %}(.*?){% endblock %}"
)
_WITHOUT_SCRIPT = re.compile(
    r'<span class="late">(.*?) <span lang="en-GB">(.*?)</span></span>', flags=re.DOTALL
)
_CODE = re.compile(
    r"{#.*?#}|{%.*?%}|<(?:script|style).*?</(?:script|style)>|{{.*?}}|<[^>]*>|&[a-z]+;", re.DOTALL
)
_NAMES_OF_LANGUAGES = {"中文", "English"}


def of_template(source: str) -> list[tuple[str, str]]:
    """Read a template: the arguments of its macros, its title, and what stands before a script."""
    plain = [
        _pair(re.sub(r"{{.*?}}", "{…}", text) for text in pair)
        for form in (_TITLES, _WITHOUT_SCRIPT)
        for pair in form.findall(source)
    ]
    tree = Environment(extensions=["jinja2.ext.do"]).parse(source)
    pairs = [*plain, *(pair for group in _groups(tree) for pair in _paired(group))]
    bare = _CODE.sub(" ", _WITHOUT_SCRIPT.sub("", _TITLES.sub("", source)))
    for words in re.findall(f"[A-Za-z{HAN.pattern[1:-1]}]{{2,}}", bare):
        if words not in _NAMES_OF_LANGUAGES:
            raise OneLanguageError(words)
    return _covering(re.sub("{#.*?#}", "", source, flags=re.DOTALL), pairs)


def _groups(tree: nodes.Template) -> Iterator[list[str]]:
    """Give the texts of each call and tuple."""
    for group in tree.find_all((nodes.Call, nodes.Tuple)):
        parts = group.args if isinstance(group, nodes.Call) else cast("nodes.Tuple", group).items
        yield [_text(part) for part in parts if not isinstance(part, nodes.Tuple)]


def _text(node: nodes.Node) -> str:
    """Write an expression as its reader sees it."""
    if isinstance(node, nodes.Const):
        return str(node.value)
    if isinstance(node, nodes.Concat):
        return "".join(map(_text, node.nodes))
    return f"{{{node.name}}}" if isinstance(node, nodes.Name) else "{…}"


# Scripts

_TOKEN = re.compile(
    r"//[^\n]*|/\*.*?\*/"
    r"|(?<=[(,=:\[!&|?;{}])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\\\n])+/[a-z]*"
    r"|(?P<quoted>'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\")|(?P<template>`)",
    flags=re.DOTALL,
)


_FAULT = re.compile(r"\bError\('[^']*'\)")
"""A fault of the program: shown, if ever, in brackets, to be told to someone who knows."""


def of_script(source: str) -> list[tuple[str, str]]:
    """Read a script: its strings and templates, each Chinese one beside the English one."""
    literals = list(_literals(_FAULT.sub("", source)))
    bare = _TOKEN.sub(lambda token: "" if token[0].startswith(("//", "/*")) else token[0], source)
    return _covering(bare, _paired(literals))


def _literals(source: str) -> Iterator[str]:
    position = 0
    while token := _TOKEN.search(source, position):
        position = token.end()
        if token["quoted"]:
            yield re.sub(r"\\(.)", r"\1", token["quoted"][1:-1])
        elif token["template"]:
            text, inner, position = _template(source, position)
            yield text
            for expression in inner:
                yield from _literals(expression)


def _template(source: str, position: int) -> tuple[str, list[str], int]:
    """Read a template literal: its text, the expressions in it, and where it ends."""
    text, inner = "", []
    while source[position] != "`":
        if source.startswith("${", position):
            end = _end_of_expression(source, position + 2)
            expression = source[position + 2 : end]
            inner.append(expression)
            text += f"{{{expression}}}" if expression.isidentifier() else "{…}"
            position = end + 1
        else:
            text += source[position]
            position += 1
    return text, inner, position + 1


def _end_of_expression(source: str, position: int) -> int:
    depth = 1
    while depth:
        depth += {"{": 1, "}": -1}.get(source[position], 0)
        position += 1
    return position - 1


# Cards, letters, refusals


def _marked(template: Path) -> Iterator[tuple[int, str]]:
    """Give the translated sentences of a staff page with their lines."""
    found_texts = extract_from_file(
        "jinja2", template, keywords={"_": None}, options={"silent": "false"}
    )
    return ((line, text) for line, text, _, _ in found_texts if isinstance(text, str))


def _translated(english: str) -> tuple[str, str]:
    chinese = catalogue(CHINESE).gettext(english)
    if not HAN.search(chinese):
        raise OneLanguageError(english)
    return chinese, english


def _cards() -> list[tuple[str, str]]:
    marked_texts = extract_from_file("python", _INVITATIONS / "card_face.py", keywords={"N_": None})
    return [_translated(text) for _, text, _, _ in marked_texts if isinstance(text, str)]


def _letters() -> list[tuple[str, str]]:
    """Give the lines of the default letters and of texts for groups, and what letters are given."""
    letters = [text for _, text in _marked(_MANAGE / "letters.html") if "\n" in text]
    bodies = [_translated(text) for text in (*letters, *group_texts.TEXTS.values())]
    lines = [
        pair
        for chinese, english in bodies
        for pair in zip(chinese.splitlines(), english.splitlines(), strict=True)
    ]
    every_letter = [
        _pair(text.splitlines()[:2])
        for text in (wording._REHEARSAL, wording._TEST, wording._THANKS)
    ]
    return [pair for pair in [*lines, *every_letter] if HAN.search(pair[0])]


def _refusals() -> list[tuple[str, str]]:
    """Give what the public sites refuse with, as docs/protocol.md lists its codes."""
    codes = set(re.findall(r"`([a-z_]+)`", _table_of_errors()))
    kinds = [kind for kind in _kinds(errors.SurveyError) if kind.code in codes]
    ours = [text for code, text in refusals.REFUSALS.values() if code in codes]
    return [_translated(text) for text in [*(kind.sentence for kind in kinds), *ours]]


def _table_of_errors() -> str:
    page = _PROTOCOL.read_text(encoding="utf-8")
    return "".join(re.findall(r"^\| \d[\d, ]* \|([^|]+)\|", page, re.MULTILINE))


def _kinds(kind: type[errors.SurveyError]) -> Iterator[type[errors.SurveyError]]:
    yield kind
    for narrower in kind.__subclasses__():
        if narrower.__module__ == errors.__name__:
            yield from _kinds(narrower)


_BY_WEB_SERVER = re.compile(
    r'"message": "([^"A-Za-z]+) ([A-Z][^"]*)"'
    r"|<title>([^<]+) · ([^<]+)</title>"
    r'|>([^<>]+)(?:</p>)?<(?:span|p) lang="en">([^<]+)<'
)


def of_web_server(source: str) -> list[tuple[str, str]]:
    """Read the web server's own refusals, JSON and pages."""
    pairs = [_pair(filter(None, groups)) for groups in _BY_WEB_SERVER.findall(source)]
    return _covering(source, pairs)


# Documents


def of_documents(chinese: str, english: str) -> list[tuple[str, str]]:
    """Read a page and its translation, paragraph by paragraph."""
    pages = [list(_paragraphs(page)) for page in (chinese, english)]
    if len(pages[0]) != len(pages[1]):
        raise OneLanguageError(f"{len(pages[0])} paragraphs, and {len(pages[1])}")
    return list(zip(*pages, strict=True))


def _paragraphs(page: str) -> Iterator[str]:
    text = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    for line in text.splitlines():
        words = re.sub(r"^(?:#+|-|\d+\.) |\*", "", line).replace("'", "’").strip()
        if words and "](respondents" not in words:
            yield words


def _introduction(path: Path) -> list[tuple[str, str]]:
    """Give what a questionnaire says before it asks."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [(content[part]["zh"], content[part]["en"]) for part in ("title", "introduction")]
