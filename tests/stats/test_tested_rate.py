"""The default interval over several strata: what a sample allows the overall rate to be."""

import numpy as np
import pytest
import scipy

from stats import Design, Interval
from stats.confidence import exceedance, limits
from stats.linearisation import Partition, ratio
from stats.tested_rate import StratifiedSample, raised

LEVEL = 0.95


def one_domain(population, yes, sheets, *, fpc=True):
    """Give the partition, and the ratios of (H, draws) yes."""
    names = [str(at) for at in range(len(population))]
    part = Partition.of(Design(names, population, sheets), None, fpc=fpc)
    columns = np.asarray(yes, float).reshape(len(population), -1)
    answers = np.broadcast_to(np.asarray(sheets, float)[:, None], columns.shape)
    return part, ratio(part, columns, answers)


def default(population, yes, sheets, level=LEVEL, **options):
    part, ratios = one_domain(population, yes, sheets, **options)
    low, high = limits(part, ratios, Interval.DEFAULT, level)
    return low[0], high[0]


def worst_chance_of_no_yes(population, sheets, persons):
    """The greatest chance that none of so many persons is in the sample, over all populations."""
    remaining, chance = np.array(population, float), 1.0
    for _ in range(persons):
        missed = (remaining - sheets) / remaining
        place = int(missed.argmax())
        chance *= missed[place]
        remaining[place] -= 1
    return chance


def test_no_yes_where_one_sheet_stands_for_many_is_no_proof():
    """Ten strata of 300 with 10 to 100 sheets: the first edition printed 1.0 %."""
    population, sheets = [300] * 10, np.arange(10, 101, 10)
    low, high = default(population, np.zeros(10), sheets)

    assert low[0] == 0
    assert 0.025 < high[0] < 0.03
    assert worst_chance_of_no_yes(population, sheets, int(high[0] * 3000) + 1) < 0.05
    assert worst_chance_of_no_yes(population, sheets, int(0.0101 * 3000) + 1) > 0.3


def test_no_population_above_the_limit_of_no_yes_shows_none_in_more_than_one_sample_of_twenty():
    rng = np.random.default_rng(20261129)
    for _ in range(20):
        strata = rng.integers(2, 20)
        population = rng.integers(20, 2000, strata)
        sheets = np.clip(rng.integers(5, 200, strata), 2, population - 1)
        _, (high,) = default(population, np.zeros(strata), sheets)

        persons = int(high * population.sum() * (1 - 1e-9)) + 1
        assert worst_chance_of_no_yes(population, sheets, persons) <= 0.05


def test_a_rate_of_one_stratum_is_bounded_although_all_yes_came_from_a_few_sheets():
    """The worst design of the first edition's default: it covered 69 %."""
    setting = (2681, 749), (0, 105), (1175, 8)
    rng = np.random.default_rng(7)
    yes = np.array([np.zeros(2000), rng.hypergeometric(105, 749 - 105, 8, 2000)])
    low, high = default(setting[0], yes, setting[2])
    truth = 105 / (2681 + 749)

    assert ((low <= truth) & (truth <= high)).mean() > 0.95


def test_one_stratum_without_a_finite_population_has_clopper_and_pearsons_limits():
    part, ratios = one_domain([10**9, 10**9], [[6], [6]], [40, 40], fpc=False)
    low, high = limits(part, ratios, Interval.TESTED, LEVEL)
    size = 80 * 39.5 / 40  # strata of one rate are a simple random sample but for n - ½

    assert low[0, 0] == pytest.approx(
        scipy.special.betaincinv(0.15 * size, 0.85 * size + 1, 0.025), abs=4e-4
    )
    assert high[0, 0] == pytest.approx(
        scipy.special.betaincinv(0.15 * size + 1, 0.85 * size, 0.975), abs=4e-4
    )


