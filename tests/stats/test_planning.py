import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

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


@settings(max_examples=60)
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
        (100, {"margin": 0.1, "rate": 0}, "rate must be above 0 and below 1"),
        (100, {"margin": 5}, "margin 5 is too great: it is a share, so give 0.05 for 5 %"),
        (100, {"margin": 0.1, "level": 95}, "give 0.95 for 95 %"),
        (0, {"margin": 0.1}, "population must be above 0"),
        (100, {"margin": 0.1, "response": 1.2}, "response 1.2 is too great"),
        (100, {"margin": math.nan}, "margin must be above 0"),
    ],
)
def test_sizes_that_cannot_be_are_refused(population, options, sentence):
    with pytest.raises(PlanError, match=sentence):
        sample_size(population, **options)


@settings(max_examples=60)
@given(st.integers(1, 400), st.floats(0.001, 1), st.data())
def test_detection_is_the_chance_of_not_drawing_only_the_others(population, rate, data):
    sample = data.draw(st.integers(0, population))
    having = math.ceil(population * rate * (1 - 1e-12))

    no_detection = math.comb(population - having, sample) / math.comb(population, sample)

    assert detection_probability(population, sample, rate) == pytest.approx(
        1 - no_detection, abs=1e-12
    )


@settings(max_examples=60)
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
    alone = detection_probability(300, 60, 0.01)

    assert detection_probability([300, 300], 60, 0.01) == pytest.approx(1 - (1 - alone) ** 2)


def test_a_sample_larger_than_its_population_detects_nothing_but_an_error():
    with pytest.raises(PlanError, match="no larger than its population"):
        detection_probability(10, 11, 0.1)
