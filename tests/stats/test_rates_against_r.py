"""Every record of R's survey that rates, intervals, comparisons and tests apply to."""

import json
import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import stats
from stats import BLANK, Design, Interval, Lonely, count
from stats.intervals import METHODS, Estimates

RECORDS = json.loads((Path(__file__).parent / "r_rates.json").read_text())
STRATA = {record["case"]: record["strata"] for record in RECORDS["records"] if "strata" in record}
POPULATION = {"apistrat": "fpc", "waves": "fpc", "contact_small": "N", "contact_issued": "N"}
STRATUM = {
    "waves": "st2",
    "apistrat": "stype",
    "contact_small": "stratum",
    "contact_issued": "stratum",
}


def records(*kinds):
    return [record for record in RECORDS["records"] if record["what"] in kinds]


def name(record):
    keys = ("case", "what", "var", "filter", "expr", "method", "level", "row", "col", "statistic")
    return " ".join(str(record[key]) for key in keys if record.get(key))


@cache
def rows(dataset):
    """Return a data set's columns, one entry a sheet."""
    table = RECORDS["columns"][dataset]
    sheets = [dict(zip(table["names"], row, strict=True)) for row in table["rows"]]
    return [sheet for sheet in sheets for _ in range(int(sheet["sheets"]))]


class Sample:
    """The sheets of a record, and their design."""

    def __init__(self, record, lonely=None, *, only=lambda sheet: True):
        self.dataset = record["dataset"]
        column = STRATUM[self.dataset]
        kept = [sheet for sheet in rows(self.dataset) if only(sheet)]
        if record["case"] in STRATA:
            kept = [sheet for sheet in kept if sheet[column] in STRATA[record["case"]]]
        if record["case"].startswith("nr_"):
            kept = [sheet for sheet in kept if sheet["resp"] == "1"]
        self.sheets = kept
        self.names = sorted({sheet[column] for sheet in kept})
        self.place = np.array([self.names.index(sheet[column]) for sheet in kept])
        population = {sheet[column]: int(sheet[POPULATION[self.dataset]]) for sheet in kept}
        self.fpc = "nofpc" not in record["case"]
        self.design = Design(
            self.names,
            [population[stratum] for stratum in self.names],
            np.bincount(self.place),
            lonely=Lonely(lonely or "fail"),
        )

    def column(self, variable):
        return np.array([int(sheet[variable]) for sheet in self.sheets], np.int8)

    def within(self, condition):
        """Read R's ``column==value``."""
        if not condition:
            return None
        column, value = condition.split("==")
        return np.array([sheet[column] == value for sheet in self.sheets])

    def count(self, variable, condition=""):
        answers = self.column(variable)[:, None]
        within = self.within(condition)
        return count(self.place, answers, [variable], len(self.names), within=within)

    def masked(self, variable, column, value):
        chosen = np.array([sheet[column] == value for sheet in self.sheets])
        return np.where(chosen, self.column(variable), BLANK)


LONELY = ("fail", "remove", "certainty", "adjust", "average")
TOLERANCE = {"logit": 1e-6, "likelihood": 1e-4}


def sample(record):
    option = record["case"].rpartition("_")[2]
    return Sample(record, option if option in LONELY else None)


@cache
def _estimate(case, dataset, variable, condition, method, level):
    of = sample({"case": case, "dataset": dataset})
    counts = of.count(variable, condition)
    (rate,) = stats.rates(
        of.design, counts, any_contact=False, interval=method, level=level, fpc=of.fpc
    )
    return rate


def estimate(record, method=Interval.DEFAULT):
    condition, level = record.get("filter", ""), record.get("level", 0.95)
    return _estimate(record["case"], record["dataset"], record["var"], condition, method, level)


def same(ours, theirs):
    return ours == pytest.approx(theirs, rel=1e-9, abs=1e-15)


MEANS = [record for record in records("mean") if "error" not in record]


@pytest.mark.parametrize("record", MEANS, ids=name)
def test_rates_errors_totals_and_design_effects_are_those_of_r(record):
    found = estimate(record)

    assert found.n == record["n"]
    assert found.df == record["df"]
    assert same(found.rate, record["est"])
    assert same(found.se, record["se"])
    assert same(found.total, record["total"])
    assert same(found.total_se, record["total_se"])
    for ours, theirs in ((found.deff, "deff"), (found.deff_wr, "deff_wr")):
        if record[theirs] == "NaN":
            assert ours is None
        else:
            assert same(ours, record[theirs])


def test_a_lonely_stratum_fails_where_it_fails_in_r():
    failing = [record for record in records("mean") if "error" in record]

    assert len(failing) == 2
    for record in failing:
        with pytest.raises(stats.DesignError, match="single respondent") as refused:
            estimate(record)
        assert refused.value.stratum == "A7"


def degenerate(record):
    """R gives an error, NaN, or an interval of no width: see the test of these."""
    return "error" in record or "NaN" in {record["lo"], record["hi"]} or _no_error(record)


def _no_error(record):
    found = estimate(record)
    return found.se == 0 or found.rate in {0, 1}


REGULAR = [record for record in records("ci") if not degenerate(record)]
DEGENERATE = [record for record in records("ci") if degenerate(record)]


@pytest.mark.parametrize("record", REGULAR, ids=name)
def test_intervals_are_those_of_r(record):
    kind, _, infinite = record["method"].partition("_")
    method = Interval(kind)
    found = estimate(record, method)
    low, high = found.low, found.high
    if infinite:
        values = (found.rate, found.se**2, found.n, math.inf)
        bounds = METHODS[method](Estimates(*(np.array([value]) for value in values)), found.level)
        low, high = (float(bound[0]) for bound in bounds)
    # R's "mean" passes 0; a rate does not
    lowest = record["lo"] if infinite else max(record["lo"], 0)
    tolerance = TOLERANCE.get(kind, 0)
    assert low == pytest.approx(lowest, rel=1e-9, abs=tolerance)
    assert high == pytest.approx(record["hi"], rel=1e-9, abs=tolerance)


