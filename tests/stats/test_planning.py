import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from stats.allocation import Method, allocate
from stats.planning import PlanError, detection_probability, detection_size, sample_size


@pytest.mark.parametrize(
    ("population", "options", "respondents"),
    [
        # Cochran, Sampling Techniques, 3rd ed., sec. 4.4: n0 = 384.16 for 50 % +- 5 %.
        (None, {"margin": 0.05}, 385),
        # Krejcie and Morgan, Educ. Psychol. Meas. 30 (1970), table 1 (rounded to nearest there).
        (1000, {"margin": 0.05}, 278),
        (100, {"margin": 0.05}, 80),
        (None, {"margin": 0.05, "deff": 2}, 769),
        (None, {"rate": 0.1, "cv": 0.1}, 900),
        (None, {"margin": 0.05, "level": 0.99}, 664),
    ],
)
def test_sizes_are_those_of_the_textbooks(population, options, respondents):
    assert sample_size(population, **options).respondents == respondents


def test_the_expected_response_rate_raises_the_number_to_issue():
    plan = sample_size(1000, margin=0.05, response=0.4)

    assert (plan.respondents, plan.issued) == (278, 695)


@settings(max_examples=200)
@given(
    st.integers(2, 10**7),
    st.floats(0.001, 0.999),
    st.floats(0.005, 0.3),
    st.floats(0.2, 5),
)
def test_a_size_is_the_smallest_that_reaches_its_margin(population, rate, margin, deff):
    plan = sample_size(population, rate=rate, margin=margin, deff=deff)

    def reached(n):
        variance = deff * rate * (1 - rate) / n * (population - n) / (population - 1)
        return norm.isf(0.025) * math.sqrt(variance)

    assert plan.margin == pytest.approx(reached(plan.respondents))
    assert plan.margin <= margin * (1 + 1e-9)
    assert plan.respondents == 1 or reached(plan.respondents - 1) > margin * (1 - 1e-9)


@pytest.mark.parametrize(
    ("population", "options", "sentence"),
    [
        (100, {"margin": 0.05, "response": 0.5}, "80 answers .* take 160 persons"),
        (100, {}, "either a margin or a coefficient"),
        (100, {"margin": 0.1, "cv": 0.1}, "either a margin or a coefficient"),
        (100, {"margin": 0}, "margin must be above 0"),
        (100, {"margin": 0.1, "rate": 0}, "rate must lie between"),
        (0, {"margin": 0.1}, "population must be above 0"),
        (100, {"margin": 0.1, "response": 1.2}, "response must be above 0 and at most 1"),
        (100, {"margin": math.nan}, "margin must be above 0"),
    ],
)
def test_sizes_that_cannot_be_are_refused(population, options, sentence):
    with pytest.raises(PlanError, match=sentence):
        sample_size(population, **options)


@settings(max_examples=100)
@given(st.integers(1, 400), st.floats(0.001, 1), st.data())
def test_detection_is_the_chance_of_not_drawing_only_the_others(population, rate, data):
    drawn = data.draw(st.integers(0, population))
    having = math.ceil(population * rate * (1 - 1e-12))

    none = math.comb(population - having, drawn) / math.comb(population, drawn)

    assert detection_probability(population, drawn, rate) == pytest.approx(1 - none, abs=1e-12)


@settings(max_examples=100)
@given(st.integers(1, 5000), st.floats(0.001, 1), st.floats(0.01, 0.999))
def test_a_detection_size_is_the_smallest(population, rate, probability):
    size = detection_size(population, rate, probability)

    assert detection_probability(population, size, rate) >= probability * (1 - 1e-9)
    assert detection_probability(population, size - 1, rate) < probability * (1 + 1e-9)


def test_the_rule_of_three_is_nearly_the_size_without_a_population():
    assert detection_size(None, 0.01) == 299
    assert detection_size(10**9, 0.01) == 299
    assert detection_size(None, 1) == 1


def test_strata_add_to_the_chance_of_detection():
    one = detection_probability(300, 60, 0.01)

    assert detection_probability([300, 300], 60, 0.01) == pytest.approx(1 - (1 - one) ** 2)


