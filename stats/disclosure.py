"""Disclosure control: how a release shows its tables, so that no small group's answers leak.

Tables are rounded, small strata taken together, and what cannot be protected by that is kept back.
All this follows from numbers of respondents. A reader who knows every release, every number of
respondents and the method is then tried (`stats.attack`): for every group of fewer than ten persons
with dealings three numbers of yes must remain possible. Where they do not, the cheapest table row
that stands in the way is rounded more.

References
----------
.. [1] A. Hundepool et al., *Statistical Disclosure Control*, Wiley, 2012, ch. 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from stats.attack import POSSIBLE, Exposure, Fact, Reader, Target
from stats.publication import FLAT, PROBABILITY, SMALLEST, Groups, ReleaseTable
from stats.rounding import STEPS, CellForm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stats.arrays import Floats, Integers, Mask

__all__ = [
    "FLAT",
    "PROBABILITY",
    "SMALLEST",
    "STEPS",
    "CellForm",
    "Fact",
    "Groups",
    "Protection",
    "ReleaseTable",
    "UnprotectedError",
    "protect",
    "targets",
]

_NEAR: Final = 1e-9
DEAR: Final = 100.0
"""Costs above which a domain is rounded only for small groups."""
_CONTACT: Final = 4.0  # what any contact costs in items


class UnprotectedError(ValueError):
    """No table was found that leaves the numbers of yes of a small group possible.

    Attributes
    ----------
    group : str
        The group's name.
    """

    def __init__(self, group: str) -> None:
        super().__init__(f"no table protects {group}: nothing may be released of it")
        self.group = group


@dataclass(frozen=True)
class Protection:
    """How a release shows its tables.

    Attributes
    ----------
    table : ReleaseTable
    exposed : tuple of str
        Small groups that earlier releases expose by themselves.
    """

    table: ReleaseTable
    exposed: tuple[str, ...] = ()


def protect(
    groups: Groups,
    table: ReleaseTable,
    earlier: Sequence[ReleaseTable] = (),
    *,
    facts: Sequence[Fact] = (),
    costs: Sequence[float] | None = None,
    names: Sequence[str] | None = None,
) -> Protection:
    """Decide how finely each domain is shown.

    Parameters
    ----------
    groups : Groups
        Split so finely that every domain, of earlier releases too, is made of whole groups.
    table : ReleaseTable
        The release; its steps and ``holds_small`` are decided here.
    earlier : sequence of ReleaseTable
        Earlier releases, of the same groups.
    facts : sequence of Fact
        What else is known.
    costs : sequence of float, length D, optional
        What the loss of a domain's precision costs; the cheapest is rounded first. What costs more
        than `DEAR` is not rounded for cells of few yes: they are kept back themselves.
    names : sequence of str, length D, optional

    Returns
    -------
    Protection

    Raises
    ------
    UnprotectedError
        The reader was not shown to be left with three numbers, though nothing is shown any more.

    Examples
    --------
    >>> design = Design(["city", "county", "island"], [400, 300, 40], [80, 60, 9])
    >>> answers = np.array([[40, 40], [30, 30], [6, 6]])
    >>> groups = disclosure.Groups(np.arange(3), answers, yes=np.array([[8, 8], [5, 5], [2, 2]]))
    >>> members = np.array([[True] * 3, [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)
    >>> table = disclosure.ReleaseTable(
    ...     design, np.array([40, 30, 3]), groups.stratum, answers, members,
    ...     np.zeros((4, 2), int), np.arange(3), *np.zeros((2, 4), bool)
    ... )
    >>> protection = disclosure.protect(groups, table, costs=[8, 1, 1, 1])
    >>> protection.table.steps[:, 0]
    array([3, 0, 0, 5])
    """
    count = len(table.members)
    cost = np.ones(count) if costs is None else np.array(costs, dtype=float)
    labels = [str(at) for at in range(count)] if names is None else list(names)
    small = list(targets(groups, [table, *earlier], labels))
    prices = np.repeat(cost[:, None], table.sheets.shape[1], axis=1)
    prices[:, 0] *= _CONTACT
    search = TableSearch(groups, earlier, facts, prices, small)
    planned = plan(groups, table, small)
    exposures = search.exposed_before(planned)
    search.given_up.update((target.name, item) for target, item, _ in exposures)
    names_exposed = sorted({exposure.target.name for exposure in exposures})
    return Protection(search.rounded(planned), tuple(names_exposed))


def targets(
    groups: Groups, tables: Sequence[ReleaseTable], names: Sequence[str] = ()
) -> Iterator[Target]:
    """Yield the small groups: domains, strata, and differences of any two.

    Only respondents with dealings are meant; the others are a no by definition.

    Examples
    --------
    >>> design = Design(["city", "island"], [400, 40], [80, 9])
    >>> answers = np.array([[40, 40], [6, 6]])
    >>> groups = disclosure.Groups(np.arange(2), answers, yes=np.array([[8, 8], [2, 2]]))
    >>> members = np.array([[True, True], [True, False]])
    >>> table = disclosure.ReleaseTable(
    ...     design, np.array([40, 3]), groups.stratum, answers, members,
    ...     np.zeros((2, 2), int), np.arange(2), *np.zeros((2, 2), bool)
    ... )
    >>> [target.name for target in disclosure.targets(groups, [table], ["all", "the city"])]
    ['island']
    """
    sets, labels = _sets(tables, names)
    size = groups.answers[:, 0]
    common = (sets * size) @ sets.T.astype(np.int64)
    rest = common.diagonal()[:, None] - common
    marks: set[bytes] = set()
    for at in np.flatnonzero((common.diagonal() > 0) & (common.diagonal() < SMALLEST)):
        if (mark := sets[at].tobytes()) not in marks:
            marks.add(mark)
            yield Target(labels[at], sets[at])
    for outer, inner in zip(*np.nonzero((rest > 0) & (rest < SMALLEST)), strict=True):
        members = sets[outer] & ~sets[inner]
        if (mark := members.tobytes()) not in marks:
            marks.add(mark)
            yield Target(f"{labels[outer]} without {labels[inner]}", members)


def _sets(tables: Sequence[ReleaseTable], names: Sequence[str]) -> tuple[Mask, list[str]]:
    """Return who can be told from others by name: (K, A), and the names."""
    rows, labels = [], []
    for number, table in enumerate(tables):
        valid = table.answers[:, 0] > 0
        own = (
            list(names) if number == 0 and names else [str(at) for at in range(len(table.members))]
        )
        rows.append(table.members[:, table.stratum] & valid)
        labels += own
        strata = range(len(table.design.stratum))
        rows.append(np.array([(table.stratum == at) & valid for at in strata]))
        labels += [str(name) for name in table.design.stratum]
    return np.vstack(rows), labels


def plan(groups: Groups, table: ReleaseTable, small: Sequence[Target]) -> ReleaseTable:
    """Choose steps by numbers of respondents alone.

    A stratum in which a small group lies is loose, and so are those taken together with it. A
    domain is rounded so much that three persons of a loose stratum fit into a step; but where it
    holds all strata that are taken together, they can stand for each other.
    """
    members = np.array([target.members for target in small]).reshape(-1, len(groups.stratum))
    loose, swapped = _loose(table, members)
    inside = table.members & loose
    numbers = table.together
    whole = np.array(
        [[row[numbers == number].all() for number in numbers] for row in table.members]
    ).reshape(table.members.shape)
    weight = np.where(inside & ~(whole & swapped), table.sheet_weight, 0.0).max(axis=1, initial=0)
    persons = table.rounding.persons
    least = np.where(persons > 0, persons, np.inf).min(axis=1)
    steps = np.searchsorted(np.array(STEPS) * (1 + _NEAR), POSSIBLE * weight / least)
    steps = np.where(table.sheets[:, 0] < SMALLEST, FLAT, steps)
    return replace(
        table,
        holds_small=np.asarray(inside.any(axis=1)),
        steps=np.repeat(steps[:, None], table.sheets.shape[1], axis=1),
    )


def _loose(table: ReleaseTable, members: Mask) -> tuple[Mask, Mask]:
    """Return which strata are loose, and which have others to stand for them, (H,)."""
    count = len(table.together)
    exposed = np.zeros(count, bool)
    exposed[table.stratum[members.any(axis=0)]] = True
    several = np.bincount(table.together, minlength=count)[table.together] > 1
    return np.isin(table.together, table.together[exposed]), several


@dataclass
class TableSearch:
    """The search for a table that exposes no group.

    Attributes
    ----------
    prices : ndarray, shape (D, I)
        What it costs to round a cell more.
    small : sequence of Target
        Groups that must not be exposed.
    given_up : set of tuple of str and int
        Groups, and the items of which their yes are exposed whatever is done.
    row_of_few : dict of str to int
        The domain of each group that a bound for few yes is shown of.
    """

    groups: Groups
    earlier: Sequence[ReleaseTable]
    facts: Sequence[Fact]
    prices: Floats
    small: Sequence[Target]
    given_up: set[tuple[str, int]] = field(default_factory=set)
    row_of_few: dict[str, int] = field(default_factory=dict)

    def exposed_before(self, table: ReleaseTable) -> list[Exposure]:
        """Return the groups that ``facts`` and earlier releases expose by themselves.

        Releases without facts were proven when they were made.
        """
        if not self.facts:
            return []
        flat = table.with_steps(np.full_like(table.steps, FLAT))
        return self._reader(flat).exposed(self.small)

    def rounded(self, table: ReleaseTable) -> ReleaseTable:
        """Round the cheapest cells that stand in the way more, until no group is exposed."""
        proofs: dict[tuple[str, int], dict[int, Integers]] = {}
        new_rows: Mask | None = None
        # A cell with few yes that is kept back then must not be known from the others either.
        few = dict(_few_yes(table, self.groups))
        self.row_of_few = {target.name: row for row, target in few.items()}
        watched = [*self.small, *few.values()]
        while True:
            reader = self._reader(table)
            exposures = [
                exposure
                for exposure in reader.exposed(watched, proofs, new_rows)
                if (exposure.target.name, exposure.item) not in self.given_up
            ]
            if not exposures:
                return table
            steps = table.steps.copy()
            for exposure in exposures:
                self._round(reader, table, exposure, steps)
            new_rows = (steps != table.steps).any(axis=1)
            table = table.with_steps(steps)

    def _reader(self, table: ReleaseTable) -> Reader:
        return Reader(self.groups, [table, *self.earlier], self.facts)

    def _round(
        self, reader: Reader, table: ReleaseTable, exposure: Exposure, steps: Integers
    ) -> None:
        prices = np.where(table.steps < FLAT, self.prices, np.inf)
        row = self.row_of_few.get(exposure.target.name)
        if row is not None:
            prices = np.where(prices > DEAR, np.inf, prices)
        cells = reader.cheapest(exposure, prices, whatever=row is None)
        if cells:
            first = min(cells, key=lambda at: (prices[at], table.sheets[at]))
            steps[first] = _next_step(table, first)
            return
        if row is None:
            _keep_back(prices, exposure.target, steps)
            return
        self.given_up.add((exposure.target.name, exposure.item))
        steps[row, exposure.item] = FLAT


def _keep_back(prices: Floats, target: Target, steps: Integers) -> None:
    """Show nothing any more of what is cheap, or else of anything."""
    for limit in (DEAR, np.inf):
        cells = (prices <= limit) & (steps < FLAT)
        if cells.any():
            steps[cells] = FLAT
            return
    raise UnprotectedError(target.name)


def _next_step(table: ReleaseTable, cell: tuple[int, int]) -> int:
    """Return the next step that is as wide as a sheet at least, else `FLAT`."""
    width = np.array(STEPS) * table.rounding.persons[cell]
    wide = width >= table.weight[cell[0]].max() * (1 - _NEAR)
    wide[: int(table.steps[cell]) + 1] = False
    return int(wide.argmax()) if wide.any() else FLAT


def _few_yes(table: ReleaseTable, groups: Groups) -> Iterator[tuple[int, Target]]:
    """Yield domains of which a bound is shown: their yes must not be known exactly either."""
    below = (table.bins(groups.yes).form == CellForm.BELOW) & (table.steps < FLAT)
    for domain in np.flatnonzero(below.any(axis=1)).tolist():
        items = frozenset(np.flatnonzero(below[domain]).tolist())
        yield domain, Target(f"few yes in {domain}", table.weight[domain] > 0, items)
