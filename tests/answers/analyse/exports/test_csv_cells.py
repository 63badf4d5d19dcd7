"""No file of results lets a spreadsheet compute a name; both writers guard in the same way."""

import csv
import io
from dataclasses import replace

import pytest

from survey_app.answers.analyse.exports.counts_csv import codebook_csv, counts_csv
from survey_app.answers.analyse.exports.rates import rates_csv
from survey_app.documents.design import Names


def renamed(results, text):
    """The same results, in which everything that people have named has this name."""
    names = Names.model_construct(zh=text, en=text)
    return replace(
        results,
        domains=tuple(
            replace(domain, name=names, category=domain.category and names)
            for domain in results.domains
        ),
        items=tuple(replace(item, label=names) for item in results.items),
    )


def cells(results):
    rates = csv.DictReader(io.StringIO(rates_csv(results)))
    counts = csv.DictReader(io.StringIO(counts_csv(results).decode("utf-8-sig")))
    codebook = csv.reader(io.StringIO(codebook_csv(results).decode("utf-8-sig")))
    names = ("domain_zh", "domain_en", "label_zh", "label_en")
    return {
        "rates": {row[name] for row in rates for name in names},
        "counts": {row[name] for row in counts for name in ("unit", "category", "label")},
        "codebook": {
            cell for row in codebook if row[0] in {"item", "stratum"} and row[1] for cell in row[2:]
        },
    }


@pytest.mark.parametrize(
    "text", ["＝1+1", "|cmd", "%0A", "\n=1", " =1+1", "=1+1", "@SUM(A1)", "-1+cmd|' /C calc'!A0"]
)
def test_what_starts_like_a_formula_is_written_as_text(results, text):
    for writer, values in cells(renamed(results, text)).items():
        assert values == {f"'{text}"}, writer


@pytest.mark.parametrize("text", ["-1", "+86 1", "单位", "a=b"])
def test_a_number_as_a_name_stays_as_it_is(results, text):
    for writer, values in cells(renamed(results, text)).items():
        assert values == {text}, writer


def test_numbers_are_written_as_numbers(results):
    """A difference below zero, say, gets no apostrophe."""
    below = replace(results, rates=tuple(replace(rate, low=-0.25) for rate in results.rates))

    rows = csv.DictReader(io.StringIO(rates_csv(below)))

    assert {row["low"] for row in rows} == {"-0.25"}
