"""The presentation standard: each rule on both sides of its bound.

Parker et al., Vital and Health Statistics 2(175), 2017, figure 1 and table A.
"""

from typing import Any

import numpy as np
import pytest

import stats
from stats import Decision, Design, Reason
from stats.intervals import clopper_pearson
from stats.presentation import presentation, reliable_size

RELIABLE: dict[str, Any] = {
    "rate": 0.5,
    "answers": 200,
    "yes": 100,
    "df": 99,
    "effective_size": 150,
    "width": 0.2,
}


@pytest.mark.parametrize(
    ("figures", "decision", "reason"),
    [
        ({}, Decision.PRESENT, Reason.RELIABLE),
        ({"answers": 29, "yes": 15}, Decision.SUPPRESS, Reason.FEW_ANSWERS),
        ({"answers": 30, "yes": 15}, Decision.PRESENT, Reason.RELIABLE),
        ({"effective_size": 29.9}, Decision.SUPPRESS, Reason.FEW_EFFECTIVE),
        ({"effective_size": 30}, Decision.PRESENT, Reason.RELIABLE),
        ({"rate": 0.0, "yes": 0, "width": 0.02}, Decision.REVIEW, Reason.NONE_OR_ALL),
        ({"rate": 1.0, "yes": 200, "width": 0.02}, Decision.REVIEW, Reason.NONE_OR_ALL),
        ({"rate": 0.01, "yes": 2, "width": 0.05}, Decision.PRESENT, Reason.NARROW),
        ({"rate": 0.01, "yes": 2, "width": 0.051}, Decision.SUPPRESS, Reason.WIDE_FOR_RATE),
        ({"width": 0.30}, Decision.SUPPRESS, Reason.WIDE),
        ({"width": 0.299}, Decision.PRESENT, Reason.RELIABLE),
        ({"rate": 0.1, "width": 0.131}, Decision.SUPPRESS, Reason.WIDE_FOR_RATE),
        ({"rate": 0.1, "width": 0.129}, Decision.PRESENT, Reason.RELIABLE),
        ({"df": 7}, Decision.REVIEW, Reason.FEW_DEGREES),
        ({"df": 8}, Decision.PRESENT, Reason.RELIABLE),
    ],
)
def test_each_rule_applies_from_its_bound(figures, decision, reason):
    judged = presentation(**RELIABLE | figures)

    assert (judged.decision, judged.reason) == (decision, reason)


def test_the_first_rule_that_applies_decides():
    everything: dict[str, Any] = {
        "answers": 20,
        "effective_size": 10,
        "yes": 0,
        "width": 0.4,
        "df": 1,
    }

    assert presentation(**RELIABLE | everything).reason is Reason.FEW_ANSWERS
    del everything["answers"]
    assert presentation(**RELIABLE | everything).reason is Reason.FEW_EFFECTIVE
    del everything["effective_size"]
    assert presentation(**RELIABLE | everything).reason is Reason.NONE_OR_ALL
    del everything["yes"]
    assert presentation(**RELIABLE | everything).reason is Reason.WIDE


@pytest.mark.parametrize(("rate", "footnote"), [(0.9, True), (0.85, False), (0.5, False)])
def test_a_rate_whose_complement_is_unreliable_has_a_footnote(rate, footnote):
    judged = presentation(**RELIABLE | {"rate": rate, "yes": round(200 * rate), "width": 0.14})

    assert judged.decision is Decision.PRESENT
    assert judged.footnote is footnote


def judged(population, respondents, yes):
    """Judge the rate of one stratum."""
    answers = (np.arange(respondents) < yes)[:, None]
    counts = stats.count(np.zeros(respondents, int), answers, ["x"], 1)
    design = Design(["all"], [population], [respondents])
    (rate,) = stats.rates(design, counts, any_contact=False)
    return rate.presentation


def test_a_rate_is_judged_by_its_own_effective_size_and_width():
    # Half of a stratum of 200 gives twice the size of 100 answers with replacement, capped at
    # these: 12 of 100 has Clopper and Pearson's interval, 0.0636 to 0.2002 (R 4.2.2, binom.test).
    presented = judged(200, 100, 12)

    assert presented.effective_size == 100
    assert presented.width == pytest.approx(0.2002 - 0.0636, abs=1e-4)
    assert presented.decision is Decision.PRESENT


def test_a_fully_counted_stratum_is_exempt_from_the_effective_size_and_has_no_width():
    assert judged(40, 40, 3).decision is Decision.PRESENT
    assert (judged(40, 40, 3).effective_size, judged(40, 40, 3).width) == (40, 0)
    assert judged(20, 20, 3).reason is Reason.FEW_ANSWERS


@pytest.mark.parametrize(("rate", "population", "deff"), [(0.1, None, 1), (0.03, 900, 1.4)])
def test_the_reliable_size_is_the_first_that_the_standard_presents(rate, population, deff):
    size = reliable_size(rate, population, deff=deff)

    def shown(answers: int) -> bool:
        remainder = 1 if population is None else 1 - answers / population
        effective = min(answers, answers / (deff * remainder))
        low, high = clopper_pearson(np.array(rate), np.array(effective), 0.95)
        judged = presentation(
            rate,
            answers=answers,
            yes=1,
            df=answers - 1,
            effective_size=effective,
            width=float(high - low),
        )
        return judged.decision is Decision.PRESENT

    assert size
    assert shown(size)
    assert not shown(size - 1)


def test_no_size_is_reliable_where_only_a_full_count_would_do():
    assert reliable_size(0.1, 60) is None
