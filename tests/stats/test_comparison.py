"""Differences, ratios and trends: against R, published tables, and all samples there can be."""

import dataclasses
import itertools
import math
import time

import numpy as np
import pytest

import stats
from stats import ContrastMethod, Design, RateVector
from tests.stats.r_records import name, records, same, sample, vector

# Sheets of tests/stats/r_comparison.R: (yes, no, unsure) by stratum and office.
PERSONS = {"S": 400, "T": 900, "U": 250}
OFFICES = ("a", "b", "d")
SHEETS = np.array(
    [
        [[9, 20, 2], [3, 12, 1], [2, 15, 4]],
        [[7, 18, 3], [5, 22, 2], [1, 19, 0]],
        [[8, 11, 1], [7, 16, 5], [4, 21, 3]],
    ]
)
DESIGN = Design(list(PERSONS), list(PERSONS.values()), SHEETS.sum(axis=(1, 2)))


def offices():
    """Estimate the share of yes among all sheets of each office."""
    stratum, office, answer = (
        np.repeat(index.ravel(), SHEETS.ravel()) for index in np.indices(SHEETS.shape)
    )
    counts = {
        label: stats.count(stratum, (answer == 0)[:, None], ["yes"], 3, within=office == place)
        for place, label in enumerate(OFFICES)
    }
    return stats.joint_rates(DESIGN, stats.join_domains(counts, "yes"))


def test_rates_of_domains_across_strata_covary_as_in_r():
    rates = offices()

    # R 4.2.2, survey 4.1.1, tests/stats/r_comparison.R
    assert rates.rate == pytest.approx(
        np.array([0.279928587150578, 0.188724223597729, 0.0814660397868847]), rel=1e-12
    )
    assert rates.covariance[0] == pytest.approx(
        np.array([0.00269101889747744, -3.51618109207418e-06, -5.10976071345163e-06]), rel=1e-9
    )
    assert rates.covariance == pytest.approx(rates.covariance.T, abs=0)


@pytest.mark.parametrize(
    ("contrast", "estimate", "se"),
    [  # R 4.2.2, survey 4.1.1, tests/stats/r_comparison.R
        (lambda v: stats.difference(v, "a", "d"), 0.198462547363694, 0.0608230184867493),
        (lambda v: stats.relative(v, "a", "d"), 3.43613839438951, 1.47872076583754),
        (lambda v: stats.log_odds_ratio(v, "a", "d"), 1.47777676699772, 0.495154984290435),
        (
            lambda v: stats.standardize(v, {"a": 2, "b": 1, "d": 1}),
            0.207511859421443,
            0.0296088282114846,
        ),
        (
            lambda v: stats.trend(v, {"a": 1, "b": 2, "d": 4}),
            -0.0643648838046871,
            0.0189691686846998,
        ),
    ],
    ids=["difference", "ratio", "log odds ratio", "standardized", "trend"],
)
def test_contrasts_of_three_domains_are_those_of_r(contrast, estimate, se):
    ours = contrast(offices())

    assert ours.estimate == pytest.approx(estimate, rel=1e-9)
    assert ours.se == pytest.approx(se, rel=1e-9)


def of_strata(*sizes):
    """Rates of strata of these persons, sheets and yes."""
    names = [str(place) for place in range(len(sizes))]
    persons, sheets, yes = zip(*sizes, strict=True)
    answers = np.concatenate([np.arange(n) < x for n, x in zip(sheets, yes, strict=True)])
    counts = stats.count(np.repeat(range(len(sizes)), sheets), answers[:, None], ["x"], len(sizes))
    parts = {name: counts.within([name == label for label in names]) for name in names}
    return stats.joint_rates(Design(names, persons, sheets), stats.join_domains(parts, "x"))


