import numpy as np
import pytest

from stats import Design, DesignError, clustered_rate, count_clusters

# Stratum, yes and answers of nine clusters; the script of R's values is r_clusters.R.
YES = [2, 0, 1, 0, 3, 1, 0, 2, 0]
ANSWERS = [4, 3, 1, 5, 3, 2, 2, 4, 1]
DESIGN = Design(["A", "B"], [300, 90], [16, 9])


def _clusters():
    stratum = np.repeat([0] * 5 + [1] * 4, ANSWERS)
    cluster = np.repeat(list("abcdefghi"), ANSWERS)
    sheets = [[int(at < yes)] for yes, size in zip(YES, ANSWERS, strict=True) for at in range(size)]
    return count_clusters(stratum, cluster, sheets, ["gift"])


@pytest.mark.parametrize(
    ("existing", "se", "deff"),
    [
        (None, 0.162663845444083, 2.73862430491985),
        ([40, 30], 0.152133867983532, 2.39553324714846),
    ],
)
def test_the_variance_between_clusters_is_that_of_r(existing, se, deff):
    estimate = clustered_rate(_clusters(), DESIGN, "gift", clusters_of_strata=existing)

    assert estimate.rate == pytest.approx(0.365384615384615, rel=1e-9)
    assert estimate.se == pytest.approx(se, rel=1e-9)
    assert estimate.deff == pytest.approx(deff, rel=1e-9)
    assert (estimate.clusters, estimate.df) == (9, 7)


def test_one_label_in_two_strata_is_two_clusters():
    clusters = count_clusters([0, 0, 1], ["a", "b", "a"], [[1], [0], [1]], ["gift"])

    assert clusters.stratum.tolist() == [0, 0, 1]


def test_a_stratum_with_one_cluster_is_refused():
    clusters = count_clusters([0, 0, 1], ["a", "b", "a"], [[1], [0], [1]], ["gift"])

    with pytest.raises(DesignError, match="fewer than 2 clusters"):
        clustered_rate(clusters, Design(["A", "B"], [9, 9], [2, 1]), "gift")


def test_without_a_yes_a_cluster_counts_as_one_answer():
    clusters = count_clusters([0] * 40, [at // 4 for at in range(40)], [[0]] * 40, ["gift"])
    estimate = clustered_rate(clusters, Design(["A"], [4000], [40]), "gift")

    # Clopper and Pearson's limit of 10 answers is 0.308; few clusters widen it by t.
    assert estimate.low == 0
    assert estimate.high > 0.308
