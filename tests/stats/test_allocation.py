"""Allocations: against all there are, and what they refuse."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.allocation import Method, allocate
from stats.planning import PlanError


@st.composite
def plans(draw):
    strata = draw(st.integers(1, 8))
    population = draw(st.lists(st.integers(1, 300), min_size=strata, max_size=strata))
    rate = draw(st.lists(st.floats(0.01, 0.99), min_size=strata, max_size=strata))
    minimum = draw(st.integers(1, 6))
    least = np.minimum(minimum, population)
    total = draw(st.integers(int(least.sum()), sum(population)))
    return population, rate, minimum, total


@settings(max_examples=60)
@given(plans(), st.sampled_from(Method), st.floats(0, 1))
def test_an_allocation_sums_exactly_and_keeps_its_bounds(plan, method, power):
    population, rate, minimum, total = plan

    shares = allocate(
        [str(h) for h in range(len(population))],
        population,
        total,
        method,
        rate=rate,
        power=power,
        minimum=minimum,
    ).respondents

    assert shares.sum() == total
    assert (shares <= population).all()
    assert (shares >= np.minimum(minimum, population)).all()


def compositions(total, least, most):
    """Yield every allocation of a total within bounds."""
    if len(least) == 1:
        if least[0] <= total <= most[0]:
            yield (total,)
        return
    for first in range(least[0], most[0] + 1):
        for rest in compositions(total - first, least[1:], most[1:]):
            yield first, *rest


@pytest.mark.parametrize(
    ("population", "rate", "total"),
    [
        ([12, 20, 31, 9], [0.05, 0.3, 0.1, 0.5], 24),
        ([40, 3, 3, 15], [0.2, 0.5, 0.02, 0.4], 20),
        ([2, 2, 2, 50], [0.5, 0.5, 0.5, 0.01], 12),
        ([40, 31, 12], [0.6, 0.42, 0.12], 10),
    ],
)
@pytest.mark.parametrize("method", Method)
def test_of_all_allocations_there_are_none_is_better(population, rate, total, method):
    size, expected = np.array(population, float), np.array(rate)
    deviation = np.sqrt(expected * (1 - expected) * size / (size - 1))
    importance = {
        Method.PROPORTIONAL: size,
        Method.NEYMAN: size * deviation,
        Method.POWER: np.sqrt(size) * deviation / expected,
    }[method]
    shares = allocate("abcd"[: len(population)], population, total, method, rate=rate)

    least = [min(2, persons) for persons in population]
    allocations = np.array(list(compositions(total, least, population)))
    losses = (importance**2 / allocations).sum(axis=1)
    assert (importance**2 / shares.respondents).sum() == pytest.approx(losses.min(), rel=1e-12)


def test_the_error_to_expect_is_that_of_a_stratified_sample_at_the_expected_rates():
    shares = allocate("ab", [400, 600], 100, Method.NEYMAN, rate=[0.3, 0.05])

    # Cochran, Sampling Techniques, 3rd ed., theorem 5.3, with n = 58 and 42.
    variance = (
        0.4**2 * (1 - 58 / 400) * 0.3 * 0.7 * 400 / 399 / 58
        + 0.6**2 * (1 - 42 / 600) * 0.05 * 0.95 * 600 / 599 / 42
    )
    assert shares.respondents.tolist() == [58, 42]
    assert shares.se == pytest.approx(variance**0.5, rel=1e-12)


def test_proportional_allocation_of_the_schools_gives_whole_numbers_near_their_shares():
    shares = allocate(["E", "M", "H"], [4421, 1018, 755], 200)

    assert shares.respondents.tolist() == [143, 33, 24]


def test_the_power_runs_from_equal_precision_to_size():
    population, rate = [10000, 1000, 100], 0.2

    equal = allocate("abc", population, 90, Method.POWER, rate=rate, power=0)
    sized = allocate("abc", population, 90, Method.POWER, rate=rate, power=1, minimum=1)

    assert equal.respondents.tolist() == [30, 30, 30]
    assert sized.respondents.tolist() == [81, 8, 1]


def test_no_more_are_invited_than_there_are():
    shares = allocate(["a", "b"], [10, 1000], 60, Method.POWER, power=0, response=0.5)

    assert shares.respondents.tolist() == [5, 55]
    assert shares.issued.tolist() == [10, 110]


@pytest.mark.parametrize(
    ("population", "total", "options", "sentence"),
    [
        ([10, 10], 3, {}, "The minima take 4 respondents, more than the 3"),
        ([10, 10], 21, {}, "can give 20 respondents, fewer than the 21"),
        ([10, 0], 5, {}, "Stratum b: the population cannot be 0"),
        ([10, 10], 5, {"rate": [0.1, 1]}, "Stratum b: the expected rate cannot be 1"),
        ([10, 10], 5, {"minimum": 0}, "Stratum a: the minimum cannot be 0"),
        ([10, 10], 5, {"rate": [0.1, 0.2, 0.3]}, "3 figures of expected rate for 2 strata"),
        ([10, 1], 5, {"response": 0.5}, "Stratum b: at this response rate no one"),
    ],
)
def test_allocations_that_cannot_be_are_refused(population, total, options, sentence):
    with pytest.raises(PlanError, match=sentence):
        allocate(["a", "b"], population, total, **options)
