"""The power planned is the share of pairs of samples whose difference is shown."""

import itertools
from math import comb

import numpy as np
import pytest

from stats.comparison import difference
from stats.counting import count
from stats.design import Design
from stats.joint_counts import join_domains
from stats.planning import PlanError
from stats.power import PlannedRate, power, size_for_change, visible_change
from stats.rate_vector import independent, joint_rates


def wave(label, population, size, yes):
    counts = count([0] * size, (np.arange(size) < yes)[:, None].astype(int), ["gift"], strata=1)
    return joint_rates(Design([label], [population], [size]), join_domains({label: counts}, "gift"))


def test_the_power_is_the_chance_of_a_difference_that_is_shown():
    # Every pair of counts of two tiny waves, with its hypergeometric probability.
    population, size, first, second = 24, 8, 18, 2
    counts = [("a", yes) for yes in range(size + 1)] + [("b", yes) for yes in range(second + 1)]
    waves = [wave(f"{name}{yes}", population, size, yes) for name, yes in counts]
    rates = independent(*waves)  # of all samples at once, so that each one's limits are taken once
    chance_shown = 0.0
    for x, y in itertools.product(range(size + 1), range(second + 1)):
        chance = chance_of(population, first, size, x) * chance_of(population, second, size, y)
        if chance > 1e-3:
            chance_shown += chance * (difference(rates, f"a{x}", f"b{y}").low > 0)

    planned = power(
        PlannedRate(population, size, first / population),
        PlannedRate(population, size, second / population),
    )

    assert planned == pytest.approx(chance_shown, abs=0.01)
    assert 0.5 < planned < 0.99


def chance_of(population, positive, size, yes):
    ways = comb(positive, yes) * comb(population - positive, size - yes)
    return ways / comb(population, size)


def test_the_size_shows_the_change_and_a_smaller_one_does_not():
    size = size_for_change(2000, 0.08, 0.05)

    def reached(n):
        return power(PlannedRate(2000, n, 0.08), PlannedRate(2000, n, 0.05))

    assert reached(size) >= 0.8 > reached(int(size * 0.97))
    # Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, ch. 4: 1057 a side
    # of endless populations by the uncorrected normal approximation.
    assert 1057 < size_for_change(None, 0.08, 0.05) < 1.1 * 1057


def test_the_change_that_a_size_shows_is_the_one_that_takes_this_size():
    after = visible_change(PlannedRate(2000, 721, 0.08), 721)

    assert after == pytest.approx(0.05, abs=0.0011)
    assert visible_change(PlannedRate(100, 20, 0.02), 20) is None


def test_strata_that_all_fall_alike_are_like_one():
    alone = power(PlannedRate(2000, 500, 0.1), PlannedRate(2000, 500, 0.05))
    strata = PlannedRate([1000, 1000], [250, 250], [0.1, 0.1])

    assert strata.at(0.05).overall == pytest.approx(0.05)
    assert power(strata, strata.at(0.05)) == pytest.approx(alone, abs=0.06)


def test_a_change_that_no_size_shows_and_no_change_are_refused():
    with pytest.raises(PlanError, match="only"):
        size_for_change(2000, 0.08, 0.03, first_respondents=20)
    with pytest.raises(PlanError, match="no difference"):
        power(PlannedRate(100, 20, 0.1), PlannedRate(100, 20, 0.1))
