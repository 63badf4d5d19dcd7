"""P-values adjusted together: against R and a published example."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats import Adjustment, adjust
from tests.stats.r_records import records

# Benjamini and Hochberg, J. R. Stat. Soc. B 57 (1995), sec. 3.2: a trial's 15 endpoints.
ENDPOINTS = (
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
    *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.000),
)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=20)


@pytest.mark.parametrize("record", records("p.adjust"), ids=lambda record: record["method"])
def test_adjusted_p_values_are_those_of_r(record):
    adjusted = adjust(record["p"], Adjustment(record["method"]))

    assert adjusted == pytest.approx(record["adj"], rel=1e-9)


@pytest.mark.parametrize(
    ("method", "adjusted"),
    [  # R 4.2.2, tests/stats/r_comparison.R
        (Adjustment.HOLM, [0.04, 0.09, 0.09, 0.025, 0.2]),
        (Adjustment.BENJAMINI_HOCHBERG, [0.025, 0.05, 0.05, 0.025, 0.2]),
        (Adjustment.NONE, [0.01, 0.04, 0.03, 0.005, 0.2]),
    ],
)
def test_p_values_are_adjusted_in_the_order_they_come_in(method, adjusted):
    assert adjust([0.01, 0.04, 0.03, 0.005, 0.2], method) == pytest.approx(np.array(adjusted))


def test_the_published_endpoints_are_rejected_three_and_four_times():
    holm, false_discovery = (
        (adjust(ENDPOINTS, method) <= 0.05).sum()
        for method in (Adjustment.HOLM, Adjustment.BENJAMINI_HOCHBERG)
    )

    assert (holm, false_discovery) == (3, 4)


@settings(max_examples=50)
@given(p_values)
def test_holm_adjusts_no_less_than_benjamini_and_hochberg_and_that_no_less_than_nothing(values):
    holm, false_discovery = adjust(values), adjust(values, Adjustment.BENJAMINI_HOCHBERG)

    assert (np.array(values) <= false_discovery * (1 + 1e-12)).all()
    assert (false_discovery <= holm * (1 + 1e-12)).all()
    assert (holm <= 1).all()


@settings(max_examples=50)
@given(p_values, st.sampled_from(Adjustment))
def test_adjusting_keeps_the_order_of_the_p_values(values, method):
    adjusted = adjust(values, method)[np.argsort(values)]

    assert (np.diff(adjusted) >= 0).all()


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan")])
def test_what_is_no_p_value_is_refused(value):
    with pytest.raises(ValueError, match="not between 0 and 1"):
        adjust([0.5, value])
