import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats import (
    Device,
    DeviceError,
    bias_corrected_crosswise,
    crosswise,
    forced_response,
    sensitive_rate,
    stochastic_lie_detector,
    unrelated_question,
    unrelated_question_unknown,
    warner,
)

DEVICES = st.one_of(
    st.builds(warner, st.floats(0.6, 1)),
    st.builds(crosswise, st.floats(0.05, 0.4)),
    st.builds(lambda t, y: forced_response(t, (1 - t) * y), st.floats(0.2, 1), st.floats(0, 1)),
    st.builds(unrelated_question, st.floats(0.2, 1), st.floats(0, 1)),
)


def test_forced_response_gives_the_published_rate_of_nigeria():
    # Blair, Imai and Zhou, J. Am. Stat. Assoc. 110 (2015): 831 yes of 2,435, a die with 1 forcing
    # no and 6 yes. Their standard error divides by n, ours by n - 1.
    estimate = sensitive_rate(forced_response(2 / 3, 1 / 6), 2435, 831)

    assert estimate.rate == pytest.approx(0.261909650924025, rel=1e-12)
    assert estimate.se == pytest.approx(0.0144156656330447, rel=1e-12)
    assert estimate.se * math.sqrt(2434 / 2435) == pytest.approx(0.0144127052334585, rel=1e-12)


def test_the_crosswise_model_gives_the_published_rate_of_plagiarism():
    # Jann, Jerke and Krumpal, Public Opin. Q. 76 (2012): 63.85 % of 310, birthday in 3 months.
    estimate = sensitive_rate(crosswise(0.25), 310, 0.6385 * 310)

    assert estimate.rate == pytest.approx(0.223, rel=1e-12)
    assert estimate.se == pytest.approx(0.0546619798290819, rel=1e-12)


def test_the_stochastic_lie_detector_gives_the_published_rate_of_the_minarets():
    # Heck and Moshagen, J. Stat. Softw. 85 (2018), sec. 4.1: 0.870695 (0.041118), t 0.635806
    # (0.017344), with randomisation probabilities 2/12 and 10/12.
    estimate = stochastic_lie_detector((2 / 12, 10 / 12), [564, 692], [373, 398])

    assert estimate.rate == pytest.approx(0.870695486410036, rel=1e-12)
    assert estimate.se == pytest.approx(0.0411184073743882, rel=1e-12)
    assert estimate.nuisance == pytest.approx(0.635806392758562, rel=1e-12)
    assert estimate.nuisance_se == pytest.approx(0.0173436811042209, rel=1e-12)


@settings(max_examples=60)
@given(DEVICES, st.floats(0, 1))
def test_every_device_inverts_its_own_chance_of_yes(device, rate):
    estimate = sensitive_rate(device, 1000, 1000 * device.yes(rate))

    assert estimate.rate == pytest.approx(rate, abs=1e-9)
    assert 0 <= estimate.low <= estimate.rate <= estimate.high <= 1
    assert estimate.efficiency <= 1 + 1e-9


@settings(max_examples=50)
@given(st.floats(0, 1), st.floats(0.1, 1), st.floats(0.05, 0.4), st.floats(0.05, 0.4))
def test_the_bias_corrected_crosswise_inverts_inattention(rate, attention, p, anchor):
    share = attention * crosswise(p).yes(rate) + (1 - attention) / 2
    anchor_share = attention * (1 - anchor) + (1 - attention) / 2

    estimate = bias_corrected_crosswise(
        p,
        anchor,
        1000,
        yes=1000 * share,
        anchor_yes=1000 * anchor_share,
        both_yes=1000 * share * anchor_share,
    )

    assert estimate.attention == pytest.approx(attention)
    assert estimate.rate == pytest.approx(rate, abs=1e-9)


@settings(max_examples=50)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.55, 1), st.floats(0, 0.45))
def test_two_samples_invert_both_unknowns(rate, prevalence, first, second):
    yes = [1000 * (p * rate + (1 - p) * prevalence) for p in (first, second)]

    estimate = unrelated_question_unknown((first, second), [1000, 1000], yes)

    assert (estimate.rate, estimate.nuisance) == pytest.approx((rate, prevalence), abs=1e-9)


