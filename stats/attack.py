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

from stats.rounding import CellForm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stats.arrays import Floats, Integers, Mask
    from stats.publication import Groups, ReleaseTable

POSSIBLE: Final = 3
"""Numbers of yes that must remain possible for a group."""
_FARTHEST: Final = 4
_PAIR_CANDIDATES: Final = 16
_TRIES: Final = 10
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


class Exposure(NamedTuple):
    """A group and an item of which too few numbers of yes were found possible.

    Attributes
    ----------
    target : Target
    item : int
    distances : tuple of int
        How many more yes the group has in those found.
    """

    target: Target
    item: int
    distances: tuple[int, ...]


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
    tables: Sequence[ReleaseTable]
    facts: Sequence[Fact] = ()
    _limits_of: dict[tuple[int, int], Integers] = field(default_factory=dict)
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
        self,
        targets: Sequence[Target],
        proofs: dict[tuple[str, int], Proof] | None = None,
        new_rows: Mask | None = None,
    ) -> list[Exposure]:
        """Return the groups and items of which too few numbers of yes were found possible.

        Parameters
        ----------
        targets : sequence of Target
        proofs : dict, optional
            Other answers that were found before; they are tried first, and those found are added.
        new_rows : ndarray of bool, shape (D,), optional
            Domains of the first table that are shown otherwise since; all without it.
        """
        proven = {} if proofs is None else proofs
        searches = [
            _Sought(target, item, self._changes(target, item), needed)
            for target in targets
            for item in range(self.groups.yes.shape[1])
            if target.items is None or item in target.items
            if (needed := self._needed(target, item)) > 0
        ]
        self._settle(
            [
                (search, distance, change)
                for search in searches
                for distance, change in proven.get(search.key, {}).items()
                if self._fits(change)
            ],
            new_rows,
        )
        for _ in range(_TRIES):
            offers = [(search, *offer) for search in searches for offer in search.next()]
            if not offers:
                break
            self._settle(offers)
        proven.update({search.key: search.possible for search in searches})
        return [
            Exposure(search.target, search.item, tuple(search.possible))
            for search in searches
            if search.is_open
        ]

    def _settle(
        self, offers: Sequence[tuple[_Sought, int, Integers]], new_rows: Mask | None = None
    ) -> None:
        """Keep of other answers those that give the same limits as well."""
        alike = self._are_alike([change for *_, change in offers], new_rows)
        for (search, distance, change), is_alike in zip(offers, alike, strict=True):
            if is_alike:
                search.possible[distance] = change

    def cheapest(
        self, exposure: Exposure, cost: Floats, *, whatever: bool = True
    ) -> list[tuple[int, int]]:
        """Return cells of the first table, (domain, item), that keep a group's yes as they are.

        Of all ways in which they could be others, alone or with one other group making up for it,
        it is the one whose cells cost least together. Where none of these is barred by cells alone,
        they are those of the item that the group lies in; or else, ``whatever`` it helps, all of
        the item.

        Parameters
        ----------
        exposure : Exposure
        cost : ndarray, shape (D, I)
            Infinite where nothing can be done.
        """
        target, item, distances = exposure
        low, high = self._room
        best: tuple[float, Mask] = (np.inf, np.zeros(cost.shape, bool))
        for distance in (at for at in _DISTANCES[:4] if at not in distances):
            for own in self._own(target, item, distance):
                beside = self._beside(own, target)
                partners = self._partners(own, beside, item, (-distance,))
                shifts = self._shifts(own, *partners, np.arange(len(self._weights)))
                barred = (shifts < low) | (shifts > high)
                before = barred[:, len(cost) :].any(axis=(1, 2))
                barred = barred[:, : len(cost)]
                price = np.where(barred, cost, 0).sum(axis=(1, 2)) + np.where(before, np.inf, 0)
                at = int(price.argmin())
                if price[at] < best[0]:
                    best = float(price[at]), barred[at]
        around = (self._weights[: len(cost)] @ target.members > 0)[:, None] & _at(item, cost)
        for cells in (best[1], around, _at(item, cost))[: 3 if whatever else 2]:
            open_cells = np.argwhere(cells & (cost < np.inf))
            if len(open_cells):
                return [(int(row), int(at)) for row, at in open_cells]
        return []

    def _needed(self, target: Target, item: int) -> int:
        size = int(self.groups.answers[target.members, item].sum())
        return min(POSSIBLE, size + 1) - 1

    def _changes(self, target: Target, item: int) -> dict[int, Iterator[Integers]]:
        """Give other answers in which the group has other numbers of yes, the nearest first."""
        return {distance: self._with(target, item, distance) for distance in _DISTANCES}

    def _with(self, target: Target, item: int, distance: int) -> Iterator[Integers]:
        """Yield answers with ``distance`` more yes in the group and every rate rounded alike."""
        for own in self._own(target, item, distance):
            if self._fits(own):
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
        for column in (item,) if item else range(1, self.groups.yes.shape[1]):
            yield self._steps(column, amount, along=True)

    def _counterparts(
        self, own: Integers, item: int, amount: int
    ) -> Iterator[tuple[Integers, Mask]]:
        """Yield the ways in which other groups make up for a change."""
        columns = set(np.flatnonzero(own.any(axis=0)).tolist())
        for column in sorted(columns & {0, item}):
            yield self._steps(column, amount, along=False)
        for column in sorted(columns - {0}):
            yield self._steps(column, amount, along=True)

    def _balanced(self, own: Integers, target: Target, item: int, sign: int) -> Iterator[Integers]:
        """Yield changes made up for by one or two groups outside."""
        amounts = tuple(sign * amount for amount in range(1, _FARTHEST + 1))
        places, steps = self._partners(own, self._beside(own, target), item, amounts)
        if not len(places):
            return
        items = np.flatnonzero(own.any(axis=0) | steps.any(axis=0))
        touched = np.union1d(np.flatnonzero(own.any(axis=1)), places)
        rows = np.flatnonzero(self._weights[:, touched].any(axis=1))
        shifts = self._shifts(own[:, items], places, steps[:, items], rows)
        base, shifts = shifts[0], shifts[1:]
        excess = self._excess(shifts, items, rows)
        least = np.argsort(np.abs(shifts).sum(axis=(1, 2)), kind="stable")
        for at in least[excess[least] == 0]:
            yield own + _placed(own, places[[at]], steps[[at]])
        near = np.argsort(excess, kind="stable")[:_PAIR_CANDIDATES]
        near = near[excess[near] > 0]
        first, second = np.triu_indices(len(near), 1)
        apart = places[near[first]] != places[near[second]]
        first, second = near[first[apart]], near[second[apart]]
        pair_shifts = shifts[first] + shifts[second] - base
        for at in np.flatnonzero(self._excess(pair_shifts, items, rows) == 0):
            pair = [first[at], second[at]]
            yield own + _placed(own, places[pair], steps[pair])

    def _beside(self, own: Integers, target: Target) -> Mask:
        """Return the groups outside that stand in a row which a change would alter, (A,)."""
        low, high = self._room
        shift = self._weights @ own
        barred = ((shift < low) | (shift > high)).any(axis=1)
        return np.asarray(self._weights[barred].any(axis=0) & ~target.members)

    def _partners(
        self, own: Integers, beside: Mask, item: int, amounts: Sequence[int]
    ) -> tuple[Integers, Integers]:
        """Return changes of other groups: their places (P,), and by how much, (P, I)."""
        places, steps = [], []
        for amount in amounts:
            for by, feasible in self._counterparts(own, item, amount):
                can = np.flatnonzero(feasible & beside)
                places.append(can)
                steps.append(by[can])
        return np.concatenate(places), np.concatenate(steps)

    def _shifts(self, own: Integers, places: Integers, steps: Integers, rows: Integers) -> Floats:
        """Return what changes in rows: by the own change, with each partner; (1 + P, K, I)."""
        weights = self._weights[rows]
        base = weights @ own
        partners = weights[:, places].T[:, :, None] * steps[:, None, :]
        return np.concatenate([base[None], base + partners])

    def _fits(self, change: Integers) -> bool:
        items = np.flatnonzero(change.any(axis=0))
        rows = np.flatnonzero(self._weights[:, change.any(axis=1)].any(axis=1))
        shifts = self._weights[rows] @ change[:, items]
        return bool(self._excess(shifts[None], items, rows)[0] == 0)

    def _excess(self, shifts: Floats, items: Integers, rows: Integers) -> Floats:
        """Return by how much shifts (P, K, J) of some rows and items leave the room, in all."""
        low, high = (room[np.ix_(rows, items)] for room in self._room)
        return np.asarray(np.abs(shifts - np.clip(shifts, low, high)).sum(axis=(1, 2)))

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

    def _are_alike(self, changes: Sequence[Integers], new_rows: Mask | None) -> list[bool]:
        """Say which other answers give the same limits as well."""
        alike = np.ones(len(changes), bool)
        stacked = np.array(changes).reshape(len(changes), *self.groups.yes.shape)
        for number, table in enumerate(self.tables):
            is_old = number > 0 and new_rows is not None
            for domain in range(len(table.members)):
                if not is_old and (new_rows is None or new_rows[domain]):
                    self._compare(table, domain, stacked, alike)
        return alike.tolist()

    def _compare(self, table: ReleaseTable, domain: int, changes: Integers, alike: Mask) -> None:
        """Clear ``alike`` where a domain's limits would be others."""
        if not table.is_composed(domain) or not len(changes):
            return
        is_rate = table.bins(self.groups.yes).form[domain] == CellForm.RATE
        spread = table.spread(domain, changes)
        cells = np.argwhere(spread.any(axis=1) & is_rate & alike[:, None])
        if not len(cells):
            return
        (at, items), after = cells.T, table.spread(domain, self.groups.yes) + spread
        yes, any_yes = after[at, :, items].T, after[at, :, 0].T
        same = (
            self._limits(table, domain)[:, items] == table.limits(domain, items, yes, any_yes)
        ).all(axis=0)
        np.logical_and.at(alike, at, same)

    def _limits(self, table: ReleaseTable, domain: int) -> Integers:
        """Return the limits of all items as they are shown."""
        key = id(table), domain
        if key not in self._limits_of:
            now = table.spread(domain, self.groups.yes)
            items = np.arange(now.shape[1])
            self._limits_of[key] = table.limits(domain, items, now, now[:, np.zeros_like(items)])
        return self._limits_of[key]


