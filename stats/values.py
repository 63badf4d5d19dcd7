"""Sheets counted by stratum and number: how often, or how much, each person answered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stats.arrays import frozen

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from stats.arrays import Floats, Integers


@dataclass(frozen=True, eq=False)
class Values:
    """Sheets by stratum and number: sufficient for every mean of the design.

    Attributes
    ----------
    numbers : ndarray, shape (K,)
        The distinct answers, in ascending order.
    sheets : ndarray of int, shape (H, K)
        Sheets with each of them.
    missing : ndarray of int, shape (H,)
        Sheets without an answer.
    """

    numbers: Floats
    sheets: Integers
    missing: Integers

    def __add__(self, other: Values) -> Values:
        """Count the sheets of both, of the same strata."""
        numbers = np.union1d(self.numbers, other.numbers)
        sheets = np.zeros((len(self.missing), len(numbers)), np.int64)
        for part in (self, other):
            sheets[:, np.searchsorted(numbers, part.numbers)] += part.sheets
        return Values(frozen(numbers), frozen(sheets), frozen(self.missing + other.missing))


def count_values(
    stratum: ArrayLike, numbers: ArrayLike, strata: int, *, within: ArrayLike | None = None
) -> Values:
    """Count n sheets by stratum and number.

    Parameters
    ----------
    stratum : array_like of int, shape (n,)
        Index of each sheet's stratum.
    numbers : array_like, shape (n,)
        The answers, none below 0; NaN without an answer. Who had no contact has 0.
    strata : int
        Number of strata H.
    within : array_like of bool, shape (n,), optional
        Count only these sheets: a domain that cuts through strata.

    Returns
    -------
    Values
        Of sheets that were read in parts, the values of the parts can be added.

    Raises
    ------
    ValueError
        A number is below 0 or without end, or a stratum is out of range.

    Examples
    --------
    >>> values = count_values([0, 0, 1, 1], [0, 3, 0, np.nan], strata=2)
    >>> values.numbers, values.sheets, values.missing
    (array([0., 3.]), array([[1, 1],
           [1, 0]]), array([0, 1]))
    """
    place, column = np.asarray(stratum, np.int64), np.asarray(numbers, np.float64)
    if place.shape != column.shape or np.any((place < 0) | (place >= strata)):
        raise ValueError(f"each sheet has a number, and one of {strata} strata")
    if np.any((column < 0) | np.isinf(column)):
        raise ValueError("a number is below 0, or without end")
    if within is not None:
        inside = np.asarray(within, bool)
        place, column = place[inside], column[inside]
    empty = np.isnan(column)
    distinct, at = np.unique(column[~empty], return_inverse=True)
    sheets = np.zeros((strata, len(distinct)), np.int64)
    np.add.at(sheets, (place[~empty], at.ravel()), 1)
    missing = np.bincount(place[empty], minlength=strata)
    return Values(frozen(distinct), frozen(sheets), frozen(missing, np.int64))
