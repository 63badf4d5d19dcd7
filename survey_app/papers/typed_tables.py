"""A table of typed cells in one language: its shape, whatever stands in it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from survey_app.documents.design import Names
from survey_app.papers.text_width import width

Value = str | int | float | None


class Form(StrEnum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    NUMBER = "number"
    PROBABILITY = "probability"
    POINTS = "points"
    """Percentage points."""
    P_VALUE = "p"


@dataclass(frozen=True)
class Column:
    """A column: its head, what it holds, and whether a report has room for it."""

    head: Names
    form: Form = Form.TEXT
    in_report: bool = True


@dataclass(frozen=True)
class Table:
    """A table: rows as wide as its columns, and what has to be read with them."""

    name: str
    title: Names
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: Names | None = None


Say = Callable[[Names], str]


def speaker(*, chinese: bool) -> Say:
    """Give what chooses the language of names."""
    return lambda names: names.zh if chinese else names.en


def without(table: Table, columns: Sequence[Column]) -> Table:
    """Leave columns out."""
    places = [at for at, column in enumerate(table.columns) if column not in columns]
    return at_places(table, places)


def at_places(table: Table, places: Sequence[int]) -> Table:
    """Keep the columns at some places."""
    return replace(
        table,
        columns=tuple(table.columns[at] for at in places),
        rows=tuple(tuple(row[at] for at in places) for row in table.rows),
    )


def widths(table: Table, say: Say) -> Iterator[int]:
    """Give each column's width in characters, a Chinese one counting for two."""
    for at, column in enumerate(table.columns):
        texts: Sequence[str] = [
            str(row[at] or "") for row in table.rows if column.form == Form.TEXT
        ]
        yield min(60, max(width(say(column.head)), *map(width, texts), 0) + 2)
