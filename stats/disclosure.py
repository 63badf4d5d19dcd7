"""Disclosure control: which cells of a release may be shown, so that no small group's answers leak.

A cell is a weighted sum of yes over groups of respondents that no table tells apart. An attacker
has every cell shown in this and in earlier releases, knows every group's size and every weight, and
bounds the yes of a small group by linear programming. At least two whole numbers must be left
possible. Suppression follows the loop of Fischetti and Salazar in its simplest form: while a group
is exposed, the cheapest cell that exposes it is suppressed.

References
----------
.. [1] A. Hundepool et al., *Statistical Disclosure Control*, Wiley, 2012, ch. 4.
.. [2] M. Fischetti and J. J. Salazar, "Solving the cell suppression problem on tabular data with
   linear constraints", *Management Science* 47, 2001.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import scipy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stats.arrays import Floats, Integers, Mask


SMALLEST: Final = 10
"""A group of fewer respondents is not described."""
COARSE: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Bounds in which a rate of 0 or 1 is shown."""
_LEAST_BOUND: Final = 3  # so many persons, and at least the next of COARSE, stay possible
_SLACK: Final = 1e-6


class Fate(StrEnum):
    """What becomes of a cell."""

    SHOWN = "shown"
    BOUND = "bound"
    """None or all said yes: only a coarse bound is shown."""
    SMALL = "small"
    """Not shown: it has too few respondents."""
    COMPLEMENTARY = "complementary"
    """Not shown: it would expose a small group."""


@dataclass(frozen=True)
class Groups:
    """Respondents in A groups that no table tells apart, and their answers to I items.

    Attributes
    ----------
    answers, yes : ndarray of int, shape (A, I)
        Respondents who answered each item with yes or no, and with yes.
    any_item : int, optional
        The item that is yes where any other is.

    Examples
    --------
    >>> groups = disclosure.Groups(answers=np.array([[40], [6]]), yes=np.array([[8], [2]]))
    >>> groups.answers.shape
    (2, 1)
    """

    answers: Integers
    yes: Integers
    any_item: int | None = None

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        if self.answers.shape != self.yes.shape or self.answers.ndim != 2:
            raise ValueError("Answers and yes must have one shape of groups by items.")
        if np.any(self.yes < 0) or np.any(self.yes > self.answers):
            raise ValueError("No group can have more yes than answers, or fewer than none.")


@dataclass(frozen=True)
class Cell:
    """A rate that a table would show: Σ w yes / Σ w answers over the groups of positive weight.

    Attributes
    ----------
    name : str
        Unique in its release.
    item : int
        Column of the groups' counts.
    weight : ndarray of float, shape (A,)
        Each group's weight; 0 for those outside.
    cost : float
        What its loss would cost; the cheapest is suppressed first.
    """

    name: str
    item: int
    weight: Floats
    cost: float = 1.0

    @property
    def members(self) -> Mask:
        """The groups in the cell, shape (A,)."""
        return self.weight > 0


@dataclass(frozen=True)
class ShownCell:
    """A cell as a release shows it.

    Attributes
    ----------
    cell : Cell
    fate : Fate
    low, high : float
        Bounds of its rate that the release gives; 0 and 1 where it gives none.
    """

    cell: Cell
    fate: Fate
    low: float
    high: float


@dataclass(frozen=True)
class Protection:
    """What a release shows of its cells.

    Attributes
    ----------
    cells : tuple of ShownCell
    exposed : tuple of str
        Groups that earlier releases alone expose.
    """

    cells: tuple[ShownCell, ...]
    exposed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """A small group whose yes must stay uncertain."""

    name: str
    item: int
    members: Mask


