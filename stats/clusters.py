"""Sheets counted by cluster, as a company is from which several contacts answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stats.arrays import frozen
from stats.counting import Counts, count
from stats.planning import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from stats.arrays import Floats, Integers


@dataclass(frozen=True, eq=False)
class ClusterCounts:
    """Sheets by cluster, item and answer: sufficient for variances between clusters.

    Attributes
    ----------
    stratum : ndarray of int, shape (C,)
        The stratum of each cluster, in ascending order; one label in two strata is two clusters.
    label : ndarray, shape (C,)
    counts : Counts
        With a row for each cluster.
    """

    stratum: Integers
    label: NDArray[np.generic]
    counts: Counts

    @property
    def emptied(self) -> ClusterCounts:
        """The same clusters without their sheets."""
        no_cluster = np.zeros(len(self.stratum), bool)
        return ClusterCounts(self.stratum, self.label, self.counts.within(no_cluster))

    def __add__(self, other: ClusterCounts) -> ClusterCounts:
        """Count the sheets of both, and the clusters of either."""
        stratum = np.concatenate([self.stratum, other.stratum])
        label = np.concatenate([self.label, other.label])
        clusters, row = _clusters(stratum, label)
        first, second = np.split(row, [len(self.stratum)])
        size = len(clusters[0])
        return ClusterCounts(
            *clusters, _moved(self.counts, first, size) + _moved(other.counts, second, size)
        )


def count_clusters(
    stratum: ArrayLike,
    cluster: ArrayLike,
    answers: ArrayLike,
    items: Sequence[str],
    *,
    within: ArrayLike | None = None,
) -> ClusterCounts:
    """Count the answers of n sheets to I items by stratum and cluster.

    Parameters
    ----------
    stratum : array_like of int, shape (n,)
        Index of each sheet's stratum.
    cluster : array_like, shape (n,)
        Opaque label of each sheet's cluster.
    answers : array_like of int8, shape (n, I)
        As in `count`.
    items : sequence of str, length I
    within : array_like of bool, shape (n,), optional
        Count only these sheets: a domain that cuts through strata. The clusters remain those of
        all sheets.

    Returns
    -------
    ClusterCounts
        Of sheets that were read in parts, the counts of the parts can be added.

    Raises
    ------
    AnswerError
        An answer is none of the five codes.

    Examples
    --------
    >>> clusters = count_clusters([0, 0, 1], ["a", "a", "a"], [[1], [0], [1]], ["gift"])
    >>> clusters.stratum, clusters.counts.yes[:, 0]
    (array([0, 1]), array([1, 1]))
    """
    clusters, row = _clusters(np.asarray(stratum, np.int64), np.asarray(cluster))
    return ClusterCounts(*clusters, count(row, answers, items, len(clusters[0]), within=within))


def _clusters(
    stratum: Integers, label: NDArray[np.generic]
) -> tuple[tuple[Integers, NDArray[np.generic]], Integers]:
    """Return stratum and label of each cluster, and the cluster of each row."""
    labels, place = np.unique(label, return_inverse=True)
    pairs, row = np.unique(np.column_stack([stratum, place.ravel()]), axis=0, return_inverse=True)
    return (frozen(pairs[:, 0], np.int64), labels[pairs[:, 1]]), row.ravel()


def _moved(counts: Counts, row: Integers, size: int) -> Counts:
    """Return counts of ``size`` clusters, each row at its new place."""

    def moved(column: Integers) -> Integers:
        wider = np.zeros((size, *column.shape[1:]), np.int64)
        wider[row] = column
        return wider

    return counts.with_columns({name: moved(column) for name, column in counts.columns().items()})


def intraclass_correlation(clusters: ClusterCounts, item: str) -> float | None:
    """Estimate how alike the persons of one cluster answer, within strata.

    Parameters
    ----------
    clusters : ClusterCounts
    item : str
        Undetermined answers (8, 9) are left out; of ``"any"`` they are a no.

    Returns
    -------
    float or None
        The ANOVA estimator ``(B - W) / (B + (m - 1) W)``, with B and W the mean squares between
        and within the clusters of a stratum, and m the clusters' size, less its variation. 0 where
        persons of one cluster are no more alike than others; it may come out below. None where
        all answers are the same, no stratum has two clusters, or no cluster two answers.

    Raises
    ------
    ValueError
        The item was not counted.

    References
    ----------
    .. [1] A. Donner, "A review of inference procedures for the intraclass correlation coefficient
       in the one-way random effects model", *Int. Stat. Rev.* 54 (1986), 67-82.
    .. [2] M. S. Ridout, C. G. B. Demétrio and D. Firth, "Estimating intraclass correlation for
       binary data", *Biometrics* 55 (1999), 137-148.

    Examples
    --------
    >>> answers = [[1], [1], [0], [0], [0], [0], [1], [0]]
    >>> clusters = count_clusters([0] * 8, [1, 1, 2, 2, 3, 3, 4, 4], answers, ["gift"])
    >>> round(intraclass_correlation(clusters, "gift"), 3)
    0.571
    """
    columns = (column.astype(float) for column in clusters.counts.answers_to(item))
    yes, no = columns
    with_answers = yes + no > 0
    yes, answers, stratum = (
        yes[with_answers],
        (yes + no)[with_answers],
        clusters.stratum[with_answers],
    )
    if not with_answers.any():
        return None
    sums, sizes, squares, present = (
        np.bincount(stratum, column) for column in (yes, answers, answers**2, answers > 0)
    )
    inside = sizes > 0
    between_df = float(np.sum(present[inside] - 1))
    within_df = float(np.sum(answers - 1))
    if not between_df or not within_df:
        return None
    between = float(np.sum(yes**2 / answers) - np.sum(sums[inside] ** 2 / sizes[inside]))
    within = float(np.sum(yes - yes**2 / answers))
    size = float(np.sum(sizes[inside] - squares[inside] / sizes[inside])) / between_df
    mean_squares = between / between_df, within / within_df
    spread = mean_squares[0] + (size - 1) * mean_squares[1]
    return (mean_squares[0] - mean_squares[1]) / spread if spread > 0 else None


def cluster_effect(mean_size: float, icc: float) -> float:
    """Return the design effect of answers that come in clusters.

    Parameters
    ----------
    mean_size : float
        Answers of one cluster, at least 1; of clusters of unlike size d, sum of d² over sum of d.
    icc : float
        How alike they are, at most 1 (`intraclass_correlation`).

    Raises
    ------
    PlanError
        There are no such clusters.

    References
    ----------
    .. [1] L. Kish, *Survey Sampling*, Wiley, 1965, sec. 5.4.
    .. [2] L. Kish, "Weighting in deft²", *The Survey Statistician* 17 (1987), 26-30.

    Examples
    --------
    >>> cluster_effect(5, 0.2)
    1.8
    """
    effect = 1 + (mean_size - 1) * icc
    if not (mean_size >= 1 and icc <= 1 and effect >= 0):
        raise PlanError(
            "There are no clusters of %(size)g answers with a correlation of %(icc)g.",
            size=mean_size,
            icc=icc,
        )
    return effect


def cluster_effects(clusters: ClusterCounts, item: str, strata: int) -> Floats:
    """Estimate each stratum's design effect from the sizes of its clusters.

    How alike the persons of one cluster answer is taken from all strata together, since a stratum
    by itself has too few clusters to say; a correlation below 0 is taken as 0.

    Parameters
    ----------
    clusters : ClusterCounts
    item : str
    strata : int
        H; a stratum without answers has an effect of 1.

    Returns
    -------
    ndarray of float, shape (H,)

    Raises
    ------
    PlanError
        Clusters have several answers, and all answers are the same.

    Examples
    --------
    >>> answers = [[1], [1], [0], [0], [0], [0], [1], [0], [0]]
    >>> clusters = count_clusters([0] * 8 + [1], [1, 1, 2, 2, 3, 3, 4, 4, 5], answers, ["gift"])
    >>> cluster_effects(clusters, "gift", 2).round(3)
    array([1.571, 1.   ])
    """
    yes, no = clusters.counts.answers_to(item)
    answers = (yes + no).astype(float)
    icc = intraclass_correlation(clusters, item)
    if icc is None and (answers > 1).any():
        raise PlanError(
            "How alike the answers of one cluster are does not show here: give a design effect."
        )
    sums = np.bincount(clusters.stratum, answers, strata)
    squares = np.bincount(clusters.stratum, answers**2, strata)
    mean_size = np.divide(squares, sums, out=np.ones(strata), where=sums > 0)
    return frozen(1 + (mean_size - 1) * max(icc or 0.0, 0.0))


def by_stratum(values: Floats, stratum: Integers, strata: int) -> Floats:
    """Sum (C, I) values over the clusters of each stratum: (H, I)."""
    sums = np.zeros((strata, *values.shape[1:]))
    np.add.at(sums, stratum, values)
    return sums
