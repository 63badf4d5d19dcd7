"""Attackers who hold many copies of both sides, and see between which of them each row came.

A *copy* here is whatever shows which rows there are: a snapshot of the live stores, or the backups
that the product makes, opened with their keys.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from tests.linkage.arrivals import Rng
from tests.linkage.attackers import likelihood
from tests.linkage.measures import Attacker, Side, Tally, Theft, by_chance
from tests.linkage.traces import Trace

COPIES = "first copy that holds it"
_BACKWARDS = 1000.0

Contents = Sequence[set[bytes]]
"""What rows each copy holds, one after the other."""


def attack(
    claims: Contents,
    ballots: Contents,
    truth: tuple[Mapping[bytes, int], Mapping[bytes, int]],
    strata: Sequence[str],
    rng: Rng,
) -> dict[Attacker, Tally]:
    """Match by the copies of both sides, and by those of the ballots to the order of persons."""
    first, second = (
        Side([_first(contents, people)], people)
        for contents, people in zip((claims, ballots), truth, strict=True)
    )
    theft = Theft(first, second, strata, list(truth[1].values()))
    attackers = likelihood.attack([theft], rng)
    attackers[Attacker(COPIES, COPIES, COPIES, "same copy", on_rows=True)] = _same(theft, rng)
    return attackers


def _first(contents: Contents, people: Mapping[bytes, int]) -> Trace:
    """The number of the first copy with each row; what is in none came after the last."""
    first = dict.fromkeys(people, len(contents))
    for number, rows in reversed(list(enumerate(contents))):
        first |= dict.fromkeys(rows & people.keys(), number)
    return Trace(COPIES, COPIES, first)


def _same(theft: Theft, rng: Rng) -> Tally:
    """Pair claims with ballots that first stand in the same copy, or in one soon after."""
    total = Tally(0, 0, len(theft.ballots.truth))
    for stratum in set(theft.strata):
        claims, ballots = (
            list(_of_stratum(side, theft.strata, stratum, rng))
            for side in (theft.claims, theft.ballots)
        )
        lags = np.array([[ballot - claim for _, ballot in ballots] for _, claim in claims])
        if lags.size:
            first, second = linear_sum_assignment(np.where(lags < 0, _BACKWARDS - lags, lags))
            linked = sum(claims[a][0] == ballots[b][0] for a, b in zip(first, second, strict=True))
            total += Tally(linked, by_chance(len(claims), len(ballots), len(ballots)))
    return total


def _of_stratum(
    side: Side, strata: Sequence[str], stratum: str, rng: Rng
) -> Iterator[tuple[int, int]]:
    """Each person of a stratum with the copy of its row, shuffled: nothing is learned from it."""
    (trace,) = side.traces
    rows = [row for row, person in side.truth.items() if strata[person] == stratum]
    for row in rng.permutation(len(rows)):
        yield side.truth[rows[row]], trace.values[rows[row]]
