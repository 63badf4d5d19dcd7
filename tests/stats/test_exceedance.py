"""The probability that a rate reaches a threshold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats import exceedance

shares = st.floats(0, 1)


def test_it_is_the_upper_tail_of_jeffreys_posterior():
    # R 4.2.2: 1 - pbeta(0.05, 3.5, 97.5); the error is that of 3 in 100 with replacement
    error = (0.03 * 0.97 / 100) ** 0.5

    probability = exceedance(0.03, 0.05, answers=100, std_error=error)

    assert probability == pytest.approx(0.181358841108937, abs=1e-12)


def test_a_greater_error_is_less_sure():
    sure = exceedance(0.10, 0.05, answers=400, std_error=0.015)
    unsure = exceedance(0.10, 0.05, answers=400, std_error=0.05)

    assert 0.5 < unsure < sure < 1


def test_a_full_count_knows():
    assert exceedance(0.04, 0.05, answers=50, std_error=0, census=True) == 0
    assert exceedance(0.06, 0.05, answers=50, std_error=0, census=True) == 1
    assert exceedance(0.05, 0.05, answers=100, std_error=0, census=True) == 1


@given(shares, shares, shares, st.integers(1, 10_000), st.floats(0, 0.5))
def test_it_is_a_probability_that_falls_with_the_threshold(rate, first, second, answers, error):
    low, high = sorted((first, second))
    above_low, above_high = (
        exceedance(rate, threshold, answers=answers, std_error=error) for threshold in (low, high)
    )

    assert 0 <= above_high <= above_low <= 1


def test_it_needs_answers():
    with pytest.raises(ValueError, match="needs answers"):
        exceedance(0.1, 0.1, answers=0, std_error=0)