@pytest.mark.parametrize(
    "sizes", [((60, 12, 0), (300, 70, 14)), ((120, 38, 0), (2000, 398, 18))], ids=["12", "38"]
)
def test_a_rate_of_none_is_not_known_without_error(sizes):
    """Wald's p are 9e-06 and 2e-05, Fisher's 0.116 and 0.389."""
    rates = of_strata(*sizes)

    for measure in (stats.difference, stats.relative, stats.log_odds_ratio):
        for pair in (("0", "1"), ("1", "0")):
            contrast = measure(rates, *pair)
            assert contrast.low <= contrast.estimate <= contrast.high
            assert contrast.p is not None
            assert contrast.p > 0.05
    assert stats.relative(rates, "1", "0").high == math.inf
    assert stats.relative(rates, "0", "1").low == 0
    wald = stats.difference(rates, "0", "1", method=ContrastMethod.WALD).p
    assert wald is not None
    assert wald < 1e-4
    assert stats.homogeneity(rates).p > 0.05


def test_odds_of_everybody_are_known():
    rates = of_strata((10, 10, 0), (300, 70, 14))

    for pair, end in ((("0", "1"), -math.inf), (("1", "0"), math.inf)):
        contrast = stats.log_odds_ratio(rates, *pair)
        assert (contrast.low, contrast.high, contrast.p) == (end, end, None)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99, 0.975])
def test_p_is_small_exactly_where_the_interval_excludes_no_difference(level):
    rates = of_strata(*((1000, 40, yes) for yes in range(0, 41, 2)))
    rates = dataclasses.replace(rates, level=level)
    nulls = {stats.difference: 0, stats.relative: 1, stats.log_odds_ratio: 0}
    decisions = set()
    for measure, null in nulls.items():
        for pair in itertools.combinations(rates.labels[1:-1], 2):
            contrast = measure(rates, *pair)
            is_excluded = not contrast.low <= null <= contrast.high
            assert contrast.p is not None
            assert is_excluded == (contrast.p < 1 - level)
            decisions.add(is_excluded)
    assert decisions == {True, False}


def test_a_ratio_and_the_difference_find_the_same():
    rates = of_strata((500, 80, 4), (500, 60, 11))

    assert stats.relative(rates, "1", "0").p == pytest.approx(
        stats.difference(rates, "1", "0").p, rel=0.01
    )


def test_common_sheets_make_a_difference_more_precise():
    answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [20, 8, 2, 50], axis=0)
    joint = stats.count_joint([0] * 80, answers, ["x", "y"], 1)
    design = Design(["a"], [400], [80])
    together = stats.difference(stats.joint_rates(design, joint), "x", "y")
    alone = stats.joint_rates(design, joint)
    apart = dataclasses.replace(alone, covariance=np.diag(alone.covariance.diagonal()))

    separate = stats.difference(apart, "x", "y")
    assert together.high - together.low < 0.7 * (separate.high - separate.low)
    assert together.p is not None
    assert separate.p is not None
    assert together.p < separate.p


def test_published_limits_are_those_given_and_widen_with_the_level():
    point, low, high = [0.0, 0.1, 1.0], [0.0, 0.04, 0.8], [0.2, 0.3, 1.0]
    rates = stats.published_rates("abc", point, (low, high), [0, 0.05, 0], df=50, level=0.95)

    assert rates.low == pytest.approx(np.array(low))
    assert rates.high == pytest.approx(np.array(high))
    assert (np.diff(rates.table.low, axis=0) <= 0).all()
    assert (np.diff(rates.table.high, axis=0) >= 0).all()
    # 0 of n has the upper limit 1 - (alpha / 2)^(1 / n)
    n = math.log(0.025) / math.log(0.8)
    assert rates.limits_at(0.99)[1][0] == pytest.approx(1 - 0.005 ** (1 / n))


def test_a_hundred_pairs_take_well_under_a_second():
    start = time.process_time()
    rates = of_strata(*((1000, 40 + 3 * at, at) for at in range(15)))
    pairs = [stats.difference(rates, *pair) for pair in itertools.combinations(rates.labels, 2)]

    assert len(pairs) == 105
    assert time.process_time() - start < 1


