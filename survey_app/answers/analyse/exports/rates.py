"""The rates as text: a CSV for spreadsheets and R, a table for the terminal."""

import csv
import io
import unicodedata
from dataclasses import fields

from survey_app.documents.manifest import Names
from survey_app.documents.results import Rate, Results, Scope

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SHOWN = {Scope.CATEGORY, Scope.STRATUM}

Cell = str | int | float | None


def rates_csv(results: Results) -> str:
    """Write all rates in full precision; no cell is read as a formula."""
    rows = [_cells(results, rate) for rate in results.rates]
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()


def rates_table(results: Results) -> str:
    """Lay the rates of valid sheets out for a terminal, in percent."""
    head = ("", "", "item", "n", "valid", "rate", "low", "high")
    shown = [
        _shown(results, rate)
        for rate in results.rates
        if rate.denominator == "valid" and results.by_id[rate.domain].scope in _SHOWN
    ]
    return "".join(_row(cells) for cells in (head, *shown))


def neutral(cell: str) -> str:
    """Keep a spreadsheet from reading text as a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _cells(results: Results, rate: Rate) -> dict[str, Cell]:
    domain = results.by_id[rate.domain]
    label = results.labels[domain.kind, rate.item]
    return {
        "scope": domain.scope,
        "kind": domain.kind,
        "strata": neutral("; ".join(domain.strata)),
        **_both("domain", domain.name),
        **_both("category", domain.category),
        "item": rate.item,
        **_both("label", label),
        "issued": domain.issued,
        "ballots": domain.ballots,
        "valid": domain.valid,
        **{one.name: getattr(rate, one.name) for one in fields(rate)[2:]},
    }


def _both(name: str, names: Names | None) -> dict[str, Cell]:
    if names is None:
        return {f"{name}_zh": "", f"{name}_en": ""}
    return {f"{name}_zh": neutral(names.zh), f"{name}_en": neutral(names.en)}


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f} %"


def _shown(results: Results, rate: Rate) -> tuple[str, ...]:
    domain = results.by_id[rate.domain]
    names = (domain.name.zh, "") if domain.scope == Scope.CATEGORY else ("", domain.name.zh)
    rates = (rate.rate, rate.low, rate.high)
    return (*names, rate.item, str(rate.n), str(domain.valid), *map(_percent, rates))


def _row(cells: tuple[str, ...]) -> str:
    *names, n, valid, rate, low, high = cells
    left = [name + " " * (18 - _width(name)) for name in names]
    return " ".join([*left, *(f"{cell:>8}" for cell in (n, valid, rate, low, high))]) + "\n"


def _width(text: str) -> int:
    """Columns of a terminal that a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
