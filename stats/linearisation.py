"""Taylor-linearised variances of Hájek ratios, from counts alone.

In stratum h, n sheets were taken of N persons; d of them are in the domain (and answered), x of
these said yes. The ratio p = Σ w x / Σ w d with w = N/n has the residual u = y - p in the domain
and 0 outside, whose sum and sum of squares follow from x and d.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from stats.design import Design, DesignError, Lonely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stats.arrays import Floats, Mask

_Scalar = TypeVar("_Scalar", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Partition:
    """The design's H strata divided into D domains of whole strata.

    Attributes
    ----------
    design : Design
    names : tuple of str, length D
        In the order of first appearance.
    index : ndarray of int, shape (H,)
        The domain of each stratum.
    weight : ndarray, shape (H, 1)
        Persons for whom one sheet stands.
    factor : ndarray, shape (H, 1)
        (1 - f) n / (n - 1), what a sum of squares about the stratum's mean is multiplied by; 0 in
        a lonely stratum.
    unsampled : ndarray, shape (H, 1)
        1 - f: the part of the variance that the finite population leaves.
    fpc : bool
        Whether it is used; ``unsampled`` is 1 otherwise.
    """

    design: Design
    names: tuple[str, ...]
    index: NDArray[np.intp]
    membership: Floats
    weight: Floats
    unsampled: Floats
    factor: Floats
    fpc: bool

    @classmethod
    def of(cls, design: Design, by: str | None, *, fpc: bool) -> Partition:
        """Divide the ``design`` by the named column (None: one domain of all)."""
        labels = design.labels(by)
        names = tuple(dict.fromkeys(labels))
        place = {name: at for at, name in enumerate(names)}
        index = np.array([place[label] for label in labels])
        size = design.respondents[:, None].astype(float)
        persons = design.population[:, None].astype(float)
        if not size.all():
            at = int(np.argmin(size))
            raise DesignError(
                design.stratum[at], "has no respondents: collapse it with a neighbour"
            )
        unsampled = 1 - size / persons if fpc else np.ones_like(size)
        return cls(
            design,
            names,
            index,
            (np.arange(len(names))[:, None] == index).astype(float),
            persons / size,
            unsampled,
            np.where(size > 1, unsampled * size / np.maximum(size - 1, 1), 0.0),
            fpc,
        )

    def total(self, column: Floats) -> Floats:
        """Sum an (H, I) ``column`` over each domain's strata: (D, I)."""
        return self.membership @ column

    def spread(self, value: NDArray[_Scalar]) -> NDArray[_Scalar]:
        """Return for each stratum its domain's ``value``: (D, I) to (H, I)."""
        return value[self.index]

    def variance(self, first: Floats, second: Floats, sizes: Floats, centre: Floats) -> Floats:
        """Estimate the variances of estimated totals: `covariance` of each with itself."""
        variance = self.covariance((first, first), second, sizes, (centre, centre))
        rounding = 1e-13 * self.total(self.weight**2 * second)
        return np.where(variance <= rounding, 0.0, variance)

    def covariance(
        self,
        sums: tuple[Floats, Floats],
        products: Floats,
        sizes: Floats,
        centres: tuple[Floats, Floats],
    ) -> Floats:
        """Estimate the covariance of the estimated totals of two variables u and v.

        Parameters
        ----------
        sums : pair of ndarray, shape (H, I)
            Of u and of v over the sheets of each stratum, not weighted.
        products : ndarray, shape (H, I)
            Sum of u v.
        sizes : ndarray, shape (H, I)
            Sheets in the domain; a stratum without any does not count as one.
        centres : pair of ndarray, shape (D, I)
            Means of w u and w v over the domain's sheets (``Lonely.ADJUST`` measures from them).

        Returns
        -------
        ndarray, shape (D, I)
            NaN where ``design.lonely`` is AVERAGE, and there is no stratum to average over.

        Raises
        ------
        DesignError
            A stratum has one respondent and ``design.lonely`` is FAIL.
        """
        n = self.design.respondents[:, None]
        part = self.weight**2 * self.factor * (products - sums[0] * sums[1] / n)
        lonely = (n == 1) & (self.unsampled > 0) & (sizes > 0)
        if not lonely.any():
            return self.total(part)
        deviations = (
            self.weight * total - self.spread(centre)
            for total, centre in zip(sums, centres, strict=True)
        )
        return self._with_lonely(
            part, lonely, sizes > 0, math.prod(deviations, start=self.unsampled)
        )

    def _with_lonely(self, part: Floats, lonely: Mask, present: Mask, deviation: Floats) -> Floats:
        name = self.design.stratum[int(np.argmax(lonely.any(axis=1)))]
        match self.design.lonely:
            case Lonely.FAIL:
                raise DesignError(name, "has a single respondent: choose how it is to be treated")
            case Lonely.ADJUST:
                return self.total(np.where(lonely, deviation, part))
            case Lonely.AVERAGE:
                strata = self.total(present.astype(float))
                strata_with_more = self.total((present & ~lonely).astype(float))
                unknown = np.where((strata_with_more == 0) & (strata > 0), np.nan, 1.0)
                return self.total(part) * strata / np.maximum(strata_with_more, 1) * unknown
            case _:
                return self.total(part)


