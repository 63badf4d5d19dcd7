"""Domains of a stratified sample and their rates: as in R, and worked by hand."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey_app.documents.design import Kind, Names
from survey_app.documents.results import ANY, Scope
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

BLANK = dict.fromkeys(sheet(), None)


@pytest.mark.parametrize(
    ("domain", "rate", "se"),
    [  # R 4.2.2, survey 4.1.1, r_estimates.R
        ("kind/business/business", 0.154761904761905, 0.0318239956214203),
        ("post_category/business/C", 0.275, 0.064661885375311),
        ("post_category/business/D", 0.106666666666667, 0.0362772272849717),
        ("unit/business/A", 0.15625, 0.0441311837090534),
        ("unit/business/B", 0.153508771929825, 0.0453384774815176),
    ],
)
def test_rates_and_errors_are_those_of_r(domain, rate, se):
    estimated = estimate(two_by_two()).rate(domain)

    assert (estimated.rate, estimated.se) == pytest.approx((rate, se), rel=1e-12)


def test_one_stratum_has_the_error_of_a_simple_random_sample():
    """6 of 24 of 120 persons: (1 − 24/120) · ¼ · ¾ / 23, worked by hand."""
    rate = estimate(two_by_two()).rate("stratum/business/ac")

    assert rate.rate == 0.25
    assert rate.se == pytest.approx((0.8 * 0.25 * 0.75 / 23) ** 0.5, rel=1e-12)
    assert rate.total == pytest.approx(30)


def test_without_the_correction_the_population_is_endless():
    rate = estimate(two_by_two(), fpc=False).rate("stratum/business/ac")

    assert rate.se == pytest.approx((0.25 * 0.75 / 23) ** 0.5, rel=1e-12)


def test_both_denominators_stand_side_by_side():
    without = sheet() | {"dealings": 0}
    results = estimate(three([sheet(red_envelope=1)] * 4 + [sheet()] * 8 + [without] * 8, []))

    among_valid, dealings = results.rate(CATEGORY), results.rate(CATEGORY, denominator="dealings")
    assert (among_valid.yes, among_valid.n, among_valid.rate) == (4, 20, 0.2)
    assert (dealings.yes, dealings.n) == (4, 12)
    assert dealings.rate == pytest.approx(1 / 3)
    assert among_valid.inapplicable == 8


def test_undetermined_sheets_make_the_bounds_and_count_as_no():
    """2 yes, 3 undetermined, 5 no: 2/10, and 5/10 if all undetermined were a yes."""
    results = estimate(
        three([sheet(red_envelope=1)] * 2 + [sheet(banquet=9)] * 3 + [sheet()] * 5, [])
    )

    rate = results.rate(CATEGORY)
    assert (rate.n, rate.rate, rate.undetermined) == (10, 0.2, 3)
    assert (rate.lower, rate.upper) == pytest.approx((0.2, 0.5))


def test_an_item_is_undetermined_where_it_is_not_known_refused_or_blank():
    answers = [sheet(banquet=code) for code in (8, 9, 9, None, None, None, 1, 0, 0, 0)]

    rate = estimate(three(answers, [])).rate(CATEGORY, "banquet")

    assert (rate.n, rate.yes, rate.undetermined) == (4, 1, 6)
    assert rate.rate == 0.25
    assert (rate.lower, rate.upper) == pytest.approx((0.1, 0.7))


def test_every_scope_is_there_in_the_order_of_the_design():
    results = estimate(three([sheet()] * 10))

    assert [domain.id for domain in results.domains] == [
        "kind/business/business",
        "post_category/business/Inspection 类",
        "unit/business/north 单位",
        "unit/business/south 单位",
        "stratum/business/north",
        "stratum/business/south",
        "kind/non-business/non-business",
        "post_category/non-business/Personnel 类",
        "unit/non-business/office 单位",
        "stratum/non-business/office",
    ]
    assert [domain.population for domain in results.of(Scope.CATEGORY)] == [200, 100]
    assert [domain.issued for domain in results.of(Scope.CATEGORY)] == [60, 30]
    assert results.kinds == [Kind.BUSINESS, Kind.NON_BUSINESS]
    # 6 domains of 6 items and any contact, 4 of 4 and any contact, both by 2 denominators
    assert len(results.rates) == 2 * (6 * 7 + 4 * 5)


def test_a_stratum_without_a_valid_sheet_is_counted_with_the_fullest_of_its_category():
    strata = [
        design().strata[0].model_copy(update={"id": name, "population": population})
        for name, population in (("a", 100), ("b", 60), ("c", 40))
    ]
    plan = design(strata=strata)
    yes, no = filled_sheet(plan, "a", red_envelope=1), filled_sheet(plan, "a")

    results = estimate(box({"a": [yes] * 2 + [no] * 2, "b": [yes] + [no] * 9, "c": [BLANK]}, plan))

    assert [(note.what, note.subject, note.other) for note in results.notes] == [
        ("joined", "c", "b")
    ]
    assert results.rate("stratum/business/c").rate is None
    rate = results.rate(CATEGORY)
    assert rate.population == 200
    # a: 2 of 4 for 100 persons; b: 1 of 10 for its own 60 and the 40 of c
    assert rate.rate == pytest.approx((100 * 2 / 4 + 100 * 1 / 10) / 200)


def test_a_stratum_of_one_sheet_is_named_and_a_category_without_any_too():
    results = estimate(three([sheet()], office=[dict.fromkeys(sheet("office"), None)]))

    assert [(note.what, note.subject) for note in results.notes] == [
        ("lonely", "north"),
        ("empty", "post_category/non-business/Personnel 类"),
    ]


def test_the_rate_before_exclusion_is_that_of_rules_that_exclude_nothing():
    ballot_box = three([sheet(attention=1, red_envelope=1)] * 3 + [sheet()] * 10)

    strict, standard = (estimate(ballot_box, validity=name) for name in ("strict-1", "standard-1"))

    before = {(rate.domain, rate.item, rate.denominator): rate for rate in strict.unfiltered}
    assert strict.rate(CATEGORY).rate == 0
    assert before[CATEGORY, ANY, "valid"] == standard.rate(CATEGORY)
    assert {domain for domain, _, _ in before} == {d.id for d in strict.of(Scope.CATEGORY)}


def test_merged_strata_are_one_stratum_of_all_their_persons_and_units():
    plan = design()
    yes, no = filled_sheet(plan, "north", red_envelope=1), filled_sheet(plan, "north")
    ballot_box = box(
        {"north+south": [yes] * 3 + [no] * 9, "office": [filled_sheet(plan, "office")]}, plan
    )

    results = estimate(ballot_box)

    merged = results.by_id["stratum/business/north+south"]
    assert (merged.population, merged.issued, merged.valid) == (200, 60, 12)
    assert merged.name == Names(zh="north 单位、south 单位", en="north unit, south unit")
    # 3 of 12 of 200: (1 − 12/200) · ¼ · ¾ / 11
    expected = (0.94 * 0.25 * 0.75 / 11) ** 0.5
    assert results.rate("stratum/business/north+south").se == pytest.approx(expected, rel=1e-12)


@settings(max_examples=12)
@given(st.integers(0, 15), st.integers(1, 15), st.integers(0, 15), st.integers(1, 15))
def test_the_rate_of_a_category_is_the_mean_of_its_strata_by_population(yes, no, yes_too, no_too):
    results = estimate(
        three(
            [sheet(red_envelope=1)] * yes + [sheet()] * no,
            [sheet("south", red_envelope=1)] * yes_too + [sheet("south")] * no_too,
        )
    )

    by_hand = (100 * yes / (yes + no) + 100 * yes_too / (yes_too + no_too)) / 200
    assert results.rate(CATEGORY).rate == pytest.approx(by_hand)


def test_a_census_has_no_sampling_error():
    plan = design(strata=[s.model_copy(update={"sample": 100}) for s in design().strata[:2]])
    sheets = {
        name: [filled_sheet(plan, name, red_envelope=1)] * 7 + [filled_sheet(plan, name)] * 93
        for name in ("north", "south")
    }

    rate = estimate(box(sheets, plan)).rate(CATEGORY)

    assert (rate.rate, rate.se) == pytest.approx((0.07, 0))
