"""Lines as CSV that a spreadsheet opens as UTF-8 and takes no formula from; and the codebook."""

import csv
import io
from collections.abc import Iterable, Sequence

from survey_app.answers.analyse.exports.answer_counts import ANSWERS, VARIABLES, lines
from survey_app.answers.analyse.exports.rates import neutral
from survey_app.documents.results import Results

Value = str | int | float | None


def counts_csv(results: Results) -> bytes:
    """Write the counts, in full precision, for any program."""
    head = [name for name in VARIABLES if name != "weight"]
    rows = [
        [
            neutral(line.stratum),
            neutral(line.unit.zh),
            neutral(line.category.zh),
            line.kind.value,
            line.population,
            line.valid,
            line.item,
            neutral(line.label.zh),
            line.answer,
            line.sheets,
        ]
        for line in lines(results)
    ]
    return _csv([head, *rows])


def codebook_csv(results: Results) -> bytes:
    """Say what each variable and each of its values means, in both languages."""
    rows: list[Sequence[Value]] = [["variable", "value", "label_zh", "label_en"]]
    rows += [[name, "", label.zh, label.en] for name, label in VARIABLES.items()]
    rows += [["answer", value, label.zh, label.en] for value, label in ANSWERS.items()]
    rows += [["item", one.code, one.label.zh, one.label.en] for one in results.items]
    rows += [
        ["stratum", neutral(one.key), neutral(one.name.zh), neutral(one.name.en)]
        for one in results.domains
        if one.scope == "stratum"
    ]
    return _csv(rows)


def _csv(rows: Iterable[Sequence[Value]]) -> bytes:
    file = io.StringIO()
    csv.writer(file, lineterminator="\r\n").writerows(rows)
    return file.getvalue().encode("utf-8-sig")
