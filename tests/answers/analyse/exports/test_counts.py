"""The counts as CSV, for SPSS and Stata, and what R makes of them."""

import csv
import io
import shutil
import subprocess
import zipfile
from collections import Counter, defaultdict

import pyreadstat
import pytest

from survey_app.answers.analyse.estimates.compute import results_of
from survey_app.answers.analyse.exports.answer_counts import (
    ANSWERS,
    UNDETERMINED,
    VARIABLES,
    YES,
    lines,
)
from survey_app.answers.analyse.exports.counts_csv import codebook_csv, counts_csv
from survey_app.answers.analyse.exports.r_script import r_archive
from survey_app.answers.analyse.exports.spss_stata import dta, sav
from survey_app.documents.results import ANY, Options, Scope


def rows(document):
    assert document.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(document.decode("utf-8-sig"))))


def test_every_valid_sheet_answers_every_item_once(results):
    sheets: Counter[tuple[str, str]] = Counter()
    for line in lines(results):
        sheets[line.stratum, line.item] += line.sheets

    for stratum in results.of(Scope.STRATUM):
        for item in results.items_of(stratum.kind):
            assert sheets[stratum.key, item.code] == stratum.valid


def test_weights_add_up_to_the_population(results):
    persons: dict[str, float] = defaultdict(float)
    for line in lines(results):
        if line.item == ANY:
            persons[line.kind] += line.weight * line.sheets

    for domain in results.of(Scope.KIND):
        assert persons[domain.kind] == pytest.approx(domain.population, rel=1e-12)


def test_counts_give_the_rates_with_the_undetermined_as_no_and_as_yes(results):
    for kind in results.of(Scope.KIND):
        counts = [line for line in lines(results) if (line.kind, line.item) == (kind.kind, ANY)]

        def share(answers, counts=counts, kind=kind):
            persons = sum(line.weight * line.sheets for line in counts if line.answer in answers)
            return persons / kind.population

        rate = results.rate(kind.id)
        assert rate.lower < rate.upper
        assert share({YES}) == pytest.approx(rate.lower)
        assert share({YES, UNDETERMINED}) == pytest.approx(rate.upper)


def test_no_cell_of_the_csv_is_a_formula(results):
    text = [value for row in rows(counts_csv(results)) for value in row.values()]

    assert any(value.startswith("'=HYPERLINK") for value in text)
    assert not any(value.startswith(("=", "+", "@")) for value in text)
    assert set(rows(counts_csv(results))[0]) == VARIABLES.keys() - {"weight"}


def test_the_codebook_says_every_variable_and_value(results):
    meanings = {(row["variable"], row["value"]) for row in rows(codebook_csv(results))}

    assert {(name, "") for name in VARIABLES} <= meanings
    assert {("answer", str(value)) for value in ANSWERS} <= meanings
    assert {("item", line.item) for line in lines(results)} <= meanings
    assert {("stratum", line.stratum) for line in lines(results)} <= meanings


@pytest.mark.parametrize(
    ("write", "read", "name"),
    [(sav, pyreadstat.read_sav, "counts.sav"), (dta, pyreadstat.read_dta, "counts.dta")],
)
def test_labels_are_read_back(results, tmp_path, write, read, name):
    file = tmp_path / name
    file.write_bytes(write(results))
    columns, meta = read(file, output_format="dict")

    assert meta.column_names_to_labels == {name: label.zh for name, label in VARIABLES.items()}
    values = meta.variable_value_labels
    assert values["answer"][YES] == "有"
    assert set(values["kind"].values()) == {"业务岗位", "非业务岗位"}
    expected = list(lines(results))
    labelled = {
        column: [values[column][value] for value in columns[column]]
        for column in ("stratum", "unit", "category", "label")
    }
    assert labelled["stratum"] == [line.stratum for line in expected]
    assert labelled["unit"] == [line.unit.zh for line in expected]
    assert labelled["category"] == [line.category.zh for line in expected]
    assert labelled["label"] == [line.label.zh for line in expected]
    assert columns["item"] == [line.item for line in expected]
    assert columns["sheets"] == [line.sheets for line in expected]
    assert columns["weight"] == pytest.approx([line.weight for line in expected])


def test_the_same_results_are_packed_alike(results):
    assert r_archive(results) == r_archive(results)


@pytest.mark.parametrize("fpc", [True, False])
def test_r_repeats_the_main_table(box, tmp_path, fpc):
    rscript = shutil.which("Rscript")
    assert rscript, "there is no R with its package survey: `make programs` installs it"
    results = results_of(box, Options(fpc=fpc))
    with zipfile.ZipFile(io.BytesIO(r_archive(results))) as archive:
        archive.extractall(tmp_path)
    process = subprocess.run(
        [rscript, "analysis.R"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr

    table = rows(b"\xef\xbb\xbf" + (tmp_path / "table.csv").read_bytes())
    domains = {(domain.kind, domain.key): domain.id for domain in results.of(Scope.CATEGORY)}
    assert len(table) == sum(len(results.items_of(kind)) for kind, _ in domains)
    for row in table:
        rate = results.rate(domains[row["kind"], row["category"].removeprefix("'")], row["item"])
        by_r = float(row["rate"]), float(row["se"])
        assert by_r == pytest.approx((rate.rate, rate.se), rel=1e-9, abs=0)
