"""The yes/no questions of an XLSForm, as KoBoToolbox, ODK and ONA write it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from questionnaires import Questionnaire
from survey_app.errors import N_, InputError, SurveyError
from survey_app.identity.manage.questions.rows import BAD_CODE, FIELDS, Row, rows_of
from survey_app.identity.manage.questions.table import FaultyLinesError, LineFault
from survey_app.identity.manage.questions.workbook import QuestionFileError, QuestionSheet

SHEETS = {"survey", "choices"}
_YES = {"yes", "y", "1", "true", "有", "是", "会"}
_NO = {"no", "n", "0", "false", "没有", "无", "否", "不是", "不会"}
_NEITHER = {
    *(
        "8",
        "9",
        "88",
        "98",
        "99",
        "-88",
        "-98",
        "-99",
        "dk",
        "dont_know",
        "don't know",
        "don’t know",
    ),
    *("do not know", "unknown", "not_sure", "not sure", "can't remember", "can’t remember"),
    *(
        "refused",
        "refuse",
        "refused to answer",
        "rather not say",
        "prefer not to say",
        "rather_not_say",
    ),
    *(
        "prefer_not_to_say",
        "记不清",
        "不知道",
        "\u4e0d\u6e05\u695a",
        "不想答",
        "不想回答",
        "拒绝回答",
        "拒答",
    ),
}
_CHINESE = re.compile(r"(.*\W)?(中文|chinese|zh)(\W.*)?")
_ENGLISH = re.compile(r"(.*\W)?(english|en|英文|英语)(\W.*)?")
_NOT_ASKED_FOR = (
    "relevant",
    "constraint",
    "calculation",
    "choice_filter",
    "default",
    "repeat_count",
)
_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")


@dataclass(frozen=True)
class Labels:
    """The columns of a sheet that hold the two languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, sheet: QuestionSheet, file: str, start: str = "label") -> "Labels":
        """Find them by their names: ``label::中文``, ``label::Chinese (zh)``, ``label::English``.

        Raises
        ------
        QuestionFileError
            One of them is missing.
        """
        columns = {}
        for language, pattern in (("zh", _CHINESE), ("en", _ENGLISH)):
            names = [
                name
                for name in sheet.header
                if name.startswith(f"{start}:") and pattern.fullmatch(name.partition(":")[2])
            ]
            if not names:
                example = "label::Chinese (zh)" if language == "zh" else "label::English (en)"
                sentence = N_("sheet “survey”: the column “%(column)s” is missing")
                raise QuestionFileError(file=file, reason=InputError(sentence, column=example))
            columns[language] = names[0]
        return cls(**columns)


def is_one(sheets: Mapping[str, QuestionSheet]) -> bool:
    """Tell whether a workbook is an XLSForm."""
    return sheets.keys() >= SHEETS


def read(
    sheets: Mapping[str, QuestionSheet], file: str, familiar: Sequence[Questionnaire]
) -> tuple[list[int], list[Row]]:
    """Read the questions as rows of items, with their line numbers.

    An XLSForm has no label for tables: it is that of the item of this code in a known
    questionnaire, else it is left empty.

    Raises
    ------
    QuestionFileError
        A column is missing.
    FaultyLinesError
        A row is no yes/no question; names them all.
    """
    survey = sheets["survey"]
    labels = Labels.of(survey, file)
    for column in ("type", "name"):
        if column not in survey.header:
            sentence = N_("sheet “survey”: the column “%(column)s” is missing")
            raise QuestionFileError(file=file, reason=InputError(sentence, column=column))
    lists = _lists(sheets["choices"])
    faults = [
        fault for line, cells in survey.lines for fault in _faults(line, cells, labels, lists)
    ]
    if faults:
        raise FaultyLinesError(file, faults)
    short = {
        row["code"]: row for base in reversed(familiar) for row in rows_of(base) if row["code"]
    }
    rows = [_row(cells, labels, short) for _, cells in survey.lines]
    return [line for line, _ in survey.lines], rows


def _row(cells: Mapping[str, str], labels: Labels, short: Mapping[str, Row]) -> Row:
    code = cells["name"]
    of_tables = {f: short[code][f] for f in ("label_zh", "label_en")} if code in short else {}
    texts = {"code": code, "zh": cells[labels.zh], "en": cells[labels.en]}
    return {**dict.fromkeys(FIELDS, ""), **texts, **of_tables}


def _lists(choices: QuestionSheet) -> dict[str, list[Mapping[str, str]]]:
    lists: dict[str, list[Mapping[str, str]]] = {}
    for _, cells in choices.lines:
        name = cells.get("list_name") or cells.get("list name") or ""
        lists.setdefault(name, []).append(cells)
    return lists


def _faults(
    line: int,
    cells: Mapping[str, str],
    labels: Labels,
    lists: Mapping[str, Sequence[Mapping[str, str]]],
) -> Iterator[LineFault]:
    for column, error in _refusals(cells, labels, lists):
        yield LineFault(line, column, cells.get(column, "")[:100], error)


def _refusals(
    cells: Mapping[str, str],
    labels: Labels,
    lists: Mapping[str, Sequence[Mapping[str, str]]],
) -> Iterator[tuple[str, SurveyError]]:
    kind, *rest = cells["type"].split() or [""]
    if kind != "select_one":
        yield "type", InputError(N_("Only yes/no questions fit (select_one): take this row out."))
        return
    name = rest[0] if rest else ""
    if not _is_yes_no(lists.get(name, ())):
        sentence = N_(
            "The list “%(list)s” is not yes and no (don’t know and refused may be added)."
        )
        yield "type", InputError(sentence, list=name)
    if not _CODE.fullmatch(cells["name"]):
        yield "name", InputError(BAD_CODE)
    for column, text in cells.items():
        if sentence := _refusal(text, column, {labels.zh, labels.en}):
            yield column, InputError(sentence)


def _refusal(text: str, column: str, labels: set[str]) -> str:
    """Say why a cell does not fit, empty if it does."""
    if column in labels:
        if "${" in text:
            return N_("A question cannot refer to another one.")
        return "" if text else N_("This must not be empty.")
    if text and column in _NOT_ASKED_FOR:
        return N_("All respondents are asked all items: conditions and defaults do not fit.")
    if text and column.partition(":")[0] in ("hint", "guidance_hint"):
        return N_("There are no hints: put what matters into the question.")
    return ""


def _is_yes_no(choices: Sequence[Mapping[str, str]]) -> bool:
    meanings = [_meaning(choice) for choice in choices]
    return (
        meanings.count("yes") == meanings.count("no") == 1
        and None not in meanings
        and len(meanings) <= 4
    )


def _meaning(choice: Mapping[str, str]) -> str | None:
    """Read a choice by its labels; by its name where no label says it."""
    labels = [text for column, text in choice.items() if column.startswith("label") and text]
    for text in [*labels, choice.get("name", "")]:
        word = text.strip().lower()
        for meaning, words in (("yes", _YES), ("no", _NO), ("neither", _NEITHER)):
            if word in words:
                return meaning
    return None
