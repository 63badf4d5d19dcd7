"""Waves compared: changes, and the trend over three, worked by hand."""

import math

import pytest

from survey_app.answers.analyse.estimates.compute import wave_of
from survey_app.answers.analyse.estimates.waves import changes, in_order
from survey_app.documents.design import Kind
from survey_app.documents.results import Options
from tests.answers.analyse.boxes import CATEGORY, box, filled_sheet, year
from tests.sites import design, questionnaires_of_0_1_0

PERSONS = 20


def wave(campaign, when, yes, **changes_of_design):
    plan = design(campaign, reference_period=year(when), **changes_of_design)
    contact, no_contact = filled_sheet(plan, "north", red_envelope=1), filled_sheet(plan, "north")
    sheets = {
        "north": [contact] * yes + [no_contact] * (PERSONS - yes),
        "south": [filled_sheet(plan, "south")] * PERSONS,
    }
    if len(plan.strata) > 2:
        sheets["office"] = [filled_sheet(plan, "office")] * PERSONS
    return wave_of(box(sheets, plan), Options())


WAVES = in_order([wave("a", 2026, 6), wave("c", 2024, 2), wave("b", 2025, 4)])
"""Rates of 2/40, 4/40 and 6/40 in one category."""


def test_waves_stand_in_order_of_time():
    assert [wave.results.campaign for wave in WAVES] == ["c", "b", "a"]


def test_the_last_change_has_the_error_of_independent_samples():
    """0.15 − 0.10; of each wave half the persons answer with 0.8 · p(1 − p)/19, half never yes."""
    variances = [0.25 * 0.8 * p * (1 - p) / 19 for p in (0.2, 0.3)]

    change = changes(WAVES)[0].change

    assert change
    assert change.estimate == pytest.approx(0.05)
    assert change.se == pytest.approx(math.sqrt(sum(variances)))
    assert change.low < 0.05 < change.high


def test_the_trend_is_the_slope_of_a_year():
    """Rates at −1, 0 and 1 years: (0.15 − 0.05)/2, with the variances of the first and last."""
    variances = [0.25 * 0.8 * p * (1 - p) / 19 for p in (0.1, 0.3)]

    trend = changes(WAVES)[0].trend

    assert trend
    assert trend.estimate == pytest.approx(0.05, rel=1e-3)  # 2024 has a day more
    assert trend.se == pytest.approx(math.sqrt(sum(variances)) / 2, rel=1e-3)
    assert trend.p is not None


def test_two_waves_have_a_change_and_no_trend():
    change = changes(WAVES[1:])[0]

    assert change.trend is None
    assert change.change
    assert change.change.estimate == pytest.approx(0.05)


def test_three_waves_of_one_period_have_no_trend():
    together = [wave(campaign, 2026, yes) for campaign, yes in (("x", 2), ("y", 4), ("z", 6))]

    assert changes(together)[0].trend is None


def test_a_category_that_a_wave_lacks_is_compared_over_those_that_have_it():
    short = wave("b", 2025, 4, strata=design().strata[:2])
    waves = [WAVES[0], short, WAVES[2]]

    by_kind = {change.kind: change for change in changes(waves)}

    assert [rate is None for rate in by_kind[Kind.NON_BUSINESS].rates] == [False, True, False]
    change = by_kind[Kind.NON_BUSINESS].change
    assert change
    assert change.estimate == 0
    assert by_kind[Kind.NON_BUSINESS].trend is None


def test_a_category_of_the_last_wave_alone_has_no_change():
    short = wave("b", 2025, 4, strata=design().strata[:2])

    last = changes([short, WAVES[2]])[-1]

    assert last.kind == Kind.NON_BUSINESS
    assert (last.change, last.trend) == (None, None)


def test_a_wave_that_asked_another_item_keeps_its_rate_and_enters_no_change():
    earlier = wave("old", 2023, 1, questionnaires=questionnaires_of_0_1_0())

    business, other = changes([earlier, *WAVES])

    assert [rate.rate for rate in business.rates if rate] == pytest.approx([0.025, 0.05, 0.1, 0.15])
    assert business.other_items[0] == {"interceding", "favour_asked"}
    assert not any(business.other_items[1:])
    assert (business.change, business.trend) == (changes(WAVES)[0].change, changes(WAVES)[0].trend)
    assert other.asked_the_same  # the internal items kept their meaning


def test_two_waves_that_asked_different_items_have_no_change():
    earlier = wave("old", 2025, 4, questionnaires=questionnaires_of_0_1_0())

    business = changes([earlier, WAVES[2]])[0]

    assert not business.asked_the_same
    assert (business.change, business.trend) == (None, None)


def test_rates_of_zero_have_a_change_with_an_interval():
    change = changes(WAVES)[1].change

    assert change
    assert change.estimate == 0
    assert change.low < 0 < change.high


def test_each_wave_keeps_its_own_rate():
    rates = changes(WAVES)[0].rates

    assert [rate.rate for rate in rates if rate] == pytest.approx([0.05, 0.1, 0.15])
    assert [rate.domain for rate in rates if rate] == [CATEGORY] * 3
