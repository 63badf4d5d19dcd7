"""Lines as CSV that a spreadsheet opens as UTF-8 and takes no formula from; and the codebook."""

import csv
import io
from collections.abc import Iterable, Sequence

from survey_app.answers.analyse.exports.answer_counts import ANSWERS, VARIABLES, lines
from survey_app.answers.analyse.exports.csv_cells import Cell, harmless_cell
from survey_app.documents.results import Results, Scope


def counts_csv(results: Results) -> bytes:
    """Write the counts, in full precision, for any program."""
    head = [name for name in VARIABLES if name != "weight"]
    rows = [
        [
            line.stratum,
            line.unit.zh,
            line.category.zh,
            line.kind.value,
            line.population,
            line.valid,
            line.item,
            line.label.zh,
            line.answer,
            line.sheets,
        ]
        for line in lines(results)
    ]
    return _csv([head, *rows])


def codebook_csv(results: Results) -> bytes:
    """Say what each variable and each of its values means, in both languages."""
    rows: list[Sequence[Cell]] = [["variable", "value", "label_zh", "label_en"]]
    rows += [[name, "", label.zh, label.en] for name, label in VARIABLES.items()]
    rows += [["answer", value, label.zh, label.en] for value, label in ANSWERS.items()]
    rows += [["item", item.code, item.label.zh, item.label.en] for item in results.items]
    rows += [
        ["stratum", stratum.key, stratum.name.zh, stratum.name.en]
        for stratum in results.of(Scope.STRATUM)
    ]
    return _csv(rows)


def _csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerows([harmless_cell(cell) for cell in row] for row in rows)
    return file.getvalue().encode("utf-8-sig")
