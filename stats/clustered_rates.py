"""Rates when several sheets come from one cluster: a company from which several contacts answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from stats.clusters import by_stratum
from stats.design import Design, DesignError, Lonely
from stats.intervals import METHODS, Estimates, Interval, clopper_pearson, df_correction
from stats.linearisation import Partition, Ratio
from stats.rates import ALL, Rate, estimates, refuse_level
from stats.tallies import Denominator, Tally, refuse_surplus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from stats.arrays import Floats, Integers, Limits, Mask
    from stats.clusters import ClusterCounts

# Clusters with a yes (or with a no, if fewer) at which the variance is drawn halfway to that of
# clusters whose persons all answer alike.
HALFWAY: Final = 4.0


def clustered_rates(
    design: Design,
    clusters: ClusterCounts,
    *,
    by: str | None = None,
    items: Sequence[str] | None = None,
    any_contact: bool = True,
    denominator: Denominator = Denominator.VALID,
    interval: Interval = Interval.DEFAULT,
    level: float = 0.95,
    clusters_of_strata: ArrayLike | None = None,
) -> tuple[Rate, ...]:
    """Estimate the rate of each item, and of any contact, with the variance between clusters.

    A sheet stands for N / n persons of its stratum: all persons of a stratum had the same chance.

    Parameters
    ----------
    design : Design
        H strata, with the persons and sheets of each. ``lonely`` says what a stratum with one
        cluster adds to a variance.
    clusters : ClusterCounts
        Of the same strata; of some of the sheets where the domain cuts through strata.
    by, items, any_contact, denominator, level
        As for ``rates``.
    interval : Interval
        Methods that need the strata's own rates give way to ``CLUSTERED``, as do all others where
        they have nothing to work with.
    clusters_of_strata : array_like of int, shape (H,), optional
        Clusters there are in each stratum, for the finite population correction between them; it
        is right where all persons of the sampled clusters were asked.

    Returns
    -------
    tuple of Rate
        Domain by domain in the order of first appearance, item by item. ``df`` is clusters less
        strata, both with answers. ``presentation.effective_size`` counts in answers drawn one by
        one.

    Raises
    ------
    DesignError
        A stratum has no cluster, one and ``design.lonely`` is FAIL, more sheets than respondents,
        or fewer clusters in all than were sampled.
    ValueError
        As for ``rates``.

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
    >>> design = Design(["all"], [80], [8])
    >>> (rate,) = clustered_rates(design, clusters, any_contact=False)
    >>> print(f"{rate.rate:.3f}, se {rate.se:.3f}, df {rate.df}, {rate.interval}")
    0.375, se 0.239, df 3, clustered
    """
    refuse_level(level)
    tally = Tally.of(clusters.counts, items, denominator, any_contact=any_contact)
    _refuse_more_sheets(design, clusters, tally)
    sample = _SampleOfClusters.of(
        design, clusters, by, clusters_of_strata, Interval(interval), level
    )
    return estimates((ALL,) if by is None else sample.part.names, sample, tally, level)


def _refuse_more_sheets(design: Design, clusters: ClusterCounts, tally: Tally) -> None:
    if clusters.stratum.max(initial=0) >= len(design.stratum):
        raise DesignError("", "has fewer strata than the clusters are of")
    refuse_surplus(
        design,
        replace(tally, sheets=by_stratum(tally.sheets, clusters.stratum, len(design.stratum))),
    )


@dataclass(frozen=True, eq=False)
class _SampleOfClusters:
    """Clusters drawn in each stratum; each cluster is a row.

    Attributes
    ----------
    part : Partition
        Of the strata, with clusters in the place of persons.
    stratum : ndarray of int, shape (C,)
    weight : ndarray, shape (C, 1)
    design : Design
        Of the persons.
    """

    part: Partition
    stratum: Integers
    weight: Floats
    design: Design
    interval: Interval
    level: float

    @classmethod
    def of(
        cls,
        design: Design,
        clusters: ClusterCounts,
        by: str | None,
        existing: ArrayLike | None,
        interval: Interval,
        level: float,
    ) -> _SampleOfClusters:
        sampled = np.bincount(clusters.stratum, minlength=len(design.stratum))
        units = _units(design, sampled, existing)
        part = Partition.of(units, by, fpc=existing is not None)
        part = replace(part, weight=np.ones_like(part.weight))
        weight = (design.population / np.maximum(design.respondents, 1))[clusters.stratum]
        return cls(part, clusters.stratum, weight[:, None], design, interval, level)

    def total(self, column: Floats) -> Floats:
        return self.part.total(self._sums(column))

    def population(self, sheets: Floats) -> Floats:
        shares = self._sums(sheets) / self.design.respondents[:, None]
        return self.part.total(self.design.population[:, None] * shares)

    def ratio(self, yes: Floats, answers: Floats) -> Ratio:
        persons, total = self.total(self.weight * answers), self.total(self.weight * yes)
        sheets, with_yes = self.total(answers), self.total(yes)
        someone = np.where(persons, persons, 1)
        rate = np.where((with_yes == sheets) & (sheets > 0), 1, total / someone)
        residual = self.weight * (yes - self._spread(rate) * answers)
        in_strata = self._sums((answers > 0).astype(float))
        strata = self.part.total((in_strata > 0).astype(float))
        return Ratio(
            yes,
            answers,
            with_yes,
            sheets,
            rate,
            self._variance(residual, in_strata) / someone**2,
            persons,
            total,
            self._variance(self.weight * yes, in_strata),
            strata,
            self.part.total(in_strata) - strata,
            self.part.total(((in_strata > 0) & (self.part.unsampled > 0)).astype(float)) == 0,
        )

    def limits(self, ratios: Ratio) -> Limits:
        low, high = self._korn_graubard(ratios)
        usable = self._usable(ratios)
        if usable.any():
            columns = ratios.rate, ratios.variance, ratios.answers, ratios.df
            of = Estimates(*(column[usable] for column in columns))
            low[usable], high[usable] = METHODS[self.interval](of, self.level)
        return np.clip(low, 0, ratios.rate), np.clip(high, ratios.rate, 1)

    def highest(self, ratios: Ratio) -> Floats:
        return self.limits(ratios)[1]

    def methods(self, ratios: Ratio) -> NDArray[np.str_]:
        names = np.full(ratios.rate.shape, Interval.CLUSTERED, f"U{max(map(len, Interval))}")
        names[self._usable(ratios)] = self.interval
        return names

    def _usable(self, ratios: Ratio) -> Mask:
        """Return where a plug-in method has something to work with."""
        inner = (ratios.rate > 0) & (ratios.rate < 1) & (self.interval in METHODS)
        return np.asarray(inner & (ratios.variance > 0) & (ratios.df > 0))

    def _sums(self, column: Floats) -> Floats:
        return by_stratum(column, self.stratum, len(self.design.stratum))

    def _spread(self, value: Floats) -> Floats:
        """Return for each cluster its domain's value: (D, I) to (C, I)."""
        return np.asarray(self.part.spread(value)[self.stratum])

    def _variance(self, values: Floats, in_strata: Floats) -> Floats:
        """Estimate the variance of the sum of (C, I) values over the clusters of each domain."""
        centre = np.zeros((len(self.part.names), values.shape[1]))
        return self.part.variance(self._sums(values), self._sums(values**2), in_strata, centre)

    def _korn_graubard(self, ratios: Ratio) -> Limits:
        """Take the effective size for the answers drawn one by one, in Clopper–Pearson's limits."""
        alike = self._alike(ratios)
        df = np.clip(np.fmin(ratios.df, self._effective_df(ratios, alike)), 1, None)
        size = self._size(ratios, self.part.total(alike))
        size = size * df_correction(ratios.answers, df, self.level)
        low, high = clopper_pearson(ratios.rate, size, self.level)
        census = ratios.census & (ratios.answers > 0)
        return np.where(census, ratios.rate, low), np.where(census, ratios.rate, high)

    def _alike(self, ratios: Ratio) -> Floats:
        """Return each stratum's part of V / p(1 - p) if all of a cluster answered alike: (H, I)."""
        persons = self.weight * ratios.cells_answered
        return self._sums(
            (persons / self._spread(np.where(ratios.persons, ratios.persons, 1))) ** 2
        )

    def _effective_df(self, ratios: Ratio, alike: Floats) -> Floats:
        """Return Satterthwaite's degrees of freedom, NaN without any: few strata may decide V."""
        own = self._sums((ratios.cells_answered > 0).astype(float)) - 1
        least = np.where(own > 0, alike**2 / np.where(own > 0, own, 1), 0)
        total = self.part.total(least)
        return np.where(
            total > 0, self.part.total(np.where(own > 0, alike, 0)) ** 2, np.nan
        ) / np.where(total > 0, total, 1)

    def _size(self, ratios: Ratio, alike: Floats) -> Floats:
        """Return effective sizes: the fewer clusters say yes, the nearer to one answer each."""
        yes, answers = ratios.cells_yes, ratios.cells_answered
        common = np.where(alike > 0, alike, 1)
        simple = ratios.rate * (1 - ratios.rate)
        with_yes, with_no = (yes > 0).astype(float), (answers > yes).astype(float)
        scarcer = np.minimum(self.total(with_yes), self.total(with_no))
        pull = HALFWAY / (HALFWAY + scarcer)
        # Without a stratum to average over nothing is known of the variance: it is all drawn.
        estimable = np.where(np.isnan(ratios.variance), simple * common, ratios.variance)
        variance = estimable + pull * np.maximum(simple * common - estimable, 0)
        least = simple / np.maximum(ratios.answers, 1)
        inner = simple > 0
        size = np.where(inner, simple, 1) / np.where(inner, np.maximum(variance, least), 1)
        return np.where(inner, size, 1 / common)


def _units(design: Design, sampled: Integers, existing: ArrayLike | None) -> Design:
    """Return the design of the clusters; their number stands in for what no one counted."""
    if not sampled.all():
        name = design.stratum[int(np.argmin(sampled))]
        raise DesignError(name, "has no cluster: collapse it with a neighbour")
    numbers = sampled if existing is None else np.asarray(existing)
    if np.any(numbers < sampled):
        name = design.stratum[int(np.argmax(numbers < sampled))]
        raise DesignError(name, "has fewer clusters than were sampled")
    crowded = (numbers == sampled) & (design.respondents < design.population)
    if existing is not None and crowded.any():
        name = design.stratum[int(np.argmax(crowded))]
        raise DesignError(
            name, "has all its clusters sampled but not all persons: take its clusters as strata"
        )
    lonely = (sampled == 1) & ((numbers > 1) if existing is not None else True)
    if lonely.any() and design.lonely is Lonely.FAIL:
        name = design.stratum[int(np.argmax(lonely))]
        raise DesignError(name, "has a single cluster: choose how it is to be treated")
    return Design(design.stratum, numbers, sampled, groups=design.groups, lonely=design.lonely)
