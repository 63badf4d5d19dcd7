"""Strata as a block of cells: pasted from a spreadsheet, or read from a file."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence

from survey_app.documents.design import MOST_STRATA, Kind
from survey_app.errors import N_, InputError
from survey_app.identity.manage.campaigns.draft import is_chinese

FIELDS = ("id", "unit_zh", "unit_en", "category_zh", "category_en", "kind", "population", "sample")
Row = dict[str, str]
"""A row of the table as it is typed, by field."""

_HEADS = {
    "id": "编号 代码 层 层的编号 层的代码 层编号 分层 分层编号 id identifier stratum code",
    "unit": "单位 单位名称 部门 机构 unit office department",
    "unit_zh": "单位(中文) 中文单位 unit(chinese) unit_zh",
    "unit_en": "单位(英文) 英文单位 unit(english) unit_en",
    "category": "岗位类别 岗位 岗位名称 postcategory post posts category post_category",
    "category_zh": "岗位类别(中文) postcategory(chinese) category_zh post_category_zh",
    "category_en": "岗位类别(英文) postcategory(english) category_en post_category_en",
    "kind": "岗位性质 性质 kind kindofpost",
    "population": "总体人数 总体 人数 总人数 总数 population persons people headcount",
    "sample": "样本 样本量 样本数 抽样人数 邀请人数 sample samplesize toinvite",
}
_FIELD_OF_HEAD = {head: field for field, heads in _HEADS.items() for head in heads.split()}
_KINDS = {
    Kind.BUSINESS: "business external 业务 业务岗位 外部 对外",
    Kind.NON_BUSINESS: "non-business nonbusiness internal 非业务 非业务岗位 内部 对内",
}
_KIND_OF_WORD = {word: str(kind) for kind, words in _KINDS.items() for word in words.split()}
_TOTALS = {"合计", "总计", "小计", "total", "totals", "sum", "subtotal"}
_LINES_ABOVE = 5
"""Lines among which the header is looked for: titles may stand above it."""
_NUMBER = re.compile(r"([0-9]+(?:[, ][0-9]{3})*)(?:\.0+)?(?:人|名|位|persons?|people)?")

_MONTHS = "jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec"
_TURNED = re.compile(rf"[0-9-].*|(?:{_MONTHS})[a-z]*-?[0-9-]+|true|false")


def pasted(text: str) -> list[Row]:
    """Read what was copied from a spreadsheet, or CSV.

    Raises
    ------
    InputError
        There are no strata in it, or its columns are not recognised.
    """
    lines = text.strip("\r\n")
    delimiter = next((mark for mark in "\t;；,，" if mark in lines), "\t")
    return rows(list(csv.reader(io.StringIO(lines, newline=""), delimiter=delimiter)))


def rows(cells: Sequence[Sequence[str]]) -> list[Row]:
    """Sort cells into the fields of strata, by a header or else by what stands in the columns.

    An empty unit, post category or kind repeats the one above, as merged cells come; sums are left
    out.

    Raises
    ------
    InputError
        As `pasted`.
    """
    lines = [[cell.strip() for cell in line] for line in cells if any(map(str.strip, line))]
    if len(lines) > MOST_STRATA + _LINES_ABOVE:
        raise InputError(N_("A campaign has at most 2000 strata."))
    header = next((at for at, line in enumerate(lines[:_LINES_ABOVE]) if _is_header(line)), None)
    body = lines if header is None else lines[header + 1 :]
    if not body:
        raise InputError(N_("No strata stand there: copy the rows with their units and numbers."))
    columns = _by_content(body) if header is None else _by_header(lines[header], body)
    return list(_filled_down(_row(columns, line) for line in body if not _is_sum(line)))


def read_count(text: str) -> int | None:
    """Read a number of persons as people write it: “420”, “４２０”, “1,200”, “420人”."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    match = _NUMBER.fullmatch(re.sub(r"\s+(?=\D*$)", "", plain))
    digits = re.sub("[, ]", "", match[1]) if match else ""
    return int(digits) if 0 < len(digits) <= 9 else None