def refuse_unknown(covariance: Floats) -> None:
    """Raise a `DesignError` if a covariance is NaN for want of strata to average over."""
    if np.isnan(covariance).any():
        raise DesignError("", "has only strata with a single respondent to average over")


@dataclass(frozen=True, eq=False)
class Ratio:
    """Hájek ratios of D domains × I items, with all that their intervals need.

    Attributes
    ----------
    cells_yes, cells_answered : ndarray, shape (H, I)
        x and d of each stratum.
    yes, answers : ndarray, shape (D, I)
        Their sums.
    rate, variance : ndarray, shape (D, I)
        0 without answers.
    persons, total, total_variance : ndarray, shape (D, I)
        Estimated persons in the domain, those with a yes, and the variance of that total.
    strata, df : ndarray, shape (D, I)
        Strata with answers; answers less these.
    census : ndarray of bool, shape (D, I)
        All persons were asked in every stratum with answers.
    """

    cells_yes: Floats
    cells_answered: Floats
    yes: Floats
    answers: Floats
    rate: Floats
    variance: Floats
    persons: Floats
    total: Floats
    total_variance: Floats
    strata: Floats
    df: Floats
    census: Mask


def ratio(part: Partition, yes: Floats, answers: Floats) -> Ratio:
    """Estimate Σ w x / Σ w d by domain and item; ``yes`` and ``answers`` are (H, I)."""
    persons = part.total(part.weight * answers)
    total = part.total(part.weight * yes)
    sheets = part.total(answers)
    strata = part.total((answers > 0).astype(float))
    someone = np.where(persons, persons, 1)
    all_yes = (part.total(yes) == sheets) & (sheets > 0)
    rate = np.where(all_yes, 1, total / someone)
    return Ratio(
        yes,
        answers,
        part.total(yes),
        sheets,
        rate,
        ratio_variance(part, yes, answers, rate) / someone**2,
        persons,
        total,
        part.variance(yes, yes, answers, total / np.maximum(sheets, 1)),
        strata,
        sheets - strata,
        part.total(((answers > 0) & (part.unsampled > 0)).astype(float)) == 0,
    )


def ratio_variance(part: Partition, yes: Floats, answers: Floats, rate: Floats) -> Floats:
    """Estimate the variance of Σ w (y - p) over each domain: (D, I)."""
    p = part.spread(rate)
    first = yes - p * answers
    second = yes * (1 - p) ** 2 + (answers - yes) * p**2
    return part.variance(first, second, answers, np.zeros_like(rate))
