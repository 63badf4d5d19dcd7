"""What list of codes is asked for."""

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any


class ListForm(StrEnum):
    """How a list is written."""

    CSV = "csv"
    XLSX = "xlsx"
    CARDS = "cards"


class ListLanguage(StrEnum):
    """The languages of a list."""

    CHINESE = "zh"
    ENGLISH = "en"
    BOTH = "both"


class NamePlace(StrEnum):
    """Where persons' names stand who get cards, never beside what a card promises."""

    LIST = "list"
    """On a list beside the cards' numbers."""
    STRIP = "strip"
    """On a strip of each card, which is torn off."""


@dataclass(frozen=True)
class ListRequest:
    """A list to be made: of which strata, in which form, and whether it may replace codes.

    One with names beside codes has a number within its campaign, others have 0. It has new codes
    for the whole sample of its strata, or for single persons (their rows' keys in hexadecimal
    digits) or one card, by its number. Cards may have a sheet for each unit's envelope.
    """

    strata: tuple[str, ...]
    form: ListForm
    replace: bool
    per_page: int = 8
    number: int = 0
    persons: tuple[str, ...] = ()
    card: int = 0
    language: ListLanguage = ListLanguage.ENGLISH
    names: NamePlace = NamePlace.LIST
    units: bool = False

    @property
    def is_single(self) -> bool:
        """Whether it has codes for single persons or one card, and leaves all others alone."""
        return bool(self.persons or self.card)

    def task(self) -> dict[str, Any]:
        """Convert it to what a job stores."""
        return asdict(self)

    @classmethod
    def of(cls, task: dict[str, Any]) -> "ListRequest":
        """Read what a job stores, of an earlier release too."""
        known = {field.name: task[field.name] for field in fields(cls) if field.name in task}
        return cls(
            **known
            | {
                "strata": tuple(task["strata"]),
                "form": ListForm(task["form"]),
                "language": ListLanguage(task.get("language", "en")),
                "persons": tuple(task.get("persons", ())),
                "names": NamePlace(task.get("names", "list")),
            }
        )