def test_a_sample_larger_than_its_population_detects_nothing_but_an_error():
    with pytest.raises(PlanError, match="no larger than its population"):
        detection_probability(10, 11, 0.1)


@st.composite
def plans(draw):
    strata = draw(st.integers(1, 8))
    population = draw(st.lists(st.integers(1, 300), min_size=strata, max_size=strata))
    rate = draw(st.lists(st.floats(0.01, 0.99), min_size=strata, max_size=strata))
    minimum = draw(st.integers(1, 6))
    least = np.minimum(minimum, population)
    total = draw(st.integers(int(least.sum()), sum(population)))
    return population, rate, minimum, total


@settings(max_examples=200)
@given(plans(), st.sampled_from(Method), st.floats(0, 1))
def test_an_allocation_sums_exactly_and_keeps_its_bounds(plan, method, power):
    population, rate, minimum, total = plan

    shared = allocate(
        [str(h) for h in range(len(population))],
        population,
        total,
        method,
        rate=rate,
        power=power,
        minimum=minimum,
    ).respondents

    assert shared.sum() == total
    assert (shared <= population).all()
    assert (shared >= np.minimum(minimum, population)).all()


@settings(max_examples=100)
@given(plans())
def test_no_person_moved_to_another_stratum_makes_neyman_better(plan):
    population, rate, minimum, total = plan
    names = [str(h) for h in range(len(population))]
    size, expected = np.array(population, float), np.array(rate)
    weight = size**2 * expected * (1 - expected) * size / np.maximum(size - 1, 1)

    shared = allocate(names, population, total, Method.NEYMAN, rate=rate, minimum=minimum)

    best = (weight / shared.respondents).sum()
    least = np.minimum(minimum, population)
    for giver in range(len(population)):
        for taker in range(len(population)):
            moved = shared.respondents.copy()
            moved[giver] -= 1
            moved[taker] += 1
            if (moved >= least).all() and (moved <= population).all():
                assert (weight / moved).sum() >= best * (1 - 1e-12)


def test_proportional_allocation_of_the_schools_gives_whole_numbers_near_their_shares():
    shared = allocate(["E", "M", "H"], [4421, 1018, 755], 200)

    assert shared.respondents.tolist() == [143, 33, 24]


def test_the_power_runs_from_equal_precision_to_size():
    population, rate = [10000, 1000, 100], 0.2

    equal = allocate("abc", population, 90, Method.POWER, rate=rate, power=0)
    sized = allocate("abc", population, 90, Method.POWER, rate=rate, power=1, minimum=1)

    assert equal.respondents.tolist() == [30, 30, 30]
    assert sized.respondents.tolist() == [81, 8, 1]


def test_no_more_are_invited_than_there_are():
    shared = allocate(["a", "b"], [10, 1000], 60, Method.POWER, power=0, response=0.5)

    assert shared.respondents.tolist() == [5, 55]
    assert shared.issued.tolist() == [10, 110]


@pytest.mark.parametrize(
    ("population", "total", "options", "sentence"),
    [
        ([10, 10], 3, {}, "The minima take 4 respondents, more than the 3"),
        ([10, 10], 21, {}, "can give 20 respondents, fewer than the 21"),
        ([10, 0], 5, {}, "Stratum b: the population cannot be 0"),
        ([10, 10], 5, {"rate": [0.1, 1]}, "Stratum b: the expected rate cannot be 1"),
        ([10, 10], 5, {"minimum": 0}, "Stratum a: the minimum cannot be 0"),
        ([10, 10], 5, {"rate": [0.1, 0.2, 0.3]}, "3 figures of expected rate for 2 strata"),
        ([10, 1], 5, {"response": 0.5}, "Stratum b: at this response rate nobody"),
    ],
)
def test_allocations_that_cannot_be_are_refused(population, total, options, sentence):
    with pytest.raises(PlanError, match=sentence):
        allocate(["a", "b"], population, total, **options)
