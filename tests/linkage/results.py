"""The figures of a run: one line for each attacker, engine and kind of survey, kept as JSON."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.linkage.limits import Limit, exceeds
from tests.linkage.measures import Tally

FILE = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Line:
    """What the best attacker of a kind learned.

    Attributes
    ----------
    attacker
        What he does; `tables.WORDS` says it in both languages.
    by
        By what he did it, as the harness names it.
    linked, chance, limit
        Shares of ``people``; no limit is None.
    """

    attacker: str
    engine: str
    people: int
    linked: float
    chance: float
    limit: float | None
    strata: int = 1
    by: str = ""
    beyond: bool = False

    @classmethod
    def of(cls, attacker: str, engine: str, tally: Tally, limit: Limit, **fields: Any) -> "Line":
        """Round a tally to what is shown."""
        largest = limit(tally)
        values: dict[str, Any] = {"people": tally.people, "beyond": exceeds(limit, tally)}
        return cls(
            attacker=attacker,
            engine=engine,
            linked=round(tally.share, 3),
            chance=round(tally.chance, 3),
            limit=None if largest is None else round(largest, 3),
            **values | fields,
        )

    def __str__(self) -> str:
        limit = "none" if self.limit is None else f"{self.limit:.3f}"
        mark = "  EXCEEDS ITS LIMIT" if self.beyond else ""
        return (
            f"{self.engine:<11} {self.people:>4} {self.strata:>2}  {self.attacker:<42}"
            f" {self.linked:>6.3f} {self.chance:>6.3f} {limit:>6}  {self.by}{mark}"
        )


@dataclass(frozen=True)
class Weakness:
    """What is known to be bad, and how well it was caught."""

    weakness: str
    engine: str
    linked: float
    chance: float


@dataclass(frozen=True)
class Results:
    """One run of ``make attack``.

    Attributes
    ----------
    minutes
        How long it took; None if its parts were run one by one.
    """

    seed: int
    minutes: float | None
    order: list[Line]
    insiders: list[Line]
    weaknesses: list[Weakness]

    @property
    def holds(self) -> bool:
        """Whether every limit was kept, and every weakness caught."""
        lines = [*self.order, *self.insiders]
        return not any(line.beyond for line in lines) and all(w.linked for w in self.weaknesses)

    def write(self) -> None:
        """Keep them beside the harness."""
        FILE.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    @classmethod
    def read(cls) -> "Results":
        """Read those that are kept."""
        content: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
        return cls(
            seed=content["seed"],
            minutes=content["minutes"],
            order=_lines(content["order"]),
            insiders=_lines(content["insiders"]),
            weaknesses=[Weakness(**fields) for fields in content["weaknesses"]],
        )


def _lines(rows: Iterable[Mapping[str, Any]]) -> list[Line]:
    return [Line(**fields) for fields in rows]
