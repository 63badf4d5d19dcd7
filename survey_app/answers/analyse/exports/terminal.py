"""The rates as a table for the terminal."""

import unicodedata

from survey_app.documents.results import Rate, Results, Scope

_SHOWN = {Scope.CATEGORY, Scope.STRATUM}


def rates_table(results: Results) -> str:
    """Lay the rates of valid sheets out for a terminal, in percent."""
    head = ("", "", "item", "n", "valid", "rate", "low", "high")
    shown = [
        _shown(results, rate)
        for rate in results.rates
        if rate.denominator == "valid" and results.by_id[rate.domain].scope in _SHOWN
    ]
    return "".join(_row(cells) for cells in (head, *shown))


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
