"""The rates as a table for the terminal."""

from survey_app.documents.results import Rate, Results, Scope
from survey_app.papers.numbers import percent
from survey_app.papers.text_width import width

_SCOPES = {Scope.CATEGORY, Scope.STRATUM}


def rates_table(results: Results) -> str:
    """Lay the rates of valid sheets out for a terminal, in percent."""
    head = ("", "", "item", "n", "valid", "rate", "low", "high")
    rows = [
        _shown(results, rate)
        for rate in results.rates
        if rate.denominator == "valid" and results.by_id[rate.domain].scope in _SCOPES
    ]
    return "".join(_row(cells) for cells in (head, *rows))


def _shown(results: Results, rate: Rate) -> tuple[str, ...]:
    domain = results.by_id[rate.domain]
    names = (domain.name.zh, "") if domain.scope == Scope.CATEGORY else ("", domain.name.zh)
    share = f"≥ {percent(rate.rate)}" if rate.is_least else percent(rate.rate)
    limits = map(percent, (rate.low, rate.high))
    return (*names, rate.item, str(rate.n), str(domain.valid), share, *limits)


def _row(cells: tuple[str, ...]) -> str:
    *names, n, valid, rate, low, high = cells
    labels = [name + " " * (18 - width(name)) for name in names]
    return " ".join([*labels, *(f"{cell:>8}" for cell in (n, valid, rate, low, high))]) + "\n"
