"""``rates``: every item's rate by domain."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from stats.command.output import note, write
from stats.command.sheets import Files, add_files, add_items, count_cells, count_domains
from stats.command.strata import persons_left_out
from stats.command.weights_spread import say_weights
from stats.design import Lonely
from stats.intervals import Interval
from stats.rates import Rate, rates
from stats.tallies import Denominator
from stats.weighted_rates import weighted_rates
from stats.weights import Weights

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    _Estimates = tuple[list[tuple[str, Rate]], Mapping[str, float]]

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
    "interval",
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``rates``."""
    add_files(parser)
    parser.add_argument("--by", help="a column of either file: one domain for each of its values")
    add_items(parser)
    parser.add_argument(
        "--weight",
        help="a column with the persons for whom each sheet stands (N/n); the interval is then "
        "NCHS's, as others need equal weights inside strata",
    )
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
    estimate = _weighted if files.weight else _of_design
    estimates, spread = estimate(files, options)
    further = {**spread, "not_represented": persons_left_out(options)}
    brief = options.format == "table"
    rows = [
        _row(rate, name or rate.domain, brief=brief) | ({} if brief else further)
        for name, rate in estimates
    ]
    write(rows, options.format)
    return 0


def _of_design(files: Files, options: argparse.Namespace) -> _Estimates:
    respondents, counts = count_domains(files)
    design = files.design_of(respondents, Lonely(options.lonely))
    estimates = [
        (name, rate)
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
    return estimates, {}


def _weighted(files: Files, options: argparse.Namespace) -> _Estimates:
    """Estimate under the weights that the sheets have, and return their spread too."""
    cells, counts = count_cells(files, options.by)
    weights = Weights.known(cells, [float(cell) for cell in cells.labels(files.weight)])
    _refuse_other_weights(files, weights)
    estimates = weighted_rates(
        weights,
        counts,
        by=options.by,
        any_contact=options.any,
        denominator=options.among,
        interval=options.interval,
        level=options.level,
        fpc=options.fpc,
    )
    # Without a value a sheet is in no domain, as without weights.
    in_domains = [(rate.domain, rate) for rate in estimates if rate.domain]
    return in_domains, say_weights(weights)


def _refuse_other_weights(files: Files, weights: Weights) -> None:
    """Refuse weights that stand for sheets, and say by how much others miss the population."""
    persons, sheets = weights.cells.population.sum(), weights.cells.sheets.sum()
    total = weights.weight @ weights.cells.sheets
    if abs(total - persons) <= 0.05 * persons:
        return
    sums = f"the weights of {files.weight} sum to {total:g}, the design has {persons:g} persons"
    if abs(total - sheets) <= 0.05 * sheets:
        raise ValueError(
            f"{files.sheets}: {sums} and {sheets:g} sheets: a weight is the persons for whom a "
            f"sheet stands (N/n); multiply each by {persons / sheets:g}."
        )
    note(f"{files.sheets}: {sums}; totals are those of the weights.")


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
