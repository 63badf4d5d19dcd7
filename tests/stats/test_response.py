import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.response import Dispositions, ResponseError, response_rates

COUNTS = ("complete", "partial", "refused", "not_contacted", "other", "unknown", "ineligible")


def test_the_six_rates_follow_their_definitions():
    # 60 complete, 10 partial of 100 eligible, 50 unknown of which 100 / 125 are eligible.
    rates = response_rates(
        Dispositions.of(
            ["A"],
            [60],
            partial=10,
            refused=15,
            not_contacted=10,
            other=5,
            unknown=50,
            ineligible=25,
        )
    )

    shares = [getattr(rates, f"rr{number}")[0] for number in range(1, 7)]
    assert rates.eligibility.tolist() == [0.8]
    assert shares == pytest.approx([60 / 150, 70 / 150, 60 / 140, 70 / 140, 0.6, 0.7])


@settings(max_examples=50)
@given(st.lists(st.integers(0, 1000), min_size=7, max_size=7))
def test_the_six_rates_stand_in_their_order(counts):
    if not sum(counts[:6]):
        return
    r = response_rates(
        Dispositions.of(["A"], counts[0], **dict(zip(COUNTS[1:], counts[1:], strict=True)))
    )

    assert 0 <= r.rr1 <= r.rr3
    assert r.rr2 <= r.rr4 <= 1
    assert r.rr1 <= r.rr2
    assert r.rr3 <= r.rr4
    assert r.rr5 <= r.rr6
    assert not sum(counts[:5]) or (r.rr3 <= r.rr5 and r.rr4 <= r.rr6)


def test_strata_pool_by_person_or_by_weight():
    dispositions = Dispositions.of(["A", "B"], [30, 10], refused=[10, 30])

    assert response_rates(dispositions.pooled()).rr1 == pytest.approx(0.5)
    assert response_rates(dispositions.pooled([3, 1])).rr1 == pytest.approx(100 / 160)


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({"refused": [1, -1]}, "Stratum B: refused cannot be -1"),
        ({"refused": [1, 0]}, "Stratum B: no one was issued"),
        ({"refused": [1, np.nan]}, "Stratum B: refused cannot be nan"),
        ({"refusal": [1, 1]}, "no disposition refusal"),
    ],
)
def test_dispositions_that_cannot_be_are_refused(counts, sentence):
    with pytest.raises(ResponseError, match=sentence):
        Dispositions.of(["A", "B"], [5, 0], **counts)


def test_an_eligibility_outside_its_range_is_refused():
    with pytest.raises(ResponseError, match="between 0 and 1"):
        response_rates(Dispositions.of(["A"], [5]), 1.5)
