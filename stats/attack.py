"""What a reader can conclude from releases: which numbers of yes of a group remain possible.

The reader knows everything that was published, every number of respondents, and how it was
computed. A number of yes remains possible if there are other answers, with that number, from which
every release would be the same. Such answers are searched for, not derived: whatever is found is
proof, and what is not found counts as known to the reader.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from stats.rounding import Form

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stats.arrays import Floats, Integers, Mask
    from stats.publication import Groups, Table

POSSIBLE: Final = 3
"""Numbers of yes that must remain possible for a group."""
_FARTHEST: Final = 4
_PAIRED: Final = 48
_TRIES: Final = 24
_DISTANCES: Final = (1, -1, 2, -2, 3, -3)

Proof = dict[int, "Integers"]
"""Other answers (A, I) that give the same releases, by how many more yes the group has in them."""


class Target(NamedTuple):
    """A group whose yes must remain uncertain.

    Attributes
    ----------
    name : str
    members : ndarray of bool, shape (A,)
        Which groups it consists of.
    items : frozenset of int, optional
        To which items; None for all.
    """

    name: str
    members: Mask
    items: frozenset[int] | None = None


@dataclass(frozen=True)
class Fact:
    """What else is known: between ``low`` and ``high`` weighted yes to an item; weight is (A,)."""

    item: int
    weight: Floats
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Reader:
    """One who knows the releases of these tables, filled in with the groups' answers."""

    groups: Groups
    tables: Sequence[Table]
    facts: Sequence[Fact] = ()
    _changes_of: dict[tuple[int, int, bool], tuple[Integers, Mask]] = field(default_factory=dict)

    @cached_property
    def _weights(self) -> Floats:
        """Of each group in each row: a domain of a table, or a fact; (K, A)."""
        facts = [fact.weight[None] for fact in self.facts]
        return np.vstack([*(table.weight for table in self.tables), *facts])

    @cached_property
    def _room(self) -> tuple[Floats, Floats]:
        """How much the weighted yes of each row and item may fall and rise, (K, I)."""
        low, high = [], []
        for table in self.tables:
            yes = table.weight @ self.groups.yes
            bins = table.bins(self.groups.yes)
            low.append(bins.low - yes)
            high.append(bins.high - yes)
        for fact in self.facts:
            yes = fact.weight @ self.groups.yes
            here = np.arange(self.groups.yes.shape[1]) == fact.item
            low.append(np.where(here, fact.low - yes, -np.inf)[None])
            high.append(np.where(here, fact.high - yes, np.inf)[None])
        return np.vstack(low), np.vstack(high)

    def exposed(
        self, targets: Sequence[Target], proofs: dict[tuple[str, int], Proof] | None = None
    ) -> list[tuple[Target, int]]:
        """Return the groups and items of which too few numbers of yes were found possible.

        Parameters
        ----------
        targets : sequence of Target
        proofs : dict, optional
            Other answers that were found before; they are tried first, and those found are added.
        """
        known = {} if proofs is None else proofs
        sought = [
            _Sought(target, item, self._changes(target, item), needed)
            for target in targets
            for item in range(self.groups.yes.shape[1])
            if target.items is None or item in target.items
            if (needed := self._needed(target, item)) > 0
        ]
        self._settle(
            [
                (one, distance, change)
                for one in sought
                for distance, change in known.get(one.key, {}).items()
                if self._fits(self._weights @ change)
            ]
        )
        for _ in range(_TRIES):
            offers = [(one, *offer) for one in sought if (offer := one.next()) is not None]
            if not offers:
                break
            self._settle(offers)
        known.update({one.key: one.possible for one in sought})
        return [(one.target, one.item) for one in sought if one.is_open]

    def _settle(self, offers: Sequence[tuple[_Sought, int, Integers]]) -> None:
        """Keep of other answers those that give the same limits as well."""
        alike = self._are_alike([change for *_, change in offers])
        for (one, distance, change), is_alike in zip(offers, alike, strict=True):
            if is_alike:
                one.possible[distance] = change

    def blocking(self, target: Target, item: int) -> list[tuple[int, int]]:
        """Return the cells of the first table that keep a group's yes from being others.

        If it is their limits alone, these are all cells of the item that the group lies in.
        """
        count = len(self.tables[0].members)
        low, high = (room[:count] for room in self._room)
        stopped = np.zeros(low.shape, bool)
        for distance in (1, -1):
            for own in self._own(target, item, distance):
                shift = self._weights[:count] @ own
                stopped |= (shift < low) | (shift > high)
        if not stopped.any():
            stopped[:, item] = self._weights[:count] @ target.members > 0
        return [(int(row), int(column)) for row, column in np.argwhere(stopped)]

    def _needed(self, target: Target, item: int) -> int:
        size = int(self.groups.answers[target.members, item].sum())
        return min(POSSIBLE, size + 1) - 1

    def _changes(self, target: Target, item: int) -> Iterator[tuple[int, Integers]]:
        """Yield other answers in which the group has other numbers of yes, the nearest first."""
        for distance in _DISTANCES:
            for change in itertools.islice(self._with(target, item, distance), _TRIES):
                yield distance, change

    def _with(self, target: Target, item: int, distance: int) -> Iterator[Integers]:
        """Yield answers in which the group has ``distance`` more yes and every rate rounds alike."""
        for own in self._own(target, item, distance):
            if self._fits(self._weights @ own):
                yield own
            yield from self._balanced(own, target, item, -1 if distance > 0 else 1)

    def _own(self, target: Target, item: int, distance: int) -> Iterator[Integers]:
        """Yield changes within the group alone."""
        places = np.flatnonzero(target.members).tolist()
        for by, feasible in self._ways(item, distance):
            yield from (_only(by, [place]) for place in places if feasible[place])
        if abs(distance) == 2:
            for by, feasible in self._ways(item, distance // 2):
                pairs = itertools.combinations([at for at in places if feasible[at]], 2)
                yield from (_only(by, list(pair)) for pair in pairs)

    def _ways(self, item: int, amount: int) -> Iterator[tuple[Integers, Mask]]:
        """Yield the ways in which an item changes: with any contact where it must, and always."""
        yield self._steps(item, amount, along=False)
        if item:
            yield self._steps(item, amount, along=True)

    def _counterparts(
        self, own: Integers, item: int, amount: int
    ) -> Iterator[tuple[Integers, Mask]]:
        """Yield the ways in which other groups make up for a change."""
        yield from self._ways(item, amount)
        if item == 0:
            for other in np.flatnonzero(own[:, 1:].any(axis=0)) + 1:
                yield self._steps(int(other), amount, along=True)

    def _balanced(
        self, own: Integers, target: Target, item: int, sign: int
    ) -> Iterator[Integers]:
        """Yield changes made up for by one or two groups outside."""
        base = self._weights @ own
        outside = ~target.members
        partners = [
            (place, by[place])
            for amount in range(1, _FARTHEST + 1)
            for by, feasible in self._counterparts(own, item, sign * amount)
            for place in np.flatnonzero(feasible & outside)
        ]
        if not partners:
            return
        places = np.array([place for place, _ in partners])
        steps = np.array([by for _, by in partners])
        shifts = base + self._weights[:, places].T[:, :, None] * steps[:, None, :]
        excess = self._excess(shifts)
        for at in np.flatnonzero(excess == 0):
            yield own + _placed(own, places[[at]], steps[[at]])
        near = np.argsort(excess, kind="stable")[:_PAIRED]
        near = near[excess[near] > 0]
        first, second = np.triu_indices(len(near), 1)
        apart = places[near[first]] != places[near[second]]
        first, second = near[first[apart]], near[second[apart]]
        both = shifts[first] + shifts[second] - base
        for at in np.flatnonzero(self._excess(both) == 0):
            pair = [first[at], second[at]]
            yield own + _placed(own, places[pair], steps[pair])

    def _fits(self, shift: Floats) -> bool:
        return bool(self._excess(shift[None])[0] == 0)

    def _excess(self, shifts: Floats) -> Floats:
        """Return by how much shifts (P, K, I) leave the room, in all."""
        low, high = self._room
        return np.asarray(
            (np.maximum(low - shifts, 0) + np.maximum(shifts - high, 0)).sum(axis=(1, 2))
        )

    def _steps(self, item: int, amount: int, *, along: bool) -> tuple[Integers, Mask]:
        """Return what ``amount`` more yes to an item change in each group, and where they can."""
        key = item, amount, along
        if key not in self._changes_of:
            self._changes_of[key] = (
                _any_steps(self.groups, amount)
                if item == 0
                else _item_steps(self.groups, item, amount, along=along)
            )
        return self._changes_of[key]

    def _are_alike(self, changes: Sequence[Integers]) -> list[bool]:
        """Say which other answers give the same limits as well."""
        alike = np.ones(len(changes), bool)
        for table in self.tables:
            for domain in range(len(table.members)):
                self._compare(table, domain, changes, alike)
        return alike.tolist()

    def _compare(
        self, table: Table, domain: int, changes: Sequence[Integers], alike: Mask
    ) -> None:
        """Clear ``alike`` where a domain's limits would be others."""
        if not table.is_composed(domain):
            return
        inside = table.weight[domain] > 0
        cells = [
            (at, item)
            for at, change in enumerate(changes)
            if alike[at]
            for item in np.flatnonzero(change[inside].any(axis=0))
        ]
        forms = table.bins(self.groups.yes).form[domain]
        cells = [cell for cell in cells if forms[cell[1]] == Form.RATE]
        if not cells:
            return
        items = np.array([item for _, item in cells])
        now = table.by_stratum(self.groups.yes)
        later = [now + table.by_stratum(changes[at]) for at, _ in cells]
        after = np.column_stack([yes[:, item] for yes, item in zip(later, items, strict=True)])
        after_any = np.column_stack([yes[:, 0] for yes in later])
        before_any = np.repeat(now[:, :1], len(items), axis=1)
        same = (
            table.limits(domain, items, now[:, items].astype(float), before_any.astype(float))
            == table.limits(domain, items, after.astype(float), after_any.astype(float))
        ).all(axis=0)
        for (at, _), is_same in zip(cells, same, strict=True):
            alike[at] &= is_same


@dataclass(eq=False)
class _Sought:
    """Numbers of yes that one group and item may have, as far as they were found."""

    target: Target
    item: int
    offers: Iterator[tuple[int, Integers]]
    needed: int
    possible: Proof = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int]:
        return self.target.name, self.item

    @property
    def is_open(self) -> bool:
        return len(self.possible) < self.needed

    def next(self) -> tuple[int, Integers] | None:
        """Give the next answers with a number that was not found yet, None if there are none."""
        if not self.is_open:
            return None
        return next((offer for offer in self.offers if offer[0] not in self.possible), None)


