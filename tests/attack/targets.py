"""The small groups of persons whose answers nobody may learn."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations

from tests.attack.knowledge import Knowledge, Mask
from tests.attack.published import Publication

SMALL = 10


@dataclass(frozen=True, eq=False)
class Target:
    """Some parts' yes to one item; at most ``most`` persons can have said it."""

    name: str
    item: int
    members: Mask
    most: int

    @property
    def enough(self) -> int:
        """How many counts of yes must stay possible."""
        return min(3, self.most + 1)


def targets(knowledge: Knowledge, releases: Sequence[Publication]) -> list[Target]:
    """List the small groups of all releases together, each once."""
    groups: dict[bytes, tuple[str, Mask]] = {}
    for name, members in _groups(knowledge, releases):
        groups.setdefault(members.tobytes(), (name, members))
    return [
        target
        for name, members in groups.values()
        if knowledge.persons[members].sum() < SMALL
        for target in of_group(knowledge, name, members)
        if target.most
    ]


def of_group(knowledge: Knowledge, name: str, members: Mask) -> Iterator[Target]:
    """Give a group's yes to every item."""
    for item, most in enumerate(knowledge.most[members].sum(axis=0).tolist()):
        yield Target(f"{name} {knowledge.items[item]}", item, members, most)


def _groups(knowledge: Knowledge, releases: Sequence[Publication]) -> Iterator[tuple[str, Mask]]:
    """Domains, strata, what two of them differ by, and whom other rules add or remove."""
    sets = {
        f"{release.preset} {domain}": knowledge.members(strata, release.preset)
        for release in releases
        for domain, strata in (
            *release.domains.items(),
            *((stratum, (stratum,)) for stratum in knowledge.populations),
        )
    }
    yield from sets.items()
    for (outer_name, outer), (inner_name, inner) in permutations(sets.items(), 2):
        if (outer & inner).any():
            yield f"{outer_name} without {inner_name}", outer & ~inner
    for at, part in enumerate(knowledge.exposed_parts):
        members = knowledge.members([], "")
        members[at] = True
        yield f"{part.stratum} valid by {', '.join(sorted(part.presets))}", members