@pytest.mark.parametrize("record", records("diff", "ratio", "log_or"), ids=name)
def test_contrasts_are_those_of_r(record):
    measure, sign = {
        "diff": (stats.difference, " - "),
        "ratio": (stats.relative, " / "),
        "log_or": (stats.log_odds_ratio, " vs "),
    }[record["what"]]
    contrast = measure(vector(record), *record["expr"].split(sign), method=ContrastMethod.WALD)

    assert same(contrast.estimate, record["est"])
    assert same(contrast.se, record["se"])
    if record["what"] == "diff":
        assert contrast.df == record["df"]
        for value, field in ((contrast.low, "lo"), (contrast.high, "hi"), (contrast.t, "t")):
            assert same(value, record[field])
        assert same(contrast.p, record["p_t"])


@pytest.mark.parametrize("record", records("svyby"), ids=name)
def test_domains_and_their_covariances_are_those_of_r(record):
    rates = vector(record)
    place = rates.labels.index(record["dom"])

    assert same(rates.rate[place], record["est"])
    assert same(math.sqrt(rates.covariance[place, place]), record["se"])
    # Rounding leaves 1e-20 where domains are independent.
    assert rates.covariance[place] == pytest.approx(
        np.array(record["cov_row"]), rel=1e-9, abs=1e-18
    )


def test_items_of_the_same_sheets_covary_as_in_r():
    (record,) = records("cov_items")
    (contrast,) = records("contrast_items")
    sheets = sample(record)
    answers = np.column_stack([sheets.column(variable) for variable in record["vars"]])
    joint = stats.count_joint(sheets.place, answers, record["vars"], len(sheets.names))
    rates = stats.joint_rates(sheets.design, joint)

    assert rates.rate == pytest.approx(np.array(record["est"]), rel=1e-9)
    assert rates.covariance == pytest.approx(np.array(record["cov"]), rel=1e-9)
    difference = stats.difference(rates, "awards01", "comp_imp01")
    assert same(difference.estimate, contrast["est"])
    assert same(difference.se, contrast["se"])


def test_direct_standardisation_is_that_of_r():
    (record,) = records("standardize_equal_stype")
    rates = vector({**record, "by": "stype"})
    contrast = stats.standardize(rates, {"E": 1, "H": 1, "M": 1})

    assert same(contrast.estimate, record["est"])
    assert same(contrast.se, record["se"])


def test_over_all_samples_the_covariance_is_on_average_that_of_the_rates():
    """Every sample of 3 of 6 and of 2 of 5 persons: 200 equally likely pairs."""
    small = np.array([[1, 1], [1, 0], [0, 1], [0, 0], [0, 0], [1, 1]])
    large = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    design = Design(["small", "large"], [6, 5], [3, 2])
    stratum = np.repeat([0, 1], [3, 2])
    rates = []
    for first in itertools.combinations(range(6), 3):
        for second in itertools.combinations(range(5), 2):
            answers = np.vstack([small[list(first)], large[list(second)]])
            joint = stats.count_joint(stratum, answers, ["gift", "fee"], 2)
            rates.append(stats.joint_rates(design, joint))

    exact = np.cov(np.array([sample.rate for sample in rates]).T, bias=True)
    assert np.mean([sample.rate for sample in rates], axis=0) == pytest.approx([5 / 11, 5 / 11])
    assert np.mean([sample.covariance for sample in rates], axis=0) == pytest.approx(exact)


def plain(rate, low=None, high=None, variance=0.0):
    """Rates with these limits and the same variance, independent of each other."""
    labels = tuple(str(place) for place in range(len(rate)))
    values = np.array(rate)
    lower, upper = (values if limit is None else np.array(limit) for limit in (low, high))
    covariance = np.eye(len(rate)) * variance
    return RateVector(labels, values, covariance, 100, 0.95, lambda _: (lower, upper))


@pytest.mark.parametrize(
    ("sizes", "yes", "limits"),
    [  # Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10, (e) to (h)
        ((10, 20), (0, 0), (-0.1611, 0.2775)),
        ((10, 10), (0, 0), (-0.2775, 0.2775)),
        ((10, 20), (10, 0), (0.6791, 1.0000)),
        ((10, 10), (10, 0), (0.6075, 1.0000)),
    ],
)
def test_the_limits_of_a_difference_are_newcombes(sizes, yes, limits):
    n, rate = np.array(sizes), np.array(yes) / sizes
    z2 = 1.959963984540054**2
    reach = z2 / (n + z2)  # Wilson's interval of 0 of n ends there, that of all begins so far down
    rates = plain(rate, np.where(rate == 1, 1 - reach, 0), np.where(rate == 0, reach, 1))
    contrast = stats.difference(rates, "0", "1")

    assert (contrast.low, contrast.high) == pytest.approx(limits, abs=5e-5)


