"""Intervals: against published tables, and every sample of small populations."""

import itertools
import math
from functools import cache

import numpy as np
import pytest

from stats.hypergeometric import blaker, exact
from stats.intervals import (
    METHODS,
    Estimates,
    Interval,
    clopper_pearson,
    df_correction,
    wilson,
)

NORMAL = math.inf  # degrees of freedom


def simple(yes, size, df=NORMAL):
    """A simple random sample with replacement."""
    rate = yes / size
    values = (rate, rate * (1 - rate) / size, size, df)
    return Estimates(*(np.array([float(value)]) for value in values))


@pytest.mark.parametrize(
    ("yes", "size", "score", "exact"),
    [  # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, methods 3 and 5
        (81, 263, (0.2553, 0.3662), (0.2527, 0.3676)),
        (15, 148, (0.0624, 0.1605), (0.0578, 0.1617)),
        (1, 29, (0.0061, 0.1718), (0.0009, 0.1776)),
    ],
)
def test_wilsons_and_clopper_and_pearsons_intervals_are_the_published_ones(yes, size, score, exact):
    of = simple(yes, size)

    assert np.ravel(wilson(of, 0.95)) == pytest.approx(score, abs=5e-5)
    assert np.ravel(clopper_pearson(of.rate, of.size, 0.95)) == pytest.approx(exact, abs=5e-5)


def test_clopper_and_pearson_bound_none_of_twenty_as_published():
    low, high = clopper_pearson(np.zeros(1), np.array([20.0]), 0.95)

    assert (low[0], high[0]) == (0, pytest.approx(0.1684, abs=5e-5))  # Newcombe 1998, table I


@cache
def chances(size, persons, having):
    """Return the chance of each number of yes in a sample, by counting samples."""
    ways = math.comb(persons, size)
    return [
        math.comb(having, positive) * math.comb(persons - having, size - positive) / ways
        for positive in range(size + 1)
    ]


def enumerated(positive, size, persons, tail):
    """Return the least and the greatest rate of a population that could give the sample."""
    possible = [
        having
        for having in range(persons + 1)
        for chance in [chances(size, persons, having)]
        # a tail of exactly this size is out, however it was rounded
        if min(sum(chance[: positive + 1]), sum(chance[positive:])) > tail * (1 + 1e-9)
    ]
    return possible[0] / persons, possible[-1] / persons


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_exact_limits_are_those_of_every_population_that_could_have_given_the_sample(level):
    """All samples of all populations of up to 14 persons, by whole numbers alone."""
    samples = [
        (positive, size, persons)
        for persons in range(1, 15)
        for size in range(1, persons + 1)
        for positive in range(size + 1)
    ]
    limits = [enumerated(*sample, (1 - level) / 2) for sample in samples]
    yes, size, population = np.array(samples, float).T
    low, high = exact(yes, size, population, level)

    assert len(samples) == 665
    assert low == pytest.approx(np.array(limits)[:, 0], abs=1e-12)
    assert high == pytest.approx(np.array(limits)[:, 1], abs=1e-12)


def acceptability(positive, size, persons, having):
    """Return the chance of a sample as far out: the smaller tail, and as much of the other."""
    chance = chances(size, persons, having)
    low = list(itertools.accumulate(chance))
    high = list(itertools.accumulate(chance[::-1]))[::-1]
    own, opposite = (
        (low[positive], high) if low[positive] < high[positive] else (high[positive], low)
    )
    return own + max((tail for tail in opposite if tail <= own * (1 + 1e-9)), default=0)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_blakers_limits_hold_every_population_of_which_the_sample_is_acceptable(level):
    """All samples of all populations of up to 14 persons, by whole numbers alone."""
    samples = [
        (positive, size, persons)
        for persons in range(1, 15)
        for size in range(1, persons + 1)
        for positive in range(size + 1)
    ]
    hulls = []
    for positive, size, persons in samples:
        accepted = [
            having
            for having in range(persons + 1)
            if acceptability(positive, size, persons, having) > (1 - level) * (1 + 1e-9)
        ]
        hulls.append((accepted[0] / persons, accepted[-1] / persons))
    yes, size, population = np.array(samples, float).T
    low, high = blaker(yes, size, population, level)

    assert low == pytest.approx(np.array(hulls)[:, 0], abs=1e-12)
    assert high == pytest.approx(np.array(hulls)[:, 1], abs=1e-12)