def is_turned_by_spreadsheets(identifier: str) -> bool:
    """Tell whether an identifier becomes a number, a date or a truth value in a spreadsheet."""
    return _TURNED.fullmatch(identifier) is not None


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _is_header(line: Sequence[str]) -> bool:
    fields = [_FIELD_OF_HEAD[head] for head in map(_plain, line) if head in _FIELD_OF_HEAD]
    return len(set(fields)) >= 2 and not any(read_count(cell) is not None for cell in line)


def _is_sum(line: Sequence[str]) -> bool:
    return any(_plain(cell) in _TOTALS for cell in line)


def _by_header(header: Sequence[str], body: Sequence[Sequence[str]]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for at, head in enumerate(map(_plain, header)):
        if head in _FIELD_OF_HEAD:
            columns.setdefault(_FIELD_OF_HEAD[head], at)
    for name in ("unit", "category"):
        if name in columns:
            at = columns.pop(name)
            columns.setdefault(_in_language(name, _column(body, at), columns), at)
    _refuse_unknown(columns)
    return columns


def _in_language(name: str, column: Iterable[str], columns: Mapping[str, int]) -> str:
    """Name the field of a column whose head names no language."""
    if f"{name}_en" in columns:
        return f"{name}_zh"
    if f"{name}_zh" in columns or not any(map(is_chinese, column)):
        return f"{name}_en"
    return f"{name}_zh"


def _by_content(body: Sequence[Sequence[str]]) -> dict[str, int]:
    """Recognise the columns of a block without header by what stands in them."""
    columns: dict[str, int] = {}
    width = max(map(len, body))
    numbers = [at for at in range(width) if _all(body, at, _is_number)]
    kinds = [at for at in range(width) if _all(body, at, _is_kind)]
    columns |= dict(zip(("population", "sample"), numbers, strict=False))
    columns |= dict(zip(("kind",), kinds, strict=False))
    names = [at for at in range(width) if at not in {*numbers, *kinds} and any(_column(body, at))]
    if len(names) in {3, 5}:
        columns["id"] = names.pop(0)
    if len(names) == 4:
        fields = [field for field in FIELDS if field.startswith(("unit", "category"))]
        columns |= dict(zip(fields, names, strict=True))
    elif len(names) == 2:
        for name, at in zip(("unit", "category"), names, strict=True):
            columns[_in_language(name, _column(body, at), {})] = at
    _refuse_unknown(columns)
    return columns


def _refuse_unknown(columns: Mapping[str, int]) -> None:
    needed = [{"unit_zh", "unit_en"}, {"category_zh", "category_en"}, {"population"}]
    if not all(fields & set(columns) for fields in needed):
        raise InputError(
            N_(
                "The columns are not recognised: unit, post category and population are needed. "
                "Copy the header with them."
            )
        )


def _column(body: Sequence[Sequence[str]], at: int) -> list[str]:
    return [line[at] for line in body if at < len(line)]


def _all(body: Sequence[Sequence[str]], at: int, is_so: Callable[[str], bool]) -> bool:
    cells = list(filter(None, _column(body, at)))
    return bool(cells) and all(map(is_so, cells))


def _is_number(cell: str) -> bool:
    return read_count(cell) is not None


def _is_kind(cell: str) -> bool:
    return _plain(cell) in _KIND_OF_WORD


def _row(columns: Mapping[str, int], line: Sequence[str]) -> Row:
    row = dict.fromkeys(FIELDS, "")
    row |= {field: line[at] for field, at in columns.items() if at < len(line)}
    row["kind"] = _KIND_OF_WORD.get(_plain(row["kind"]), "")
    for field in ("population", "sample"):
        number = read_count(row[field])
        row[field] = row[field] if number is None else str(number)
    return row


def _filled_down(table: Iterable[Row]) -> Iterable[Row]:
    """Repeat names in cells that were merged with those above; posts of one category are alike."""
    above: Row = dict.fromkeys(FIELDS, "")
    kinds: dict[tuple[str, str], str] = {}
    for row in table:
        for name in ("unit", "category"):
            fields = (f"{name}_zh", f"{name}_en")
            if not any(row[field] for field in fields):
                row |= {field: above[field] for field in fields}
        category = row["category_zh"], row["category_en"]
        row["kind"] = row["kind"] or kinds.get(category, "")
        kinds[category] = row["kind"]
        above = row
        yield row
