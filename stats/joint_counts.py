"""Yes and no to several columns of the same sheets, counted jointly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stats.arrays import Floats, Integers, frozen
from stats.counting import NO, YES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike

    from stats.counting import Counts


@dataclass(frozen=True, eq=False)
class Joint:
    """Joint 2 × 2 counts of J yes/no columns of the same sheets; arrays (H, J, J) of sheets.

    Attributes
    ----------
    labels : tuple of str, length J
    yes_yes, yes_no, no_no : ndarray of int, shape (H, J, J)
        Sheets of the stratum that said yes to j and yes to k; yes to j and no to k; no to both.
    """

    labels: tuple[str, ...]
    yes_yes: Integers
    yes_no: Integers
    no_no: Integers

    def __add__(self, other: Joint) -> Joint:
        """Count the sheets of both, of the same strata and columns."""
        return Joint(
            self.labels,
            frozen(self.yes_yes + other.yes_yes),
            frozen(self.yes_no + other.yes_no),
            frozen(self.no_no + other.no_no),
        )

    @property
    def yes(self) -> Floats:
        """Yes to each column, shape (H, J)."""
        return np.asarray(self.yes_yes.diagonal(axis1=1, axis2=2), float)

    @property
    def answers(self) -> Floats:
        """Yes or no to each column, shape (H, J)."""
        return np.asarray(self.yes + self.no_no.diagonal(axis1=1, axis2=2), float)


def count_joint(
    stratum: ArrayLike, answers: ArrayLike, labels: Sequence[str], strata: int
) -> Joint:
    """Count J columns of n sheets jointly by stratum.

    Two items are two columns; two domains of one item are two columns of it, each ``BLANK``
    outside its domain.

    Parameters
    ----------
    stratum : array_like of int, shape (n,)
    answers : array_like of int8, shape (n, J)
        1 and 0; other codes leave a sheet out of that column.
    labels : sequence of str, length J
    strata : int
        Number of strata H.

    Returns
    -------
    Joint

    Examples
    --------
    >>> answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [6, 10, 4, 60], axis=0)
    >>> joint = count_joint([0] * 80, answers, ["gift", "fee"], strata=1)
    >>> joint.yes_yes[0]
    array([[16,  6],
           [ 6, 10]])
    """
    place, table = np.asarray(stratum), np.asarray(answers)
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(strata + 1))
    shape = (strata, len(labels), len(labels))
    yes_yes, yes_no, no_no = (np.zeros(shape, np.int64) for _ in range(3))
    for at in range(strata):
        rows = table[order[ends[at] : ends[at + 1]]]
        yes, no = (rows == YES).astype(np.float64), (rows == NO).astype(np.float64)
        yes_yes[at], yes_no[at], no_no[at] = yes.T @ yes, yes.T @ no, no.T @ no
    return Joint(tuple(labels), frozen(yes_yes), frozen(yes_no), frozen(no_no))


def join_domains(domains: Mapping[str, Counts], item: str) -> Joint:
    """Return the joint counts of one item in domains that share no sheet.

    Parameters
    ----------
    domains : mapping of str to Counts
        By label; each of H strata.
    item : str
        One of the counted items, or ``"any"``.

    Returns
    -------
    Joint
        Of the domains.

    Examples
    --------
    >>> answers = np.repeat([[1], [0]], [6, 14], axis=0)
    >>> city, county = count([0] * 20, answers, ["gift"], 2), count([1] * 20, answers, ["gift"], 2)
    >>> join_domains({"city": city, "county": county}, "gift").yes
    array([[6., 0.],
           [0., 6.]])
    """
    columns = [counts.answers_to(item) for counts in domains.values()]
    yes, no = (np.stack(part, axis=1) for part in zip(*columns, strict=True))
    alone = np.eye(len(columns), dtype=np.int64)
    nothing = np.zeros((*yes.shape, len(columns)), np.int64)
    joint = (yes[:, :, None] * alone, nothing, no[:, :, None] * alone)
    return Joint(tuple(domains), *(frozen(part) for part in joint))
