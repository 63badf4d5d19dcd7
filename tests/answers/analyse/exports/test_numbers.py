"""Numbers rounded as GB/T 8170-2008 says: once, and a bare five to the even digit."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.papers.numbers import percent, probability, rounded, short_percent


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [  # GB/T 8170-2008, 3.2: below five goes, above five rises, a bare five goes to the even digit
        (12.1498, 1, "12.1"),
        (10.502, 0, "11"),
        (1.050, 1, "1.0"),
        (0.35, 1, "0.4"),
        (2500.0, -3, "2000"),
        (3500.0, -3, "4000"),
        (0.0325, 3, "0.032"),
        (32500.0, -3, "32000"),
        # 3.3: rounded once, and not to 97.5 and 98, nor to 15.455, 15.46, 15.5 and 16
        (97.46, 0, "97"),
        (15.4546, 0, "15"),
        # a negative number as its absolute value
        (-355.0, -1, "−360"),
        (-325.0, -1, "−320"),
        (-0.0365, 3, "−0.036"),
    ],
)
def test_numbers_are_rounded_as_in_the_examples_of_the_standard(value, digits, text):
    assert rounded(value, digits) == text


@pytest.mark.parametrize(
    ("value", "digits", "text"),
    [(-0.04, 1, "0.0"), (-0.05, 1, "0.0"), (-0.06, 1, "−0.1"), (-0.0, 0, "0"), (-12.5, 0, "−12")],
)
def test_a_negative_number_has_a_true_minus_and_zero_none(value, digits, text):
    assert rounded(value, digits) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.1245, "12.4%"),
        (0.1235, "12.4%"),
        (23 / 80, "28.8%"),  # a tie in percent
        (0.0, "0.0%"),
        (1.0, "100.0%"),
        (-0.0315, "−3.2%"),
        (1 / 3, "33.3%"),
        (1e-9, "0.0%"),
        (None, "–"),
    ],
)
def test_shares_are_rounded_as_percent(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(("digits", "text"), [(0, "3%"), (2, "3.14%"), (4, "3.1416%")])
def test_a_percentage_has_the_digits_asked_for(digits, text):
    assert percent(0.0314159, digits) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.95, "95%"), (0.9, "90%"), (0.999, "99.9%"), (0.025, "2.5%"), (1.0, "100%"), (0.07, "7%")],
)
def test_a_chosen_share_keeps_the_digits_it_has(share, text):
    """0.07 · 100 is 7.000000000000001 in floats."""
    assert short_percent(share) == text


def read(text):
    return Fraction(text.replace("−", "-").removesuffix("%"))


@given(st.floats(-1e9, 1e9), st.integers(0, 6))
def test_a_rounded_number_is_the_nearest_of_its_digits_or_the_even_one(value, digits):
    """By exact fractions of the number as it is written in full."""
    exact = Fraction(repr(value))
    step = Fraction(1, 10**digits)
    distance = abs(read(rounded(value, digits)) - exact)

    assert distance <= step / 2
    if distance == step / 2:
        assert read(rounded(value, digits)) / step % 2 == 0


@given(st.floats(0, 1))
def test_a_percentage_is_a_hundred_times_its_share(share):
    assert abs(read(percent(share)) - 100 * Fraction(repr(share))) <= Fraction(1, 20)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.994, "> 99%"),
        (1.0, "> 99%"),
        (0.006, "< 1%"),
        (0.0, "< 1%"),
        (0.99, "99%"),
        (0.01, "1%"),
        (0.8712, "87%"),
    ],
)
def test_a_probability_is_never_written_as_certain(share, text):
    assert probability(share) == text


def test_what_is_known_is_written_as_certain():
    assert (probability(0, is_known=True), probability(1, is_known=True)) == ("0%", "100%")
