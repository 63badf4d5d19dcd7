"""Means of numbers: how often, among all and among those with contact."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import scipy

from stats import bounded_means
from stats.design import DesignError
from stats.linearisation import Partition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stats.arrays import Floats, Limits
    from stats.design import Design
    from stats.values import Values


class Among(StrEnum):
    """Among whom a mean is taken."""

    EVERYONE = "everyone"
    """Among all who answered; who had no contact has 0."""
    CONTACTS = "contacts"
    """Among those whose number is above 0."""


class MeanInterval(StrEnum):
    """Methods of a mean's confidence interval."""

    BOUNDED = "bounded"
    """Holds for numbers however skewed, given the greatest possible one."""
    MEAN = "mean"
    """Mean ± t standard errors, as R has it, not below 0."""


@dataclass(frozen=True, slots=True)
class Mean:
    """A domain's mean; every field is finite, or None where there is no estimate.

    Attributes
    ----------
    domain : str
        ``"all"`` where there is one domain.
    among : Among
    n : int
        Sheets that the mean is over.
    contacts, missing : int
        Sheets with a number above 0, and without an answer.
    population : float
        Persons for whom the sheets of the mean stand.
    mean, se : float or None
        The Hájek ratio and its standard error.
    low, high : float or None
        Confidence limits at ``level``.
    level : float
    interval : MeanInterval
    effective_size : float or None
        Answers drawn one by one that are worth as many (Kish), infinite numbers being None.
    df : int
        Answers less strata with answers.
    total, total_se : float or None
        Sum over the persons, and its standard error. Missing answers are not imputed.
    """

    domain: str
    among: Among
    n: int
    contacts: int
    missing: int
    population: float
    mean: float | None
    se: float | None
    low: float | None
    high: float | None
    level: float
    interval: MeanInterval
    effective_size: float | None
    df: int
    total: float | None
    total_se: float | None


def means(
    design: Design,
    values: Values,
    *,
    by: str | None = None,
    among: Among = Among.EVERYONE,
    largest: float | None = None,
    interval: MeanInterval = MeanInterval.BOUNDED,
    level: float = 0.95,
    fpc: bool = True,
) -> tuple[Mean, ...]:
    """Estimate the mean number in each domain.

    Parameters
    ----------
    design : Design
        H strata.
    values : Values
        Of the same strata; of some of the sheets where the domain cuts through strata.
    by : str, optional
        ``"stratum"`` or one of the design's groups; without it, one domain of all strata.
    among : Among
    largest : float, optional
        The greatest number that can be answered: what the question allows, or what the last
        category stands for. ``BOUNDED`` needs it: without it no interval of a mean holds, since a
        rare great number may be in no sample.
    interval : MeanInterval
    level : float
    fpc : bool
        Whether standard errors and intervals make use of the finite population.

    Returns
    -------
    tuple of Mean
        Domain by domain in the order of first appearance. Whole numbers are taken as counts: those
        with contact have at least 1.

    Raises
    ------
    DesignError
        As by ``rates``.
    ValueError
        ``largest`` is missing, or less than a number that was counted; the level is not between 0
        and 1.

    References
    ----------
    .. [1] C.-E. Särndal, B. Swensson and J. Wretman, *Model Assisted Survey Sampling*, Springer,
       1992, sec. 5.6–5.8.
    .. [2] R. R. Bahadur and L. J. Savage, "The nonexistence of certain statistical procedures in
       nonparametric problems", *Ann. Math. Stat.* 27 (1956), 1115-1122.

    Examples
    --------
    >>> design = Design(["city", "county"], population=[400, 600], respondents=[20, 30])
    >>> stratum, often = np.repeat([0, 1], [20, 30]), np.zeros(50)
    >>> often[[1, 4, 8, 25, 40]] = 1, 6, 2, 1, 3
    >>> values = count_values(stratum, often, strata=2)
    >>> for among in Among:
    ...     (mean,) = means(design, values, among=among, largest=12)
    ...     print(f"{among}: {mean.mean:.2f} ({mean.low:.2f} to {mean.high:.2f}), n {mean.n}")
    everyone: 0.26 (0.08 to 1.13), n 50
    contacts: 2.60 (1.33 to 7.54), n 5
    """
    if not 0 < level < 1:
        raise ValueError(f"a confidence level of {level:g} is not between 0 and 1: 95 % is 0.95")
    method, greatest = MeanInterval(interval), float(values.numbers.max(initial=0))
    if method is MeanInterval.BOUNDED and largest is None:
        raise ValueError("name the greatest number that can be answered: no other interval holds")
    if largest is not None and largest < greatest:
        raise ValueError(f"a number of {greatest:g} was counted, above the greatest, {largest:g}")
    _refuse_surplus(design, values)
    moments = _Moments.of(Partition.of(design, by, fpc=fpc), values, Among(among))
    names = ("all",) if by is None else moments.part.names
    return tuple(_rows(names, moments, method, greatest if largest is None else largest, level))


def _refuse_surplus(design: Design, values: Values) -> None:
    sheets = values.sheets.sum(axis=1) + values.missing
    if len(sheets) != len(design.stratum):
        raise DesignError(
            "",
            "has %(strata)d strata, the counts %(given)d",
            strata=len(design.stratum),
            given=len(sheets),
        )
    surplus = sheets > design.respondents
    if surplus.any():
        at = int(np.argmax(surplus))
        raise DesignError(
            design.stratum[at],
            "has %(sheets)d sheets from %(respondents)d respondents",
            sheets=int(sheets[at]),
            respondents=int(design.respondents[at]),
        )