def test_the_fitted_rates_are_the_likeliest_of_those_that_make_up_the_tested_rate():
    """Where the likelihood cannot be raised: its slopes are in proportion to the weights."""
    population, yes, sheets = np.array([400, 900, 150]), np.array([3, 1, 9]), np.array([40, 30, 25])
    part, ratios = one_domain(population, yes, sheets)
    tested = StratifiedSample.of(part, ratios).fitted(np.full((1, 1), 0.2))
    weight, unsampled = population / population.sum(), 1 - sheets / population

    def slopes(rates):
        return (yes / rates - (sheets - yes) / (1 - rates)) / unsampled / weight

    multipliers = np.linspace(0, 1, 2001)[:, None]
    rates = raised(yes / sheets, multipliers * population / sheets * unsampled)
    nearest = rates[np.argmin(np.abs(rates @ weight - 0.2))]
    variance = weight**2 * unsampled * nearest * (1 - nearest) / (sheets - 0.5)

    assert slopes(nearest) == pytest.approx(slopes(nearest)[0])
    assert tested.rate[0, 0] == pytest.approx(0.2, abs=1e-9)
    assert tested.variance[0, 0] == pytest.approx(variance.sum(), rel=1e-2)


def test_limits_change_places_when_yes_and_no_do():
    population, yes, sheets = [400, 900, 150], np.array([3, 1, 9]), np.array([40, 30, 25])
    low, high = default(population, yes, sheets)
    mirrored_low, mirrored_high = default(population, sheets - yes, sheets)

    assert mirrored_low == pytest.approx(1 - high, abs=1e-9)
    assert mirrored_high == pytest.approx(1 - low, abs=1e-9)


def test_who_was_counted_in_full_is_known():
    low, high = default([100, 20, 400], [[2], [10], [4]], [20, 20, 40])
    rest_low, rest_high = default([100, 400], [[2], [4]], [20, 40])

    assert low == pytest.approx((10 + 500 * rest_low) / 520)
    assert high == pytest.approx((10 + 500 * rest_high) / 520)


def test_an_interval_holds_at_least_the_persons_who_said_so():
    population, sheets = [4000, 30], [12, 16]
    low, high = default(population, [[0], [1]], sheets)

    assert low[0] >= 1 / 4030
    assert high[0] <= 1 - 27 / 4030


@pytest.mark.parametrize("level", [0.8, 0.9, 0.95, 0.99])
def test_every_sample_of_two_small_strata_has_an_interval_around_its_rate(level):
    pairs = np.array([(x, y) for x in range(6) for y in range(8)]).T
    part, ratios = one_domain([40, 9], pairs, [5, 7])
    low, high = limits(part, ratios, Interval.DEFAULT, level)

    assert ((low >= 0) & (low <= ratios.rate) & (ratios.rate <= high) & (high <= 1)).all()
    assert (high - low > 0).all()


def test_the_probability_of_a_threshold_falls_from_one_to_nothing_as_it_rises():
    part, ratios = one_domain([400, 900, 150], [[3], [1], [9]], [40, 30, 25])
    chances = [exceedance(part, ratios, at)[0, 0] for at in np.linspace(0, 1, 101)]

    assert chances[0] == 1
    assert chances[-1] == pytest.approx(0, abs=1e-9)
    assert (np.diff(chances) <= 1e-9).all()
    low, high = default([400, 900, 150], [[3], [1], [9]], [40, 30, 25], level=0.9)
    assert exceedance(part, ratios, low[0])[0, 0] > 0.95
    assert exceedance(part, ratios, high[0])[0, 0] < 0.05


def test_the_probability_of_a_threshold_knows_the_design_when_nobody_says_yes():
    even, uneven = (
        exceedance(part, ratios, 0.01)[0, 0]
        for sheets in (np.full(10, 55), np.arange(10, 101, 10))
        for part, ratios in [one_domain([300] * 10, np.zeros(10), sheets)]
    )

    assert even < 0.01
    assert uneven > 0.1
