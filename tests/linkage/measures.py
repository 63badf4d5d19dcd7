"""What an attacker learned: of how many people, how many are linked, and how many by luck alone."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.linkage.traces import Trace

Stratum = str


@dataclass(frozen=True)
class Attacker:
    """By what the two lists are sorted, and how they are paired then."""

    claims: str
    ballots: str
    kind: str
    pairing: str
    on_rows: bool


@dataclass(frozen=True)
class Tally:
    """How many people were linked rightly, how many would be by chance, and of how many."""

    linked: float = 0
    by_chance: float = 0
    people: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            self.linked + other.linked, self.by_chance + other.by_chance, self.people + other.people
        )

    @property
    def share(self) -> float:
        return self.linked / max(self.people, 1)

    @property
    def chance(self) -> float:
        return self.by_chance / max(self.people, 1)

    @property
    def limit(self) -> float:
        """Chance and three standard errors: right pairs of a random matching are as Poisson's."""
        return self._chance_and(3)

    @property
    def is_certain(self) -> bool:
        """Whether so many were linked that it can be no luck."""
        return self.share > self._chance_and(6)

    def _chance_and(self, errors: int) -> float:
        return (self.by_chance + errors * math.sqrt(self.by_chance)) / max(self.people, 1)


@dataclass(frozen=True)
class Side:
    """One stolen list: its traces, and who in truth stands behind each row of it."""

    traces: Sequence[Trace]
    truth: Mapping[bytes, int]


@dataclass(frozen=True)
class Theft:
    """Both lists as they were at one moment, and what the thief knows besides.

    Attributes
    ----------
    strata
        Of everybody, by person.
    turns
        The persons who have answered, in the exact order in which they did.
    """

    claims: Side
    ballots: Side
    strata: Sequence[Stratum]
    turns: Sequence[int]


def by_chance(first: int, second: int, common: int) -> float:
    """Give the right pairs that are expected of a random matching of two lists."""
    return common / max(first, second, 1)
