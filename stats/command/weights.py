"""``weights rake``."""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from stats.arrays import Integers, Mask
from stats.cells import JOINT, Cells, WeightingError
from stats.command.csv_files import Row, count_rows, find_line, read_rows, refuse_repeats
from stats.command.forms import FileError
from stats.command.output import FORMATS, note, write
from stats.command.sheets import add_codes, codes_of
from stats.command.strata import Strata, add_strata
from stats.command.weights_spread import say_weights
from stats.counting import NO, YES
from stats.design import DesignError
from stats.intervals import Interval
from stats.weighted_rates import weighted_rate
from stats.weights import Residuals, Weights, rake

_COLUMNS = {YES: 0, NO: 1}
_SHARES = 0.005  # how far rounded shares sum from 1, relative


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the verb of ``weights``."""
    verbs = parser.add_subparsers(required=True)
    parser = verbs.add_parser("rake", help="weights that meet known margins, or rates under them")
    parser.add_argument("--design", type=Path, required=True, help="stratum,population[,...]")
    parser.add_argument("--sheets", type=Path, required=True, help="stratum,<item>,...")
    parser.add_argument("--margins", type=Path, required=True, help="variable,category,population")
    parser.add_argument("--item", action="append", default=[], help="print its rate, not weights")
    add_strata(parser)
    add_codes(parser)
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
    strata = Strata.of(options)
    strata.say_left_out()
    codes = codes_of(options.missing)
    if options.id:
        refuse_repeats(options.sheets, options.id)
    places, margins = _margins(options.margins, sum(strata.population.values()))
    weighting = [part for name in margins for part in name.split(JOINT)]
    columns = dict.fromkeys([*weighting, options.by or "stratum"])
    variables = [name for name in columns if name != "stratum"]
    counts = {
        name: _by_stratum(options.sheets, tally, strata)
        for name, tally in count_rows(options.sheets, ["stratum", *variables], options.item).items()
    }
    _refuse_blank(options.sheets, [name for name in variables if name in weighting])
    keys = sorted(counts[""], key=lambda key: (strata.places[key[0]], key))
    answers = {
        item: _answers(options.sheets, item, counts[item], keys, codes) for item in options.item
    }
    try:
        cells = _cells(strata, variables, counts[""], keys, options.sheets)
        weights = rake(cells, margins, tolerance=options.tolerance, rounds=options.rounds)
    except DesignError as error:
        raise strata.fault(error.stratum, "population", f"{error}.") from None
    except WeightingError as error:
        raise _fault(error, options.sheets, places) from None
    note(
        f"Raking converged in {weights.rounds} rounds; "
        f"the largest relative difference from a margin is {weights.discrepancy:.2g}."
    )
    further = {**say_weights(weights), "not_represented": sum(strata.left_out.values())}
    rows = [
        _rate(weights, domain, item, answers[item] * within, options)
        | ({} if options.format == "table" else further)
        for domain, within in _domains(weights, options.by)
        for item in options.item
    ]
    write(rows or _weights(weights, variables), options.format)
    return 0


def _by_stratum(
    path: Path, counts: Mapping[tuple[str, ...], int], strata: Strata
) -> Counter[tuple[str, ...]]:
    """Count by the strata that remain, and refuse sheets of others."""
    tally: Counter[tuple[str, ...]] = Counter()
    for (name, *labels), sheets in counts.items():
        if name not in strata.places:
            raise _sheet_fault(path, "stratum", name, strata.absence(name))
        tally[strata.names[strata.places[name]], *labels] += sheets
    return tally


def _refuse_blank(path: Path, variables: Sequence[str]) -> None:
    """Refuse a sheet without a category of a margin."""
    for variable in variables:
        line = find_line(path, {variable: ""})
        if line:
            reason = f"{variable} is empty: a margin needs a category of every sheet."
            raise FileError(path, reason, line, variable)


def _cells(
    strata: Strata,
    variables: Sequence[str],
    counts: Mapping[tuple[str, ...], int],
    keys: Sequence[tuple[str, ...]],
    path: Path,
) -> Cells:
    sheets = dict.fromkeys(strata.names, 0)
    for name, *_ in keys:
        sheets[name] += 1
    strata.refuse_empty(list(sheets.values()), path)
    stratum, *labels = zip(*keys, strict=True)
    categories = dict(zip(variables, labels, strict=True))
    return Cells.of(strata.population, stratum, categories, [counts[key] for key in keys])


def _margins(
    path: Path, persons: float
) -> tuple[dict[tuple[str, str], Row], dict[str, dict[str, float]]]:
    places: dict[tuple[str, str], Row] = {}
    margins: dict[str, dict[str, float]] = {}
    for row in read_rows(path, ["variable", "category", "population"]):
        variable, category = row.cells["variable"], row.cells["category"]
        for column in ("variable", "category"):
            if not row.cells[column]:
                raise row.fault(column, f"{column} is empty.")
        if (variable, category) in places:
            raise row.fault("category", f"{variable} {category} stands here a second time.")
        places[variable, category] = row
        margins.setdefault(variable, {})[category] = row.number("population")
    scaled = {name: _scaled(path, name, totals, persons) for name, totals in margins.items()}
    return places, scaled


def _scaled(
    path: Path, variable: str, totals: Mapping[str, float], persons: float
) -> dict[str, float]:
    """Turn shares, which sum to 1 or 100 but for rounding, into persons."""
    total = sum(totals.values())
    for whole in (1, 100):
        if abs(total - whole) <= _SHARES * whole and abs(total - persons) > _SHARES * persons:
            note(
                f"{path}: the margin of {variable} sums to {total:g}: read as shares of "
                f"{persons:g} persons."
            )
            return {category: share * persons / total for category, share in totals.items()}
    return dict(totals)


def _answers(
    path: Path,
    item: str,
    counts: Mapping[tuple[str, ...], int],
    keys: Sequence[tuple[str, ...]],
    codes: Mapping[str, int],
) -> Integers:
    """Count yes and no in each cell, shape (2, C)."""
    tally = {key: [0, 0, 0] for key in keys}
    for (*key, code), sheets in counts.items():
        if code not in codes:
            reason = f"{code!r} is none of the codes 1, 0, 8, 9 and empty (--missing names others)."
            raise _sheet_fault(path, item, code, reason)
        tally[tuple(key)][_COLUMNS.get(codes[code], 2)] += sheets
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
