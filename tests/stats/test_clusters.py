import numpy as np
import pytest

import stats
from stats import (
    Denominator,
    Design,
    DesignError,
    Interval,
    Lonely,
    PlanError,
    cluster_effect,
    cluster_effects,
    clustered_rates,
    count_clusters,
    intraclass_correlation,
)

# Stratum, yes and answers of nine clusters; the script of R's values is r_clusters.R.
YES = [2, 0, 1, 0, 3, 1, 0, 2, 0]
ANSWERS = [4, 3, 1, 5, 3, 2, 2, 4, 1]
STRATUM = np.repeat([0] * 5 + [1] * 4, ANSWERS)
CLUSTER = np.repeat(list("abcdefghi"), ANSWERS)
SHEETS = [[int(at < yes)] for yes, size in zip(YES, ANSWERS, strict=True) for at in range(size)]
DESIGN = Design(["A", "B"], [300, 90], [16, 9], groups={"half": ["one", "one"]})
WITH_ONE_OF_B = (STRATUM == 0) | (CLUSTER == "h")


def counted(inside=slice(None), **options):
    return count_clusters(
        STRATUM[inside], CLUSTER[inside], np.array(SHEETS)[inside], ["gift"], **options
    )


def estimated(clusters, design=DESIGN, **options):
    (rate,) = clustered_rates(
        design, clusters, any_contact=False, denominator=Denominator.ANSWERED, **options
    )
    return rate


@pytest.mark.parametrize(
    ("existing", "se", "deff", "total_se"),
    [
        (None, 0.162663845444083, 2.73862430491985, 57.9219122324761),
        ([40, 30], 0.152133867983532, 2.39553324714846, 54.1527826757571),
    ],
)
def test_the_variance_between_clusters_is_that_of_r(existing, se, deff, total_se):
    rate = estimated(counted(), clusters_of_strata=existing, by="half")

    assert (rate.n, rate.yes, rate.df, rate.population) == (25, 9, 7, 390)
    assert rate.rate == pytest.approx(0.365384615384615, rel=1e-9)
    assert rate.se == pytest.approx(se, rel=1e-9)
    assert rate.deff_wr == pytest.approx(deff, rel=1e-9)
    assert (rate.total, rate.total_se) == pytest.approx((142.5, total_se), rel=1e-9)


def test_a_domain_that_cuts_through_clusters_is_that_of_r():
    rate = estimated(counted(within=np.arange(len(SHEETS)) % 3 == 0))

    assert (rate.rate, rate.se) == pytest.approx((1 / 3, 0.168592038773402), rel=1e-9)
    assert rate.total_se == pytest.approx(25.0468311368924, rel=1e-9)
    assert rate.df == 5


@pytest.mark.parametrize(
    ("lonely", "se", "total_se"),
    [
        ("remove", 0.163076096308214, 54.6651740141747),
        ("certainty", 0.163076096308214, 54.6651740141747),
        ("adjust", 0.164578796936783, 70.804528456872),
        ("average", 0.230624427097937, 77.3082304803311),
    ],
)
def test_a_stratum_with_one_cluster_adds_what_it_does_in_r(lonely, se, total_se):
    design = Design(["A", "B"], [300, 90], [16, 4], lonely=Lonely(lonely))
    rate = estimated(counted(WITH_ONE_OF_B), design)

    assert (rate.rate, rate.se) == pytest.approx((0.403846153846154, se), rel=1e-9)
    assert (rate.total_se, rate.df) == (pytest.approx(total_se, rel=1e-9), 4)


@pytest.mark.parametrize(
    ("method", "low", "high"),
    [
        ("beta", 0.0642295825304775, 0.780166907215287),
        ("likelihood", 0.0766458786813323, 0.751979084339522),
        ("asin", 0.0610722173623739, 0.751115841660879),
        ("xlogit", 0.0987793037657904, 0.751518027905759),
    ],
)
def test_plug_in_intervals_are_those_of_r(method, low, high):
    rate = estimated(counted(), interval=Interval(method))

    # R interpolates the profile of a likelihood.
    tolerance = 1e-4 if method == "likelihood" else 1e-9
    assert (rate.low, rate.high) == pytest.approx((low, high), abs=tolerance)
    assert rate.interval == method


def test_the_likeness_within_clusters_is_that_of_r():
    assert intraclass_correlation(counted(), "gift") == pytest.approx(0.427612325701498, rel=1e-9)


def test_likeness_is_unknown_where_nothing_varies():
    clusters = count_clusters([0] * 4, [0, 0, 1, 1], [[0]] * 4, ["gift"])

    assert intraclass_correlation(clusters, "gift") is None


