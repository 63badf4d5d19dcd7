"""Counts of fieldwork reveal no person: small ones are hidden until the close, in sums too."""

import pytest

from survey_app.identity.manage.fieldwork.progress import ShownCount, show, total


@pytest.mark.parametrize("claims", [0, 1, 9])
def test_a_count_below_ten_is_hidden_until_the_close(claims):
    assert show(claims, is_closed=False) == ShownCount(0, exact=False)
    assert show(claims, is_closed=True) == ShownCount(claims)


def test_a_count_of_ten_is_shown():
    assert show(10, is_closed=False) == ShownCount(10)


def test_a_sum_with_a_hidden_count_is_the_same_whatever_is_hidden():
    sums = {total([ShownCount(12), show(claims, is_closed=False)]) for claims in range(10)}

    assert sums == {ShownCount(12, exact=False)}
    assert total([ShownCount(12), ShownCount(30)]) == ShownCount(42)


def test_a_share_is_known_of_exact_counts_only():
    assert ShownCount(12).share(30) == 0.4
    assert ShownCount(12).share(0) is None
    assert ShownCount(12, exact=False).share(30) is None
