"""``means``: how often, or how much, by domain."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from stats.command.csv_files import blocks
from stats.command.output import note, write
from stats.command.sheets import Files, add_files
from stats.command.strata import persons_left_out
from stats.design import Lonely
from stats.means import Among, MeanInterval, means
from stats.values import Values, count_values

if TYPE_CHECKING:
    import argparse

    from stats.arrays import Floats, Integers

BRIEF = (
    "domain",
    "item",
    "among",
    "n",
    "contacts",
    "missing",
    "population",
    "mean",
    "se",
    "low",
    "high",
    "effective_size",
    "df",
    "total",
    "interval",
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``means``."""
    add_files(parser)
    parser.add_argument("--by", help="a column of either file: one domain for each of its values")
    parser.add_argument(
        "--item", action="append", required=True, help="a column of numbers; blank is 0"
    )
    parser.add_argument(
        "--among",
        type=Among,
        choices=list(Among),
        default=Among.EVERYONE,
        help="whom the mean is among: contacts have a number above 0",
    )
    parser.add_argument(
        "--largest",
        type=float,
        help="the greatest number that can be answered; needed by the bounded interval",
    )
    parser.add_argument(
        "--interval",
        type=MeanInterval,
        choices=list(MeanInterval),
        default=MeanInterval.BOUNDED,
        help="method of the interval",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one row a domain and item."""
    files = Files.of(options, by=options.by, items=options.item, has_codes=False)
    numbers = _Numbers(files, _codes(options.missing))
    respondents, counts = numbers.count()
    design = files.design_of(respondents, Lonely(options.lonely))
    rows = [
        {field.name: getattr(mean, field.name) for field in fields(mean)}
        | {"domain": domain or mean.domain, "item": item}
        | {"not_represented": persons_left_out(options)}
        for (domain, item), values in counts.items()
        for mean in means(
            design,
            values,
            by=None if files.by else options.by,
            among=options.among,
            largest=options.largest,
            interval=options.interval,
            level=options.level,
            fpc=options.fpc,
        )
    ]
    if options.format == "table":
        rows = [{name: row[name] for name in BRIEF} for row in rows]
    write(rows, options.format)
    return 0


def _codes(declaration: str | None) -> frozenset[str]:
    """Return the cells that are no answer."""
    return (
        frozenset(text.strip() for text in declaration.split(",")) if declaration else frozenset()
    )


@dataclass(frozen=True)
class _Numbers:
    """The columns of numbers of a file of sheets."""

    files: Files
    missing: frozenset[str]

    def count(self) -> tuple[Integers, dict[tuple[str, str], Values]]:
        """Count the sheets of each stratum, and its numbers by domain and item."""
        files, strata = self.files, len(self.files.strata.names)
        respondents = np.zeros(strata, np.int64)
        parts: dict[tuple[str, str], list[Values]] = {}
        blank = 0
        columns = list(dict.fromkeys(["stratum", *files.items, *filter(None, [files.by])]))
        for batch in blocks(files.sheets, columns, pa.dictionary(pa.int32(), pa.string())):
            place = files.places(batch)
            respondents += np.bincount(place, minlength=strata)
            names, domain = self._domains(batch, len(place))
            for item in files.items:
                numbers = files.coded(batch, item, self._number)
                blank += int(files.coded(batch, item, lambda _, cell: cell == "").sum())
                for at, name in enumerate(names):
                    if name or not files.by:  # without a value a sheet is in no domain
                        part = count_values(place, numbers, strata, within=domain == at)
                        parts.setdefault((name, item), []).append(part)
        if blank and "" not in self.missing:
            note(f"{files.sheets}: {blank} blank cells are taken as 0 (does not apply).")
        return respondents, {
            key: functools.reduce(operator.add, values) for key, values in parts.items()
        }

    def _domains(self, batch: Any, sheets: int) -> tuple[list[str], Floats]:  # noqa: ANN401
        """Return the domains' names, and the place of each sheet's among them."""
        if not self.files.by:
            return [""], np.zeros(sheets)
        names: list[str] = batch.column(self.files.by).dictionary.to_pylist()
        return names, self.files.coded(batch, self.files.by, lambda _, cell: names.index(cell))

    def _number(self, column: str, cell: str) -> float:
        if cell in self.missing:
            return float("nan")
        try:
            number = float(cell or 0)
        except ValueError:
            number = -1.0
        if not 0 <= number < float("inf"):
            reason = f"{cell!r} is no number from 0: --missing names what is no answer."
            raise self.files.sheet_fault(column, cell, reason)
        return number