def test_a_contrast_is_the_mirror_of_its_reverse():
    rates = offices()
    there, back = (stats.difference(rates, *pair) for pair in (("a", "d"), ("d", "a")))
    ratio, inverse = (stats.log_odds_ratio(rates, *pair) for pair in (("a", "d"), ("d", "a")))

    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert there.p == pytest.approx(back.p)
    assert ratio.estimate == pytest.approx(-inverse.estimate)


def test_independent_rates_keep_their_own_covariances_and_add_their_degrees_of_freedom():
    first, second = offices(), plain([0.1, 0.2], variance=0.01)
    rates = stats.independent(first, second)

    assert rates.labels == ("a", "b", "d", "0", "1")
    assert rates.df == first.df + 100
    assert rates.covariance[:3, :3] == pytest.approx(first.covariance)
    assert rates.covariance[3:, 3:] == pytest.approx(second.covariance)
    assert not rates.covariance[:3, 3:].any()


def test_joint_counts_of_blocks_add_up():
    answers = np.array([[1, 1], [1, 0], [0, stats.BLANK], [stats.REFUSED, 1], [0, 0], [1, 1]])
    stratum = np.array([0, 1, 0, 1, 1, 0])
    whole = stats.count_joint(stratum, answers, ["x", "y"], 2)
    parts = [
        stats.count_joint(stratum[part], answers[part], ["x", "y"], 2)
        for part in (slice(2), slice(2, 6))
    ]
    together = parts[0] + parts[1]

    for field in ("yes_yes", "yes_no", "no_no"):
        assert (getattr(together, field) == getattr(whole, field)).all()
    assert whole.yes.tolist() == [[2, 2], [1, 1]]
    assert whole.answers.tolist() == [[3, 2], [2, 3]]


def test_a_trend_is_the_slope_of_least_squares_with_the_rates_errors():
    times = np.array([2023.0, 2024.0, 2026.0])
    rates = plain([0.10, 0.13, 0.16], variance=0.0001)
    line = stats.trend(rates, dict(zip(rates.labels, times, strict=True)))

    slopes = (times - times.mean()) / ((times - times.mean()) ** 2).sum()
    assert line.estimate == pytest.approx(np.polyfit(times - 2024, [0.10, 0.13, 0.16], 1)[0])
    assert line.se == pytest.approx(0.01 * np.sqrt((slopes**2).sum()))


@pytest.mark.parametrize(
    ("compare", "sentence"),
    [
        (lambda v: stats.difference(v, "0", "x"), "no rate of 'x'"),
        (lambda v: stats.relative(v, "0", "0"), "'0' and '0' are both 0: no ratio"),
        (lambda v: stats.relative(v, "1", "0", method=ContrastMethod.WALD), "rate of '0' is 0"),
        (lambda v: stats.log_odds_ratio(v, "0", "0"), "both 0: no odds ratio"),
        (
            lambda v: stats.log_odds_ratio(v, "0", "1", method=ContrastMethod.WALD),
            "'0' is 0: its odds",
        ),
        (lambda v: stats.standardize(v, {"0": -1, "1": 2}), "not negative"),
        (lambda v: stats.standardize(v, {"0": 0, "1": 0}), "not all 0"),
        (lambda v: stats.trend(v, {"0": 1.0, "1": 1.0}), "different times"),
        (lambda v: stats.independent(v, v), "labels of their own"),
    ],
)
def test_comparisons_that_cannot_be_made_are_refused(compare, sentence):
    with pytest.raises(ValueError, match=sentence):
        compare(plain([0.0, 0.5]))


def test_a_column_without_answers_is_refused_by_its_label():
    joint = stats.count_joint([0, 0], [[1, 8], [0, 9]], ["x", "y"], 1)

    with pytest.raises(ValueError, match="no one answered 'y'"):
        stats.joint_rates(Design(["a"], [10], [2]), joint)
