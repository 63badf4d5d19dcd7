"""R-indicators and the frame's comparison against R, and their bias and error against the law."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from stats import Design, DesignError, representativity

FRAME = Design(
    ["nc", "nh", "ne", "sc", "sh", "se"],
    population=[400, 100, 60, 900, 150, 80],
    respondents=[60, 20, 24, 90, 30, 11],
    issued=[100, 50, 30, 120, 60, 40],
    groups={"rank": ["clerk", "chief", "expert"] * 2, "region": ["north"] * 3 + ["south"] * 3},
)


def test_the_indicator_and_the_partial_ones_are_those_of_a_logistic_regression_in_r():
    """r_representativity.R; R's are not adjusted for bias."""
    r = representativity(FRAME)
    by_category = {line.category: line for line in r.categories}

    assert r.response == pytest.approx(0.650887573964, rel=1e-11)
    assert r.unadjusted == pytest.approx(0.723831503972, rel=1e-9)
    unconditional = {"clerk": 0.0464477471762, "chief": -0.0734182976785, "south": 0.0264104065369}
    conditional = {"clerk": 0.0492509054178, "chief": 0.0708466859881, "north": 0.0772056711725}
    for name, expected in unconditional.items():
        assert by_category[name].unconditional == pytest.approx(expected, rel=1e-9)
    for name, expected in conditional.items():
        assert by_category[name].conditional == pytest.approx(expected, rel=1e-9)
    # The squares of a variable's categories sum to its own, here before the adjustment.
    squares = [by_category[name].conditional ** 2 for name in ("clerk", "chief", "expert")]
    assert sum(squares) == pytest.approx(0.130239300141**2, rel=1e-9)


def test_rates_of_response_and_weighted_shares_are_those_of_rs_survey():
    by_category = {line.category: line for line in representativity(FRAME).categories}

    assert by_category["clerk"].response == pytest.approx(0.703846153846, rel=1e-11)
    assert by_category["chief"].weighted_share == pytest.approx(0.1045454545455, rel=1e-11)
    chief = by_category["chief"]
    assert (chief.population, chief.issued, chief.respondents) == (250, 110, 50)
    assert chief.population_share == 250 / 1690
    assert chief.respondents_share == 50 / 235


def test_between_strata_the_test_of_equal_response_is_pearsons():
    (line,) = representativity(FRAME, ["stratum"]).variables

    # R's chisq.test without correction, in r_representativity.R
    assert line.df == 5
    assert line.chi_square == pytest.approx(43.99742102)
    assert line.p == pytest.approx(2.31901776e-08)


@pytest.mark.parametrize("answer", [(0.3, 0.5), (0.7, 0.7), (0.1, 0.9)])
def test_the_adjusted_variance_is_unbiased(answer):
    """Over all samples of 12 and 9 asked, each with its probability."""
    issued, share = (12, 9), np.array([0.6, 0.4])
    truth = share @ (np.array(answer) - share @ answer) ** 2
    mean = 0.0
    for first, second in itertools.product(*(range(number + 1) for number in issued)):
        chance = binom.pmf(first, 12, answer[0]) * binom.pmf(second, 9, answer[1])
        r = representativity(Design(["a", "b"], [60, 40], [first, second], issued))
        rates = np.array([first / 12, second / 9])
        observed = share @ (rates - share @ rates) ** 2
        within = rates * (1 - rates) / np.array([11, 8])
        adjusted = observed - (share * (1 - share)) @ within
        mean += chance * adjusted
        assert r.spread == pytest.approx(max(adjusted, 0) ** 0.5, abs=1e-7)
    assert mean == pytest.approx(truth, rel=1e-9)


def test_the_standard_error_is_that_of_four_hundred_thousand_draws():
    """r_representativity.R: standard deviation 0.0058323 of the spread at these propensities."""
    r = representativity(FRAME)

    assert r.se
    assert r.se * (1 - r.unadjusted) / 2 == pytest.approx(0.0058323, rel=0.02)


counts = st.lists(
    st.tuples(st.integers(2, 50), st.integers(0, 50), st.integers(0, 300)), min_size=4, max_size=4
)


@settings(max_examples=50)
@given(counts)
def test_indicators_stay_in_their_range_and_conditional_ones_are_parts_of_the_whole(strata):
    issued = [size for size, _, _ in strata]
    design = Design(
        list("abcd"),
        [size + more for size, _, more in strata],
        [min(size, sheets) for size, sheets, _ in strata],
        issued,
        groups={"unit": list("xxyy"), "post": list("pqpq")},
    )
    r = representativity(design)

    assert 0 <= r.unadjusted <= r.indicator + 1e-12 <= 1 + 1e-12
    for line in r.variables:
        own = [part for part in r.categories if part.variable == line.variable]
        assert sum(part.conditional**2 for part in own) <= (1 - r.unadjusted) ** 2 / 4 + 1e-12
        assert sum(part.population_share for part in own) == pytest.approx(1)
        assert line.p is None or 0 <= line.p <= 1


def test_an_even_sample_has_indicator_one_and_no_bias():
    r = representativity(Design(["a", "b"], [100, 300], [10, 30], [20, 60]))

    assert (r.indicator, r.spread, r.se, r.maximal_bias()) == (1, 0, None, 0)


def test_half_that_answers_and_half_that_does_not_has_indicator_zero_and_any_bias():
    r = representativity(Design(["a", "b"], [100, 100], [20, 0], [20, 20]))

    assert r.indicator == 0
    assert (r.maximal_bias(), r.maximal_contrast()) == (0.5, 1)


def test_the_greatest_bias_is_the_spread_times_that_of_the_answers_over_the_response():
    r = representativity(FRAME)

    assert r.maximal_bias(0.1) == pytest.approx(r.spread * 0.3 / r.response)


def test_where_no_one_answered_there_is_no_bias_to_bound_and_nothing_to_test():
    r = representativity(Design(["a", "b"], [100, 100], [0, 0], [20, 20]))

    assert r.response == 0
    assert (r.maximal_bias(), r.variables[0].p, r.categories[0].weighted_share) == (None,) * 3


@pytest.mark.parametrize(
    ("issued", "sentence"),
    [(None, "the design says not how many were asked"), ([20, 0], "'b' has no one who was asked")],
)
def test_a_frame_without_those_asked_is_refused(issued, sentence):
    with pytest.raises(DesignError, match=sentence):
        representativity(Design(["a", "b"], [100, 100], [10, 0], issued))