def _item_steps(
    groups: Groups, item: int, amount: int, *, along: bool
) -> tuple[Integers, Mask]:
    """Change an item; any contact follows where it must, or always."""
    yes, answers = groups.yes, groups.answers
    new = yes[:, item] + amount
    others = np.delete(yes, [0, item], axis=1)
    least = np.maximum(others.max(axis=1, initial=0), new)
    most = np.minimum(others.sum(axis=1) + new, answers[:, 0])
    contact = yes[:, 0] + (amount if along else 0)
    by = np.zeros_like(yes)
    by[:, item] = amount
    by[:, 0] = np.clip(contact, least, np.maximum(most, least)) - yes[:, 0]
    return by, (new >= 0) & (new <= answers[:, item]) & (least <= most)


def _any_steps(groups: Groups, amount: int) -> tuple[Integers, Mask]:
    """Change any contact; the items follow where they must."""
    yes, answers = groups.yes, groups.answers
    new = yes[:, 0] + amount
    by = np.minimum(yes, np.maximum(new, 0)[:, None]) - yes
    by[:, 0] = amount
    missing = np.maximum(new - (yes + by)[:, 1:].sum(axis=1), 0)
    free = np.minimum(answers[:, 1:], new[:, None]) - (yes + by)[:, 1:]
    widest = free.argmax(axis=1)
    rows = np.arange(len(yes))
    by[rows, 1 + widest] += missing
    enough = free[rows, widest] >= missing
    return by, (new >= 0) & (new <= answers[:, 0]) & enough


def _only(by: Integers, places: list[int]) -> Integers:
    kept = np.zeros_like(by)
    kept[places] = by[places]
    return kept


def _placed(like: Integers, places: Integers, steps: Integers) -> Integers:
    """Put rows of changes at their groups."""
    by = np.zeros_like(like)
    np.add.at(by, places, steps)
    return by
