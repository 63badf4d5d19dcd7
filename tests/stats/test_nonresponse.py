"""Suppositions on those who did not answer, worked by hand and turned around."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats import Design, DesignError, nonresponse_effect

TWO = Design(
    ["city", "county"],
    population=[400, 600],
    respondents=[20, 30],
    issued=[40, 50],
    groups={"region": ["north", "north"]},
)


def test_those_who_did_not_answer_count_as_often_as_supposed():
    """City: half answered, 20 %; county: 3 of 5 answered, 10 %."""
    effect = nonresponse_effect(TWO, [[4], [3]], [[20], [30]], factors=[0, 1, 2, 6])

    city = [0.1, 0.2, 0.1 + 0.5 * 0.4, 0.1 + 0.5 * 1]
    county = [0.06, 0.1, 0.06 + 0.4 * 0.2, 0.06 + 0.4 * 0.6]
    assert effect.rates[:, 0, 0] == pytest.approx(0.4 * np.array(city) + 0.6 * np.array(county))
    assert effect.lower[0, 0] == pytest.approx(0.4 * 0.1 + 0.6 * 0.06)
    assert effect.upper[0, 0] == pytest.approx(0.4 * 0.6 + 0.6 * 0.46)


def test_domains_are_apart_and_together_the_whole():
    effect = nonresponse_effect(TWO, [[4], [3]], [[20], [30]], by="stratum")
    region = nonresponse_effect(TWO, [[4], [3]], [[20], [30]], by="region")

    assert effect.domains == ("city", "county")
    assert region.domains == ("north",)
    assert effect.rates.shape == (6, 2, 1)
    assert region.rates[:, 0, 0] == pytest.approx(effect.rates[:, :, 0] @ [0.4, 0.6])


def test_a_threshold_is_reached_always_at_some_factor_or_never():
    effect = nonresponse_effect(TWO, [[4], [0]], [[20], [30]])

    # 0.4 (0.1 + 0.5 min(1, 0.2 k)): from 0.04 to 0.24
    assert effect.break_even(0.03) == 0
    assert effect.break_even(0.12) == pytest.approx(2)
    assert effect.break_even(0.25) == np.inf


strata = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 30), st.integers(0, 30), st.integers(0, 300)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=80)
@given(strata, st.floats(0.01, 0.99))
def test_at_its_break_even_a_rate_is_the_threshold(numbers, threshold):
    respondents = [sheets for sheets, _, _, _ in numbers]
    issued = [sheets + silent for sheets, silent, _, _ in numbers]
    design = Design(
        [str(at) for at in range(len(numbers))],
        [size + more for size, (_, _, _, more) in zip(issued, numbers, strict=True)],
        respondents,
        issued,
    )
    yes = [[min(yes, sheets)] for sheets, _, yes, _ in numbers]
    answers = [[sheets] for sheets in respondents]
    (factor,) = nonresponse_effect(design, yes, answers).break_even(threshold)[0]

    def rate(k):
        return nonresponse_effect(design, yes, answers, factors=[k]).rates[0, 0, 0]

    if factor == 0:
        assert rate(0) >= threshold - 1e-12
    elif np.isinf(factor):
        assert rate(1e9) < threshold
    else:
        assert rate(factor) == pytest.approx(threshold)


def test_a_domain_that_no_one_answered_has_no_rates():
    effect = nonresponse_effect(TWO, [[4], [0]], [[20], [0]], by="stratum")

    assert np.isnan(effect.rates[:, 1]).all()
    assert np.isnan(effect.break_even(0.1)[1, 0])
    assert effect.rates[2, 0, 0] == 0.2


def test_a_design_that_cannot_be_supposed_upon_is_refused():
    unknown = Design(["a"], [100], [10])
    empty = Design(["a", "b"], [100, 100], [10, 0], [20, 20])

    with pytest.raises(DesignError, match="says not how many were asked"):
        nonresponse_effect(unknown, [[1]], [[10]])
    with pytest.raises(DesignError, match="'b' has no respondents"):
        nonresponse_effect(empty, [[1], [0]], [[10], [0]])
    with pytest.raises(ValueError, match="negative"):
        nonresponse_effect(TWO, [[4], [3]], [[20], [30]], factors=[-1])
    with pytest.raises(ValueError, match="between 0 and 1"):
        nonresponse_effect(TWO, [[4], [3]], [[20], [30]]).break_even(0)
