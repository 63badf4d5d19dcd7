"""``response``: who answered, and what rates would be if the others were unlike them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import numpy as np

from stats.command.forms import FileError
from stats.command.output import write
from stats.command.sheets import Files, add_files, add_items, count_domains
from stats.design import Lonely
from stats.nonresponse import FACTORS, nonresponse_effect
from stats.rates import ALL, rates
from stats.representativity import representativity
from stats.tallies import Denominator

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from stats.arrays import Floats
    from stats.counting import Counts
    from stats.design import Design
    from stats.nonresponse import NonresponseEffect

ITEMS: Final = "items"
Rows = list[dict[str, object]]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``response``."""
    add_files(parser)
    parser.add_argument("--table", choices=list(_TABLES), help="one of the tables; all without it")
    parser.add_argument(
        "--variable", action="append", default=[], help="a column of the design; all without it"
    )
    add_items(parser)
    parser.add_argument("--by", help="a column of the design: items by its values")
    parser.add_argument(
        "--among",
        type=Denominator,
        choices=list(Denominator),
        default=Denominator.VALID,
        help="whom the rates are among",
    )
    parser.add_argument(
        "--times",
        type=float,
        action="append",
        default=[],
        help="those who did not answer have so many times the rate of those who did",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        action="append",
        default=[],
        help="print at how many times a rate reaches it; empty where none does",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the tables, or the one asked for.

    Raises
    ------
    ValueError
        CSV or JSON of more than one table.
    """
    if options.format != "table" and not options.table:
        raise ValueError(
            f"one file holds one table: choose --table {', '.join(_TABLES)} for {options.format}"
        )
    has_items = options.table in {None, ITEMS}
    files = Files.of(options, by=None, items=options.item, has_items=has_items)
    if "issued" not in files.columns:
        raise FileError(options.design, "there is no column issued: who was asked?", 1, "issued")
    respondents, counts = count_domains(files)
    # No variance is estimated from sheets, so a stratum with one of them does no harm.
    design = files.design_of(respondents, Lonely.REMOVE)
    for at, name in enumerate([options.table] if options.table else _TABLES):
        if at:
            print()  # noqa: T201 - the command's output
        write(_TABLES[name](design, counts[""], options), options.format)
    return 0


def _indicator(design: Design, _: Counts, options: argparse.Namespace) -> Rows:
    even = representativity(design, options.variable or None)
    names = ("response", "indicator", "se", "unadjusted", "spread")
    return [
        {name: getattr(even, name) for name in names}
        | {"maximal_bias": even.maximal_bias(), "maximal_contrast": even.maximal_contrast()}
    ]


def _variables(design: Design, _: Counts, options: argparse.Namespace) -> Rows:
    return [asdict(line) for line in representativity(design, options.variable or None).variables]


def _categories(design: Design, _: Counts, options: argparse.Namespace) -> Rows:
    return [asdict(line) for line in representativity(design, options.variable or None).categories]


def _items(design: Design, counts: Counts, options: argparse.Namespace) -> Rows:
    items, yes, answers = _by_stratum(design, counts, options.among)
    effect = nonresponse_effect(
        design, yes, answers, by=options.by, factors=options.times or FACTORS
    )
    reached = {threshold: effect.break_even(threshold) for threshold in options.threshold}
    return [
        _item(effect, reached, (domain, at), options.by and effect.domains[domain], item)
        for domain in range(len(effect.domains))
        for at, item in enumerate(items)
    ]


def _by_stratum(
    design: Design, counts: Counts, among: Denominator
) -> tuple[Sequence[str], Floats, Floats]:
    """Return the items, any contact last, with their yes and answers by stratum."""
    lines = rates(design, counts, by="stratum", denominator=among)
    items = tuple(dict.fromkeys(line.item for line in lines))
    columns = np.array([(line.yes, line.n) for line in lines], dtype=np.float64)
    yes, answers = np.moveaxis(columns.reshape(len(design.stratum), len(items), 2), 2, 0)
    return items, yes, answers


def _item(
    effect: NonresponseEffect,
    reached: dict[float, Floats],
    place: tuple[int, int],
    domain: str | None,
    item: str,
) -> dict[str, object]:
    row: dict[str, object] = {"domain": domain or ALL, "item": item}
    for factor, table in zip(effect.factors, effect.rates, strict=True):
        row[f"{factor:g} times"] = _number(table[place])
    row["all"] = _number(effect.upper[place])
    for threshold, factors in reached.items():
        row[f"times to {threshold:g}"] = _number(factors[place])
    return row


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


_TABLES: Final[dict[str, Callable[[Design, Counts, argparse.Namespace], Rows]]] = {
    "indicator": _indicator,
    "variables": _variables,
    "categories": _categories,
    ITEMS: _items,
}
