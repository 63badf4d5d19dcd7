import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stats
from stats import BLANK, Denominator, Design, Interval, Lonely

ITEMS = ("gift", "fee")
EVERY_INTERVAL = st.sampled_from(list(Interval))


@st.composite
def samples(draw):
    """Draw a design of 1 to 4 strata, and its sheets' answers to two items."""
    strata = draw(st.integers(1, 4))
    sizes = [draw(st.integers(2, 25)) for _ in range(strata)]
    population = [size + draw(st.integers(0, 60)) for size in sizes]
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    share = rng.choice([0.0, 0.05, 0.3, 1.0])
    table = (rng.random((sum(sizes), 2)) < share).astype(np.int8)
    open_answers = rng.random(table.shape) < draw(st.sampled_from([0.0, 0.2]))
    table[open_answers] = rng.choice([8, 9, BLANK], open_answers.sum())
    place = np.repeat(np.arange(strata), sizes)
    return Design([f"s{at}" for at in range(strata)], population, sizes), place, table


def estimated(design, place, table, **options):
    counts = stats.count(place, table, ITEMS, len(design.stratum))
    return stats.rates(design, counts, **options)


def estimated_among_answers(*sample, **options):
    return estimated(*sample, any_contact=False, denominator=Denominator.ANSWERED, **options)


def slow(design, place, values):
    """Linearise sheet by sheet: the rate and its variance."""
    weight = (design.population / design.respondents)[place]
    inside = np.isin(values, (0, 1))
    persons = weight[inside].sum()
    rate = (weight * (values == 1))[inside].sum() / persons
    u = np.where(inside, weight * (values - rate), 0) / persons
    variance = 0.0
    for at, (size, population) in enumerate(
        zip(design.respondents, design.population, strict=True)
    ):
        own = u[place == at]
        unsampled = 1 - size / population
        variance += unsampled * size / (size - 1) * ((own - own.mean()) ** 2).sum()
    return rate, variance


@given(samples())
@settings(max_examples=40)
def test_counts_and_sheet_by_sheet_linearisation_agree(sample):
    design, place, table = sample
    for at, rate in enumerate(estimated_among_answers(*sample)):
        if rate.rate is None:
            assert not np.isin(table[:, at], (0, 1)).any()
            continue
        expected, variance = slow(design, place, table[:, at])
        assert rate.rate == pytest.approx(expected, rel=1e-12)
        assert rate.se == pytest.approx(math.sqrt(variance), rel=1e-9, abs=1e-9)


@given(samples(), EVERY_INTERVAL, st.booleans())
@settings(max_examples=50)
def test_intervals_contain_the_rate_lie_in_0_to_1_and_widen_with_the_level(sample, method, fpc):
    for by in (None, "stratum"):
        narrow, wide = (
            estimated(*sample, by=by, interval=method, level=level, fpc=fpc)
            for level in (0.8, 0.95)
        )
        for inner, outer in zip(narrow, wide, strict=True):
            if inner.rate is None:
                assert inner.low is inner.se is outer.high is None
                continue
            assert 0 <= outer.low <= inner.low <= inner.rate <= inner.high <= outer.high <= 1


@given(samples(), EVERY_INTERVAL)
@settings(max_examples=40)
def test_intervals_mirror_when_yes_and_no_change_places(sample, method):
    design, place, table = sample
    mirrored = np.where(np.isin(table, (0, 1)), 1 - table, table)
    ours = estimated_among_answers(*sample, interval=method)
    mirrored_rates = estimated_among_answers(design, place, mirrored, interval=method)
    for rate, mirrored_rate in zip(ours, mirrored_rates, strict=True):
        if rate.rate is None:
            continue
        assert rate.low == pytest.approx(1 - mirrored_rate.high, abs=1e-9)
        assert rate.high == pytest.approx(1 - mirrored_rate.low, abs=1e-9)