@pytest.mark.parametrize("record", DEGENERATE, ids=name)
def test_where_r_fails_the_interval_is_a_correct_one(record):
    """A rate of 0 or 1 and a census: R gives NaN, an error, no width or (0.5, 0.5)."""
    kind = record["method"].partition("_")[0]
    found = estimate(record, Interval(kind))

    assert 0 <= found.low <= found.rate <= found.high <= 1
    counted = found.n == found.population
    assert (found.low == found.high) == counted
    exact = estimate(record)
    assert (found.low, found.high) == (exact.low, exact.high)


def test_the_records_are_counted():
    assert len(MEANS) == 50
    assert len(REGULAR) == 540
    assert len(DEGENERATE) == 66
    assert len(records("diff", "ratio", "log_or")) == 24
    assert len(records("svyby")) == 29


def vector(record):
    """Estimate the rates of the two domains that a contrast names."""
    if record["case"] == "waves_fpc":
        waves = []
        for wave in ("w1", "w2"):
            of = Sample(record, only=lambda sheet, wave=wave: sheet["wave"] == wave)
            joint = stats.join_domains({wave: of.count(record["var"])}, record["var"])
            waves.append(stats.joint_rates(of.design, joint))
        return stats.independent(*waves)
    of = sample(record)
    column = {"yrx": "yr_rnd01"}.get(record["by"], record["by"])
    values = sorted({sheet[column] for sheet in of.sheets})
    counts = {
        {"yrx": {"0": "yrNo", "1": "yrYes"}}.get(record["by"], {}).get(value, value): of.count(
            record["var"], f"{column}=={value}"
        )
        for value in values
    }
    joint = stats.join_domains(counts, record["var"])
    return stats.joint_rates(of.design, joint, fpc=of.fpc)


@pytest.mark.parametrize("record", records("diff", "ratio", "log_or"), ids=name)
def test_contrasts_are_those_of_r(record):
    measure, sign = {
        "diff": (stats.difference, " - "),
        "ratio": (stats.relative, " / "),
        "log_or": (stats.log_odds_ratio, " vs "),
    }[record["what"]]
    found = measure(vector(record), *record["expr"].split(sign))

    assert same(found.estimate, record["est"])
    assert same(found.se, record["se"])
    if record["what"] == "diff":
        assert found.df == record["df"]
        for ours, theirs in ((found.low, "lo"), (found.high, "hi"), (found.t, "t")):
            assert same(ours, record[theirs])
        assert same(found.p, record["p_t"])


@pytest.mark.parametrize("record", records("svyby"), ids=name)
def test_domains_and_their_covariances_are_those_of_r(record):
    found = vector(record)
    at = found.labels.index(record["dom"])

    assert same(found.rate[at], record["est"])
    assert same(math.sqrt(found.covariance[at, at]), record["se"])
    # rounding leaves 1e-20 where domains are independent
    assert found.covariance[at] == pytest.approx(np.array(record["cov_row"]), rel=1e-9, abs=1e-18)


def test_items_of_the_same_sheets_covary_as_in_r():
    (record,) = records("cov_items")
    (contrast,) = records("contrast_items")
    of = sample(record)
    answers = np.column_stack([of.column(variable) for variable in record["vars"]])
    joint = stats.count_joint(of.place, answers, record["vars"], len(of.names))
    found = stats.joint_rates(of.design, joint)

    assert found.rate == pytest.approx(np.array(record["est"]), rel=1e-9)
    assert found.covariance == pytest.approx(np.array(record["cov"]), rel=1e-9)
    gap = stats.difference(found, "awards01", "comp_imp01")
    assert same(gap.estimate, contrast["est"])
    assert same(gap.se, contrast["se"])


def association(record):
    of = sample(record)
    row = {"awards": "awards01"}.get(record["row"], record["row"])
    labels = sorted({sheet[record["col"]] for sheet in of.sheets})
    cells = np.zeros((len(of.names), 2, len(labels)))
    for place, sheet in zip(of.place, of.sheets, strict=True):
        cells[place, int(sheet[row]), labels.index(sheet[record["col"]])] += 1
    return stats.rao_scott(of.design, cells, fpc=of.fpc)


@pytest.mark.parametrize("record", records("svychisq"), ids=name)
def test_rao_and_scotts_test_is_that_of_r(record):
    found = association(record)

    if record["statistic"] == "Chisq":
        assert same(found.chi_square, record["stat"])
    else:
        assert same(found.f, record["stat"])
        assert found.df == pytest.approx(record["par"], rel=1e-9)
        assert same(found.p, record["p"])


@pytest.mark.parametrize("record", records("svytable"), ids=name)
def test_weighted_tables_are_those_of_r(record):
    assert association(record).table == pytest.approx(np.array(record["cells"]), rel=1e-9)


def test_direct_standardisation_is_that_of_r():
    (record,) = records("standardize_equal_stype")
    found = stats.standardize(vector({**record, "by": "stype"}), {"E": 1, "H": 1, "M": 1})

    assert same(found.estimate, record["est"])
    assert same(found.se, record["se"])


@pytest.mark.parametrize("record", records("p.adjust"), ids=lambda record: record["method"])
def test_adjusted_p_values_are_those_of_r(record):
    found = stats.adjust(record["p"], stats.Adjustment(record["method"]))

    assert found == pytest.approx(record["adj"], rel=1e-9)
