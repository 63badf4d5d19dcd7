"""A questionnaire as a spreadsheet: a row each for title, introduction and every item."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from questionnaires import Questionnaire
from survey_app.errors import N_, InputError, SurveyError
from survey_app.identity.manage.questions import workbook
from survey_app.identity.manage.questions.rows import (
    ROLES_ASKED,
    FaultyRowsError,
    Role,
    Row,
    questionnaire_of,
    rows_of,
)
from survey_app.identity.manage.questions.workbook import QuestionFileError, QuestionSheet

HEADS = {
    "role": ("role", "类型", "行的类型"),
    "code": ("code", "编号", "代码", "name"),
    "zh": ("zh", "中文", "text zh", "题目", "题目（中文）"),
    "en": ("en", "英文", "english", "text en", "题目（英文）"),
    "label_zh": ("label zh", "label_zh", "简称", "简称（中文）", "简称 zh"),
    "label_en": ("label en", "label_en", "简称（英文）", "简称 en"),
    "expect": ("expect", "应选"),
}
"""The heads of the columns: the first is written, all are read."""
_ROLES = {
    "标题": Role.TITLE,
    "引言": Role.INTRODUCTION,
    "说明": Role.INTRODUCTION,
    "筛选题": Role.SCREENING,
    "题目": Role.ITEM,
    "题": Role.ITEM,
    "注意力题": Role.ATTENTION,
}
_ANSWERS = {
    "有": "1",
    "yes": "1",
    "没有": "0",
    "no": "0",
    "记不清": "8",
    "can't remember": "8",
    "can’t remember": "8",
    "不想答": "9",
    "rather not say": "9",
}


@dataclass(frozen=True)
class LineFault:
    """What is wrong in a line of a file; line 0 is the file as a whole."""

    line: int
    column: str
    text: str
    error: SurveyError


class FaultyLinesError(InputError):
    """A file whose lines do not all fit: nothing of it is taken."""

    sentence = N_("%(file)s: nothing was taken in. What does not fit stands in the table.")

    def __init__(self, file: str, faults: Sequence[LineFault]) -> None:
        super().__init__(file=file)
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))


def table_of(questionnaire: Questionnaire) -> list[list[str]]:
    """Write a questionnaire as a header and rows."""
    return _written(rows_of(questionnaire))


def template_of(questionnaire: Questionnaire) -> list[list[str]]:
    """Write an example to fill in: all but the items, of which it has the first."""
    first_item = questionnaire.model_copy(update={"items": questionnaire.items[:1]})
    return _written(rows_of(first_item))


def read(sheet: QuestionSheet, file: str, base: Questionnaire) -> Questionnaire:
    """Read a sheet; without a column of roles its rows are items, and the rest stays as it is.

    Parameters
    ----------
    base
        What a sheet without roles changes: an item of it keeps its role by its code.

    Raises
    ------
    QuestionFileError
        It lacks a column.
    FaultyLinesError
        Some lines do not fit; names them all.
    """
    columns = {field: _column(sheet, names) for field, names in HEADS.items()}
    absent = [f for f in ("code", "zh", "en", "label_zh", "label_en") if not columns[f]]
    if absent:
        reason = InputError(
            N_("the column “%(column)s” is missing (the columns are: %(columns)s)"),
            column=HEADS[absent[0]][0],
            columns=", ".join(names[0] for names in HEADS.values()),
        )
        raise QuestionFileError(file=file, reason=reason)
    lines = [line for line, _ in sheet.lines]
    rows = [
        {field: cells[column] if column else "" for field, column in columns.items()}
        for _, cells in sheet.lines
    ]
    if columns["role"]:
        return check(lines, [_in_our_words(row) for row in rows], file)
    return check(*with_the_rest(lines, rows, base), file)


def with_the_rest(
    lines: Sequence[int], rows: Sequence[Row], base: Questionnaire
) -> tuple[list[int], list[Row]]:
    """Put rows of items among what a questionnaire has beside items; codes give their roles."""
    roles = {row["code"]: row for row in rows_of(base) if row["role"] in ROLES_ASKED}
    typed_rows: list[Row] = []
    for row in rows:
        place = roles.get(row["code"], {"role": Role.ITEM, "expect": ""})
        role = place["role"]
        typed_rows.append({**row, "role": role, "expect": place["expect"]})
    present = {row["role"] for row in typed_rows}
    unchanged = [row for row in rows_of(base) if row["role"] not in {*present, Role.ITEM}]
    numbered_rows = [*zip(lines, typed_rows, strict=True), *((0, row) for row in unchanged)]
    order = list(Role)
    numbered_rows.sort(key=lambda numbered_row: order.index(Role(numbered_row[1]["role"])))
    return [line for line, _ in numbered_rows], [row for _, row in numbered_rows]


def lacks_labels(rows: Sequence[Row]) -> bool:
    """Tell whether labels are all that rows lack to be a questionnaire."""
    try:
        questionnaire_of(rows)
    except FaultyRowsError as error:
        return all(fault.field.startswith("label") for fault in error.faults)
    return False


def sheet_of_items(sheets: Mapping[str, QuestionSheet]) -> QuestionSheet:
    """Choose the first sheet with a column of codes, or the first of all."""
    with_codes = (sheet for sheet in sheets.values() if _column(sheet, HEADS["code"]))
    return next(with_codes, next(iter(sheets.values())))


def check(lines: Sequence[int], rows: Sequence[Row], file: str) -> Questionnaire:
    """Read rows as a questionnaire, whose faults are told by the lines of the file.

    Raises
    ------
    FaultyLinesError
        Some lines do not fit.
    """
    try:
        return questionnaire_of(rows)
    except FaultyRowsError as error:
        faults = [
            LineFault(0, "", "", fault.error)
            if fault.row is None
            else LineFault(
                lines[fault.row],
                HEADS[fault.field][0],
                rows[fault.row][fault.field][:100],
                fault.error,
            )
            for fault in error.faults
        ]
        raise FaultyLinesError(file, faults) from None


def filled_sheets(content: bytes, file: str) -> dict[str, QuestionSheet]:
    """Read the sheets of a file that has something in it.

    Raises
    ------
    QuestionFileError
        It is no spreadsheet, or an empty one.
    """
    sheets = {name: sheet for name, sheet in workbook.read(content, file).items() if sheet.header}
    if not sheets:
        raise QuestionFileError(file=file, reason=N_("is empty"))
    return sheets


def _column(sheet: QuestionSheet, names: Sequence[str]) -> str:
    return next((name for name in names if name in sheet.header), "")


def _in_our_words(row: Row) -> Row:
    role, expect = row["role"].strip(), row["expect"].strip()
    return {
        **row,
        "role": str(_ROLES.get(role, role.lower())),
        "expect": _ANSWERS.get(expect.lower(), expect),
    }


def _written(rows: Sequence[Row]) -> list[list[str]]:
    return [[names[0] for names in HEADS.values()], *_cells(rows)]


def _cells(rows: Sequence[Row]) -> Iterator[list[str]]:
    for row in rows:
        yield [str(row[field]) for field in HEADS]
