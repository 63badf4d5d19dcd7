"""A count is shown in tens until the close; nothing in a sum or a share tells more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.documents.shown_counts import ShownCount, show, total


@pytest.mark.parametrize(
    ("count", "number"), [(0, None), (9, None), (10, 10), (19, 10), (20, 20), (131, 130)]
)
def test_until_the_close_a_count_is_in_tens_and_hidden_below_ten(count, number):
    assert show(count, is_closed=False).number == number
    assert show(count, is_closed=True).number == count


@pytest.mark.parametrize(("count", "text"), [(0, "<10"), (9, "<10"), (10, "≥10"), (29, "≥20")])
def test_until_the_close_a_text_says_that_it_is_a_bound(count, text):
    assert show(count, is_closed=False).text == text
    assert show(count, is_closed=True).text == str(count)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=4), st.data())
def test_a_sum_is_the_same_whatever_is_hidden_in_its_parts(counts, data):
    neighbours = [count // 10 * 10 + data.draw(st.integers(0, 9)) for count in counts]

    sums = [total(show(count, is_closed=False) for count in part) for part in (counts, neighbours)]

    assert sums[0] == sums[1]
    assert sums[0].count <= min(sum(counts), sum(neighbours))


def test_a_sum_of_exact_counts_is_exact():
    assert total([show(12, is_closed=True), show(3, is_closed=True)]) == ShownCount(15, exact=True)


def test_a_share_is_of_what_is_shown():
    assert show(17, is_closed=False).share(40) == 0.25
    assert show(17, is_closed=True).share(34) == 0.5
    assert show(9, is_closed=False).share(30) is None
    assert show(0, is_closed=True).share(0) is None
