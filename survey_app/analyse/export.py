"""The rates as text: a CSV for spreadsheets and R, a table for the terminal."""

import csv
import io
import unicodedata
from dataclasses import fields

from survey_app.analyse.results import ResultLine, Results
from survey_app.manifest import Names

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rates_csv(results: Results) -> str:
    """Write all rates in full precision; no cell is read as a formula."""
    file = io.StringIO()
    writer = csv.DictWriter(file, _columns(), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_cells(line) for line in results.lines)
    return file.getvalue()


def rates_table(results: Results) -> str:
    """Lay the rates out for a terminal, in percent."""
    head = ("", "", "item", "n", "valid", "rate", "low", "high")
    return "".join(_row(cells) for cells in (head, *map(_shown, results.lines)))


def neutral(cell: str) -> str:
    """Keep a spreadsheet from reading text as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _columns() -> list[str]:
    named = [field.name for field in fields(ResultLine)]
    return [part for name in named for part in _spread(name)]


def _spread(name: str) -> list[str]:
    return [f"{name}_zh", f"{name}_en"] if name in {"domain", "unit", "label"} else [name]


def _cells(line: ResultLine) -> dict[str, str | int | float | None]:
    cells: dict[str, str | int | float | None] = {}
    for field in fields(line):
        value = getattr(line, field.name)
        if isinstance(value, Names):
            cells |= {f"{field.name}_zh": neutral(value.zh), f"{field.name}_en": neutral(value.en)}
        elif value is not None or field.name != "unit":
            cells[field.name] = value
    return cells


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _shown(line: ResultLine) -> tuple[str, ...]:
    unit = "" if line.unit is None else line.unit.zh
    rates = (line.rate, line.low, line.high)
    return (line.domain.zh, unit, line.item, str(line.n), str(line.valid), *map(_percent, rates))


def _row(cells: tuple[str, ...]) -> str:
    *names, n, valid, rate, low, high = cells
    left = [name + " " * (18 - _width(name)) for name in names]
    return " ".join([*left, *(f"{cell:>8}" for cell in (n, valid, rate, low, high))]) + "\n"


def _width(text: str) -> int:
    """Columns of a terminal that a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
