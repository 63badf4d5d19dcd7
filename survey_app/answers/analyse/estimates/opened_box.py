"""An opened box: the sheets of its strata, and the strata that stay sealed."""

from collections.abc import Mapping
from dataclasses import dataclass

from survey_app.answers.analyse.estimates.validity import Sheets
from survey_app.documents.design import Kind, Stratum
from survey_app.documents.manifest import PublishedManifest


@dataclass(frozen=True, eq=False)
class Pile:
    """The sheets of strata that were opened together: one stratum of the estimation.

    Attributes
    ----------
    name
        The stratum, or several joined by ``+``.
    ballots
        In the box, with those that gave no sheet.
    refusals
        Ballots that gave no sheet, by reason.
    sheets
        Shape (n, items asked), one byte an answer.
    """

    name: str
    strata: tuple[Stratum, ...]
    ballots: int
    refusals: Mapping[str, int]
    sheets: Sheets

    @property
    def kind(self) -> Kind:
        """The kind of its posts."""
        return self.strata[0].kind

    @property
    def population(self) -> int:
        """Persons in its strata."""
        return sum(stratum.population for stratum in self.strata)

    @property
    def issued(self) -> int:
        """Persons asked in its strata."""
        return sum(stratum.sample for stratum in self.strata)


@dataclass(frozen=True)
class SealedStratum:
    """A stratum that stays sealed: its post category has too few ballots."""

    stratum: Stratum
    ballots: int


@dataclass(frozen=True, eq=False)
class OpenedBox:
    """An opened box: what stands in the store, which never changes again.

    ``content`` is a digest over the manifest and every sheet; boxes of one content are equal.
    """

    content: bytes
    manifest: PublishedManifest
    merkle_root: bytes
    piles: tuple[Pile, ...]
    sealed: tuple[SealedStratum, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OpenedBox) and other.content == self.content

    def __hash__(self) -> int:
        return hash(self.content)
