"""What a report says beside results: how the survey was made, and who answers for the numbers."""

from dataclasses import dataclass, replace
from datetime import date

from survey_app.documents.manifest import PublishedManifest


@dataclass(frozen=True)
class Survey:
    """The survey as it was published, and the last day on which answers were taken."""

    manifest: PublishedManifest
    last_day: date

    def until(self, day: date | None) -> "Survey":
        """Return it as it stood on a day: a box that was opened early takes no answers since."""
        return self if day is None else replace(self, last_day=min(self.last_day, day))


@dataclass(frozen=True)
class Provenance:
    """Of which release a report is, and who made and checked it; by default it is of none.

    Attributes
    ----------
    number
        The release's; None for results without disclosure control.
    digest
        SHA-256 of the release's document, in hexadecimal digits.
    day
        The date that the report bears.
    has_old_rules
        Whether the release was made by rules that no longer hold.
    """

    number: int | None = None
    maker: str = ""
    checker: str = ""
    digest: str = ""
    day: date | None = None
    has_old_rules: bool = False

    @property
    def is_release(self) -> bool:
        """Whether it may leave the house."""
        return self.number is not None