def test_clusters_of_one_sheet_are_persons_drawn_one_by_one():
    design = Design(["A", "B"], [300, 90], [16, 9])
    clusters = count_clusters(STRATUM, np.arange(len(SHEETS)), SHEETS, ["gift"])
    (person,) = stats.rates(design, counted_alone(), any_contact=False, fpc=False)
    rate = estimated(clusters, design)

    for name in ("rate", "se", "df", "deff_wr", "total_se", "population"):
        assert getattr(rate, name) == pytest.approx(getattr(person, name), rel=1e-9), name


def counted_alone():
    return stats.count(STRATUM, SHEETS, ["gift"], 2)


def test_sheets_counted_in_parts_are_counted_as_one():
    first, second = counted(slice(0, 9)), counted(slice(9, None))
    whole, parts = counted(), first + second

    assert parts.stratum.tolist() == whole.stratum.tolist()
    assert parts.label.tolist() == whole.label.tolist()
    assert parts.counts.yes.tolist() == whole.counts.yes.tolist()


def test_one_label_in_two_strata_is_two_clusters():
    clusters = count_clusters([0, 0, 1], ["a", "b", "a"], [[1], [0], [1]], ["gift"])

    assert clusters.stratum.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("design", "existing", "words"),
    [
        (Design(["A", "B"], [300, 90], [16, 4]), None, "'B' has a single cluster"),
        (Design(["A", "B"], [300, 90], [16, 4]), [4, 9], "'A' has fewer clusters"),
        (Design(["A", "B"], [300, 90], [16, 4]), [5, 9], "'A' has all its clusters"),
        (Design(["A", "B"], [300, 90], [15, 4]), None, "'A' has 16 sheets from 15"),
        (Design(["A", "B", "C"], [300, 90, 9], [16, 4, 1]), None, "'C' has no cluster"),
        (Design(["A"], [300], [16]), None, "fewer strata"),
    ],
)
def test_what_cannot_be_estimated_is_refused(design, existing, words):
    with pytest.raises(DesignError, match=words):
        estimated(counted(WITH_ONE_OF_B), design, clusters_of_strata=existing)


def test_without_a_yes_a_cluster_counts_as_one_answer():
    clusters = count_clusters([0] * 40, [at // 4 for at in range(40)], [[0]] * 40, ["gift"])
    rate = estimated(clusters, Design(["A"], [4000], [40]))

    # Clopper and Pearson's limit of 10 answers is 0.308; few clusters widen it by t.
    assert rate.low == 0
    assert rate.high > 0.308
    assert rate.interval == Interval.CLUSTERED


def test_undetermined_sheets_widen_the_outer_limits():
    answers = np.array(SHEETS)
    answers[::5] = stats.UNKNOWN
    clusters = count_clusters(STRATUM, CLUSTER, answers, ["gift"])
    (*_, contact) = clustered_rates(DESIGN, clusters)
    ends = [contact.outer_low, contact.rate, contact.upper, contact.outer_high]

    assert contact.rate == contact.lower
    assert all(np.diff(np.array(ends, float)) > 0)


@pytest.mark.parametrize(("size", "icc", "effect"), [(1, 0.4, 1), (5, 0.2, 1.8), (3, -0.5, 0)])
def test_the_effect_of_clusters_is_that_of_kish(size, icc, effect):
    assert cluster_effect(size, icc) == pytest.approx(effect)


@pytest.mark.parametrize(("size", "icc"), [(0.5, 0.2), (3, 1.1), (3, -0.6)])
def test_impossible_clusters_are_refused(size, icc):
    with pytest.raises(stats.PlanError):
        cluster_effect(size, icc)


def test_a_stratums_design_effect_is_its_own_clusters_size_times_the_correlation_of_all():
    chance = np.random.default_rng(20)
    size = np.repeat([2, 6, 1], 800)  # clusters of three strata
    stratum, cluster = np.repeat(np.repeat([0, 1, 2], 800), size), np.repeat(np.arange(2400), size)
    is_alike = chance.random(len(cluster)) < np.sqrt(0.3)  # so that two of one cluster are by 0.3
    of_cluster = (chance.random(2400) < 0.2)[cluster]
    answers = np.where(is_alike, of_cluster, chance.random(len(cluster)) < 0.2).astype(int)

    clusters = count_clusters(stratum, cluster, answers[:, None], ["gift"])

    assert cluster_effects(clusters, "gift", 4) == pytest.approx([1.3, 2.5, 1, 1], abs=0.12)


def test_answers_that_are_all_the_same_do_not_show_a_design_effect():
    clusters = count_clusters([0] * 4, [1, 1, 2, 2], [[0]] * 4, ["gift"])
    alone = count_clusters([0] * 4, [1, 2, 3, 4], [[0]] * 4, ["gift"])

    with pytest.raises(PlanError, match="give a design effect"):
        cluster_effects(clusters, "gift", 1)
    assert cluster_effects(alone, "gift", 1) == [1]