@given(samples(), EVERY_INTERVAL)
@settings(max_examples=40)
def test_a_census_has_no_error(sample, method):
    design, place, table = sample
    census = Design(design.stratum, design.respondents, design.respondents)
    for rate in estimated(census, place, table, interval=method):
        if rate.rate is not None:
            assert rate.se == rate.total_se == 0
            assert rate.low == rate.rate == rate.high


@given(samples(), st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_order_of_strata_and_of_sheets_changes_nothing(sample, random):
    design, place, table = sample
    order = list(range(len(design.stratum)))
    random.shuffle(order)
    shuffled = Design(
        [design.stratum[at] for at in order], design.population[order], design.respondents[order]
    )
    sheets = np.array(random.sample(range(len(place)), len(place)))
    new_place = np.argsort(order)[place]
    ours = estimated(*sample)
    shuffled_rates = estimated(shuffled, new_place[sheets], table[sheets])
    for rate, shuffled_rate in zip(ours, shuffled_rates, strict=True):
        for field in ("rate", "se", "low", "high", "deff", "total", "lower", "upper"):
            own, moved_value = getattr(rate, field), getattr(shuffled_rate, field)
            assert (own is None) == (moved_value is None)
            if own is not None:
                assert own == pytest.approx(moved_value, rel=1e-9, abs=1e-9)


@given(samples())
@settings(max_examples=40)
def test_a_stratum_split_in_proportion_keeps_its_rate_and_total(sample):
    design, place, table = sample
    doubled = Design(
        [*design.stratum, *(f"{name}'" for name in design.stratum)],
        np.tile(design.population, 2),
        np.tile(design.respondents, 2),
    )
    halves = np.concatenate([place, place + len(design.stratum)])
    whole = Design(design.stratum, 2 * design.population, 2 * design.respondents)
    split = estimated(doubled, halves, np.tile(table, (2, 1)))
    joined = estimated(whole, np.tile(place, 2), np.tile(table, (2, 1)))
    for rate, joined_rate in zip(split, joined, strict=True):
        if rate.rate is not None:
            assert rate.rate == pytest.approx(joined_rate.rate, rel=1e-12)
            assert rate.total == pytest.approx(joined_rate.total, rel=1e-12)


def one_stratum(population, respondents, yes, **options):
    counts = stats.count(
        np.zeros(respondents, int), (np.arange(respondents) < yes)[:, None], ["x"], 1
    )
    design = Design(["all"], [population], [respondents])
    return stats.rates(design, counts, any_contact=False, **options)[0]


def test_one_stratum_has_blakers_hypergeometric_interval():
    no_contact = one_stratum(300, 60, 0)
    everybody = one_stratum(25, 12, 12)

    assert (no_contact.low, no_contact.high) == (0, pytest.approx(14 / 300))
    assert (everybody.low, everybody.high) == (pytest.approx(21 / 25), 1)


def test_fully_counted_strata_are_known_and_only_the_rest_is_bounded():
    design = Design(["known", "sampled"], [50, 300], [50, 60])
    place = np.repeat([0, 1], [50, 60])
    counts = stats.count(place, (np.arange(110) < 20)[:, None], ["x"], 2)
    (rate,) = stats.rates(design, counts, any_contact=False)

    assert rate.low == pytest.approx(20 / 350)
    assert rate.high == pytest.approx((20 + 14) / 350)


def test_any_contact_is_bounded_by_what_is_undetermined():
    table = [[1, 8], [0, 0], [0, 9], [BLANK, BLANK], [0, BLANK]]
    design = Design(["a"], [50], [5])
    counts = stats.count([0] * 5, table, ITEMS, 1)
    valid = stats.rates(design, counts)[-1]
    dealings = stats.rates(design, counts, denominator=Denominator.DEALINGS)[-1]

    assert (valid.n, valid.yes, valid.unknown) == (5, 1, 1)
    assert (valid.rate, valid.lower, valid.upper) == (0.2, 0.2, 0.4)
    assert (dealings.n, dealings.rate, dealings.upper) == (4, 0.25, 0.5)
    assert dealings.population == 40


def with_cannot_remember():
    """Twenty of 200 sheets say yes, 67 others leave something open, 113 say no."""
    table = np.repeat([[1, 0], [8, 0], [0, 0]], [20, 67, 113], axis=0)
    return Design(["all"], [2000], [200]), np.zeros(200, int), table


def test_any_contact_counts_every_sheet_without_a_yes_as_no():
    *_, contact = estimated(*with_cannot_remember())

    assert (contact.n, contact.rate, contact.lower) == (200, 0.1, 0.1)
    assert contact.upper == pytest.approx(87 / 200)


def test_any_contact_among_answers_is_refused():
    with pytest.raises(ValueError, match="no rate among answers"):
        estimated(*with_cannot_remember(), denominator=Denominator.ANSWERED)


def test_outer_limits_are_those_of_the_rates_with_the_undetermined_as_no_and_as_yes():
    design, place, table = with_cannot_remember()
    item = estimated(design, place, table, any_contact=False)[0]
    as_no, as_yes = (
        estimated(design, place, np.where(table == 8, code, table), interval=Interval.EXACT)[0]
        for code in (0, 1)
    )

    assert (item.outer_low, item.outer_high) == pytest.approx((as_no.low, as_yes.high))
    assert item.outer_low < item.lower < item.rate < item.upper < item.outer_high


@given(samples(), EVERY_INTERVAL)
@settings(max_examples=25)
def test_outer_limits_hold_the_bounds_and_the_interval(sample, method):
    for rate in estimated(*sample, interval=method):
        if rate.lower is None:
            assert rate.outer_low is rate.outer_high is None
            continue
        assert 0 <= rate.outer_low <= rate.lower <= rate.upper <= rate.outer_high <= 1
        if rate.rate is not None:
            assert rate.outer_low <= rate.low <= rate.high <= rate.outer_high
            if not rate.unknown + rate.refused:
                assert (rate.outer_low, rate.outer_high) == (rate.low, rate.high)


def test_an_item_among_all_valid_sheets_counts_whom_it_does_not_apply_to_as_no():
    counts = stats.count([0] * 4, [[1], [0], [BLANK], [8]], ["x"], 1)
    design = Design(["a"], [50], [4])
    among_answers, valid = (
        stats.rates(design, counts, any_contact=False, denominator=among)[0]
        for among in (Denominator.ANSWERED, Denominator.VALID)
    )

    assert (among_answers.n, among_answers.rate) == (2, 0.5)
    assert valid.n == 3
    assert valid.rate == pytest.approx(1 / 3)


def test_no_answers_give_no_rate_rather_than_nan():
    counts = stats.count([0, 0], [[8], [9]], ["x"], 1)
    rate = stats.rates(Design(["a"], [50], [2]), counts)[0]

    assert (rate.n, rate.rate, rate.low, rate.deff) == (0, None, None, None)
    assert (rate.lower, rate.upper, rate.outer_low, rate.outer_high) == (0, 1, 0, 1)


def test_a_lonely_stratum_can_be_collapsed_into_its_neighbour():
    design = Design(["big", "tiny"], [100, 10], [20, 1], groups={"unit": ["u", "v"]})
    counts = stats.count([0] * 20 + [1], (np.arange(21) < 5)[:, None], ["x"], 2)
    with pytest.raises(stats.DesignError, match="single respondent"):
        stats.rates(design, counts)
    joined, together = stats.collapse(design, counts, {"tiny": "big"})

    assert joined.stratum == ("big",)
    assert stats.rates(joined, together)[0].rate == pytest.approx(5 / 21)
    assert stats.rates(joined, together, by="unit")[0].population == 110


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((["a", "a"], [5, 5], [1, 1]), "twice"),
        ((["a"], [5], [6]), "6 respondents out of 5 population"),
        ((["a"], [5], [3], [2]), "3 respondents out of 2 issued"),
        ((["a"], [-5], [3]), "population of -5"),
        ((["a"], [5.5], [3]), "population of 5.5"),
        (([], [], []), "no strata"),
        ((["a"], [5, 6], [3]), "each of its 1 strata"),
    ],
)
def test_impossible_designs_are_refused_with_their_stratum(arguments, reason):
    with pytest.raises(stats.DesignError, match=reason):
        Design(*arguments)


