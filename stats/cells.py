"""Sheets counted by cell, which weights are made for."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import numpy as np

from stats.arrays import frozen
from stats.design import DesignError
from stats.refusals import RefusalError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from stats.arrays import Floats, Integers

JOINT: Final = ":"
"""Stands between the names of crossed variables, and between their categories."""


class WeightingError(RefusalError):
    """Weights or weighted rates that cannot be had.

    Attributes
    ----------
    variable, category : str
        The cell at fault, empty where it is none.
    """

    def __init__(
        self, sentence: str, variable: str = "", category: str = "", **values: object
    ) -> None:
        super().__init__(sentence, variable=variable, category=category, **values)
        self.variable, self.category = variable, category


@dataclass(frozen=True, eq=False)
class Cells:
    """Sheets counted in C cells: those that share a stratum and all weighting variables.

    Attributes
    ----------
    strata : tuple of str, length H
    population : ndarray, shape (H,)
        Persons in each stratum.
    stratum : ndarray of int, shape (C,)
        Index of each cell's stratum.
    categories : mapping of str to tuple of str, length C
        Each cell's category of each variable, the variable ``"stratum"`` among them.
    sheets : ndarray, shape (C,)
        Valid sheets in each cell.

    Examples
    --------
    >>> cells = Cells.of(
    ...     {"city": 400, "county": 600},
    ...     stratum=["city", "city", "county", "county"],
    ...     categories={"sector": ["public", "private", "public", "private"]},
    ...     sheets=[12, 8, 10, 20],
    ... )
    >>> cells.respondents
    array([20., 30.])
    >>> cells.base_weight
    array([20., 20., 20., 20.])
    """

    strata: tuple[str, ...]
    population: Floats
    stratum: Integers
    categories: Mapping[str, tuple[str, ...]]
    sheets: Floats

    @classmethod
    def of(
        cls,
        population: Mapping[str, float],
        stratum: Sequence[str],
        categories: Mapping[str, Sequence[str]],
        sheets: ArrayLike,
    ) -> Cells:
        """Make cells from labels.

        Parameters
        ----------
        population : mapping of str to float
            Persons in each of H strata, by name.
        stratum : sequence of str, length C
            Each cell's stratum.
        categories : mapping of str to sequence of str, length C
            Each cell's category of each variable.
        sheets : array_like of int, shape (C,)

        Returns
        -------
        Cells

        Raises
        ------
        DesignError
            A stratum is not in ``population``, has fewer than two sheets, or more than persons.
        """
        strata = tuple(population)
        places = {name: place for place, name in enumerate(strata)}
        for name in stratum:
            if name not in places:
                raise DesignError(name, "has sheets and no population")
        variables = {"stratum": stratum, **categories}
        cells = cls(
            strata,
            frozen(list(population.values()), np.float64),
            frozen([places[name] for name in stratum], np.int64),
            MappingProxyType({name: tuple(labels) for name, labels in variables.items()}),
            frozen(sheets, np.float64),
        )
        for name, persons, respondents in zip(
            strata, cells.population, cells.respondents, strict=True
        ):
            check_stratum(name, respondents, persons)
        return cells

    @property
    def respondents(self) -> Floats:
        """Sheets of each stratum, shape (H,)."""
        return np.bincount(self.stratum, self.sheets, len(self.strata)).astype(np.float64)

    @property
    def base_weight(self) -> Floats:
        """Persons over sheets of the cell's stratum, shape (C,)."""
        return (self.population / self.respondents)[self.stratum]

    def labels(self, variable: str) -> tuple[str, ...]:
        """Return each cell's category of a variable.

        ``a:b`` crosses two variables, as ``x:y`` does their categories.

        Raises
        ------
        WeightingError
            The sheets have no such variable.
        """
        parts = variable.split(JOINT)
        unknown_parts = [part for part in parts if part not in self.categories]
        if unknown_parts:
            raise WeightingError(
                "The sheets have no variable %(missing)s.", variable, missing=unknown_parts[0]
            )
        crossed = zip(*(self.categories[part] for part in parts), strict=True)
        return tuple(JOINT.join(labels) for labels in crossed)


@dataclass(frozen=True, eq=False)
class CellAnswers:
    """The answers to one item in each cell.

    Values of a sheet (a residual, say) depend on its cell and its answer only, and so have the
    shape of the counts.

    Attributes
    ----------
    counts : ndarray, shape (3, C)
        Sheets with yes, with no, and with neither.
    """

    counts: Floats

    @classmethod
    def of(cls, cells: Cells, yes: ArrayLike, no: ArrayLike) -> CellAnswers:
        """Count the sheets without an answer too.

        Raises
        ------
        WeightingError
            More answers than sheets in a cell, or no answer at all.
        """
        answers = np.stack([np.asarray(yes, dtype=np.float64), np.asarray(no, dtype=np.float64)])
        counts = np.vstack([answers, cells.sheets - answers.sum(axis=0)])
        if np.any(counts < 0):
            raise WeightingError("A cell has more answers than sheets.")
        if not answers.any():
            raise WeightingError("No sheet answers this item.")
        return cls(counts)

    @property
    def answered(self) -> Floats:
        """Sheets with yes or no in each cell, shape (C,)."""
        return np.asarray(self.counts[:2].sum(axis=0))

    def sums(self, values: Floats) -> Floats:
        """Sum values of shape (3, C) over the sheets of each cell: shape (C,)."""
        return np.asarray((self.counts * values).sum(axis=0), dtype=np.float64)

    def means(self, values: Floats) -> Floats:
        """Average values of shape (3, C) over the sheets of each cell; 0 in an empty one."""
        sheets: Floats = np.maximum(self.counts.sum(axis=0), 1)
        return self.sums(values) / sheets

    def variance(self, values: Floats, group: Integers, sizes: Floats, fraction: Floats) -> float:
        """Estimate the variance of a sum of values over a stratified simple random sample.

        Parameters
        ----------
        values : ndarray, shape (3, C)
            Values of a sheet, weighted.
        group : ndarray of int, shape (C,)
            Index of the group that each cell was sampled within.
        sizes, fraction : ndarray, shape (G,)
            Sheets taken of each group, and their share of it.

        Returns
        -------
        float
            The sum of (1 - f) n s² over the groups.
        """
        sums = np.bincount(group, self.sums(values), len(sizes))
        squares = np.bincount(group, self.sums(values**2), len(sizes))
        # Equal values leave a difference of rounding alone, which must not become negative.
        spread = np.maximum(squares - sums**2 / sizes, 0)
        return float(((1 - fraction) * sizes / np.maximum(sizes - 1, 1)) @ spread)


def check_stratum(name: str, sampled: float, population: float) -> None:
    """Refuse a sample that is larger than its stratum, or too small for a variance.

    Raises
    ------
    DesignError
    """
    if sampled > population:
        raise DesignError(
            name,
            "has %(sampled)g sampled out of %(population)g population",
            sampled=sampled,
            population=population,
        )
    if sampled < min(2, population):
        raise DesignError(name, "has %(sampled)g sampled, and a variance takes 2", sampled=sampled)
