"""``plan size``, ``plan change``, ``plan next`` and ``plan allocate``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from stats.allocation import Method, allocate, thin_strata
from stats.command.csv_files import Row, read_strata
from stats.command.output import FORMATS, write
from stats.command.sheets import Files, add_files, add_items, count_clustered, count_domains
from stats.counting import ANY
from stats.design import Lonely
from stats.next_wave import NextWave, next_wave
from stats.planning import PlanError, detection_size, sample_size, to_issue
from stats.power import PlannedRate, power, size_for_change, visible_change
from stats.precision import Aim, Extent, assured_allocation, assured_size

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from stats.arrays import Integers
    from stats.clusters import ClusterCounts
    from stats.counting import Counts


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verbs of ``plan``."""
    verbs = parser.add_subparsers(required=True)
    _add_size(verbs.add_parser("size", help="how many must answer, and be asked"))
    _add_change(verbs.add_parser("change", help="how many show a change between two waves"))
    _add_next(verbs.add_parser("next", help="the next wave's sizes from this wave's sheets"))
    _add_allocate(verbs.add_parser("allocate", help="divide a sample among strata"))


def _add_size(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--population", type=int, help="persons; left out: without end")
    aim = parser.add_mutually_exclusive_group(required=True)
    aim.add_argument("--margin", type=float, help="greatest extent of the interval that is shown")
    aim.add_argument("--cv", type=float, help="coefficient of variation")
    aim.add_argument("--detect", type=float, metavar="RATE", help="rate not to go unnoticed")
    _add_aim(parser)
    parser.add_argument("--probability", type=float, default=0.95, help="of detection")
    parser.add_argument("--rate", type=float, default=0.5, help="rate expected")
    parser.add_argument("--response", type=float, default=1.0, help="response rate expected")
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.set_defaults(run=size)


def _add_change(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--population", type=int, help="persons of each wave; left out: no end")
    parser.add_argument("--from", dest="before", type=float, required=True, help="first rate")
    parser.add_argument(
        "--to", dest="after", type=float, help="second; left out with --respondents"
    )
    parser.add_argument("--respondents", type=int, help="of the second wave: prints its power")
    parser.add_argument("--first", type=int, help="respondents of the first wave, if it is over")
    parser.add_argument("--power", type=float, default=0.8, help="probability of being shown")
    parser.add_argument("--level", type=float, default=0.95)
    parser.add_argument("--response", type=float, default=1.0, help="response rate expected")
    parser.add_argument("--deff", type=float, default=1.0, help="design effect")
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.set_defaults(run=change)


def _add_next(parser: argparse.ArgumentParser) -> None:
    add_files(parser)
    add_items(parser)
    parser.add_argument("--any", action="store_true", help="plan for any contact among the items")
    aim = parser.add_mutually_exclusive_group(required=True)
    aim.add_argument("--total", type=int, help="respondents to share out")
    aim.add_argument("--margin", type=float, help="greatest extent of the overall interval")
    parser.add_argument(
        "--assurance", type=float, default=0.8, help="share of samples that keep it"
    )
    parser.add_argument("--extent", choices=list(Extent), default=Extent.HALF, type=Extent)
    effect = parser.add_mutually_exclusive_group()
    effect.add_argument("--deff", type=float, default=1.0, help="design effect within strata")
    effect.add_argument(
        "--cluster",
        help="a column with the cluster of each sheet (a company): tells each stratum's effect",
    )
    _add_shares(parser, Method.NEYMAN, 10)
    parser.set_defaults(run=following)


def _add_allocate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--design", type=Path, required=True, help="stratum,population[,...]")
    aim = parser.add_mutually_exclusive_group(required=True)
    aim.add_argument("--total", type=int, help="respondents to share out")
    aim.add_argument("--margin", type=float, help="greatest extent of the overall interval")
    _add_aim(parser)
    _add_shares(parser, Method.PROPORTIONAL, 2)
    parser.add_argument("--rate", type=float, default=0.5, help="rate expected everywhere")
    parser.add_argument("--rate-column", help="column of the rates expected")
    parser.add_argument("--power", type=float, default=0.5, help="of the size, for power")
    parser.add_argument("--size-column", help="column of the sizes, for power")
    parser.add_argument("--response-column", help="column of the response rates expected")
    parser.add_argument("--deff-column", help="column of the design effects within strata")
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.set_defaults(run=shares)


def _add_aim(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--assurance", type=float, default=0.8, help="share of samples that keep it"
    )
    parser.add_argument(
        "--extent",
        type=Extent,
        choices=list(Extent),
        default=Extent.HALF,
        help="what --margin bounds: half the width, or the upper limit above the rate",
    )
    parser.add_argument("--level", type=float, default=0.95)
    parser.add_argument("--deff", type=float, default=1.0, help="design effect")


def _add_shares(parser: argparse.ArgumentParser, method: Method, minimum: int) -> None:
    parser.add_argument("--method", type=Method, choices=list(Method), default=method)
    parser.add_argument("--minimum", type=int, default=minimum, help="least of a stratum")
    parser.add_argument("--response", type=float, default=1.0, help="response rate expected")


def size(options: argparse.Namespace) -> int:
    """Print the smallest sample that reaches a precision, or detects a rate."""
    if options.detect is not None:
        row = _detection(options)
    elif options.margin is not None:
        row = asdict(
            assured_size(
                options.population,
                _aim(options),
                rate=options.rate,
                response=options.response,
                deff=options.deff,
            )
        )
    else:
        row = asdict(
            sample_size(
                options.population,
                rate=options.rate,
                cv=options.cv,
                level=options.level,
                response=options.response,
                deff=options.deff,
            )
        )
    write([row], options.format)
    return 0


def change(options: argparse.Namespace) -> int:
    """Print the size that shows a change; or what a size shows."""
    if options.respondents is None:
        if options.after is None:
            raise PlanError("Give the second rate (--to), or the respondents (--respondents).")
        write([_size_for_change(options)], options.format)
        return 0
    first = options.first or options.respondents
    before = PlannedRate(options.population, first, options.before)
    row: dict[str, object] = {"first": first, "second": options.respondents}
    choices = {"level": options.level, "deff": options.deff}
    if options.after is not None:
        after = PlannedRate(options.population, options.respondents, options.after)
        row |= {"from": options.before, "to": options.after}
        row["power"] = power(before, after, **choices)
    else:
        row["from"] = options.before
        row["to"] = visible_change(
            before, options.respondents, power_asked=options.power, **choices
        )
        row["power"] = options.power
    write([row], options.format)
    return 0


def following(options: argparse.Namespace) -> int:
    """Print the next wave's sizes, and the rates and response that they rest on."""
    files = Files.of(options, by=None, items=options.item)
    if not options.any and len(files.items) != 1:
        raise PlanError("Name the one item to plan for (--item), or any contact (--any).")
    respondents, counts, clusters = _counts(files)
    wave = next_wave(
        files.design_of(respondents, Lonely.ADJUST),
        counts,
        ANY if options.any else files.items[0],
        Aim(options.margin or 0.05, options.assurance, options.level, options.extent),
        total=options.total,
        method=options.method,
        response=options.response,
        minimum=options.minimum,
        deff=options.deff,
        clusters=clusters,
    )
    write(_wave_rows(wave), options.format)
    _say_precision(wave.precision.extent, options)
    _warn(wave.allocation.stratum, wave.allocation.population, wave.allocation.respondents)
    return 0


def shares(options: argparse.Namespace) -> int:
    """Print each stratum's share, and the standard error to expect."""
    columns_of_strata = (
        *(options.rate_column, options.size_column),
        *(options.response_column, options.deff_column),
    )
    rows = read_strata(options.design, [column for column in columns_of_strata if column])
    population = [row.number("population") for row in rows.values()]
    rates = [_rate(row, options) for row in rows.values()]
    response = [_share(row, options.response_column, options.response) for row in rows.values()]
    effect = [
        row.number(options.deff_column) if options.deff_column else options.deff
        for row in rows.values()
    ]
    total = options.total
    if total is None:
        plan = assured_allocation(
            list(rows),
            population,
            _aim(options),
            options.method,
            rate=rates,
            minimum=options.minimum,
            response=response,
            deff=effect,
        )
        total = int(plan.respondents.sum())
        _say_precision(plan.precision[""].extent, options)
    allocation = allocate(
        list(rows),
        population,
        total,
        options.method,
        rate=rates,
        power=options.power,
        size=[row.number(options.size_column) for row in rows.values()]
        if options.size_column
        else None,
        minimum=options.minimum,
        response=response,
        deff=effect,
    )
    columns = ("stratum", "population", "response", "respondents", "issued")
    values = zip(
        allocation.stratum,
        allocation.population.tolist(),
        response,
        allocation.respondents.tolist(),
        allocation.issued.tolist(),
        strict=True,
    )
    write([dict(zip(columns, cells, strict=True)) for cells in values], options.format)
    sys.stderr.write(f"Standard error of the overall rate to expect: {allocation.se:.6g}\n")
    _warn(allocation.stratum, allocation.population, allocation.respondents)
    return 0


def _counts(files: Files) -> tuple[Integers, Counts, ClusterCounts | None]:
    """Count the sheets of each stratum, their answers, and these by cluster if there are any."""
    respondents, domains = count_domains(files)
    clusters = count_clustered(files)[1][""] if files.cluster else None
    return respondents, domains[""], clusters


def _aim(options: argparse.Namespace) -> Aim:
    return Aim(options.margin, options.assurance, options.level, options.extent)


def _detection(options: argparse.Namespace) -> dict[str, object]:
    respondents = detection_size(options.population, options.detect, options.probability)
    issued = to_issue(respondents, options.population, options.response)
    return {"respondents": respondents, "issued": issued, "probability": options.probability}


def _size_for_change(options: argparse.Namespace) -> dict[str, object]:
    respondents = size_for_change(
        options.population,
        options.before,
        options.after,
        power_asked=options.power,
        level=options.level,
        deff=options.deff,
        first_respondents=options.first,
    )
    issued = to_issue(respondents, options.population, options.response)
    return {
        "first": options.first or respondents,
        "second": respondents,
        "issued": issued,
        "from": options.before,
        "to": options.after,
        "power": options.power,
    }


def _wave_rows(wave: NextWave) -> list[dict[str, object]]:
    columns = ("stratum", "population", "rate", "response", "deff", "respondents", "issued")
    values = zip(
        wave.allocation.stratum,
        wave.allocation.population.tolist(),
        wave.rate.tolist(),
        wave.response.tolist(),
        wave.deff.tolist(),
        wave.allocation.respondents.tolist(),
        wave.allocation.issued.tolist(),
        strict=True,
    )
    return [dict(zip(columns, cells, strict=True)) for cells in values]


def _say_precision(extent: float, options: argparse.Namespace) -> None:
    measure = {Extent.HALF: "Half the interval", Extent.UPPER: "The upper limit's distance"}
    sys.stderr.write(
        f"{measure[options.extent]} will be at most {extent:.4f} "
        f"in {options.assurance:.0%} of samples.\n"
    )


def _warn(stratum: Sequence[str], population: Integers, respondents: Integers) -> None:
    for thin in thin_strata(stratum, population, respondents):
        sys.stderr.write(f"{thin}\n")


def _share(row: Row, column: str | None, otherwise: float) -> float:
    if not column:
        return float(otherwise)
    share = row.number(column)
    if share > 1:
        raise row.fault(column, f"{share:g} is no share: give 0.05 for 5 %.")
    return share


def _rate(row: Row, options: argparse.Namespace) -> float:
    rate = _share(row, options.rate_column, options.rate)
    if options.rate_column and rate == 1:
        raise row.fault(options.rate_column, "1 is no rate below 1.")
    return rate
