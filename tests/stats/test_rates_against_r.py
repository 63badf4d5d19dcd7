"""Every rate and interval in the records of R's survey."""

import math
from typing import Any

import numpy as np
import pytest

import stats
from stats import Interval
from stats.intervals import METHODS, Estimates
from tests.stats.r_records import estimate, name, records, same

MEANS = [record for record in records("mean") if "error" not in record]
# R's quasi-binomial fit stops at 1e-8, and its profile is interpolated.
TOLERANCE = {"logit": 1e-6, "likelihood": 1e-4}


def grouped(interval_records):
    """Return the records of each rate, whose intervals differ by method and level."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for record in interval_records:
        rate = " ".join((record["case"], record["var"], record.get("filter", "")))
        groups.setdefault(rate.strip(), []).append(record)
    return groups


INTERVALS = grouped(records("ci"))


@pytest.mark.parametrize("record", MEANS, ids=name)
def test_rates_errors_totals_and_design_effects_are_those_of_r(record):
    rate = estimate(record)

    assert rate.n == record["n"]
    assert rate.df == record["df"]
    assert same(rate.rate, record["est"])
    assert same(rate.se, record["se"])
    assert same(rate.total, record["total"])
    assert same(rate.total_se, record["total_se"])
    for effect, field in ((rate.deff, "deff"), (rate.deff_wr, "deff_wr")):
        if record[field] == "NaN":
            assert effect is None
        else:
            assert same(effect, record[field])


def test_a_lonely_stratum_fails_where_it_fails_in_r():
    failing = [record for record in records("mean") if "error" in record]

    assert len(failing) == 2
    for record in failing:
        with pytest.raises(stats.DesignError, match="single respondent") as refusal:
            estimate(record)
        assert refusal.value.stratum == "A7"


def degenerate(record):
    """Whether R gives an error, NaN, or an interval of no width."""
    rate = estimate(record)
    without_limits = "error" in record or "NaN" in {record["lo"], record["hi"]}
    return without_limits or rate.se == 0 or rate.rate in {0, 1}


def limits(record):
    """Return our limits by the record's method, and the limits of normal quantiles for its."""
    kind, _, normal = record["method"].partition("_")
    rate = estimate(record, Interval(kind))
    if not normal:
        return rate.low, rate.high
    values = (np.array([value]) for value in (rate.rate, rate.se**2, rate.n, math.inf))
    low, high = METHODS[Interval(kind)](Estimates(*values), rate.level)
    return float(low[0]), float(high[0])


@pytest.mark.parametrize("rate", INTERVALS)
def test_intervals_are_those_of_r_and_correct_ones_where_r_fails(rate):
    """At a rate of 0 or 1 and in a census R gives NaN, an error, no width or (0.5, 0.5)."""
    for record in INTERVALS[rate]:
        kind, _, normal = record["method"].partition("_")
        if degenerate(record):
            ours, default = estimate(record, Interval(kind)), estimate(record)
            assert (ours.low, ours.high) == (default.low, default.high), name(record)
            assert 0 <= ours.low <= ours.rate <= ours.high <= 1, name(record)
            assert (ours.low == ours.high) == (ours.n == ours.population), name(record)
            continue
        low, high = limits(record)
        # R's "mean" passes 0; a rate does not.
        lowest = record["lo"] if normal else max(record["lo"], 0)
        expected = pytest.approx([lowest, record["hi"]], rel=1e-9, abs=TOLERANCE.get(kind, 0))
        assert [low, high] == expected, name(record)


def test_the_records_are_counted():
    failing = [record for record in records("ci") if degenerate(record)]

    assert len(MEANS) == 50
    assert len(records("ci")) == 606
    assert len(failing) == 66
    assert len(records("diff", "ratio", "log_or")) == 24
    assert len(records("svyby")) == 29