def test_arrays_of_designs_and_counts_cannot_be_written():
    design = Design(["a"], [5], [3], lonely=Lonely.ADJUST)
    counts = stats.count([0], [[1]], ["x"], 1)
    for array in (design.population, design.respondents, counts.yes, counts.any_yes):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_more_sheets_than_respondents_are_refused():
    counts = stats.count([0, 0, 0], [[1]] * 3, ["x"], 1)
    with pytest.raises(stats.DesignError, match="3 sheets from 2 respondents"):
        stats.rates(Design(["a"], [5], [2]), counts)


def test_the_default_interval_covers_where_plug_in_methods_collapse():
    """Rates of 0.3 and 0.005, the smaller stratum sampled as heavily as the larger."""
    rng = np.random.default_rng(1)
    population, positive, sample = (300, 2000), (90, 10), (60, 60)
    yes = np.array(
        [
            rng.hypergeometric(with_contact, persons - with_contact, size, 3000)
            for persons, with_contact, size in zip(population, positive, sample, strict=True)
        ]
    )
    names = tuple(str(at) for at in range(3000))
    nothing = np.zeros_like(yes)
    no = np.array(sample)[:, None] - yes
    no_contact = np.zeros(2, np.int64)
    counts = stats.Counts(
        names,
        yes,
        no,
        nothing,
        nothing,
        nothing,
        no_contact,
        no_contact,
        no_contact,
        no_contact,
    )
    design = Design(["a", "b"], population, sample)

    def coverage(method):
        estimates = stats.rates(design, counts, any_contact=False, interval=method)
        return np.mean([(rate.low or 0) <= 100 / 2300 <= (rate.high or 0) for rate in estimates])

    assert coverage(Interval.DEFAULT) > 0.945
    assert coverage(Interval.MEAN) < 0.93


