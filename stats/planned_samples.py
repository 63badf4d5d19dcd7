"""The samples that a plan may lead to: what would be shown of each, and how likely it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from stats.design import Design, Lonely
from stats.linearisation import Partition, Ratio, ratio

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from stats.arrays import Floats, Integers

DRAWS: Final = 500
"""Samples drawn of several strata: a share of them has a standard error of at most 2.2 points."""

_SEED: Final = 63
_REMOTE: Final = 1e-6
_ENDLESS: Final = 10**9


@dataclass(frozen=True, eq=False)
class PlannedSamples:
    """Samples of D groups of strata: all possible ones of single strata, or drawn ones of several.

    Attributes
    ----------
    part : Partition
        A domain for each group.
    ratios : Ratio
        Of K samples, as K items.
    probability : ndarray, shape (D, K)
        Each group's sums to 1.
    """

    part: Partition
    ratios: Ratio
    probability: Floats

    @classmethod
    def of(
        cls,
        population: ArrayLike | None,
        respondents: ArrayLike,
        rate: ArrayLike,
        *,
        group: Sequence[str] | None = None,
        deff: ArrayLike = 1.0,
        draws: int = DRAWS,
    ) -> PlannedSamples:
        """Enumerate (where no group has two strata) or draw the yes without replacement.

        Parameters
        ----------
        population, respondents : array_like of int, shape (H,) or scalar
            A population of None has no end.
        rate : array_like of float, shape (H,) or scalar
        group : sequence of str, length H, optional
            One of all by default.
        deff : array_like of float, shape (H,) or scalar
            A sample stands for as many sheets as a simple random one of equal variance.
        draws : int
        """
        persons, answers, share = np.broadcast_arrays(
            np.atleast_1d(_ENDLESS if population is None else population).astype(np.int64),
            respondents,
            rate,
        )
        sheets = equivalent(persons, answers, deff)
        names = [str(place) for place in range(len(persons))]
        groups = {"group": [""] * len(names) if group is None else list(group)}
        design = Design(names, persons, sheets, groups=groups, lonely=Lonely.ADJUST)
        part = Partition.of(design, "group", fpc=population is not None)
        if len(part.names) == len(names):
            yes, probability = _every(persons, sheets, share, fpc=part.fpc)
        else:
            yes = _drawn(part, _positives(part, share), draws)
            probability = np.full((len(part.names), draws), 1 / draws)
        column = np.broadcast_to(sheets[:, None], yes.shape).astype(float)
        return cls(part, ratio(part, yes, column), probability)

    def quantiles(self, figure: Floats, share: float) -> Floats:
        """Return the least values of a ``figure`` (D, K) that so large a share of samples keeps."""
        order = np.argsort(figure, axis=1, kind="stable")
        reached = np.cumsum(np.take_along_axis(self.probability, order, 1), axis=1)
        place = np.argmax(reached >= share * (1 - 1e-12), axis=1)
        return np.take_along_axis(figure, np.take_along_axis(order, place[:, None], 1), 1)[:, 0]


def equivalent(population: ArrayLike, respondents: ArrayLike, deff: ArrayLike) -> Integers:
    """Return the simple random samples that have the variance of these with a design effect.

    (1 / m - 1 / N) is ``deff`` times (1 / n - 1 / N); of two sheets or more two are left.
    """
    persons, answers = np.asarray(population, float), np.asarray(respondents, float)
    size = 1 / (1 / persons + np.asarray(deff) * (1 / answers - 1 / persons))
    least = np.minimum(answers, 2)
    return np.clip(np.floor(size + 1e-9), least, persons).astype(np.int64)


def _positives(part: Partition, rate: Floats) -> Integers:
    """Return whole persons with a yes, whose sum over a group is rounded only once."""
    persons = part.design.population
    positive = np.empty_like(persons)
    for place in range(len(part.names)):
        rows = part.index == place
        reached = np.rint(np.cumsum(persons[rows] * rate[rows])).astype(np.int64)
        positive[rows] = np.clip(np.diff(reached, prepend=0), 0, persons[rows])
    return positive


def _drawn(part: Partition, positive: Integers, draws: int) -> Floats:
    """Draw each stratum by its place in its group, whatever other groups are looked at."""
    persons, sheets = part.design.population, part.design.respondents
    before = np.cumsum(part.membership, axis=1)[part.index, np.arange(len(persons))]
    columns = zip(before.astype(int), positive, persons - positive, sheets, strict=True)
    return np.array(
        [
            np.random.default_rng([_SEED, place]).hypergeometric(yes, no, size, draws)
            for place, yes, no, size in columns
        ],
        float,
    )


def _every(
    persons: Integers, sheets: Integers, rate: Floats, *, fpc: bool
) -> tuple[Floats, Floats]:
    """Return each stratum's counts of yes that are not all but impossible, and their chances.

    Strata with fewer counts than others repeat the last with a probability of 0.
    """
    distribution = (
        scipy.stats.hypergeom(persons, np.rint(persons * rate).astype(np.int64), sheets)
        if fpc
        else scipy.stats.binom(sheets, rate)
    )
    low = np.maximum(np.asarray(distribution.ppf(_REMOTE)), 0)[:, None]
    high = np.asarray(distribution.isf(_REMOTE))[:, None]
    count = low + np.arange(int((high - low).max()) + 1)
    yes = np.minimum(count, high)
    probability = np.where(count > high, 0, distribution.pmf(yes.T).T)
    return yes, probability / probability.sum(axis=1, keepdims=True)