@dataclass(eq=False)
class _Sought:
    """Numbers of yes that one group and item may have, as far as they were found."""

    target: Target
    item: int
    offers: dict[int, Iterator[Integers]]
    needed: int
    possible: Proof = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int]:
        return self.target.name, self.item

    @property
    def is_open(self) -> bool:
        return len(self.possible) < self.needed

    def next(self) -> Iterator[tuple[int, Integers]]:
        """Yield answers with numbers that were not found yet, one of each, as many as needed."""
        open_numbers = self.needed - len(self.possible)
        for distance in [at for at in self.offers if at not in self.possible]:
            if open_numbers <= 0:
                return
            offer = next(self.offers[distance], None)
            if offer is None:
                del self.offers[distance]
                continue
            open_numbers -= 1
            yield distance, offer


def _item_steps(groups: Groups, item: int, amount: int, *, along: bool) -> tuple[Integers, Mask]:
    """Change an item; any contact follows where it must, or always."""
    yes, answers = groups.yes, groups.answers
    new = yes[:, item] + amount
    other_items = np.delete(yes, [0, item], axis=1)
    least = np.maximum(other_items.max(axis=1, initial=0), new)
    most = np.minimum(other_items.sum(axis=1) + new, answers[:, 0])
    contact = yes[:, 0] + (amount if along else 0)
    by = np.zeros_like(yes)
    by[:, item] = amount
    by[:, 0] = np.clip(contact, least, np.maximum(most, least)) - yes[:, 0]
    possible = (new >= 0) & (new <= answers[:, item]) & (least <= most)
    return by, possible & (by[:, 0] == amount) if along else possible


def _any_steps(groups: Groups, amount: int) -> tuple[Integers, Mask]:
    """Change any contact; the items follow where they must."""
    yes, answers = groups.yes, groups.answers
    new = yes[:, 0] + amount
    by = np.minimum(yes, np.maximum(new, 0)[:, None]) - yes
    by[:, 0] = amount
    deficit = np.maximum(new - (yes + by)[:, 1:].sum(axis=1), 0)
    free = np.minimum(answers[:, 1:], new[:, None]) - (yes + by)[:, 1:]
    widest = free.argmax(axis=1)
    rows = np.arange(len(yes))
    by[rows, 1 + widest] += deficit
    enough = free[rows, widest] >= deficit
    return by, (new >= 0) & (new <= answers[:, 0]) & enough


def _at(item: int, like: Floats) -> Mask:
    return np.asarray(np.arange(like.shape[1]) == item)


def _only(by: Integers, places: list[int]) -> Integers:
    only = np.zeros_like(by)
    only[places] = by[places]
    return only


def _placed(like: Integers, places: Integers, steps: Integers) -> Integers:
    """Put rows of changes at their groups."""
    by = np.zeros_like(like)
    np.add.at(by, places, steps)
    return by
