"""The sampling design: strata, their populations and their valid respondents."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from stats.arrays import Integers, Mask, frozen
from stats.refusals import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike


class Lonely(StrEnum):
    """What a stratum with a single respondent adds to a variance (R's ``survey.lonely.psu``).

    ``collapse`` joins such a stratum to a named neighbour instead.
    """

    FAIL = "fail"
    """Refuse to estimate."""
    REMOVE = "remove"
    """Nothing."""
    CERTAINTY = "certainty"
    """Nothing, as if the stratum were fully counted."""
    ADJUST = "adjust"
    """Its squared deviation from the mean of the whole sample, not from its own."""
    AVERAGE = "average"
    """The mean contribution of the strata that have more than one respondent."""


class DesignError(RefusalError):
    """A design that cannot have been, or cannot give the estimate asked for.

    Attributes
    ----------
    stratum : str
        The stratum at fault, empty where the whole design is.
    reason : str
        What is wrong with it, as the end of a sentence with the places of the ``values``.
    """

    def __init__(self, stratum: str, reason: str, **values: object) -> None:
        whose = "stratum %(stratum)r " if stratum else "the design "
        super().__init__(whose + reason, stratum=stratum, **values)
        self.stratum = stratum
        self.reason = reason


@dataclass(frozen=True, eq=False)
class Design:
    """A stratified simple random sample without replacement, of H strata.

    Parameters
    ----------
    stratum : sequence of str, length H
        Names of the strata, each once.
    population : array_like of int, shape (H,)
        Persons in each stratum.
    respondents : array_like of int, shape (H,)
        Valid sheets from each stratum; they are taken as a simple random sample of it.
    issued : array_like of int, shape (H,), optional
        Persons asked in each stratum.
    groups : mapping of str to sequence of str, length H
        Further groupings of strata (unit, post category), one label a stratum.
    lonely : Lonely
        How strata with one respondent are treated when a variance is estimated.

    Raises
    ------
    DesignError
        A name is repeated, a count is negative or not whole, a population is less than the issued
        or the respondents, or the issued less than the respondents. A stratum with one respondent
        (or none) is a possible design; estimates that cannot be made from it raise then.

    References
    ----------
    .. [1] W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley, 1977, ch. 5.
    .. [2] T. Lumley, *Complex Surveys: A Guide to Analysis Using R*, Wiley, 2010, sec. 3.2.1.

    Examples
    --------
    >>> design = Design(
    ...     ["city", "county"],
    ...     population=[400, 600],
    ...     respondents=[20, 30],
    ...     groups={"region": ["north", "north"]},
    ... )
    >>> design.labels("region")
    ('north', 'north')
    >>> Design(["city"], population=[15], respondents=[20])
    Traceback (most recent call last):
        ...
    stats.design.DesignError: stratum 'city' has 20 respondents out of 15 population
    """

    stratum: tuple[str, ...]
    population: Integers
    respondents: Integers
    issued: Integers | None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lonely: Lonely = Lonely.FAIL

    def __init__(
        self,
        stratum: Sequence[str],
        population: ArrayLike,
        respondents: ArrayLike,
        issued: ArrayLike | None = None,
        *,
        groups: Mapping[str, Sequence[str]] = MappingProxyType({}),
        lonely: Lonely = Lonely.FAIL,
    ) -> None:
        names = tuple(stratum)
        labels = {name: tuple(labels) for name, labels in groups.items()}
        assign = object.__setattr__
        assign(self, "stratum", names)
        assign(self, "population", _persons(names, population, "population"))
        assign(self, "respondents", _persons(names, respondents, "number of respondents"))
        assign(self, "issued", None if issued is None else _persons(names, issued, "issued sample"))
        assign(self, "groups", MappingProxyType(labels))
        assign(self, "lonely", Lonely(lonely))
        self._validate()

    def _validate(self) -> None:
        if not self.stratum:
            raise DesignError("", "has no strata")
        names: set[str] = set()
        for name in self.stratum:
            if name in names:
                raise DesignError(name, "stands in the design twice")
            names.add(name)
        for group, labels in self.groups.items():
            if len(labels) != len(self.stratum):
                raise DesignError(
                    "",
                    "has %(given)d labels of %(group)r for %(strata)d strata",
                    given=len(labels),
                    group=group,
                    strata=len(names),
                )
        self._refuse(self.population < 1, "has a population of %(some)d", some=self.population)
        self._within("respondents", self.respondents, "population", self.population)
        if self.issued is not None:
            self._within("issued", self.issued, "population", self.population)
            self._within("respondents", self.respondents, "issued", self.issued)

    def _within(self, part: str, counts: Integers, whole: str, totals: Integers) -> None:
        self._refuse(
            counts > totals,
            "has %(some)d %(part)s out of %(every)d %(whole)s",
            part,
            whole,
            some=counts,
            every=totals,
        )

    def _refuse(
        self,
        bad: Mask,
        reason: str,
        part: str = "",
        whole: str = "",
        **columns: Integers,
    ) -> None:
        """Raise for the first stratum that is ``bad``, its ``columns`` put into the ``reason``."""
        if bad.any():
            at = int(np.argmax(bad))
            values = {name: int(column[at]) for name, column in columns.items()}
            raise DesignError(self.stratum[at], reason, part=part, whole=whole, **values)

    def labels(self, by: str | None) -> tuple[str, ...]:
        """Return the domain of each stratum: one for all, the strata, or a group's labels.

        Raises
        ------
        DesignError
            The design has no group of this name.
        """
        if by is None:
            return ("",) * len(self.stratum)
        if by in self.groups:
            return self.groups[by]
        if by == "stratum":
            return self.stratum
        raise DesignError("", "has no column %(group)r", group=by)


def _persons(names: tuple[str, ...], values: ArrayLike, figure: str) -> Integers:
    """Return ``values`` as read-only whole numbers, one a stratum, none negative."""
    counts = np.asarray(values, dtype=float)
    if counts.shape != (len(names),):
        raise DesignError(
            "",
            "needs a %(figure)s for each of its %(strata)d strata",
            figure=figure,
            strata=len(names),
        )
    bad = ~np.isfinite(counts) | (counts < 0) | (counts != np.floor(counts))
    if bad.any():
        at = int(np.argmax(bad))
        raise DesignError(
            names[at], "has a %(figure)s of %(value)g", figure=figure, value=counts[at]
        )
    return frozen(counts, np.int64)
