"""What list of codes is asked for."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class ListForm(StrEnum):
    """How a list is written."""

    CSV = "csv"
    XLSX = "xlsx"
    CARDS = "cards"


@dataclass(frozen=True)
class ListRequest:
    """A list to be made: of which strata, in which form, and whether it may replace codes.

    One with names beside codes has a number within its campaign, others have 0. It has new codes
    for the whole sample of its strata, or for single persons (their rows' keys in hexadecimal
    digits) or one card, by its number.
    """

    strata: tuple[str, ...]
    form: ListForm
    replace: bool
    per_page: int = 8
    number: int = 0
    persons: tuple[str, ...] = ()
    card: int = 0

    @property
    def is_single(self) -> bool:
        """Whether it has codes for single persons or one card, and leaves all others alone."""
        return bool(self.persons or self.card)

    def task(self) -> dict[str, Any]:
        """Convert it to what a job stores."""
        return asdict(self)

    @classmethod
    def of(cls, task: dict[str, Any]) -> "ListRequest":
        """Read what a job stores."""
        return cls(
            tuple(task["strata"]),
            ListForm(task["form"]),
            task["replace"],
            task["per_page"],
            task.get("number", 0),
            tuple(task.get("persons", ())),
            task.get("card", 0),
        )
