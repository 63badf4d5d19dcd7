"""What releases say, read from their documents alone: every number as a range of what it rounds.

Nothing of the program is used: an attacker has the document and what is written about its rules.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from tests.attack.knowledge import Knowledge

Range = tuple[float, float]
OLD_STEP = 0.001
"""To which formats 1 and 2 round everything."""
LEAST = 1e-9


@dataclass(frozen=True)
class Block:
    """Strata that were estimated as one, each of whose sheets stands for as many persons.

    Attributes
    ----------
    weight
        These persons.
    is_whole
        Whether all strata that were estimated together are in it.
    """

    strata: tuple[str, ...]
    valid: int
    weight: float
    is_whole: bool

    @property
    def population(self) -> int:
        """All its persons."""
        return round(self.weight * self.valid)


@dataclass(frozen=True)
class Statement:
    """What a release says of one cell.

    Attributes
    ----------
    rate
        Where the rate lies.
    lower, upper
        Where it lies with the undetermined as no, as yes.
    limits
        Where its confidence limits lie; None where they are not told.
    error
        Where its standard error lies; only old releases tell it.
    is_hidden
        Whether its bound follows from numbers of respondents alone.
    """

    release: int
    preset: str
    level: float
    fpc: bool
    domain: str
    item: str
    denominator: str
    blocks: tuple[Block, ...]
    rate: Range
    lower: Range | None
    upper: Range | None
    limits: tuple[Range, Range] | None
    error: Range | None
    is_hidden: bool

    @property
    def strata(self) -> tuple[str, ...]:
        """All strata of its domain."""
        return tuple(stratum for block in self.blocks for stratum in block.strata)


@dataclass(frozen=True)
class Publication:
    """One release's document, read by somebody who knows the sizes of one kind of posts."""

    number: int
    document: Mapping[str, Any]
    knowledge: Knowledge

    @classmethod
    def read(cls, number: int, document: bytes, knowledge: Knowledge) -> "Publication":
        """Read a document's bytes."""
        return cls(number, json.loads(document), knowledge)

    @property
    def preset(self) -> str:
        """The rule by which its sheets are valid."""
        return str(self.document["options"]["validity"])

    @cached_property
    def domains(self) -> dict[str, tuple[str, ...]]:
        """The opened strata of every domain that the tables have."""
        return {
            domain["id"]: tuple(domain["strata"])
            for domain in self.document["results"]["domains"]
            if domain["kind"] == self.knowledge.kind
        }

    def _tells(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is about this kind, and says what no other row says.

        In format 3 the rates of a kind follow from its categories', and where a small group is
        holds_small those among respondents with dealings follow from the rounded ones.
        """
        if self._is_old or row["domain"] not in self.domains:
            return row["domain"] in self.domains
        is_derived = row["denominator"] == "dealings" and row["domain"] in self._holding_small
        return not row["domain"].startswith("kind/") and not is_derived

    @cached_property
    def _complementary(self) -> set[str]:
        rows = self.document.get("rows", [])
        return {row["domain"] for row in rows if row["fate"] == "complementary"}

    @cached_property
    def _holding_small(self) -> set[str]:
        return {row["domain"] for row in self.document["rows"] if row["holds_small"]}

    def statements(self) -> Iterator[Statement]:
        """Give what is said of every cell that is not hidden."""
        for row in self.document["results"]["rates"]:
            rate = self._rate(row) if self._tells(row) else None
            if rate is not None:
                yield self._statement(row, rate)

    def _statement(self, row: Mapping[str, Any], rate: Range) -> Statement:
        options = self.document["options"]
        return Statement(
            self.number,
            self.preset,
            options["level"],
            options["fpc"],
            row["domain"],
            row["item"],
            row["denominator"],
            self._blocks(row["domain"]),
            rate,
            self._rounded(row, "lower"),
            self._rounded(row, "upper"),
            self._limits(row),
            self._rounded(row, "se"),
            is_hidden=row["domain"] in self._complementary,
        )

    @property
    def _is_old(self) -> bool:
        return int(self.document["format"]) < 3

    def _step(self, row: Mapping[str, Any]) -> float:
        return OLD_STEP if self._is_old else float(row["step"])

    def _rate(self, row: Mapping[str, Any]) -> Range | None:
        if row.get("rate") is not None:
            return self._range(row, "rate")
        if row.get("below") is not None:
            return 0.0, row["below"] - LEAST
        if row.get("above") is not None:
            return row["above"] + LEAST, 1.0
        if not self._is_old or row["low"] is None:
            return None
        # The old rules gave a bound if and only if no one said yes, or all.
        return (0.0, 0.0) if row["low"] == 0 else (1.0, 1.0)

    def _range(self, row: Mapping[str, Any], name: str) -> Range:
        number = row[name]
        if not self._is_old and number in {0, 1}:
            return number, number
        half = self._step(row) / 2
        return max(0.0, number - half), min(1.0, number + half)

    def _rounded(self, row: Mapping[str, Any], name: str) -> Range | None:
        number = row.get(name)
        if number is None or not self._is_old:
            return None  # of format 3 they follow from the rounded rate
        half = self._step(row) / 2
        return number - half, number + half

    def _limits(self, row: Mapping[str, Any]) -> tuple[Range, Range] | None:
        if row.get("low") is None or row.get("high") is None:
            return None
        if self._is_old:
            low, high = self._rounded(row, "low"), self._rounded(row, "high")
            return None if row["rate"] is None or low is None or high is None else (low, high)
        if row.get("rate") is None:
            return None
        # Outward from the limits of every rate that is shown alike.
        return (row["low"], 1.0), (0.0, row["high"])

    def _blocks(self, domain: str) -> tuple[Block, ...]:
        """Give the strata that were estimated as one: merged ones, and those that lack sheets."""
        notes = self.document["results"]["notes"]
        merged = {note["subject"]: note["other"] for note in notes if note["what"] == "merged"}
        into = {note["subject"]: note["other"] for note in notes if note["what"] == "joined"}
        together: dict[str, list[str]] = {}
        for stratum in self.knowledge.populations:
            place = into.get(stratum, stratum)
            together.setdefault(merged.get(place, place), []).append(stratum)
        blocks = (self._block(domain, strata) for strata in together.values())
        return tuple(block for block in blocks if block is not None)

    def _block(self, domain: str, together: Sequence[str]) -> Block | None:
        strata = tuple(stratum for stratum in together if stratum in self.domains[domain])
        valid = self.knowledge.valid(strata, self.preset)
        if not valid:
            return None
        persons = sum(self.knowledge.populations[stratum] for stratum in together)
        weight = persons / self.knowledge.valid(together, self.preset)
        return Block(strata, valid, weight, is_whole=len(strata) == len(together))


def publications(documents: Sequence[bytes], knowledge: Knowledge) -> list[Publication]:
    """Read all releases of a campaign, the first first."""
    return [
        Publication.read(number, document, knowledge)
        for number, document in enumerate(documents, start=1)
    ]