def protect(
    groups: Groups,
    cells: Sequence[Cell],
    earlier: Sequence[ShownCell] = (),
    *,
    precision: float = 0.0,
    smallest: int = SMALLEST,
) -> Protection:
    """Decide what of each cell is shown.

    Parameters
    ----------
    groups : Groups
        Split so finely that every cell, of earlier releases too, is made of whole groups.
    cells : sequence of Cell
    earlier : sequence of ShownCell
        What earlier releases have shown, in the same groups.
    precision : float
        Step to which a shown rate is rounded; 0 for full precision.
    smallest : int
        Respondents below which a cell is not shown.

    Returns
    -------
    Protection
        In the order of ``cells``.

    Examples
    --------
    >>> groups = disclosure.Groups(np.array([[40], [30], [6]]), np.array([[8], [3], [2]]))
    >>> table = [
    ...     disclosure.Cell("city", 0, np.array([1.0, 0, 0])),
    ...     disclosure.Cell("county", 0, np.array([0, 1.0, 0])),
    ...     disclosure.Cell("island", 0, np.array([0, 0, 1.0])),
    ...     disclosure.Cell("all", 0, np.array([1.0, 1, 1]), cost=3.0),
    ... ]
    >>> for cell in disclosure.protect(groups, table).cells:
    ...     print(cell.cell.name, cell.fate)
    city shown
    county complementary
    island small
    all shown
    """
    fates = {cell.name: _first(groups, cell, precision, smallest) for cell in cells}
    exposed = []
    attack = Attack(groups, [*earlier, *fates.values()])
    for target in targets(groups, [*cells, *(fact.cell for fact in earlier)], smallest):
        while attack.exposes(target):
            removable = [fact for fact in attack.used(target) if fates.get(fact.cell.name) is fact]
            if not removable:
                exposed.append(target.name)
                break
            cheapest = min(removable, key=lambda fact: (fact.cell.cost, _size(groups, fact.cell)))
            fates[cheapest.cell.name] = ShownCell(cheapest.cell, Fate.COMPLEMENTARY, 0.0, 1.0)
            attack = Attack(groups, [*earlier, *fates.values()])
    return Protection(tuple(fates[cell.name] for cell in cells), tuple(exposed))


def targets(groups: Groups, cells: Sequence[Cell], smallest: int = SMALLEST) -> Iterator[Target]:
    """Yield the small groups: cells, differences of nested cells, and the groups themselves."""
    marks: set[tuple[int, bytes]] = set()
    for name, item, members in _candidates(groups, cells):
        size = int(groups.answers[members, item].sum())
        mark = (item, members.tobytes())
        if 0 < size < smallest and mark not in marks:
            marks.add(mark)
            yield Target(name, item, members)


