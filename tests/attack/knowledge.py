"""What the attacker of a release knows beside it: who could have answered, never what they said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

ANY = "any"
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Part:
    """Respondents of one stratum whom no table tells apart, under none of the presets.

    Attributes
    ----------
    persons
        How many they are.
    answers
        Those with a yes or no to any contact (all of them), then to each item.
    """

    stratum: str
    dealings: bool
    presets: frozenset[str]
    persons: int
    answers: tuple[int, ...]


@dataclass(frozen=True)
class Knowledge:
    """One kind of posts: its items (any contact first), persons, and respondents in parts."""

    kind: str
    items: tuple[str, ...]
    populations: Mapping[str, int]
    parts: tuple[Part, ...]

    @cached_property
    def exposed_parts(self) -> tuple[Part, ...]:
        """The parts with dealings: all others are a no, which everybody knows."""
        return tuple(part for part in self.parts if part.dealings)

    @cached_property
    def most(self) -> Integers:
        """The most yes there can be, shape (parts with dealings, items)."""
        answers = [part.answers for part in self.exposed_parts]
        return np.array(answers, np.int64).reshape(-1, len(self.items))

    @cached_property
    def persons(self) -> Integers:
        """How many the parts with dealings are."""
        return np.array([part.persons for part in self.exposed_parts], np.int64)

    @cached_property
    def open_answers(self) -> Integers:
        """Respondents with dealings who leave an item undetermined; none for any contact."""
        undetermined = self.persons[:, None] - self.most
        undetermined[:, 0] = 0
        return undetermined

    def members(self, strata: Sequence[str], preset: str) -> Mask:
        """Find the parts with dealings of some strata that a preset has as valid."""
        chosen = [p.stratum in strata and preset in p.presets for p in self.exposed_parts]
        return np.array(chosen, bool)

    def valid(self, strata: Sequence[str], preset: str) -> int:
        """Count the valid respondents of some strata."""
        return sum(
            part.persons for part in self.parts if part.stratum in strata and preset in part.presets
        )

    def bystanders(self, stratum: str, preset: str) -> int:
        """Count a stratum's valid respondents without dealings."""
        return sum(
            part.persons
            for part in self.parts
            if part.stratum == stratum and preset in part.presets and not part.dealings
        )
