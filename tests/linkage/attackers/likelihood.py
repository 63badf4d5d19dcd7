"""Attackers who know the exact order of persons, and match ballots to it by maximum likelihood.

Each gives every pair of a person's turn and a ballot's place a probability; the matching is the
one under which the product of all is largest (`scipy.optimize.linear_sum_assignment`).

``order statistics`` computes the probability: if the rows of a page are a random part of all rows,
and lie in the page in the order of their arrival, then that of the j-th of m rows having arrived
as the a-th of n is C(a - 1, j - 1) C(n - a, m - j) / C(n, m). ``profile`` measures it on other
surveys of the same kind, which the attacker held on a machine of his own, and so needs no idea of
what a store does; ``all traces`` multiplies the profiles of everything that he sees.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.special import gammaln

from tests.linkage.arrivals import Rng
from tests.linkage.measures import Attacker, Tally, Theft, by_chance
from tests.linkage.traces import Trace

_LEAST = 1e-9
_BINS = 10
ORDER = "exact order of persons"
EVERYTHING = Trace("all traces", "all traces", {})


@dataclass(frozen=True)
class Sight:
    """The rows that a trace shows, as numbers.

    Attributes
    ----------
    turns
        Whose row it is: the person's turn among all who have answered, from 0. What the attacker
        wants to know.
    ranks, ties, sizes
        The row's place in the trace, from 0, how many share it, and of how many; within the row's
        page, if the trace is an order within pages.
    people
        How many have answered.
    """

    trace: Trace
    rows: Sequence[bytes]
    turns: np.ndarray
    ranks: np.ndarray
    ties: np.ndarray
    sizes: np.ndarray
    people: int


@dataclass(frozen=True)
class Matching:
    """One matching that an attacker could make: its costs, a line for each row."""

    trace: Trace
    pairing: str
    rows: Sequence[bytes]
    turns: np.ndarray
    costs: np.ndarray

    @property
    def attacker(self) -> Attacker:
        return Attacker(ORDER, self.trace.name, self.trace.kind, self.pairing, self.trace.on_rows)


def attack(thefts: Sequence[Theft], rng: Rng) -> dict[Attacker, Tally]:
    """Match by every trace of the ballots, in surveys of one kind."""
    sights = [{sight.trace.name: sight for sight in _sights(theft)} for theft in thefts]
    tallies: dict[Attacker, Tally] = {}
    for number, (theft, by_trace) in enumerate(zip(thefts, sights, strict=True)):
        examples = sights[:number] + sights[number + 1 :]
        for matching in _matchings(by_trace, examples):
            name = matching.attacker
            tallies[name] = tallies.get(name, Tally()) + _linked(theft, matching, rng)
    return tallies


def _matchings(
    by_trace: dict[str, Sight], surveys: Sequence[dict[str, Sight]]
) -> Iterator[Matching]:
    profiles: list[Matching] = []
    for name, sight in by_trace.items():
        costs = order_statistics(sight)
        yield Matching(sight.trace, "order statistics", sight.rows, sight.turns, costs)
        examples = [survey[name] for survey in surveys if name in survey]
        if examples:
            costs = _profile(sight, examples)
            profiles.append(Matching(sight.trace, "profile", sight.rows, sight.turns, costs))
    yield from profiles
    telling = [m for m in profiles if m.trace.on_rows and m.trace.kind != "column"]
    if len(telling) > 1:
        yield _joined(telling)


def _joined(matchings: Sequence[Matching]) -> Matching:
    """Add the costs of several matchings up: probabilities are multiplied."""
    turn_of: dict[bytes, int] = {}
    costs_of: dict[bytes, np.ndarray] = {}
    for matching in matchings:
        for row, turn, costs in zip(matching.rows, matching.turns, matching.costs, strict=True):
            turn_of[row] = int(turn)
            costs_of[row] = costs_of.get(row, np.zeros(len(costs))) + costs
    rows, turns = list(turn_of), np.array(list(turn_of.values()))
    return Matching(EVERYTHING, "profile", rows, turns, np.array(list(costs_of.values())))


def order_statistics(sight: Sight) -> np.ndarray:
    """Give -log of the probability of every turn (columns) for every row, by order statistics."""
    probabilities = np.empty((len(sight.rows), sight.people))
    for row, size in enumerate(sight.sizes.astype(int).tolist()):
        ties = int(sight.ties[row])
        first = round(sight.ranks[row] - (ties - 1) / 2)
        places = range(first, first + ties)
        shares = [_probabilities(place, size, sight.people) for place in places]
        probabilities[row] = np.mean(shares, axis=0)
    costs: np.ndarray = -np.log(np.maximum(probabilities, _LEAST))
    return costs


@lru_cache(maxsize=1 << 16)
def _probabilities(j: int, m: int, n: int) -> np.ndarray:
    """Give the probability of each of n turns for the j-th of m rows, both from 0."""
    turn = np.arange(n)
    logs = _choose(turn, j) + _choose(n - 1 - turn, m - 1 - j) - _choose(np.array(n), m)
    possible: np.ndarray = np.where((turn >= j) & (n - 1 - turn >= m - 1 - j), np.exp(logs), 0)
    return possible


def _choose(n: np.ndarray, k: int) -> np.ndarray:
    """Give the logarithm of binomial coefficients; what is impossible is left out by who asks."""
    positive = np.maximum(n, k)
    logs: np.ndarray = gammaln(positive + 1) - gammaln(k + 1) - gammaln(positive - k + 1)
    return logs


def _profile(sight: Sight, examples: Iterable[Sight]) -> np.ndarray:
    """Give -log of how often rows at such a place had which turn, in other surveys."""
    bins = min(_BINS, sight.people)
    counts = np.full((bins, bins), 0.5)
    for example in examples:
        places = _bin((example.ranks + 0.5) / example.sizes, bins)
        np.add.at(counts, (places, _bin((example.turns + 0.5) / example.people, bins)), 1)
    rates = counts / counts.sum(axis=0, keepdims=True)
    turns = _bin((np.arange(sight.people) + 0.5) / sight.people, bins)
    costs: np.ndarray = -np.log(rates[_bin((sight.ranks + 0.5) / sight.sizes, bins)][:, turns])
    return costs


def _bin(quantiles: np.ndarray, bins: int) -> np.ndarray:
    numbers: np.ndarray = np.minimum((quantiles * bins).astype(int), bins - 1)
    return numbers


def _linked(theft: Theft, matching: Matching, rng: Rng) -> Tally:
    """Match within strata, and count who was linked rightly; what costs the same falls by lot."""
    strata = np.array([theft.strata[person] for person in theft.turns])
    strata_of_rows = strata[matching.turns]
    total = Tally(0, 0, len(theft.turns))
    for stratum in set(strata_of_rows.tolist()):
        rows = rng.permutation(np.flatnonzero(strata_of_rows == stratum))
        turns = rng.permutation(np.flatnonzero(strata == stratum))
        first, second = linear_sum_assignment(matching.costs[np.ix_(rows, turns)])
        linked = int((matching.turns[rows[first]] == turns[second]).sum())
        total += Tally(linked, by_chance(len(rows), len(turns), len(rows)))
    return total


def _sights(theft: Theft) -> Iterator[Sight]:
    turn_of = {person: turn for turn, person in enumerate(theft.turns)}
    truth = theft.ballots.truth
    for trace in theft.ballots.traces:
        rows = [row for row in trace.values if truth.get(row) in turn_of]
        if len(rows) > 1:
            turns = np.array([turn_of[truth[row]] for row in rows])
            yield Sight(trace, rows, turns, *_ranked(trace, rows), people=len(theft.turns))


def _ranked(trace: Trace, rows: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rank rows by a trace, within their page if it is an order within pages."""
    ranks, ties, sizes = (np.zeros(len(rows)) for _ in range(3))
    pages: dict[int, list[int]] = {}
    for place, row in enumerate(rows):
        pages.setdefault(trace.groups.get(row, -1), []).append(place)
    for places in pages.values():
        values = [trace.values[rows[place]] for place in places]
        ascending = sorted(values)
        first = {value: rank for rank, value in reversed(list(enumerate(ascending)))}
        ties[places] = [values.count(value) for value in values]
        ranks[places] = [first[value] for value in values] + (ties[places] - 1) / 2
        sizes[places] = len(places)
    return ranks, ties, sizes
