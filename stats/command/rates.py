"""``rates``: every item's rate by domain."""

from __future__ import annotations

import functools
import operator
from dataclasses import fields
from typing import TYPE_CHECKING

from stats.clustered_rates import clustered_rates
from stats.clusters import intraclass_correlation
from stats.command.output import note, write
from stats.command.sheets import (
    Files,
    add_files,
    add_items,
    count_cells,
    count_clustered,
    count_domains,
)
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
    from collections.abc import Mapping, Sequence

    from stats.clusters import ClusterCounts

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
        "--cluster",
        help="a column with the cluster of each sheet (a company): errors are those between them",
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
    if options.weight and options.cluster:
        raise ValueError("--weight and --cluster do not go together: sheets of clusters count N/n.")
    files = Files.of(options, by=options.by, items=options.item)
    estimate = _weighted if files.weight else _clustered if files.cluster else _of_design
    estimates, spread = estimate(files, options)
    further = {**spread, "not_represented": persons_left_out(options)}
    brief = options.format == "table"
    brief_columns = (*BRIEF, "effective_size") if files.cluster else BRIEF
    rows = [
        _row(rate, name or rate.domain, brief_columns if brief else ()) | ({} if brief else further)
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


def _clustered(files: Files, options: argparse.Namespace) -> _Estimates:
    """Estimate with the variance between clusters, and say how many there are, and how alike."""
    respondents, domains = count_clustered(files)
    design = files.design_of(respondents, Lonely(options.lonely))
    clusters = next(iter(domains.values()))
    number = len(clusters.stratum)
    _say_clusters(files, number, int(respondents.sum()), domains)
    estimates = [
        (name, rate)
        for name, of_domain in domains.items()
        for rate in clustered_rates(
            design,
            of_domain,
            by=None if files.by else options.by,
            any_contact=options.any,
            denominator=options.among,
            interval=options.interval,
            level=options.level,
        )
    ]
    return estimates, {"clusters": number}


def _say_clusters(
    files: Files, number: int, sheets: int, domains: Mapping[str, ClusterCounts]
) -> None:
    note(f"{files.sheets}: {number} clusters of {sheets / number:.3g} sheets on average.")
    everyone = functools.reduce(operator.add, domains.values())
    for item in files.items:
        icc = intraclass_correlation(everyone, item)
        if icc is not None:
            note(f"{item}: answers of one cluster have a correlation of {icc:.3f}.")


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


def _row(rate: Rate, domain: str, brief: Sequence[str]) -> dict[str, object]:
    row = {field.name: getattr(rate, field.name) for field in fields(rate)}
    presentation = row.pop("presentation")
    row |= {
        "domain": domain,
        "presentation": presentation and str(presentation.decision),
        "reason": presentation and str(presentation.reason),
        "footnote": presentation and presentation.footnote,
        "effective_size": presentation and presentation.effective_size,
    }
    return {name: row[name] for name in (*brief, "presentation")} if brief else row
