"""What may be learned by whom: the one table of limits. All are shares of persons.

None of them is relative to how many answered between two thefts: a copy an hour divides people by
the hour, and chance within an hour is no excuse.
"""

from collections.abc import Callable

from tests.linkage.measures import Tally

POOL = 20
"""How many ballots of a stratum wait together at most; the harness does not ask the program."""

Limit = Callable[[Tally], float | None]


def chance(tally: Tally) -> float:
    """No more than by lot: chance and three standard errors."""
    return tally.limit


def pool(tally: Tally) -> float:
    """Two in a pool, or chance where a stratum has fewer ballots than that."""
    return max(2 / POOL, tally.limit)


def nothing(_tally: Tally) -> float:
    """Nobody, and nothing."""
    return 0


def every_tenth(_tally: Tally) -> float:
    """One event in ten shows: counts move in tens."""
    return 0.1


def every_pool(_tally: Tally) -> float:
    """One row in a pool shows: sizes move with whole pools."""
    return 1 / POOL


def not_promised(_tally: Tally) -> None:
    """No limit: the documents say that it is not promised."""


def exceeds(limit: Limit, tally: Tally) -> bool:
    """Whether an attacker learned more than may be."""
    largest = limit(tally)
    return largest is not None and tally.share > largest + 1e-9
