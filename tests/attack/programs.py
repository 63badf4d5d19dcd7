"""The attack by integer programming: which counts of yes agree with all that was published.

A world gives every part's yes to any contact, to each item, and in a last column those who said
yes or left something open. Any contact is at least each item, and at most their sum.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array

from tests.attack.knowledge import ANY, Integers, Knowledge
from tests.attack.published import Range, Statement
from tests.attack.targets import Target

Floats = NDArray[np.float64]
SLACK = 1e-7
"""What floating point may add to a range, in sheets."""
ROUNDING = 1e-5
PATIENCE = 10.0
"""Seconds for one program."""
BEST, IMPOSSIBLE = 0, 2
"""What the solver is sure of."""


@dataclass
class Rows:
    """Linear constraints on the columns of a world, put together row by row."""

    width: int
    entries: list[tuple[Integers, Floats]] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)

    def add(
        self, columns: Iterable[int], factors: Iterable[float], low: float, high: float
    ) -> None:
        """Add one row."""
        self.entries.append((np.array(list(columns), np.int64), np.array(list(factors), float)))
        self.low.append(low)
        self.high.append(high)

    @property
    def matrix(self) -> csr_array:
        """All rows."""
        sizes = [len(columns) for columns, _ in self.entries]
        lines = np.repeat(np.arange(len(sizes)), sizes)
        columns = np.concatenate([c for c, _ in self.entries] or [np.zeros(0, np.int64)])
        factors = np.concatenate([f for _, f in self.entries] or [np.zeros(0)])
        return csr_array(coo_array((factors, (lines, columns)), shape=(len(sizes), self.width)))

    def constraint(self) -> LinearConstraint:
        """Give them to the solver."""
        return LinearConstraint(self.matrix, np.array(self.low), np.array(self.high))


@dataclass(frozen=True)
class Left:
    """The counts of a group's yes that an attacker cannot rule out.

    ``is_complete`` says that there are no others; else there are at least these.
    """

    counts: frozenset[int]
    is_complete: bool


class Programs:
    """All that was published of one kind of posts, as integer programs."""

    def __init__(
        self, knowledge: Knowledge, statements: Sequence[Statement], hint: Integers | None = None
    ) -> None:
        """Write every statement down; a ``hint`` is a world that agrees, and saves a search."""
        self.knowledge = knowledge
        self.parts = len(knowledge.exposed_parts)
        self.columns = len(knowledge.items) + 1
        self.facts = Rows(self.parts * self.columns)
        for statement in statements:
            self._state(statement)
        self.links = Rows(self.parts * self.columns)
        self._link()
        self.most = np.column_stack([knowledge.most, knowledge.most[:, 0]])
        self.worlds: list[Integers] = []
        if hint is not None:
            if not self._agrees(hint):
                raise ValueError("The hint contradicts what was published.")
            self.worlds.append(hint)

    def left(self, target: Target) -> Left:
        """Search until enough counts are possible, or no other is."""
        counts = self.counts(target)
        if len(counts) >= target.enough:
            return Left(frozenset(counts), is_complete=False)
        self._search_beside(target)
        if len(self.counts(target)) < target.enough:
            is_complete = self._search(target)
            return Left(frozenset(self.counts(target)), is_complete)
        return Left(frozenset(self.counts(target)), is_complete=False)

    def counts(self, target: Target) -> set[int]:
        """Give the group's yes in the worlds that are known to agree."""
        return {int(world[target.members, target.item].sum()) for world in self.worlds}

    def _search_beside(self, target: Target) -> None:
        """Change the target's item alone in a world that agrees: small programs."""
        for world in self.worlds[:1]:
            low, high = self._beside(world, target.item)
            for sign in (1.0, -1.0):
                self._extreme(target, sign, low, high)

    def _beside(self, world: Integers, item: int) -> tuple[Integers, Integers]:
        """Bound a world so that only one item's column, with any contact its last, may change."""
        low, high = world.copy(), world.copy()
        free = [0, self.columns - 1] if item == 0 else [item]
        low[:, free], high[:, free] = 0, self.most[:, free]
        return low, high

    def _search(self, target: Target) -> bool:
        """Search all worlds; say whether the counts that are left are certain."""
        ends = [
            self._extreme(target, sign, np.zeros_like(self.most), self.most) for sign in (1.0, -1.0)
        ]
        if not all(ends):
            return False
        counts = self.counts(target)
        certain = True
        for count in range(min(counts) + 1, max(counts)):
            if count not in self.counts(target):
                certain &= self._try(target, count)
        return certain

    def _extreme(self, target: Target, sign: float, low: Integers, high: Integers) -> bool:
        return self._solve(self._aim(target) * sign, low, high, ())

    def _try(self, target: Target, count: int) -> bool:
        """Look for a world in which the group has so many yes."""
        aim = self._aim(target)
        row = LinearConstraint(csr_array(aim[None]), count, count)
        return self._solve(np.zeros_like(aim), np.zeros_like(self.most), self.most, (row,))

    def _solve(
        self,
        aim: Floats,
        low: Integers,
        high: Integers,
        extra: tuple[LinearConstraint, ...],
    ) -> bool:
        """Look for the world of the least aim, and keep it; False if time ran out."""
        solution: Any = milp(
            aim,
            integrality=np.ones(aim.size, np.int64),
            bounds=Bounds(low.ravel().astype(float), high.ravel().astype(float)),
            constraints=[self.facts.constraint(), self.links.constraint(), *extra],
            options={"time_limit": PATIENCE, "mip_rel_gap": 0.0},
        )
        if solution.x is not None:
            world = np.rint(solution.x).astype(np.int64).reshape(self.parts, self.columns)
            if not self._agrees(world):
                return False
            self.worlds.append(world)
        return bool(solution.status in {BEST, IMPOSSIBLE})

    def _agrees(self, world: Integers) -> bool:
        """Make sure of a world: the solver, or what was read, could be wrong."""
        for rows in (self.facts, self.links):
            sums = rows.matrix @ world.ravel()
            beyond = np.maximum(sums - rows.high, np.array(rows.low) - sums)
            if beyond.max(initial=0) > ROUNDING:
                return False
        return True

    def _aim(self, target: Target) -> Floats:
        aim = np.zeros((self.parts, self.columns))
        aim[target.members, target.item] = 1
        return aim.ravel()

    def _state(self, statement: Statement) -> None:
        item = self.knowledge.items.index(statement.item)
        undetermined = self.knowledge.open_answers[:, item]
        self._say(statement, item, statement.rate, among_open=False)
        if statement.item == ANY:
            if statement.upper is not None:
                self._say(statement, self.columns - 1, statement.upper, among_open=False)
            return
        if statement.lower is not None:
            self._say(statement, item, statement.lower, among_open=True)
        if statement.upper is not None:
            self._say(statement, item, statement.upper, among_open=True, plus=undetermined)

    def _say(
        self,
        statement: Statement,
        column: int,
        share: Range,
        *,
        among_open: bool,
        plus: Integers | None = None,
    ) -> None:
        """Write that the weighted yes of a cell are this share of its weighted answers."""
        knowledge = self.knowledge
        item = knowledge.items.index(statement.item)
        factors, sheets, added = np.zeros(self.parts), 0.0, 0.0
        for block in statement.blocks:
            members = knowledge.members(block.strata, statement.preset)
            answers = knowledge.most[members, item].sum()
            if among_open:
                answers += knowledge.open_answers[members, item].sum()
            if statement.denominator == "valid":
                answers += sum(knowledge.bystanders(s, statement.preset) for s in block.strata)
            factors[members] = block.weight
            sheets += block.weight * answers
            added += 0.0 if plus is None else block.weight * plus[members].sum()
        scale = factors[factors > 0].mean() if factors.any() else 1.0
        at = np.flatnonzero(factors)
        low, high = ((end * sheets - added) / scale for end in share)
        self.facts.add(
            (at * self.columns + column).tolist(),
            (factors[at] / scale).tolist(),
            low - SLACK,
            high + SLACK,
        )

    def _link(self) -> None:
        items = range(1, self.columns - 1)
        last = self.columns - 1
        for part in range(self.parts):
            start = part * self.columns
            undetermined = self.knowledge.open_answers[part]
            for item in items:
                self.links.add([start, start + item], [1, -1], 0, np.inf)
                self.links.add([start + last, start + item], [1, -1], undetermined[item], np.inf)
            single = [start + item for item in items]
            ones = [1.0] * len(single)
            self.links.add([start, *single], [-1.0, *ones], 0, np.inf)
            self.links.add([start + last, *single], [-1.0, *ones], -undetermined.sum(), np.inf)
            self.links.add([start + last, start], [1, -1], 0, np.inf)
