"""The counts for SPSS and Stata, with Chinese labels of variables and values."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pyreadstat

from survey_app.answers.analyse.exports.answer_counts import ANSWERS, VARIABLES, Line, lines
from survey_app.documents.design import Kind
from survey_app.documents.results import Results

_KINDS = {1: Kind.BUSINESS, 2: Kind.NON_BUSINESS}
_KIND_LABELS = {1: "业务岗位", 2: "非业务岗位"}
_LONGEST_DTA_LABEL = 80  # characters: the file format's limit for a variable's label


def sav(results: Results) -> bytes:
    """Write the counts for SPSS; weight the cases by ``sheets`` to have the sheets themselves."""
    return _written(results, "counts.sav", pyreadstat.write_sav)


def dta(results: Results) -> bytes:
    """Write the counts for Stata 15 or later; ``[fweight=sheets]`` gives the sheets themselves."""
    return _written(results, "counts.dta", pyreadstat.write_dta)


def _written(results: Results, name: str, write: Callable[..., None]) -> bytes:
    counts = list(lines(results))
    frame, labels = _frame(counts)
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(
            frame,
            str(path),
            column_labels=[VARIABLES[column].zh[:_LONGEST_DTA_LABEL] for column in frame.columns],
            variable_value_labels=labels,
        )
        return path.read_bytes()


def _frame(counts: list[Line]) -> tuple[pl.DataFrame, dict[str, dict[int, str]]]:
    """Give names numbers, so that their labels stand in the file as value labels."""
    labels = {
        "stratum": _numbered([line.stratum for line in counts]),
        "unit": _numbered([line.unit.zh for line in counts]),
        "category": _numbered([line.category.zh for line in counts]),
        "kind": _KIND_LABELS,
        "label": _numbered([line.label.zh for line in counts]),
        "answer": {value: label.zh for value, label in ANSWERS.items()},
    }
    number = {
        name: {label: value for value, label in values.items()} for name, values in labels.items()
    }
    kinds = {kind: value for value, kind in _KINDS.items()}
    columns = {
        "stratum": [number["stratum"][line.stratum] for line in counts],
        "unit": [number["unit"][line.unit.zh] for line in counts],
        "category": [number["category"][line.category.zh] for line in counts],
        "kind": [kinds[line.kind] for line in counts],
        "population": [line.population for line in counts],
        "valid": [line.valid for line in counts],
        "item": [line.item for line in counts],
        "label": [number["label"][line.label.zh] for line in counts],
        "answer": [line.answer for line in counts],
        "sheets": [line.sheets for line in counts],
        "weight": [line.weight for line in counts],
    }
    types = dict.fromkeys(columns, pl.Int64) | {"item": pl.String, "weight": pl.Float64}
    return pl.DataFrame(columns, schema=types), labels


def _numbered(names: list[str]) -> dict[int, str]:
    return dict(enumerate(dict.fromkeys(names), start=1))