@dataclass(frozen=True, eq=False)
class _Moments:
    """Numbers of the sheets that a mean is over; (H, 1) by stratum, (D, 1) by domain."""

    part: Partition
    among: Among
    values: Values
    sheets: Floats
    """(H, K)"""
    answers: Floats
    persons: Floats
    mean: Floats
    variance: Floats
    total: Floats
    total_variance: Floats

    @classmethod
    def of(cls, part: Partition, values: Values, among: Among) -> _Moments:
        admitted = values.numbers >= 0 if among is Among.EVERYONE else values.numbers > 0
        sheets = np.where(admitted, values.sheets, 0).astype(float)
        answers = sheets.sum(axis=1, keepdims=True)
        first, second = (sheets @ values.numbers[:, None] ** power for power in (1, 2))
        persons, total = part.total(part.weight * answers), part.total(part.weight * first)
        someone = np.where(persons > 0, persons, 1)
        mean = total / someone
        m = part.spread(mean)
        residuals = first - m * answers, second - 2 * m * first + m**2 * answers
        variance = part.variance(*residuals, answers, np.zeros_like(mean)) / someone**2
        centre = total / np.maximum(part.total(answers), 1)
        return cls(
            part,
            among,
            values,
            sheets,
            answers,
            persons,
            mean,
            variance,
            total,
            part.variance(first, second, answers, centre),
        )

    @property
    def effective(self) -> Floats:
        """Kish's effective sizes, (D,): of all sheets, and no more than the contacts bear out."""
        contacts = self.contacts
        with_contact = self.part.total(self.part.weight * contacts)
        share = with_contact / np.where(self.persons > 0, self.persons, 1)
        borne_out = np.divide(
            self._kish(contacts), share, out=np.full_like(share, np.inf), where=share > 0
        )
        return np.minimum(self._kish(self.answers), borne_out)[:, 0]

    @property
    def contacts(self) -> Floats:
        """Sheets with contact, (H, 1)."""
        return np.asarray(self.sheets[:, self.values.numbers > 0].sum(axis=1, keepdims=True))

    @property
    def _one_more(self) -> Floats:
        """Return for how many a sheet counts that has the greatest weight of any with contact."""
        part = self.part
        heaviest = (part.membership * np.where(self.contacts > 0, part.weight, 0)[:, 0]).max(axis=1)
        size = np.where(np.isfinite(self.effective), self.effective, 1)
        persons = np.where(self.persons > 0, self.persons, 1)[:, 0]
        return np.asarray(np.maximum(size * heaviest / persons, 1))

    def _kish(self, sheets: Floats) -> Floats:
        """Return (Σ w)² / Σ w² (1 − f) over some sheets; infinite where all persons were asked."""
        weight, unsampled = self.part.weight, self.part.unsampled
        squares = self.part.total(weight**2 * unsampled * sheets)
        persons = self.part.total(weight * sheets)
        return np.divide(persons**2, squares, out=np.full_like(persons, np.inf), where=squares > 0)

    @property
    def df(self) -> Floats:
        """Answers less strata with answers."""
        return self.part.total(self.answers) - self.part.total((self.answers > 0).astype(float))

    def limits(self, method: MeanInterval, largest: float, level: float) -> Limits:
        """Return limits of the means, (D, 1)."""
        if method is MeanInterval.MEAN:
            t = scipy.special.stdtrit(np.maximum(self.df, 1), (1 + level) / 2)
            reach = np.where(self.df > 0, t, np.nan) * np.sqrt(self.variance)
            return np.maximum(self.mean - reach, 0), self.mean + reach
        return self._bounded(largest, level)

    def _bounded(self, largest: float, level: float) -> Limits:
        size = self.effective
        finite = np.isfinite(size)
        shares = self.part.total(self.part.weight * self.sheets) / np.where(
            self.persons > 0, self.persons, 1
        )
        counts = np.where(finite, size, 1) * shares.T
        whole = bool(np.all(self.values.numbers == np.floor(self.values.numbers)))
        least = 1.0 if whole and self.among is Among.CONTACTS else 0.0
        below, above = bounded_means.limits(
            self.values.numbers, counts, self._one_more, (least, largest), level
        )
        mean = self.mean[:, 0]
        low = np.where(finite, np.minimum(below, mean), mean)
        high = np.where(finite, np.maximum(above, mean), mean)
        return low[:, None], high[:, None]


def _rows(
    names: Sequence[str], of: _Moments, method: MeanInterval, largest: float, level: float
) -> list[Mean]:
    low, high = of.limits(method, largest, level)
    n, with_contact, missing = (
        of.part.total(column.astype(float))
        for column in (of.answers, of.contacts, of.values.missing[:, None])
    )
    reals = {
        "mean": of.mean,
        "se": np.sqrt(of.variance),
        "low": low,
        "high": high,
        "total": of.total,
        "total_se": np.sqrt(of.total_variance),
        "effective_size": of.effective[:, None],
    }
    return [
        Mean(
            domain=name,
            among=of.among,
            n=int(n[at, 0]),
            contacts=int(with_contact[at, 0]),
            missing=int(missing[at, 0]),
            population=float(of.persons[at, 0]),
            level=level,
            interval=method,
            df=int(of.df[at, 0]),
            **{
                field: float(column[at, 0]) if n[at, 0] and math.isfinite(column[at, 0]) else None
                for field, column in reals.items()
            },
        )
        for at, name in enumerate(names)
    ]