@dataclass
class Attack:
    """An attacker who knows all that was shown and bounds the yes of groups from it."""

    groups: Groups
    cells_shown: Sequence[ShownCell]
    _facts: list[ShownCell] = field(init=False)
    _matrix: scipy.sparse.csr_array = field(init=False)
    _limits: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Write what was shown as inequalities in the yes of each group and item."""
        self._facts = [fact for fact in self.cells_shown if (fact.low, fact.high) != (0.0, 1.0)]
        rows = [self._row(fact.cell) for fact in self._facts]
        totals = [self._total(fact.cell) for fact in self._facts]
        high = [fact.high * total for fact, total in zip(self._facts, totals, strict=True)]
        low = [fact.low * total for fact, total in zip(self._facts, totals, strict=True)]
        size = self.groups.yes.size
        sums = scipy.sparse.csr_array(np.array(rows).reshape(-1, size))
        linked = self._linked(size)
        self._matrix = scipy.sparse.csr_array(scipy.sparse.vstack([sums, -sums, linked]))
        self._limits = np.array(
            [*high, *(-lower_limit for lower_limit in low), *[0.0] * linked.shape[0]]
        )

    def range(self, target: Target) -> tuple[float, float]:
        """Bound the yes of a group: least and most that agree with all that was shown."""
        (least, _), (most, _) = (self._solve(target, sign) for sign in (1, -1))
        return least, -most

    def exposes(self, target: Target) -> bool:
        """Whether fewer than two whole numbers are left for the group's yes."""
        least, most = self.range(target)
        return bool(np.floor(most + _SLACK) - np.ceil(least - _SLACK) < 1)

    def used(self, target: Target) -> list[ShownCell]:
        """Return what was shown that the bounds rest on, or else all that overlaps the group."""
        duals = np.abs([self._solve(target, sign)[1] for sign in (1, -1)]).sum(axis=0)
        count = len(self._facts)
        weight = duals[:count] + duals[count : 2 * count]
        relied_on = [
            fact for fact, share in zip(self._facts, weight, strict=True) if share > _SLACK
        ]
        return relied_on or [fact for fact in self._facts if _overlap(fact.cell, target)]

    def _solve(self, target: Target, sign: int) -> tuple[float, Floats]:
        """Minimise the group's yes (or, of negative sign, maximise): value and dual values."""
        aim = np.zeros(self.groups.yes.shape)
        aim[target.members, target.item] = sign
        most = self.groups.answers.ravel().astype(float)
        bounds = np.column_stack([np.zeros_like(most), most])
        constraints: Any = {"A_ub": self._matrix, "b_ub": self._limits, "bounds": bounds}
        solution: Any = scipy.optimize.linprog(aim.ravel(), **constraints)
        if not solution.success:
            raise RuntimeError(f"The attack could not be computed: {solution.message}")
        return float(solution.fun), np.asarray(solution.ineqlin.marginals)

    def _row(self, cell: Cell) -> Floats:
        row = np.zeros(self.groups.yes.shape)
        row[:, cell.item] = cell.weight
        return row.ravel()

    def _total(self, cell: Cell) -> float:
        return float(cell.weight @ self.groups.answers[:, cell.item])

    def _linked(self, size: int) -> scipy.sparse.csr_array:
        """Any contact is at least each item's yes and at most their sum, in every group."""
        rows, items = self.groups.yes.shape
        any_item = self.groups.any_item
        if any_item is None:
            return scipy.sparse.csr_array((0, size))
        single_items = [item for item in range(items) if item != any_item]
        place = np.arange(rows) * items
        at_least = [
            (sign, place + column, place * 0 + number * rows + np.arange(rows))
            for number, item in enumerate(single_items)
            for sign, column in ((1.0, item), (-1.0, any_item))
        ]
        last = len(single_items) * rows + np.arange(rows)
        at_most = [(-1.0, place + item, last) for item in single_items] + [
            (1.0, place + any_item, last)
        ]
        entries = [*at_least, *at_most]
        data = np.concatenate([np.full(rows, sign) for sign, _, _ in entries])
        columns = np.concatenate([column for _, column, _ in entries])
        lines = np.concatenate([line for _, _, line in entries])
        shape = (len(single_items) + 1) * rows, size
        return scipy.sparse.csr_array((data, (lines, columns)), shape=shape)


def _candidates(groups: Groups, cells: Sequence[Cell]) -> Iterator[tuple[str, int, Mask]]:
    for cell in cells:
        yield cell.name, cell.item, cell.members
    for outer in cells:
        for inner in cells:
            if outer.item == inner.item and not np.any(inner.members & ~outer.members):
                rest = outer.members & ~inner.members
                yield f"{outer.name} without {inner.name}", outer.item, rest
    for group, item in np.ndindex(groups.yes.shape):
        yield f"group {group}", item, np.arange(len(groups.yes)) == group


def _first(groups: Groups, cell: Cell, precision: float, smallest: int) -> ShownCell:
    """Decide a cell by itself: hide it if it is small, bound it if all or none say yes."""
    size = _size(groups, cell)
    if size < smallest:
        return ShownCell(cell, Fate.SMALL, 0.0, 1.0)
    total = float(cell.weight @ groups.answers[:, cell.item])
    yes = int(groups.yes[cell.members, cell.item].sum())
    rate = float(cell.weight @ groups.yes[:, cell.item]) / total
    limit = _coarse(_LEAST_BOUND / size)
    if yes == 0:
        return ShownCell(cell, Fate.BOUND, 0.0, limit)
    if yes == size:
        return ShownCell(cell, Fate.BOUND, 1 - limit, 1.0)
    half = precision / 2
    rounded = round(rate / precision) * precision if precision else rate
    return ShownCell(cell, Fate.SHOWN, max(0.0, rounded - half), min(1.0, rounded + half))


def _coarse(share: float) -> float:
    return next(step for step in COARSE if step >= min(share, 1.0))


def _overlap(cell: Cell, target: Target) -> bool:
    return cell.item == target.item and bool(np.any(cell.members & target.members))


def _size(groups: Groups, cell: Cell) -> int:
    return int(groups.answers[cell.members, cell.item].sum())
