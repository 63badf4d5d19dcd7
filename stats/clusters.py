"""Rates when several sheets come from one cluster: a company from which several contacts answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from stats.counting import Counts, count
from stats.design import Design, DesignError
from stats.intervals import clopper_pearson, df_correction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from stats.arrays import Floats, Integers

# Clusters with a yes (or with a no, if fewer) at which the variance is drawn halfway to that of
# clusters whose persons all answer alike.
HALFWAY: Final = 6.0


@dataclass(frozen=True, eq=False)
class ClusterCounts:
    """Sheets by cluster, item and answer: sufficient for ultimate-cluster variances.

    Attributes
    ----------
    stratum : ndarray of int, shape (C,)
        The stratum of each cluster; one label in two strata is two clusters.
    counts : Counts
        With a row for each cluster.
    """

    stratum: Integers
    counts: Counts


def count_clusters(
    stratum: ArrayLike, cluster: ArrayLike, answers: ArrayLike, items: Sequence[str]
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
    place, labels = np.asarray(stratum), np.unique(np.asarray(cluster), return_inverse=True)[1]
    pairs, row = np.unique(np.column_stack([place, labels]), axis=0, return_inverse=True)
    return ClusterCounts(pairs[:, 0], count(row.ravel(), answers, items, len(pairs)))


@dataclass(frozen=True, slots=True)
class ClusteredRate:
    """A rate over all strata with the variance between clusters.

    Attributes
    ----------
    n, yes, clusters : int
        Answers, the yes among them, and sampled clusters.
    rate, se, low, high : float
        The Hájek ratio, its standard error, and limits at ``level``.
    level : float
    df : int
        Clusters less strata.
    deff : float or None
        Against simple random sampling with replacement; None at a rate of 0 or 1.
    """

    n: int
    yes: int
    clusters: int
    rate: float
    se: float
    low: float
    high: float
    level: float
    df: int
    deff: float | None


def clustered_rate(
    clusters: ClusterCounts,
    design: Design,
    item: str,
    *,
    clusters_of_strata: ArrayLike | None = None,
    level: float = 0.95,
) -> ClusteredRate:
    """Estimate one item's rate with the ultimate-cluster variance.

    A sheet stands for N / n persons of its stratum: all persons of a stratum had the same chance.

    Parameters
    ----------
    clusters : ClusterCounts
    design : Design
    item : str
        Undetermined answers (8, 9) are left out; of ``"any"`` they are a no.
    clusters_of_strata : array_like of int, shape (H,), optional
        Clusters there are in each stratum, for the finite population correction between them.
    level : float

    Raises
    ------
    DesignError
        A stratum has fewer than 2 sampled clusters, or fewer in all than were sampled.
    ValueError
        The item was not counted, or no one answered it.

    References
    ----------
    .. [1] M. H. Hansen, W. N. Hurwitz and W. G. Madow, *Sample Survey Methods and Theory*, Wiley,
       1953, vol. 1, ch. 6.
    .. [2] E. L. Korn and B. I. Graubard, "Confidence intervals for proportions with small expected
       number of positive counts estimated from survey data", *Survey Methodology* 24 (1998).

    Examples
    --------
    >>> answers = [[1], [1], [0], [0], [0], [0], [1], [0]]
    >>> clusters = count_clusters([0] * 8, [1, 1, 2, 2, 3, 3, 4, 4], answers, ["gift"])
    >>> estimate = clustered_rate(clusters, Design(["all"], [80], [8]), "gift")
    >>> print(f"{estimate.rate:.3f}, se {estimate.se:.3f}, df {estimate.df}")
    0.375, se 0.239, df 3
    """
    yes, no = (column.astype(float) for column in clusters.counts.answers_to(item))
    answers = yes + no
    if not answers.any():
        raise ValueError(f"no one answered {item!r}")
    sampled = _sampled(clusters, design)
    unsampled = _unsampled(design, sampled, clusters_of_strata)
    persons_of_sheet = (design.population / np.maximum(design.respondents, 1))[clusters.stratum]
    persons = persons_of_sheet * answers
    rate = float(np.sum(persons_of_sheet * yes) / persons.sum())
    residual = (persons_of_sheet * yes - rate * persons) / persons.sum()
    variance = _between(residual, clusters.stratum, sampled, unsampled)
    n, df = int(answers.sum()), int(sampled.sum()) - len(sampled)
    common = float(np.sum(persons**2) / persons.sum() ** 2)
    scarcer = min(np.sum(yes > 0), np.sum(no > 0))
    size = _size(rate, variance, n, common, float(HALFWAY / (HALFWAY + scarcer)))
    low, high = _limits(rate, size, n, df, level)
    simple = rate * (1 - rate) / max(n - 1, 1)
    return ClusteredRate(
        n,
        int(yes.sum()),
        int(sampled.sum()),
        rate,
        variance**0.5,
        low,
        high,
        level,
        df,
        variance / simple if simple else None,
    )


def _sampled(clusters: ClusterCounts, design: Design) -> Integers:
    sampled = np.bincount(clusters.stratum, minlength=len(design.stratum))
    if sampled.min() < 2:
        name = design.stratum[int(np.argmin(sampled))]
        raise DesignError(name, "has fewer than 2 clusters: collapse it with a neighbour")
    return sampled


def _unsampled(design: Design, sampled: Integers, existing: ArrayLike | None) -> Floats:
    """Return the part of each stratum's clusters that was not sampled; 1 if none are known."""
    if existing is None:
        return np.ones(len(sampled))
    existing_clusters = np.asarray(existing, dtype=float)
    if np.any(existing_clusters < sampled):
        name = design.stratum[int(np.argmax(existing_clusters < sampled))]
        raise DesignError(name, "has fewer clusters than were sampled")
    return np.asarray(1 - sampled / existing_clusters)


def _between(residual: Floats, stratum: Integers, sampled: Integers, unsampled: Floats) -> float:
    """Sum over strata (1 - f) m / (m - 1) times the squares about the stratum's mean."""
    mean = np.bincount(stratum, residual, len(sampled)) / sampled
    squares = np.bincount(stratum, (residual - mean[stratum]) ** 2, len(sampled))
    return float(np.sum(unsampled * sampled / (sampled - 1) * squares))


def _size(rate: float, variance: float, n: int, common: float, pull: float) -> float:
    """Return the effective size: the fewer clusters say yes, the nearer to one answer a cluster."""
    simple = rate * (1 - rate)
    if not simple:
        return 1 / common
    return simple / max(variance + pull * max(simple * common - variance, 0), simple / n)


def _limits(rate: float, size: float, n: int, df: int, level: float) -> tuple[float, float]:
    correction = df_correction(np.array([float(n)]), np.array([float(df)]), level)
    low, high = clopper_pearson(np.array([rate]), size * correction, level)
    return float(low[0]), float(high[0])
