"""Which strata are opened together: none alone with fewer than ten ballots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey_app.documents.design import SMALLEST_OPENING, Stratum
from survey_app.errors import N_, OpeningError


@dataclass(frozen=True)
class OpeningGroups:
    """The strata that are opened, with the name of their group, and those that stay sealed.

    Attributes
    ----------
    group_of
        The group of each stratum that is opened; merged strata share one, joined by ``+``.
    sealed
        The ballots of each stratum whose whole post category has too few to be opened.
    """

    group_of: Mapping[str, str]
    sealed: Mapping[str, int]

    @classmethod
    def of(
        cls, strata: Sequence[Stratum], ballots: Mapping[str, int], merges: Mapping[str, str]
    ) -> "OpeningGroups":
        """Merge as was asked, and leave sealed what cannot be opened even merged.

        Raises
        ------
        OpeningError
            There are more ballots than persons, a merge is impossible, or a stratum is too small
            and was not merged.
        """
        _check_stuffing(strata, ballots)
        categories = _categories(strata)
        members = _merged(categories, merges)
        in_category: dict[str, int] = {}
        for stratum, category in categories.items():
            in_category[category] = in_category.get(category, 0) + ballots.get(stratum, 0)
        group_of, sealed = {}, {}
        for stratum, group in members.items():
            if in_category[categories[stratum]] < SMALLEST_OPENING:
                sealed[stratum] = ballots.get(stratum, 0)
                continue
            _check_size(group, sum(ballots.get(member, 0) for member in group), categories)
            group_of[stratum] = "+".join(group)
        return cls(group_of, sealed)


def check_merges(strata: Sequence[Stratum], merges: Mapping[str, str]) -> None:
    """Refuse a merge that no number of ballots makes possible.

    Raises
    ------
    OpeningError
        There is no such stratum, or the two are not of one post category.
    """
    _merged(_categories(strata), merges)


def _categories(strata: Sequence[Stratum]) -> dict[str, str]:
    return {stratum.id: stratum.post_category.zh for stratum in strata}


def _check_stuffing(strata: Sequence[Stratum], ballots: Mapping[str, int]) -> None:
    for stratum in strata:
        if ballots.get(stratum.id, 0) > stratum.population:
            raise OpeningError(
                N_(
                    "“%(stratum)s” has %(ballots)s ballots of %(population)s persons: the box was "
                    "stuffed. Compare the counts of both sides on the page of the receipts."
                ),
                stratum=stratum.id,
                ballots=ballots[stratum.id],
                population=stratum.population,
            )


def _merged(categories: Mapping[str, str], merges: Mapping[str, str]) -> dict[str, list[str]]:
    """Give each stratum the list, in the design's order, of those it is opened with."""
    group = {stratum: {stratum} for stratum in categories}
    for small, into in merges.items():
        for name in (small, into):
            if name not in categories:
                raise OpeningError(N_("There is no stratum “%(stratum)s”."), stratum=name)
        if categories[small] != categories[into]:
            raise OpeningError(
                N_("“%(small)s” and “%(into)s” are not of one post category."),
                small=small,
                into=into,
            )
        union = group[small] | group[into]
        group.update(dict.fromkeys(union, union))
    return {
        name: [member for member in categories if member in joined]
        for name, joined in group.items()
    }


def _check_size(group: Sequence[str], ballots: int, categories: Mapping[str, str]) -> None:
    if ballots >= SMALLEST_OPENING:
        return
    category = categories[group[0]]
    neighbours = [name for name, of in categories.items() if of == category and name not in group]
    raise OpeningError(
        N_(
            "“%(stratum)s” has %(ballots)s ballots; below %(least)s it is opened only merged with "
            "another of its post category: --merge %(small)s=%(other)s"
        ),
        stratum="+".join(group),
        ballots=ballots,
        least=SMALLEST_OPENING,
        small=group[0],
        other=neighbours[0],
    )
