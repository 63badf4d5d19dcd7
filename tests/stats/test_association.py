"""Rao and Scott's test: against R, and against Pearson's where sampling is simple."""

import numpy as np
import pytest
from scipy.stats import chi2_contingency

import stats
from stats import Design
from tests.stats.r_records import name, records, same, sample
from tests.stats.test_comparison import DESIGN, SHEETS


def association(record):
    sheets = sample(record)
    row = {"awards": "awards01"}.get(record["row"], record["row"])
    labels = sorted({sheet[record["col"]] for sheet in sheets.sheets})
    cells = np.zeros((len(sheets.names), 2, len(labels)))
    for place, sheet in zip(sheets.place, sheets.sheets, strict=True):
        cells[place, int(sheet[row]), labels.index(sheet[record["col"]])] += 1
    return stats.rao_scott(sheets.design, cells, fpc=sheets.fpc)


@pytest.mark.parametrize("record", records("svychisq"), ids=name)
def test_rao_and_scotts_test_is_that_of_r(record):
    test = association(record)

    if record["statistic"] == "Chisq":
        assert same(test.chi_square, record["stat"])
    else:
        assert same(test.f, record["stat"])
        assert test.df == pytest.approx(record["par"], rel=1e-9)
        assert same(test.p, record["p"])


@pytest.mark.parametrize("record", records("svytable"), ids=name)
def test_weighted_tables_are_those_of_r(record):
    assert association(record).table == pytest.approx(np.array(record["cells"]), rel=1e-9)


@pytest.mark.parametrize(
    ("fpc", "f", "df", "p"),
    [  # R 4.2.2, survey 4.1.1, tests/stats/r_comparison.R
        (True, 2.49756080814021, (3.88695583268491, 847.356371525309), 0.0430264660989461),
        (False, 2.17656953537369, (3.91274775465024, 852.979010513752), 0.071341228776468),
    ],
)
def test_a_table_of_three_by_three_has_the_test_of_r(fpc, f, df, p):
    test = stats.rao_scott(DESIGN, SHEETS.transpose(0, 2, 1), fpc=fpc)

    assert test.chi_square == pytest.approx(9.70776553850506, rel=1e-9)
    assert test.f == pytest.approx(f, rel=1e-9)
    assert test.df == pytest.approx(df, rel=1e-9)
    assert test.p == pytest.approx(p, rel=1e-9)


def test_one_large_simple_random_sample_has_pearsons_test():
    cells = np.array([[300, 500, 200], [450, 400, 150]])
    test = stats.rao_scott(Design(["all"], [10**9], [2000]), cells[None], fpc=False)
    pearson = chi2_contingency(cells, correction=False)

    assert test.chi_square == pytest.approx(pearson.statistic)
    # The design effects are n / (n - 1) each: F is X² over its degrees of freedom, nearly.
    assert test.f == pytest.approx(pearson.statistic / pearson.dof * 1999 / 2000)
    assert test.df[0] == pytest.approx(pearson.dof)


def test_the_order_of_rows_and_columns_changes_nothing():
    cells = SHEETS.transpose(0, 2, 1)
    test, turned = stats.rao_scott(DESIGN, cells), stats.rao_scott(DESIGN, SHEETS)
    shuffled = stats.rao_scott(DESIGN, cells[:, [2, 0, 1]][:, :, [1, 2, 0]])

    for same_test in (turned, shuffled):
        assert (same_test.f, same_test.p) == pytest.approx((test.f, test.p))
        assert same_test.df == pytest.approx(test.df)


def test_rows_and_columns_without_sheets_are_left_out():
    cells = np.zeros((3, 4, 5))
    cells[:, :3, :3] = SHEETS
    test = stats.rao_scott(DESIGN, cells)

    assert test.table.shape == (3, 3)
    assert test.p == pytest.approx(stats.rao_scott(DESIGN, SHEETS).p)


@pytest.mark.parametrize(
    ("design", "cells", "sentence"),
    [
        (Design(["a"], [50], [10]), [[[4, 6], [0, 0]]], "two rows and two columns"),
        (Design(["a"], [10], [10]), [[[4, 1], [2, 3]]], "no sampling variance"),
    ],
)
def test_tables_that_cannot_be_tested_are_refused(design, cells, sentence):
    with pytest.raises(ValueError, match=sentence):
        stats.rao_scott(design, cells)
