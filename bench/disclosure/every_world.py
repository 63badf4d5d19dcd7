"""The attacker who knows the method and its code: every world of counts is released.

The sizes stay, the yes of every part take every value they can have, and worlds whose documents are
the same byte for byte cannot be told apart. Only tiny campaigns are small enough for that.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np

from bench.disclosure.campaigns import Frame, box_of, manifest_of, released, split
from questionnaires import Code
from survey_app.documents.design import Kind
from survey_app.documents.results import Options
from tests.attack.published import publications
from tests.attack.targets import targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from survey_app.answers.analyse.estimates.opened_box import OpenedBox
    from tests.attack.knowledge import Integers

Yes = tuple[int, ...]
"""One part's yes: to the only item; or to the first alone, the second alone, and both."""


@dataclass(frozen=True)
class TinyStratum:
    """Respondents of a stratum: with dealings, and without.

    Attributes
    ----------
    category, unit
        Strata of one name are taken together.
    """

    category: str
    unit: str
    population: int
    dealings: int
    bystanders: int = 0

    @property
    def sheets(self) -> int:
        """All its sheets."""
        return self.dealings + self.bystanders


@dataclass(frozen=True)
class TinyCampaign:
    """A campaign of which every world is tried."""

    name: str
    strata: tuple[TinyStratum, ...]
    items: int = 1
    options: tuple[Options, ...] = (Options(),)

    def worlds(self) -> Iterator[OpenedBox]:
        """Open the box of every world."""
        frames = [
            Frame(s.unit, s.category, Kind.BUSINESS, s.population, s.sheets) for s in self.strata
        ]
        manifest = manifest_of(frames, self.items)
        questionnaire = manifest.questionnaires[Kind.BUSINESS].text
        choices = [list(_choices(stratum.dealings, self.items)) for stratum in self.strata]
        for choice in product(*choices):
            tables = [
                _table(stratum, yes, len(questionnaire.asked))
                for stratum, yes in zip(self.strata, choice, strict=True)
            ]
            yield box_of(manifest, tables)


@dataclass(frozen=True)
class Indistinct:
    """The smallest choice of counts that any small group has in any world.

    Attributes
    ----------
    worlds, documents
        Worlds, and how many of them can be told apart.
    least
        The fewest counts that a group of three or more, and a group of two, has.
    violations
        Pairs of a document and a group in it of which too few counts are possible.
    example
        One of them.
    """

    name: str
    worlds: int
    documents: int
    targets: int
    least: int
    violations: int
    example: str


def tell_apart(campaign: TinyCampaign) -> Indistinct:
    """Release every world, and count what each document leaves possible."""
    classes: dict[tuple[bytes, ...], list[Integers]] = defaultdict(list)
    first = None
    for box in campaign.worlds():
        documents = tuple(released(box, campaign.options))
        knowledge, world = split(
            box, Kind.BUSINESS, [options.validity for options in campaign.options]
        )
        classes[documents].append(world)
        first = first or (documents, knowledge)
    if first is None:
        raise ValueError("A campaign has at least one world.")
    groups = targets(first[1], publications(first[0], first[1]))
    shortfalls = []
    least = 99
    for documents, worlds in classes.items():
        table = np.array(worlds)
        for target in groups:
            counts = np.unique(table[:, target.members, target.item].sum(axis=1))
            if target.most >= 2:
                least = min(least, len(counts))
            if len(counts) < target.enough:
                shortfalls.append(f"{target.name} (at most {target.most}): {counts.tolist()}")
    return Indistinct(
        campaign.name,
        sum(map(len, classes.values())),
        len(classes),
        len(groups),
        least,
        len(shortfalls),
        shortfalls[0] if shortfalls else "",
    )


def _choices(size: int, items: int) -> Iterator[Yes]:
    """Give every way in which so many persons can answer one item, or two."""
    if items == 1:
        yield from ((yes,) for yes in range(size + 1))
        return
    for first, second, both in product(range(size + 1), repeat=3):
        if first + second + both <= size:
            yield first, second, both


def _table(stratum: TinyStratum, yes: Yes, asked: int) -> NDArray[np.uint8]:
    sheets = np.zeros((stratum.sheets, asked), np.uint8)
    sheets[: stratum.dealings, 0] = 1
    sheets[:, -1] = Code.REFUSED
    start = 0
    columns = ([1],) if len(yes) == 1 else ([1], [2], [1, 2])
    for number, items in zip(yes, columns, strict=True):
        sheets[start : start + number, items] = Code.YES
        start += number
    return sheets


def _two(first: int, second: int, bystanders: int = 0) -> tuple[TinyStratum, ...]:
    return (
        TinyStratum("C", "A", 12 * (first + bystanders), first, bystanders),
        TinyStratum("C", "B", max(20, 3 * second), second),
    )


AGAIN: Final = (Options(), Options(level=0.8), Options(level=0.99, fpc=False))
TINY: Final = (
    TinyCampaign("two strata of one category, 20 and 5", _two(20, 5)),
    TinyCampaign("two strata, 12 and 9", _two(12, 9)),
    TinyCampaign("two strata, 30 and 1", _two(30, 1)),
    TinyCampaign("two strata, 40 and 2", _two(40, 2)),
    TinyCampaign("two strata, 60 (5 with dealings) and 7", _two(5, 7, bystanders=55)),
    TinyCampaign("three releases, 15 and 6", _two(15, 6), options=AGAIN),
    TinyCampaign(
        "two categories, two units",
        (
            TinyStratum("C", "A", 90, 10),
            TinyStratum("D", "A", 30, 4),
            TinyStratum("D", "B", 60, 11),
        ),
    ),
    TinyCampaign(
        "three strata of one category",
        (
            TinyStratum("C", "A", 120, 12),
            TinyStratum("C", "B", 40, 4),
            TinyStratum("C", "C", 20, 3),
        ),
    ),
    TinyCampaign("two items, 13 (5 with dealings) and 2", _two(5, 2, bystanders=8), items=2),
)


def table(campaigns: Sequence[TinyCampaign] = TINY) -> Iterator[str]:
    """Give the rows of a table in Markdown, one campaign at a time."""
    yield "| campaign | worlds | told apart | small groups | fewest counts left | too few |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for campaign in campaigns:
        row = tell_apart(campaign)
        yield (
            f"| {row.name} | {row.worlds} | {row.documents} | {row.targets} | "
            f"{row.least} | {row.violations} | {row.example}"
        )
