"""The probability that a rate reaches a threshold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stats
from stats import Design
from stats.exceedance import exceedance, weighted_exceedance

THRESHOLDS = (0.02, 0.05, 0.1)


def counts_of(sizes, yes, undetermined=()):
    """Count sheets with so many yes and undetermined in each stratum, the others no."""
    undetermined = undetermined or (0,) * len(sizes)
    cells = zip(sizes, yes, undetermined, strict=True)
    answers = np.concatenate(
        [
            np.repeat([1, 8, 0], [positive, without, size - positive - without])
            for size, positive, without in cells
        ]
    )
    return stats.count(np.repeat(range(len(sizes)), sizes), answers[:, None], ["gift"], len(sizes))


def item_and_contact(population, sizes, yes, undetermined=(), **options):
    """The probabilities of the item and of any contact over all strata."""
    design = Design([str(at) for at in range(len(sizes))], population, sizes)
    return exceedance(design, counts_of(sizes, yes, undetermined), THRESHOLDS, **options)


def reaching(*sample, **options):
    return item_and_contact(*sample, **options)[1]


def test_no_yes_where_one_sheet_stands_for_many_is_less_sure_than_in_a_simple_sample():
    """Ten of 2,000 and 190 of 200 say that nothing happened: that is ten sheets' knowledge."""
    unequal = reaching([2000, 200], [10, 190], [0, 0]).probability
    proportional = reaching([2000, 200], [182, 18], [0, 0]).probability

    assert unequal[1] > 0.15
    assert proportional[1] < 0.001


def test_a_sample_of_nearly_all_is_surer_with_the_finite_population_than_without():
    ours, without_fpc = (reaching([100], [80], [3], fpc=fpc).probability for fpc in (True, False))

    assert ours[0] > 0.95 > without_fpc[0]
    assert ours[2] < 0.001 < without_fpc[2]


def test_one_stratum_has_the_probability_of_numbers_that_were_equally_likely():
    # R 4.2.2: K <- 0:100; w <- dhyper(3, K, 100 - K, 40); sum(w[K >= c(2, 5, 10)[i]]) / sum(w)
    chances = (1, 0.913827721926411, 0.358960204257156)

    assert reaching([100], [40], [3]).probability == pytest.approx(chances, rel=1e-9)


def test_a_full_count_knows_also_at_the_threshold():
    assert reaching([100], [100], [5]).probability == (1, 1, 0)


def test_undetermined_sheets_leave_a_range_of_which_any_contact_has_the_least():
    item, contact = item_and_contact([2000], [200], [6], [14])

    assert contact.probability == contact.lower == item.lower
    assert contact.lower[2] < 0.01
    assert contact.upper[2] > 0.3
    for least, own, most in zip(item.lower, item.probability, item.upper, strict=True):
        assert least <= own <= most


@st.composite
def samples(draw):
    sizes = draw(st.lists(st.integers(2, 30), min_size=1, max_size=3))
    population = [size + draw(st.integers(0, 200)) for size in sizes]
    yes = [draw(st.integers(0, size)) for size in sizes]
    undetermined = [
        draw(st.integers(0, size - positive)) for size, positive in zip(sizes, yes, strict=True)
    ]
    return population, sizes, yes, undetermined


@given(samples())
@settings(max_examples=30)
def test_it_is_a_probability_that_falls_with_the_threshold(sample):
    contact = reaching(*sample)

    for chances in (contact.probability, contact.upper):
        assert 1 >= chances[0] >= chances[1] >= chances[2] >= 0
    assert all(np.less_equal(contact.lower, contact.upper))


def test_no_answers_give_no_probability():
    item, _ = item_and_contact([50], [2], [0], [2])

    assert item.rate is item.probability is None
    assert item.upper is not None


def weighted(sizes, yes, population=(300, 900), **options):
    cells = stats.Cells.of(dict(zip("ab", population, strict=True)), "ab", {}, sizes)
    *_, contact = weighted_exceedance(
        stats.rake(cells, {}), counts_of(sizes, yes), THRESHOLDS, **options
    )
    return contact.probability


def test_under_weights_it_is_the_beta_tail_at_the_effective_size():
    # R 4.2.2, with V = p (1 - p) / 99: 1 - pbeta(c(.02, .05, .1), 99 * .03 + .5, 99 * .97 + .5)
    tails = (0.780143807310167, 0.182780001546409, 0.004238945681452)
    cells = stats.Cells.of({"a": 10**9}, "a", {}, [100])
    (item,) = weighted_exceedance(
        stats.rake(cells, {}), counts_of([100], [3]), THRESHOLDS, any_contact=False
    )

    assert item.probability == pytest.approx(tails, abs=1e-6)


def test_under_weights_no_yes_is_as_sure_as_the_weights_allow():
    assert weighted([10, 290], [0, 0], (900, 300))[1] > 5 * weighted([75, 225], [0, 0])[1]


def test_under_weights_a_full_count_knows():
    assert weighted([300, 900], [15, 45]) == (1, 1, 0)


def test_thresholds_are_rates():
    with pytest.raises(ValueError, match="threshold of 5"):
        exceedance(Design(["a"], [50], [2]), counts_of([2], [0]), [5])
    with pytest.raises(ValueError, match="no rate among answers"):
        reaching([50], [2], [0], denominator=stats.Denominator.ANSWERED)
