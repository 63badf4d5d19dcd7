"""``rates``: every item's rate by domain."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from stats.command.output import write
from stats.command.sheets import Files, add_files, count_domains
from stats.design import Lonely
from stats.intervals import Interval
from stats.rates import Denominator, Rate, rates

if TYPE_CHECKING:
    import argparse

BRIEF = (
    "domain",
    "item",
    "n",
    "population",
    "rate",
    "se",
    "low",
    "high",
    "lower",
    "upper",
    "outer_low",
    "outer_high",
    "deff",
    "df",
    "total",
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``rates``."""
    add_files(parser)
    parser.add_argument("--by", help="a column of either file: one domain for each of its values")
    parser.add_argument("--item", action="append", default=[], help="an item; all without it")
    parser.add_argument(
        "--any",
        action="store_true",
        help="add any contact: yes to any item, else no; --among answered has no such rate",
    )
    parser.add_argument(
        "--among",
        type=Denominator,
        choices=list(Denominator),
        default=Denominator.VALID,
        help="whom the rates are among",
    )
    parser.add_argument(
        "--interval",
        type=Interval,
        choices=list(Interval),
        default=Interval.DEFAULT,
        help="method of the interval",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one row a domain and item."""
    files = Files.of(options, by=options.by, items=options.item)
    respondents, counts = count_domains(files)
    design = files.design_of(respondents, Lonely(options.lonely))
    rows = [
        _row(rate, name or rate.domain, brief=options.format == "table")
        for name, domain in counts.items()
        for rate in rates(
            design,
            domain,
            by=None if files.by else options.by,
            any_contact=options.any,
            denominator=options.among,
            interval=options.interval,
            level=options.level,
            fpc=options.fpc,
        )
    ]
    write(rows, options.format)
    return 0


def _row(rate: Rate, domain: str, *, brief: bool) -> dict[str, object]:
    row = {field.name: getattr(rate, field.name) for field in fields(rate)}
    presentation = row.pop("presentation")
    row |= {
        "domain": domain,
        "presentation": presentation and str(presentation.decision),
        "reason": presentation and str(presentation.reason),
        "footnote": presentation and presentation.footnote,
    }
    return {name: row[name] for name in (*BRIEF, "presentation")} if brief else row
