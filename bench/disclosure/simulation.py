"""Attack the releases of a campaign, and say what the attacker learned and what readers kept."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bench.disclosure.campaigns import released, split
from tests.attack.limits import sharpened
from tests.attack.programs import Left, Programs
from tests.attack.published import Publication, Statement, publications
from tests.attack.targets import SMALL, Target, targets
from tests.attack.worlds import TooManyError, Worlds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.disclosure.campaigns import Campaign
    from tests.attack.knowledge import Integers, Knowledge

FEW_YES: Final = 2
"""A cell that rests on so few persons' yes is a target too."""
FINE: Final = 0.001


@dataclass(frozen=True)
class Recovery:
    """A group whose yes is known more narrowly than it may be."""

    seed: int
    kind: str
    target: str
    most: int
    counts: tuple[int, ...]
    truth: int
    attack: str

    def __str__(self) -> str:
        """Write it on a line."""
        return (
            f"seed {self.seed} {self.kind}: {self.target}, at most {self.most}: "
            f"{list(self.counts)} left, truth {self.truth} ({self.attack})"
        )


@dataclass
class Tally:
    """What became of the campaigns attacked so far."""

    campaigns: int = 0
    releases: int = 0
    targets: int = 0
    undecided: int = 0
    enumerated: int = 0
    recoveries: list[Recovery] = field(default_factory=list)
    cells: Counter[str] = field(default_factory=Counter)
    categories: int = 0
    readable: int = 0
    seconds: float = 0.0

    @property
    def share_readable(self) -> float:
        """The share of post categories of 10 and more answers with a rate or a bound."""
        return self.readable / self.categories if self.categories else 1.0


def attack(campaign: Campaign, tally: Tally) -> None:
    """Make a campaign's releases, attack them, and add to the tally."""
    start = time.perf_counter()
    documents = list(released(campaign.box, campaign.options))
    tally.seconds += time.perf_counter() - start
    tally.campaigns += 1
    tally.releases += len(documents)
    for document in documents:
        _count_cells(json.loads(document), tally)
    for kind in campaign.kinds:
        knowledge, truth = split(campaign.box, kind, campaign.rules)
        _attack_kind(campaign.seed, publications(documents, knowledge), truth, tally)


def _attack_kind(seed: int, releases: Sequence[Publication], truth: Integers, tally: Tally) -> None:
    knowledge = releases[0].knowledge
    statements = [
        sharpened(knowledge, statement)
        for release in releases
        for statement in release.statements()
    ]
    programs = Programs(knowledge, statements, truth)
    worlds = _tried(knowledge, statements)
    tally.enumerated += worlds is not None
    for target in (*targets(knowledge, releases), *_of_few(knowledge, statements, truth)):
        tally.targets += 1
        yes = int(truth[target.members, target.item].sum())
        ways: dict[str, Left] = {"programs": programs.left(target)}
        if worlds is not None:
            ways["all worlds"] = worlds.left(target)
        for way, left in ways.items():
            if left.is_complete and yes not in left.counts:
                raise ValueError(f"seed {seed}: {target.name} is {yes}, not in {left.counts}")
            if left.is_complete and len(left.counts) < target.enough:
                tally.recoveries.append(
                    Recovery(
                        seed,
                        knowledge.kind,
                        target.name,
                        target.most,
                        tuple(sorted(left.counts)),
                        yes,
                        way,
                    )
                )
                break
        else:
            tally.undecided += len(ways["programs"].counts) < target.enough and worlds is None


def _tried(knowledge: Knowledge, statements: Sequence[Statement]) -> Worlds | None:
    try:
        return Worlds(knowledge, statements, with_limits=True)
    except TooManyError:
        return None


def _of_few(
    knowledge: Knowledge, statements: Sequence[Statement], truth: Integers
) -> Iterator[Target]:
    """Give the cells that are shown and rest on one or two persons' yes."""
    for statement in (s for s in statements if not s.is_hidden):
        item = knowledge.items.index(statement.item)
        members = knowledge.members(statement.strata, statement.preset)
        most = int(knowledge.most[members, item].sum())
        if most >= SMALL and 0 < truth[members, item].sum() <= FEW_YES:
            name = f"{statement.preset} {statement.domain} {statement.item}, of few"
            yield Target(name, item, members, most)


def _count_cells(document: Mapping[str, Any], tally: Tally) -> None:
    results = document["results"]
    large = {
        domain["id"]
        for domain in results["domains"]
        if domain["scope"] == "post_category" and domain["valid"] >= SMALL
    }
    for row in results["rates"]:
        fate = _fate(row)
        tally.cells[fate] += 1
        if row["domain"] in large and (row["item"], row["denominator"]) == ("any", "valid"):
            tally.categories += 1
            tally.readable += fate != "hidden"


def _fate(row: Mapping[str, Any]) -> str:
    if row["rate"] is None:
        return "hidden" if row["low"] is None else "bound"
    return "shown" if row.get("step", FINE) <= FINE else f"rounded to {row['step']:g}"