def test_a_direct_question_is_the_device_that_adds_nothing():
    estimate = sensitive_rate(warner(1), [50, 40], [5, 20], [500, 100])

    assert estimate.rate == pytest.approx((500 * 0.1 + 100 * 0.5) / 600)
    assert estimate.se == pytest.approx(estimate.direct_se)
    assert estimate.efficiency == pytest.approx(1)


def test_a_census_still_has_the_noise_of_the_device():
    estimate = sensitive_rate(warner(0.7), 400, 200, 400)

    assert estimate.se == pytest.approx(math.sqrt(0.7 * 0.3 / 0.4**2 / 400))
    assert estimate.direct_se == 0


@pytest.mark.parametrize("strata", [((60, 120), (0.3, 0.1)), ((200, 200), (0.5, 0.02))])
def test_the_stratified_variance_is_that_of_repeated_samples(strata):
    sizes, rates = np.array(strata[0]), np.array(strata[1])
    people, device = np.array([200, 1000]), forced_response(0.75, 0.125)
    random = np.random.default_rng(11)
    having = np.round(people * rates).astype(int)
    truth = random.hypergeometric(having, people - having, sizes, (20000, 2))
    yes = random.binomial(truth, device.base + device.slope) + random.binomial(
        sizes - truth, device.base
    )
    estimate = [sensitive_rate(device, sizes, value, people) for value in yes[:2000]]

    moments = ((yes / sizes - device.base) / device.slope) @ (people / people.sum())
    assert np.mean([value.se**2 for value in estimate]) == pytest.approx(moments.var(), rel=0.05)
    assert moments.mean() == pytest.approx((having.sum()) / people.sum(), abs=0.002)


def test_the_bias_corrected_variance_is_that_of_repeated_samples():
    p, anchor, attention, rate, n = 0.15, 0.2, 0.8, 0.1, 2000
    random = np.random.default_rng(12)
    follows = random.random((1500, n)) < attention
    share = np.where(
        follows, random.random((1500, n)) < crosswise(p).yes(rate), random.random((1500, n)) < 0.5
    )
    anchor_share = np.where(
        follows, random.random((1500, n)) < 1 - anchor, random.random((1500, n)) < 0.5
    )
    estimate = [
        bias_corrected_crosswise(
            p, anchor, n, yes=a.sum(), anchor_yes=b.sum(), both_yes=(a & b).sum()
        )
        for a, b in zip(share, anchor_share, strict=True)
    ]

    moments = np.array([value.moment for value in estimate])
    assert moments.mean() == pytest.approx(rate, abs=0.003)
    assert np.mean([value.se**2 for value in estimate]) == pytest.approx(moments.var(), rel=0.1)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: warner(0.5), "no Warner device that tells anything"),
        (lambda: forced_response(0.8, 0.3), "no forced response device"),
        (lambda: Device("own", 0.5, math.nan), "no own device"),
        (lambda: sensitive_rate(warner(0.7), 1, 1), "at least 2 respondents"),
        (lambda: sensitive_rate(warner(0.7), 10, 11), "More answers were yes"),
        (lambda: sensitive_rate(warner(0.7), 10, 5, 9), "more respondents than persons"),
        (lambda: sensitive_rate(warner(0.7), [10, 10], [5, 5]), "need their populations"),
        (
            lambda: bias_corrected_crosswise(0.2, 0.2, 10, yes=5, anchor_yes=5, both_yes=6),
            "more, or fewer",
        ),
        (
            lambda: bias_corrected_crosswise(0.2, 0.2, 10, yes=5, anchor_yes=2, both_yes=2),
            "no attention",
        ),
        (lambda: unrelated_question_unknown((0.5, 0.5), [9, 9], [4, 4]), "different chances"),
    ],
)
def test_devices_and_counts_that_cannot_be_are_refused(call, sentence):
    with pytest.raises(DeviceError, match=sentence):
        call()
