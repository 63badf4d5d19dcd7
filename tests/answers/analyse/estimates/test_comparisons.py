"""Categories against each other, against chance, and against thresholds: as in R, and by hand."""

import numpy as np
import pytest

import stats
from survey_app.documents.design import RiskLevel
from survey_app.documents.results import ANY, Weighting
from tests.answers.analyse.boxes import (
    CATEGORY,
    TWO_BY_TWO,
    box,
    estimate,
    filled_sheet,
    sheet,
    three,
    two_by_two,
)
from tests.sites import design

C, D = "post_category/business/C", "post_category/business/D"


def census(yes, persons=100):
    """A category of two strata in which all were asked and answered."""
    strata = [
        stratum.model_copy(update={"population": persons, "sample": persons})
        for stratum in design().strata
    ]
    plan = design(strata=strata[:2])
    sheets = {
        name: [filled_sheet(plan, name, red_envelope=1)] * yes
        + [filled_sheet(plan, name)] * (persons - yes)
        for name in ("north", "south")
    }
    return box(sheets, plan)


def risk_of(ballot_box, category=CATEGORY):
    return next(risk for risk in estimate(ballot_box).risks if risk.domain == category)


def test_the_difference_of_two_categories_has_the_error_of_r_and_honest_limits():
    (pair,) = estimate(two_by_two()).differences

    # R 4.2.2, survey 4.1.1, r_estimates.R
    assert (pair.first, pair.second) == (C, D)
    assert pair.estimate == pytest.approx(0.168333333333333, rel=1e-12)
    assert pair.se == pytest.approx(0.0741430822111905, rel=1e-12)
    # R's limits, 0.021 and 0.315, are t standard errors; its p is 0.025.
    assert 0 < pair.low < 0.0212708813121993
    assert 0.315395785354467 < pair.high < 0.34
    assert pair.p is not None
    assert 0.0252867552656587 < pair.p < 0.05


def test_the_association_of_two_categories_agrees_with_their_difference():
    (association,) = estimate(two_by_two()).associations
    (pair,) = estimate(two_by_two()).differences

    assert association.df == 1
    assert pair.p is not None
    # R's svychisq, whose variance is that of the estimates: 0.0188115807408791
    assert 0.0188115807408791 < association.p == pytest.approx(pair.p, abs=0.01)


def _one_without_a_yes():
    first = design().strata[0]
    sizes = {"a": (60, 12, 0), "b": (300, 70, 14)}
    strata = [
        first.model_copy(
            update={
                "id": name,
                "population": persons,
                "sample": sheets,
                "unit": first.unit.model_copy(update={"zh": name, "en": name}),
                "post_category": first.unit.model_copy(update={"zh": name, "en": name}),
            }
        )
        for name, (persons, sheets, _) in sizes.items()
    ]
    plan = design(strata=strata)
    answers = {
        name: [filled_sheet(plan, name, red_envelope=1)] * yes
        + [filled_sheet(plan, name)] * (sheets - yes)
        for name, (_, sheets, yes) in sizes.items()
    }
    return box(answers, plan)


@pytest.mark.parametrize("weighting", ["strata", "raked"])
def test_a_category_without_a_yes_is_not_taken_as_known(weighting):
    """0 of 12 against 14 of 70: Fisher's p is 0.116, that of R's Wald 9e-06."""
    results = estimate(_one_without_a_yes(), weighting=weighting)
    (pair,), (association,) = results.differences, results.associations

    assert pair.low < 0 < pair.high
    assert pair.p is not None
    assert pair.p > 0.05
    assert association.p > 0.05


def test_levels_of_risk_have_the_probabilities_of_the_strata_as_they_were_drawn():
    risk = risk_of(two_by_two(), D)

    strata = [numbers for _, category, *numbers in TWO_BY_TWO.values() if category == "D"]
    population, _, valid, yes = zip(*strata, strict=True)
    counts = stats.count(
        np.repeat([0, 1], valid),
        np.concatenate([np.arange(n) < x for n, x in zip(valid, yes, strict=True)])[:, None],
        ["red_envelope"],
        strata=2,
    )
    (contact,) = stats.exceedance(
        stats.Design(["ad", "bd"], population, valid), counts, (0.02, 0.05, 0.1), items=()
    )
    above = contact.probability or ()
    assert risk.above == pytest.approx(above, rel=1e-9)
    levels = (1 - above[0], above[0] - above[1], above[1] - above[2], above[2])
    assert risk.levels == pytest.approx(levels, rel=1e-9)


def test_a_risk_has_a_range_where_sheets_leave_any_contact_undetermined():
    plan = design(strata=two_by_two().manifest.strata)
    sheets = {
        name: [filled_sheet(plan, name)] * (valid - 4) + [filled_sheet(plan, name, banquet=8)] * 4
        for name, (*_, valid, _) in TWO_BY_TWO.items()
    }
    risk = risk_of(box(sheets, plan), D)

    assert risk.above_at_most
    assert risk.above[1] < 0.5 < risk.above_at_most[1]
    assert risk_of(two_by_two(), D).above_at_most is None


