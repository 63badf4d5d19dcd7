"""Post categories, units and items compared on any scale, by hand and as the tables have it."""

import math

import pytest

import stats
from survey_app.answers.analyse.estimates.compute import comparison_of
from survey_app.answers.analyse.estimates.contrasts import Comparand, Measure, Question
from survey_app.documents.results import Options, Weighting
from tests.answers.analyse.boxes import estimate, sheet, three, two_by_two


def compared(ballot_box, options=None, **question):
    return comparison_of(ballot_box, options or Options(), Question(**question))


def contrast(pair):
    """The comparison, which there must be."""
    assert pair.contrast
    return pair.contrast


def test_post_categories_differ_as_the_tables_and_files_say():
    pairs = compared(two_by_two()).pairs

    assert [
        (pair.first, pair.second, contrast(pair).estimate, pair.adjusted_p) for pair in pairs
    ] == [
        (pair.first, pair.second, pair.estimate, pair.adjusted_p)
        for pair in estimate(two_by_two()).differences
    ]


def test_units_are_compared_and_tested_like_post_categories():
    results = estimate(two_by_two())
    a, b = (results.rate(f"unit/business/{name}").rate or 0 for name in "AB")
    (pair,), (test,) = (
        getattr(compared(two_by_two(), subject=Comparand.UNIT), part) for part in ("pairs", "tests")
    )

    assert pair.rates == pytest.approx((a, b))
    assert contrast(pair).estimate == pytest.approx(a - b)
    assert test.df == 1
    # two rates: one question, asked of the difference and of the test
    assert test.p == pytest.approx(contrast(pair).p, abs=0.02)


def test_odds_and_ratios_of_units_are_those_of_their_rates():
    odds, ratio = (
        compared(two_by_two(), subject=Comparand.UNIT, measure=measure).pairs[0]
        for measure in (Measure.ODDS, Measure.RATIO)
    )
    a, b = odds.rates

    assert contrast(odds).estimate == pytest.approx(a / (1 - a) * (1 - b) / b)
    assert contrast(ratio).estimate == pytest.approx(a / b)
    assert contrast(odds).low < contrast(odds).estimate < contrast(odds).high
    # on every scale the same question: is there a difference?
    difference = compared(two_by_two(), subject=Comparand.UNIT).pairs[0]
    sides = [
        low > null or high < null
        for low, high, null in (
            (contrast(odds).low, contrast(odds).high, 1),
            (contrast(difference).low, contrast(difference).high, 0),
        )
    ]
    assert sides[0] == sides[1]


def test_items_of_the_same_sheets_differ_with_the_error_of_pairs():
    """One stratum of 20 of 40 persons: 6 yes to both, 4 to the first only, 1 to the second only."""
    twice = sheet(red_envelope=1, banquet=1)
    north = [twice] * 6 + [sheet(red_envelope=1)] * 4 + [sheet(banquet=1)] + [sheet()] * 9
    ballot_box = three(north, [])
    category = next(d for d in estimate(ballot_box).domains if d.scope == "post_category")
    pairs = compared(ballot_box, subject=Comparand.ITEM, within=category.id).pairs
    pair = next(p for p in pairs if {p.first, p.second} == {"red_envelope", "banquet"})

    assert abs(contrast(pair).estimate) == pytest.approx(10 / 20 - 7 / 20)
    population = category.population
    variance = (1 - 20 / population) / 19 * (5 / 20 - (3 / 20) ** 2)
    assert contrast(pair).se == pytest.approx(math.sqrt(variance))


def test_items_are_those_of_the_chosen_domain_and_p_is_adjusted_over_all_shown():
    options = Options(adjustment=stats.Adjustment.BENJAMINI_HOCHBERG)
    everywhere = compared(two_by_two(), options, subject=Comparand.ITEM)
    within = compared(
        two_by_two(), options, subject=Comparand.ITEM, within="post_category/business/C"
    )

    assert {pair.kind for pair in within.pairs} == {"business"}
    assert within.pairs[0].rates[0] == pytest.approx(0.275)  # of post category C, as R has it
    assert everywhere.pairs[0].rates[0] < 0.275
    assert all(
        pair.adjusted_p >= contrast(pair).p
        for pair in everywhere.pairs
        if pair.contrast and contrast(pair).p is not None
    )
    assert not everywhere.tests


def test_a_ratio_of_two_rates_of_0_has_no_value_and_the_others_stand():
    pairs = compared(
        two_by_two(),
        subject=Comparand.ITEM,
        measure=Measure.RATIO,
        within="post_category/business/C",
    ).pairs

    assert any(pair.contrast is None for pair in pairs)
    assert any(pair.contrast for pair in pairs)


def test_items_know_no_covariance_under_weights_for_nonresponse():
    with pytest.raises(ValueError, match="strata's weights"):
        compared(two_by_two(), Options(weighting=Weighting.RAKED), subject=Comparand.ITEM)
