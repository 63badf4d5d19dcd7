"""What a design may not be, so that no stratum hides too few persons.

A stored design is never asked: those of earlier releases stay readable. Every entrance asks: the
campaign file, the console's forms, the statisticians' acceptance, a client before it answers.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final, Protocol

from survey_app.documents.design import SMALLEST_POPULATION, Names
from survey_app.errors import N_, SurveyError

SMALLEST_SAMPLE: Final = 10


class DesignRefusedError(SurveyError):
    """A stratum would not hide its persons; ``place`` is where it stands in the document."""

    code = "design_refused"

    def __init__(self, sentence: str, place: tuple[str | int, ...], **values: object) -> None:
        super().__init__(sentence, **values)
        self.place = place


class AnyStratum(Protocol):
    """A stratum of a draft, a design or a manifest."""

    @property
    def id(self) -> str:
        """Its identifier."""

    @property
    def unit(self) -> Names:
        """Where its persons work."""

    @property
    def post_category(self) -> Names:
        """Which posts they are asked about."""

    @property
    def population(self) -> int:
        """How many persons it has."""

    @property
    def sample(self) -> int:
        """How many of them are invited."""


def check_design(strata: Sequence[AnyStratum]) -> None:
    """Refuse a design in which a person would stand in too small a group.

    Raises
    ------
    DesignRefusedError
        Two strata look alike to their persons, or one has too few persons or invitations.
    """
    check_names(strata)
    for at, stratum in enumerate(strata):
        check_size(stratum, at)


def check_names(strata: Sequence[AnyStratum]) -> None:
    """Refuse strata that read the same in a language: together they would hide how small each is.

    Raises
    ------
    DesignRefusedError
        Two strata have the same unit and post category in Chinese or in English.
    """
    first_of: dict[tuple[str, str], int] = {}
    for at, stratum in enumerate(strata):
        for language in ("zh", "en"):
            first = first_of.setdefault((language, _as_read(stratum, language)), at)
            if first != at:
                raise DesignRefusedError(
                    N_(
                        "The strata “%(stratum)s” and “%(other)s” have the same unit and post "
                        "category, so that no one sees how small each of them is: merge them, or "
                        "name what tells them apart."
                    ),
                    ("strata", at, "unit"),
                    stratum=strata[first].id,
                    other=stratum.id,
                )


def check_size(stratum: AnyStratum, at: int = 0) -> None:
    """Refuse a stratum in which persons are too few to hide.

    Raises
    ------
    DesignRefusedError
        Its population is below 20, or its sample below 10.
    """
    if stratum.population < SMALLEST_POPULATION:
        raise DesignRefusedError(
            N_(
                "The stratum “%(stratum)s” has %(population)s persons, fewer than %(least)s: "
                "merge it with another."
            ),
            ("strata", at, "population"),
            stratum=stratum.id,
            population=stratum.population,
            least=SMALLEST_POPULATION,
        )
    if stratum.sample < SMALLEST_SAMPLE:
        raise DesignRefusedError(
            N_(
                "The stratum “%(stratum)s” has a sample of %(sample)s, fewer than %(least)s: raise "
                "the sample, or merge the stratum with another."
            ),
            ("strata", at, "sample"),
            stratum=stratum.id,
            sample=stratum.sample,
            least=SMALLEST_SAMPLE,
        )


def _as_read(stratum: AnyStratum, language: str) -> str:
    """Write unit and posts as a page shows them, without what no reader sees a difference in."""
    name = f"{getattr(stratum.unit, language)} · {getattr(stratum.post_category, language)}"
    letters = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in letters if not c.isspace() and unicodedata.category(c) != "Cf")
