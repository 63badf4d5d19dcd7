"""The rates as CSV, for spreadsheets and R."""

import csv
import io
from dataclasses import fields

from survey_app.answers.analyse.exports.csv_cells import Cell, harmless_cell
from survey_app.answers.analyse.exports.reliability import decision, explanation
from survey_app.documents.design import Names
from survey_app.documents.results import Rate, Results


def rates_csv(results: Results) -> str:
    """Write all rates in full precision; no cell is read as a formula."""
    rows = [_cells(results, rate) for rate in results.rates]
    file = io.StringIO()
    writer = csv.DictWriter(file, list(rows[0]) if rows else [], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({name: harmless_cell(cell) for name, cell in row.items()} for row in rows)
    return file.getvalue()


def _cells(results: Results, rate: Rate) -> dict[str, Cell]:
    domain = results.by_id[rate.domain]
    label = results.labels[domain.kind, rate.item]
    return {
        "scope": domain.scope,
        "kind": domain.kind,
        "strata": "; ".join(domain.strata),
        **_both("domain", domain.name),
        **_both("category", domain.category),
        "item": rate.item,
        **_both("label", label),
        "issued": domain.issued,
        "ballots": domain.ballots,
        "valid": domain.valid,
        **{field.name: getattr(rate, field.name) for field in fields(rate)[2:]},
        **_both("flag", decision(rate)),
        **_both("why", explanation(rate, results)),
    }


def _both(name: str, names: Names | None) -> dict[str, Cell]:
    if names is None:
        return {f"{name}_zh": "", f"{name}_en": ""}
    return {f"{name}_zh": names.zh, f"{name}_en": names.en}
