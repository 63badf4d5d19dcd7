"""``weights rake``."""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from stats.arrays import Integers, Mask
from stats.cells import JOINT, Cells, WeightingError
from stats.command.csv_files import (
    FileError,
    Row,
    count_rows,
    find_line,
    read_rows,
    read_strata,
)
from stats.command.output import FORMATS, write
from stats.design import DesignError
from stats.intervals import Interval
from stats.weighted_rates import weighted_rate
from stats.weights import Residuals, Weights, rake

_CODES = {"1": 0, "0": 1, "8": 2, "9": 2, "": 2}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb of ``weights``."""
    verbs = parser.add_subparsers(required=True)
    parser = verbs.add_parser("rake", help="weights that meet known margins, or rates under them")
    parser.add_argument("--design", type=Path, required=True, help="stratum,population[,...]")
    parser.add_argument("--sheets", type=Path, required=True, help="stratum,<item>,...")
    parser.add_argument("--margins", type=Path, required=True, help="variable,category,population")
    parser.add_argument("--item", action="append", default=[], help="print its rate, not weights")
    parser.add_argument("--by", help="column whose values are the domains of the rates")
    parser.add_argument("--interval", type=Interval, choices=list(Interval), default=Interval.NCHS)
    parser.add_argument("--level", type=float, default=0.95)
    parser.add_argument("--no-fpc", dest="fpc", action="store_false")
    parser.add_argument("--residuals", choices=list(Residuals), default=Residuals.DESIGN)
    parser.add_argument("--tolerance", type=float, default=1e-12)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.set_defaults(run=print_weights)


def print_weights(options: argparse.Namespace) -> int:
    """Print each cell's weight, or the items' rates under the weights."""
    places, margins = _margins(options.margins)
    columns = [part for name in margins for part in name.split(JOINT)] + [options.by or "stratum"]
    variables = [name for name in dict.fromkeys(columns) if name != "stratum"]
    strata = read_strata(options.design)
    counts = count_rows(options.sheets, ["stratum", *variables], options.item)
    keys = _sorted(options.sheets, counts[""], list(strata))
    answers = {item: _answers(options.sheets, item, counts[item], keys) for item in options.item}
    try:
        cells = _cells(strata, variables, keys, [counts[""][key] for key in keys])
        weights = rake(cells, margins, tolerance=options.tolerance, rounds=options.rounds)
    except DesignError as error:
        raise strata[error.stratum].fault("population", f"{error}.") from None
    except WeightingError as error:
        raise _fault(error, options.sheets, places) from None
    rows = [
        _rate(weights, domain, item, answers[item] * within, options)
        for domain, within in _domains(weights, options.by)
        for item in options.item
    ]
    write(rows or _weights(weights, variables), options.format)
    sys.stderr.write(
        f"Raking converged in {weights.rounds} rounds; "
        f"the largest relative difference from a margin is {weights.discrepancy:.2g}.\n"
    )
    return 0


def _sorted(
    path: Path, counts: Iterable[tuple[str, ...]], strata: Sequence[str]
) -> list[tuple[str, ...]]:
    """Put cells into the order of the design, and refuse those outside it."""
    order = {name: place for place, name in enumerate(strata)}
    for name, *_ in counts:
        if name not in order:
            raise _sheet_fault(path, "stratum", name, "the design has no such stratum.")
    return sorted(counts, key=lambda key: (order[key[0]], key))


def _cells(
    strata: Mapping[str, Row],
    variables: Sequence[str],
    keys: Sequence[tuple[str, ...]],
    sheets: Sequence[int],
) -> Cells:
    population = {name: row.number("population") for name, row in strata.items()}
    stratum, *labels = zip(*keys, strict=True)
    return Cells.of(population, stratum, dict(zip(variables, labels, strict=True)), sheets)


def _margins(path: Path) -> tuple[dict[tuple[str, str], Row], dict[str, dict[str, float]]]:
    places: dict[tuple[str, str], Row] = {}
    margins: dict[str, dict[str, float]] = {}
    for row in read_rows(path, ["variable", "category", "population"]):
        variable, category = row.cells["variable"], row.cells["category"]
        if (variable, category) in places:
            raise row.fault("category", f"{variable} {category} stands here a second time.")
        places[variable, category] = row
        margins.setdefault(variable, {})[category] = row.number("population")
    return places, margins


def _answers(
    path: Path, item: str, counts: Mapping[tuple[str, ...], int], keys: Sequence[tuple[str, ...]]
) -> Integers:
    """Count yes and no in each cell, shape (2, C)."""
    tally = {key: [0, 0, 0] for key in keys}
    for (*key, code), sheets in counts.items():
        if code not in _CODES:
            reason = f"{code!r} is none of the codes 1, 0, 8, 9 and empty."
            raise _sheet_fault(path, item, code, reason)
        tally[tuple(key)][_CODES[code]] += sheets
    return np.array(list(tally.values()), dtype=np.int64).T[:2]


def _domains(weights: Weights, by: str | None) -> list[tuple[str, Mask]]:
    """Return each domain, and which cells lie in it."""
    if by is None:
        return [("all", np.ones(weights.cells.sheets.shape, np.bool_))]
    labels = weights.cells.labels(by)
    return [(name, np.array(labels) == name) for name in dict.fromkeys(labels)]


def _rate(
    weights: Weights,
    domain: str,
    item: str,
    answers: Integers,
    options: argparse.Namespace,
) -> dict[str, object]:
    estimate = weighted_rate(
        weights,
        *answers,
        interval=options.interval,
        level=options.level,
        fpc=options.fpc,
        residuals=options.residuals,
    )
    return {"domain": domain, "item": item, **asdict(estimate)}


def _weights(weights: Weights, variables: Sequence[str]) -> list[dict[str, object]]:
    cells = weights.cells
    return [
        {
            "stratum": cells.strata[stratum],
            **{variable: cells.categories[variable][at] for variable in variables},
            "n": int(cells.sheets[at]),
            "base_weight": float(cells.base_weight[at]),
            "weight": float(weights.weight[at]),
        }
        for at, stratum in enumerate(np.asarray(cells.stratum))
    ]


def _fault(error: WeightingError, sheets: Path, places: Mapping[tuple[str, str], Row]) -> FileError:
    """Return the refusal with the file, line and column at fault."""
    if (error.variable, error.category) in places:
        return places[error.variable, error.category].fault("category", str(error))
    if error.category:
        return _sheet_fault(sheets, error.variable, error.category, str(error))
    first = next(row for (variable, _), row in places.items() if variable == error.variable)
    return first.fault("population", str(error))


def _sheet_fault(path: Path, variable: str, category: str, reason: str) -> FileError:
    parts = dict(zip(variable.split(JOINT), category.split(JOINT), strict=True))
    return FileError(path, reason, find_line(path, parts), variable)