def test_a_lonely_stratum_with_no_other_to_average_over_has_a_rate_without_an_error():
    design = Design(["a", "b"], [30, 40], [1, 20], lonely=Lonely.AVERAGE)
    counts = stats.count([0] + [1] * 20, (np.arange(21) < 5)[:, None], ["x"], 2)
    alone, second_rate = stats.rates(design, counts, by="stratum", any_contact=False)

    assert (alone.rate, alone.se, alone.total_se) == (1, None, None)
    assert alone.high == 1
    assert second_rate.se is not None
    domains = {"a": counts.within([True, False])}
    with pytest.raises(stats.DesignError, match="average over"):
        stats.joint_rates(design, stats.join_domains(domains, "x"))


@pytest.mark.parametrize(
    ("strata", "yes", "requested", "options", "method"),
    [
        (1, 3, Interval.DEFAULT, {}, Interval.BLAKER),
        (1, 3, Interval.EXACT, {}, Interval.EXACT),
        (1, 3, Interval.DEFAULT, {"fpc": False}, Interval.EXACT),
        (1, 3, Interval.WILSON, {}, Interval.WILSON),
        (1, 0, Interval.WILSON, {}, Interval.BLAKER),
        (2, 3, Interval.DEFAULT, {}, Interval.TESTED),
        (2, 3, Interval.SMOOTHED, {}, Interval.SMOOTHED),
        (2, 3, Interval.BLAKER, {}, Interval.TESTED),
        (2, 0, Interval.NCHS, {}, Interval.TESTED),
    ],
)
def test_the_interval_named_is_the_one_used(strata, yes, requested, options, method):
    names = [f"s{at}" for at in range(strata)]
    place = np.repeat(np.arange(strata), 10)
    counts = stats.count(place, (np.arange(len(place)) < yes)[:, None], ["gift"], strata)
    design = Design(names, [50] * strata, [10] * strata)
    (rate,) = stats.rates(design, counts, any_contact=False, interval=requested, **options)
    (same,) = stats.rates(design, counts, any_contact=False, interval=method, **options)

    assert rate.interval is method
    assert (rate.low, rate.high) == (same.low, same.high)
