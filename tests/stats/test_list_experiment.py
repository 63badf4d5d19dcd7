import numpy as np
import pytest

from stats import DeviceError, list_design_effect, list_experiment

# An example: 589 persons were asked the short list, 624 the long one.
SHORT, LONG = [8, 132, 222, 227], [19, 123, 229, 219, 34]
# The strata of r_lists.R.
STRATA = [[9, 21, 14, 4], [20, 44, 30, 6]], [[7, 17, 18, 6, 2], [15, 38, 33, 12, 2]]


def test_the_rate_is_the_difference_of_means():
    estimate = list_experiment(SHORT, LONG)

    assert estimate.rate == pytest.approx((123 + 458 + 657 + 136) / 624 - (132 + 444 + 681) / 589)
    assert estimate.low <= estimate.rate <= estimate.high


def test_strata_have_the_rate_and_error_of_r():
    endless = list_experiment(*STRATA, population=[400e9, 900e9])
    finite = list_experiment(*STRATA, population=[400, 900])

    assert (endless.rate, endless.se) == pytest.approx(
        (0.275128205128205, 0.105735075470691), rel=1e-6
    )
    assert finite.rate == pytest.approx(endless.rate)
    assert endless.se * 0.98 < finite.se < endless.se


def test_a_census_leaves_the_error_of_who_was_asked_which_list():
    """Over all splits of six persons, the mean variance is at least that of the estimate."""
    short, sensitive = np.array([0, 1, 1, 2, 0, 2]), np.array([0, 1, 0, 0, 1, 0])
    rng = np.random.default_rng(7)
    rates, variances = [], []
    for _ in range(2000):
        asked_long = rng.permutation(6) < 3
        control = np.bincount(short[~asked_long], minlength=3)
        treatment = np.bincount((short + sensitive)[asked_long], minlength=4)
        estimate = list_experiment(control, treatment, 6)
        rates.append(estimate.moment)
        variances.append(estimate.se**2)

    assert np.mean(rates) == pytest.approx(1 / 3, abs=0.04)
    assert np.var(rates) <= np.mean(variances) < 1.6 * np.var(rates)


def test_a_share_below_zero_speaks_of_an_effect():
    effect = list_design_effect(SHORT, LONG)

    assert effect.share[0, 0] == pytest.approx(8 / 589 - 19 / 624)
    assert effect.se[0, 0] == pytest.approx(0.008, abs=5e-4)
    assert effect.share.sum() == pytest.approx(1)
    assert 0.02 < effect.p < 0.1


def test_lists_that_agree_speak_of_no_effect():
    assert list_design_effect(*STRATA, population=[400, 900]).p == 1


@pytest.mark.parametrize(
    ("control", "treatment", "population", "words"),
    [
        (SHORT, LONG[1:], None, "one item more"),
        ([-1, 5, 5], [2, 2, 2, 2], None, "below 0"),
        ([1, 0, 0], [2, 2, 2, 2], None, "at least 2"),
        (*STRATA, None, "populations"),
        (SHORT, LONG, 1000, "more respondents than persons"),
    ],
)
def test_impossible_lists_are_refused(control, treatment, population, words):
    with pytest.raises(DeviceError, match=words):
        list_experiment(control, treatment, population)
