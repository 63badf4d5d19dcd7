"""``plan size`` and ``plan allocate``."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from stats.allocation import Method, allocate
from stats.command.csv_files import Row, read_strata
from stats.command.output import FORMATS, write
from stats.planning import detection_size, sample_size, to_issue


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the two verbs of ``plan``."""
    verbs = parser.add_subparsers(required=True)
    _add_size(verbs.add_parser("size", help="how many must answer, and be asked"))
    _add_allocate(verbs.add_parser("allocate", help="divide a sample among strata"))


def _add_size(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--population", type=int, help="persons; left out: without end")
    aim = parser.add_mutually_exclusive_group(required=True)
    aim.add_argument("--margin", type=float, help="half width of the interval")
    aim.add_argument("--cv", type=float, help="coefficient of variation")
    aim.add_argument("--detect", type=float, metavar="RATE", help="rate not to go unnoticed")
    parser.add_argument("--probability", type=float, default=0.95, help="of detection")
    parser.add_argument("--rate", type=float, default=0.5, help="rate expected")
    parser.add_argument("--level", type=float, default=0.95)
    parser.add_argument("--response", type=float, default=1.0, help="response rate expected")
    parser.add_argument("--deff", type=float, default=1.0, help="design effect")
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.set_defaults(run=size)


def _add_allocate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--design", type=Path, required=True, help="stratum,population[,...]")
    parser.add_argument("--total", type=int, required=True, help="respondents to share out")
    parser.add_argument("--method", choices=list(Method), default=Method.PROPORTIONAL)
    parser.add_argument("--rate", type=float, default=0.5, help="rate expected everywhere")
    parser.add_argument("--rate-column", help="column of the rates expected")
    parser.add_argument("--power", type=float, default=0.5, help="of the size, for power")
    parser.add_argument("--size-column", help="column of the sizes, for power")
    parser.add_argument("--minimum", type=int, default=2, help="least respondents of a stratum")
    parser.add_argument("--response", type=float, default=1.0, help="response rate expected")
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.set_defaults(run=shares)


def size(options: argparse.Namespace) -> int:
    """Print the smallest sample that reaches a precision, or detects a rate."""
    if options.detect is not None:
        row = _detection(options)
    else:
        row = asdict(
            sample_size(
                options.population,
                rate=options.rate,
                margin=options.margin,
                cv=options.cv,
                level=options.level,
                response=options.response,
                deff=options.deff,
            )
        )
    write([row], options.format)
    return 0


def shares(options: argparse.Namespace) -> int:
    """Print each stratum's share, and the standard error to expect."""
    columns_of_strata = [column for column in (options.rate_column, options.size_column) if column]
    rows = read_strata(options.design, columns_of_strata)
    allocation = allocate(
        list(rows),
        [row.number("population") for row in rows.values()],
        options.total,
        options.method,
        rate=[_rate(row, options) for row in rows.values()],
        power=options.power,
        size=[row.number(options.size_column) for row in rows.values()]
        if options.size_column
        else None,
        minimum=options.minimum,
        response=options.response,
    )
    columns = ("stratum", "population", "respondents", "issued")
    values = zip(
        allocation.stratum,
        allocation.population.tolist(),
        allocation.respondents.tolist(),
        allocation.issued.tolist(),
        strict=True,
    )
    write([dict(zip(columns, cells, strict=True)) for cells in values], options.format)
    sys.stderr.write(f"Standard error of the overall rate to expect: {allocation.se:.6g}\n")
    return 0


def _detection(options: argparse.Namespace) -> dict[str, object]:
    respondents = detection_size(options.population, options.detect, options.probability)
    issued = to_issue(respondents, options.population, options.response)
    return {"respondents": respondents, "issued": issued, "probability": options.probability}


def _rate(row: Row, options: argparse.Namespace) -> float:
    if not options.rate_column:
        return float(options.rate)
    rate = row.number(options.rate_column)
    if rate >= 1:
        raise row.fault(options.rate_column, f"{rate:g} is no rate below 1.")
    return rate