@pytest.mark.parametrize(("persons", "size"), [(60, 20), (90, 75), (150, 12)])
def test_blakers_limits_keep_their_level_in_every_population_and_are_shorter(persons, size):
    sample = np.arange(size + 1.0), np.full(size + 1, float(size)), np.full(size + 1, persons)
    low, high = blaker(*sample, 0.95)
    outer_low, outer_high = exact(*sample, 0.95)
    coverage = [
        sum(
            chance
            for positive, chance in enumerate(chances(size, persons, having))
            if low[positive] <= having / persons <= high[positive]
        )
        for having in range(persons + 1)
    ]

    assert min(coverage) >= 0.95 - 1e-12
    assert (low >= outer_low).all()
    assert (high <= outer_high).all()
    assert (high - low).sum() < 0.98 * (outer_high - outer_low).sum()


def test_where_a_sheet_stands_for_more_than_a_thousand_persons_blakers_limits_are_the_exact_ones():
    samples = np.arange(3.0), np.full(3, 2.0), np.full(3, 1e6)

    assert np.array(blaker(*samples, 0.95)) == pytest.approx(np.array(exact(*samples, 0.95)))


def test_exact_limits_of_a_large_population_are_those_of_the_binomial():
    limits = exact(np.array([7.0]), np.array([90.0]), np.array([1e9]), 0.95)
    binomial = clopper_pearson(np.array([7 / 90]), np.array([90.0]), 0.95)

    assert np.ravel(limits) == pytest.approx(np.ravel(binomial), abs=1e-6)


def test_the_likelihoods_interval_ends_where_the_deviance_reaches_its_quantile():
    low, high = np.ravel(METHODS[Interval.LIKELIHOOD](simple(12, 80), 0.95))

    def deviance(rate):
        return 2 * (12 * math.log(0.15 / rate) + 68 * math.log(0.85 / (1 - rate)))

    # The dispersion of a quasi-binomial fit to 80 answers is 80 / 79.
    assert deviance(low) == pytest.approx(1.959963984540054**2 * 80 / 79, rel=1e-9)
    assert deviance(high) == pytest.approx(1.959963984540054**2 * 80 / 79, rel=1e-9)


def test_wald_intervals_are_symmetric_on_their_own_scale():
    of = simple(9, 60, df=59)
    scales = {
        Interval.MEAN: lambda rate: rate,
        Interval.XLOGIT: lambda rate: np.log(rate / (1 - rate)),
        Interval.ASIN: lambda rate: np.arcsin(np.sqrt(rate)),
    }
    for method, scale in scales.items():
        low, high = METHODS[method](of, 0.9)
        assert scale(low) + scale(high) == pytest.approx(2 * scale(of.rate)), method


@pytest.mark.parametrize("method", METHODS)
def test_fewer_degrees_of_freedom_and_a_higher_level_widen_every_interval(method):
    widths = {
        (df, level): np.subtract(*np.ravel(METHODS[method](simple(9, 60, df), level))[::-1])
        for df, level in itertools.product((4, 40, NORMAL), (0.8, 0.95))
    }

    for level in (0.8, 0.95):
        # NCHS's caps the effective size at the answers: with many degrees of freedom it is even.
        assert widths[4, level] > widths[40, level] >= widths[NORMAL, level]
    for df in (4, 40, NORMAL):
        assert widths[df, 0.95] > widths[df, 0.8]


def test_the_correction_for_degrees_of_freedom_is_the_squared_ratio_of_quantiles():
    # Student's t at 0.975: 2.0452 of 29 and 2.2622 of 9 degrees of freedom (any table).
    corrections = df_correction(np.array([30.0, 30.0]), np.array([9.0, 0.0]), 0.95)

    assert corrections == pytest.approx([(2.0452 / 2.2622) ** 2, 0], rel=1e-4)


def test_methods_have_the_names_that_r_and_textbooks_give_them():
    assert Interval("arcsine") is Interval.ASIN
    assert Interval("korn-graubard") is Interval.BETA
    with pytest.raises(ValueError, match="'wald' is not a valid Interval"):
        Interval("wald")