@pytest.mark.parametrize(
    ("yes", "level"),
    [  # the usual thresholds: 2 %, 5 %, 10 %
        (0, RiskLevel.LOW),
        (1, RiskLevel.LOW),
        (2, RiskLevel.MEDIUM),
        (4, RiskLevel.MEDIUM),
        (5, RiskLevel.SEVERE),
        (9, RiskLevel.SEVERE),
        (10, RiskLevel.HIGH),
        (100, RiskLevel.HIGH),
    ],
)
def test_a_census_knows_its_level_also_at_a_threshold(yes, level):
    risk = risk_of(census(yes))

    assert risk.level == level
    assert risk.levels == tuple(float(level == level_named) for level_named in RiskLevel)


@pytest.mark.parametrize(
    ("populations", "of", "level"),
    [  # each of these means is one bit below its threshold, computed as it must be
        ((395, 99, 244), 10, RiskLevel.HIGH),
        ((353, 328, 116), 20, RiskLevel.SEVERE),
        ((65, 187, 292), 50, RiskLevel.MEDIUM),
    ],
)
def test_strata_that_all_have_a_thresholds_rate_reach_its_level(populations, of, level):
    """One contact in ``of`` sheets of each: whatever the weights are, so is the mean."""
    first = design().strata[0]
    strata = [
        first.model_copy(update={"id": f"s{at}", "population": population, "sample": of})
        for at, population in enumerate(populations)
    ]
    plan = design(strata=strata)
    sheets = [filled_sheet(plan, "s0", red_envelope=1)] + [filled_sheet(plan, "s0")] * (of - 1)

    risk = risk_of(box({stratum.id: sheets for stratum in strata}, plan))

    assert risk.rate < 1 / of
    assert risk.rate == pytest.approx(1 / of, rel=1e-12)
    assert risk.level == level


def test_categories_are_compared_within_a_questionnaire_only():
    strata = [s.model_copy(update={"post_category": s.unit}) for s in design().strata]
    plan = design(strata=strata)
    ballot_box = box({s.id: [filled_sheet(plan, s.id)] * 15 for s in strata}, plan)

    (pair,) = estimate(ballot_box).differences

    assert (pair.first, pair.second) == (
        "post_category/business/north 单位",
        "post_category/business/south 单位",
    )


@pytest.mark.parametrize(
    ("adjustment", "expected"),
    [
        # Holm: 3 times the least p, 2 times the next, none below the one before.
        ("holm", lambda p: [3 * p[0], max(3 * p[0], 2 * p[1]), max(3 * p[0], 2 * p[1], p[2])]),
        # Benjamini and Hochberg: 3/rank times each, none above the one after.
        ("BH", lambda p: [min(3 * p[0], 1.5 * p[1], p[2]), min(1.5 * p[1], p[2]), p[2]]),
        ("none", lambda p: p),
    ],
)
def test_p_values_of_all_pairs_are_adjusted_together(adjustment, expected):
    strata = [
        design().strata[0].model_copy(update={"id": name, "post_category": unit})
        for name, unit in zip("abc", (s.unit for s in design().strata), strict=True)
    ]
    plan = design(strata=strata)
    ballot_box = box(
        {
            name: [filled_sheet(plan, name, red_envelope=1)] * yes
            + [filled_sheet(plan, name)] * (25 - yes)
            for name, yes in (("a", 12), ("b", 5), ("c", 3))
        },
        plan,
    )

    pairs = sorted(
        estimate(ballot_box, adjustment=adjustment).differences, key=lambda pair: pair.p or 0
    )

    assert [pair.adjusted_p for pair in pairs] == pytest.approx(
        [min(p, 1) for p in expected([pair.p for pair in pairs])]
    )


def test_sheets_that_leave_a_contact_undetermined_count_as_no_in_comparisons():
    plan = design(strata=two_by_two().manifest.strata)
    sheets = {
        name: [filled_sheet(plan, name, red_envelope=1)] * yes
        + [filled_sheet(plan, name, banquet=8)] * (valid - yes)
        for name, (*_, valid, yes) in TWO_BY_TWO.items()
    }
    doubtful, decided = estimate(box(sheets, plan)), estimate(two_by_two())

    assert doubtful.differences == decided.differences
    assert doubtful.associations == decided.associations


def test_a_category_without_a_sheet_has_neither_level_nor_difference():
    results = estimate(three([], [], [sheet("office")] * 10))

    assert [risk.domain for risk in results.risks] == ["post_category/non-business/Personnel 类"]
    assert not results.differences


def test_one_category_cannot_be_associated_with_anything():
    assert not estimate(three([sheet(red_envelope=1)] * 4)).associations


@pytest.mark.parametrize("weighting", Weighting)
def test_every_rate_of_a_level_is_of_any_contact_among_valid_sheets(weighting):
    results = estimate(two_by_two(), weighting=weighting)

    assert [risk.rate for risk in results.risks] == [
        results.rate(category, ANY, "valid").rate for category in (C, D)
    ]
    assert all(1 >= risk.above[0] >= risk.above[1] > risk.above[2] for risk in results.risks)
