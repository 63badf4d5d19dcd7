"""Attackers who sort claims by one trace, ballots by another, and pair them by their ranks."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from tests.linkage.arrivals import Rng
from tests.linkage.measures import Attacker, Stratum, Tally, Theft, by_chance
from tests.linkage.traces import Trace

Order = np.ndarray


@dataclass(frozen=True)
class TraceOfPeople:
    """A trace with people in place of rows: by stratum, in its order, with its values."""

    trace: Trace
    people: dict[Stratum, Order]
    values: dict[Stratum, list[float]]


def attack(theft: Theft, rng: Rng) -> dict[Attacker, Tally]:
    """Try every trace of one list with every trace of the other, and every way to pair."""
    people = len(theft.ballots.truth)
    tallies: dict[Attacker, Tally] = {}
    ballots, claims = theft.ballots, theft.claims
    orders = [_seen(trace, ballots.truth, theft.strata, rng) for trace in ballots.traces]
    for trace in claims.traces:
        order = _seen(trace, claims.truth, theft.strata, rng)
        for second in orders:
            rows = trace.on_rows and second.trace.on_rows
            for pairing, tally in _paired(order, second):
                name = Attacker(trace.name, second.trace.name, second.trace.kind, pairing, rows)
                tallies[name] = Tally(tally.linked, tally.by_chance, people)
    return tallies


def _seen(
    trace: Trace, truth: Mapping[bytes, int], strata: Sequence[Stratum], rng: Rng
) -> TraceOfPeople:
    rows = [key for key in trace.values if key in truth]
    rows = [rows[i] for i in rng.permutation(len(rows))]  # nothing is learned from a tie
    rows.sort(key=lambda key: trace.values[key])
    by_stratum: dict[Stratum, list[bytes]] = {}
    for key in rows:
        by_stratum.setdefault(strata[truth[key]], []).append(key)
    people = {s: np.array([truth[key] for key in keys]) for s, keys in by_stratum.items()}
    values = {s: [trace.values[key] for key in keys] for s, keys in by_stratum.items()}
    return TraceOfPeople(trace, people, values if trace.clock else {})


def _paired(claims: TraceOfPeople, ballots: TraceOfPeople) -> Iterator[tuple[str, Tally]]:
    pairs = [(claims.people[s], ballots.people[s]) for s in claims.people if s in ballots.people]
    chance = sum(_by_chance(*pair) for pair in pairs)
    for name, linked in _PAIRINGS.items():
        yield name, Tally(sum(linked(*pair) for pair in pairs), chance)
    if claims.trace.clock and claims.trace.clock == ballots.trace.clock:
        yield "constant lag", _by_lag(claims, ballots)


def _by_chance(first: Order, second: Order) -> float:
    return by_chance(len(first), len(second), len({*first.tolist()} & {*second.tolist()}))


def _from_the_start(first: Order, second: Order) -> int:
    shorter = min(len(first), len(second))
    return int((first[:shorter] == second[:shorter]).sum())


_PAIRINGS: dict[str, Callable[[Order, Order], int]] = {
    "rank": _from_the_start,
    "rank, from the end": lambda first, second: _from_the_start(first[::-1], second[::-1]),
    "rank, one behind": lambda first, second: _from_the_start(first, second[1:]),
    "rank, one ahead": lambda first, second: _from_the_start(first[1:], second),
    "rank, backwards": lambda first, second: _from_the_start(first, second[::-1]),
}


def _by_lag(claims: TraceOfPeople, ballots: TraceOfPeople) -> Tally:
    """Pair so that all took about as long: the ratio to the usual time is what it costs."""
    total = Tally()
    for stratum, order in claims.people.items():
        against = ballots.people.get(stratum)
        if against is not None:
            a, b = np.array(claims.values[stratum]), np.array(ballots.values[stratum])
            shorter = min(len(a), len(b))
            usual = max(float(np.median(b[:shorter] - a[:shorter])), 1e-9)
            took = (b[None, :] - a[:, None]) / usual
            costs = np.where(took > 0, np.abs(np.log(np.maximum(took, 1e-9))), 100)
            rows_left, right = linear_sum_assignment(costs)
            linked = int((order[rows_left] == against[right]).sum())
            total += Tally(linked, _by_chance(order, against))
    return total
