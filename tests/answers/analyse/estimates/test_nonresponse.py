"""Weights for nonresponse: worked by hand, as in R, and refused in words where there are none."""

import pytest

from survey_app.documents.results import ANY, Scope, Weighting
from survey_app.errors import EstimateError
from tests.answers.analyse.boxes import (
    CATEGORY,
    box,
    estimate,
    filled_sheet,
    sheet,
    three,
    two_by_two,
)
from tests.sites import design

C, D = "post_category/business/C", "post_category/business/D"


def test_weighting_classes_are_those_worked_by_hand():
    """A sheet stands for N/issued persons of its stratum, times issued/valid of its category.

    ac: 120/40 · 70/40 = 5.25; bc: 80/30 · 70/40 = 14/3; ad: 200/50 · 110/66 = 20/3;
    bd: 300/60 · 110/66 = 25/3.
    """
    results = estimate(two_by_two(), weighting="classes")

    by_category = {
        C: (6 * 5.25 + 5 * 14 / 3) / (24 * 5.25 + 16 * 14 / 3),
        D: (3 * 20 / 3 + 4 * 25 / 3) / (30 * 20 / 3 + 36 * 25 / 3),
    }
    for category, expected in by_category.items():
        assert results.rate(category).rate == pytest.approx(expected, rel=1e-12)
    persons = 24 * 5.25 + 16 * 14 / 3 + 200 + 300
    yes = 6 * 5.25 + 5 * 14 / 3 + 20 + 100 / 3
    assert results.rate("kind/business/business").rate == pytest.approx(yes / persons, rel=1e-12)


def test_a_stratum_without_a_valid_sheet_brings_its_issued_along():
    """60 issued and 15 valid in the category: a with c 140/40 · 4 = 14, b 60/20 · 4 = 12."""
    strata = [
        design().strata[0].model_copy(update={"id": name, "population": persons, "sample": issued})
        for name, persons, issued in (("a", 100, 30), ("b", 60, 20), ("c", 40, 10))
    ]
    plan = design(strata=strata)
    yes, no = filled_sheet(plan, "a", red_envelope=1), filled_sheet(plan, "a")
    ballot_box = box({"a": [yes] * 2 + [no] * 8, "b": [yes] * 3 + [no] * 2, "c": []}, plan)

    rate = estimate(ballot_box, weighting="classes").rate(CATEGORY)

    assert rate.rate == pytest.approx((2 * 14 + 3 * 12) / (10 * 14 + 5 * 12))


def test_raking_strata_that_fill_their_margins_changes_nothing():
    """The strata's weights add up to the populations of units and categories already.

    R 4.2.2, survey 4.1.1, r_estimates.R: rake() gives the rates and errors of the strata.
    """
    results = estimate(two_by_two(), weighting="raked")

    for domain, rate, se in (
        ("kind/business/business", 0.154761904761905, 0.0318239956214203),
        (C, 0.275, 0.064661885375311),
        (D, 0.106666666666667, 0.0362772272849717),
    ):
        raked = results.rate(domain)
        assert (raked.rate, raked.se) == pytest.approx((rate, se), rel=1e-9)


@pytest.mark.parametrize("weighting", Weighting)
def test_within_a_stratum_no_weighting_changes_the_rate(weighting):
    weighted, by_strata = (
        [
            estimate(two_by_two(), weighting=choice).rate(f"stratum/business/{name}")
            for name in ("ac", "ad", "bc", "bd")
        ]
        for choice in (weighting, Weighting.STRATA)
    )

    assert weighted == by_strata


@pytest.mark.parametrize("weighting", Weighting)
def test_equal_response_gives_the_same_rate_under_every_weighting(weighting):
    ballot_box = three([sheet(red_envelope=1)] * 5 + [sheet()] * 10, [sheet("south")] * 15)

    rate = estimate(ballot_box, weighting=weighting).rate(CATEGORY)

    assert rate.rate == pytest.approx(1 / 6)
    assert (rate.n, rate.yes) == (30, 5)
    assert rate.low is not None
    assert rate.high is not None
    assert rate.low < 1 / 6 < rate.high


def test_weights_leave_sheets_with_dealings_alone():
    without = sheet() | {"dealings": 0}
    ballot_box = three([sheet(red_envelope=1)] * 4 + [without] * 6, [sheet("south")] * 10)

    # Equal response: 4 of the 14 sheets with dealings, and of 20 in all.
    results = estimate(ballot_box, weighting="classes")

    assert results.rate(CATEGORY, ANY, "dealings").rate == pytest.approx(4 / 14)
    assert results.rate(CATEGORY).rate == pytest.approx(4 / 20)


def test_a_weighting_that_cannot_be_made_is_refused_in_words():
    with pytest.raises(EstimateError, match="cannot be made"):
        estimate(three([sheet()]), weighting="raked")
    with pytest.raises(EstimateError, match="finite population"):
        estimate(three([sheet()] * 9), weighting="classes", fpc=False)


def test_every_domain_has_a_rate_under_every_weighting():
    for weighting in Weighting:
        results = estimate(two_by_two(), weighting=weighting)
        rated = {rate.domain for rate in results.rates if rate.rate is not None}
        assert rated == {domain.id for scope in Scope for domain in results.of(scope)}
