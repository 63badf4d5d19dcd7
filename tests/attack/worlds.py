"""The attack by trying every world: small campaigns, and with the confidence limits too.

One item at a time, every vector of yes (a number for each part with dealings) is tried. What
agrees with the shares is put through the library's own estimator: its limits must be those that
were published. Last, any contact must go with every item.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tests.attack.knowledge import Integers, Knowledge, Mask
from tests.attack.limits import answers, have_limits
from tests.attack.programs import SLACK, Floats, Left
from tests.attack.published import Statement
from tests.attack.targets import Target

MOST_WORLDS = 400_000
"""More vectors of one item than this are not tried."""
MOST_ESTIMATES = 30_000
MOST_PAIRS = 30_000_000


class TooManyError(Exception):
    """There are more worlds than can be tried."""


@dataclass(frozen=True)
class Cell:
    """A statement over the parts: its weights, and the sheets that its rate divides by."""

    statement: Statement
    weight: Floats
    sheets: float

    @classmethod
    def of(cls, knowledge: Knowledge, statement: Statement) -> "Cell":
        """Weigh the parts with dealings of a statement's domain."""
        weight = np.zeros(len(knowledge.exposed_parts))
        for block in statement.blocks:
            weight[knowledge.members(block.strata, statement.preset)] = block.weight
        return cls(statement, weight, answers(knowledge, statement))


class Worlds:
    """Every vector of yes of each item that agrees with all that was published."""

    def __init__(
        self, knowledge: Knowledge, statements: Sequence[Statement], *, with_limits: bool
    ) -> None:
        """Try all.

        Raises
        ------
        TooManyError
            There are more than can be tried.
        """
        self.knowledge = knowledge
        self.with_limits = with_limits
        self.by_item = [
            self._agreeing(at, [s for s in statements if s.item == item])
            for at, item in enumerate(knowledge.items)
        ]
        self._link()

    def left(self, target: Target) -> Left:
        """Give all counts of a group's yes."""
        counts = np.unique(self.by_item[target.item][:, target.members].sum(axis=1))
        return Left(frozenset(counts.tolist()), is_complete=True)

    def _agreeing(self, item: int, statements: Sequence[Statement]) -> Integers:
        cells = [Cell.of(self.knowledge, statement) for statement in statements]
        most = self.knowledge.most[:, item]
        worlds = np.zeros((1, len(most)), np.int64)
        undecided = np.ones(len(most), bool)
        for part in self._order():
            choices = np.arange(most[part] + 1)
            if len(worlds) * len(choices) > MOST_WORLDS * 10:
                raise TooManyError
            worlds = np.repeat(worlds, len(choices), axis=0)
            worlds[:, part] = np.tile(choices, len(worlds) // len(choices))
            undecided[part] = False
            for cell in cells:
                worlds = worlds[_may_agree(cell, worlds, most * undecided)]
            if len(worlds) > MOST_WORLDS:
                raise TooManyError
        for cell in cells if self.with_limits else ():
            worlds = worlds[self._has_limits(cell, worlds)]
        return worlds

    def _order(self) -> list[int]:
        """Take the parts of one stratum together."""
        strata = [part.stratum for part in self.knowledge.exposed_parts]
        return sorted(range(len(strata)), key=lambda at: strata[at])

    def _has_limits(self, cell: Cell, worlds: Integers) -> Mask:
        """Say which vectors have the confidence limits that were published."""
        statement = cell.statement
        if statement.limits is None and statement.error is None:
            return np.ones(len(worlds), bool)
        blocks = [
            self.knowledge.members(block.strata, statement.preset) for block in statement.blocks
        ]
        yes = np.column_stack([worlds[:, members].sum(axis=1) for members in blocks])
        vectors, place = np.unique(yes, axis=0, return_inverse=True)
        if len(vectors) > MOST_ESTIMATES:
            return np.ones(len(worlds), bool)
        return have_limits(self.knowledge, statement, vectors)[place.ravel()]

    def _link(self) -> None:
        """Keep the vectors of any contact and of items that go together."""
        contact, *items = self.by_item
        if len(items) == 1:
            items[0] = contact = _common(contact, items[0])
        for _ in range(2):
            most = sum(
                (table.max(axis=0, initial=0) for table in items), np.zeros(contact.shape[1])
            )
            contact = contact[(contact <= most).all(axis=1)]
            for at, table in enumerate(items):
                if len(table) * len(contact) * max(1, contact.shape[1]) <= MOST_PAIRS:
                    contact, items[at] = _compatible(contact, table)
        self.by_item = [contact, *items]


def _may_agree(cell: Cell, worlds: Integers, rest: Integers) -> Mask:
    """Say which vectors, filled in so far, can still get the rate that was published."""
    low, high = cell.statement.rate
    slack = SLACK * max(1.0, float(cell.weight.max(initial=0.0)))
    yes = worlds @ cell.weight
    more = float(rest @ cell.weight)
    agrees: Mask = (yes + more >= low * cell.sheets - slack) & (yes <= high * cell.sheets + slack)
    return agrees


def _common(first: Integers, second: Integers) -> Integers:
    """Give the vectors that two tables share: with one item, any contact is that item."""
    rows = {tuple(row) for row in second.tolist()}
    return first[[tuple(row) in rows for row in first.tolist()]]


def _compatible(contact: Integers, item: Integers) -> tuple[Integers, Integers]:
    """Keep what has a vector beside it: no part has less of any contact than of an item."""
    pairs = np.all(contact[:, None, :] >= item[None, :, :], axis=2)
    return contact[np.any(pairs, axis=1)], item[np.any(pairs, axis=0)]
