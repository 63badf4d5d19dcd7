"""Which strata are opened together: none alone with fewer than ten ballots."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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
    def of_stripped(cls, groups: Iterable[str]) -> "OpeningGroups":
        """Take the groups as they were made when the keeper's seals came off."""
        return cls({group: group for group in groups}, {})

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
        sealed = left_sealed(strata, ballots)
        groups = {name: group for name, group in members.items() if name not in sealed}
        _check_sizes(groups, ballots, categories)
        return cls({name: "+".join(group) for name, group in groups.items()}, sealed)


def left_sealed(strata: Sequence[Stratum], ballots: Mapping[str, int]) -> dict[str, int]:
    """Give the ballots of the strata whose whole post category has too few to be opened."""
    categories = _categories(strata)
    in_category: Counter[str] = Counter()
    for stratum, category in categories.items():
        in_category[category] += ballots.get(stratum, 0)
    return {
        stratum: ballots.get(stratum, 0)
        for stratum, category in categories.items()
        if in_category[category] < SMALLEST_OPENING
    }


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


def _check_sizes(
    groups: Mapping[str, Sequence[str]],
    ballots: Mapping[str, int],
    categories: Mapping[str, str],
) -> None:
    """Refuse groups that are too small, naming all of them."""
    sizes = {tuple(group): sum(ballots.get(name, 0) for name in group) for group in groups.values()}
    small = {group: number for group, number in sizes.items() if number < SMALLEST_OPENING}
    if not small:
        return
    first = next(iter(small))
    same_category = [name for name, of in categories.items() if of == categories[first[0]]]
    raise OpeningError(
        N_(
            "Fewer than %(least)s ballots: %(strata)s. Each of these is opened only merged with"
            " another of its post category: --merge %(small)s=%(other)s"
        ),
        least=SMALLEST_OPENING,
        strata=", ".join(f"“{'+'.join(group)}” ({number})" for group, number in small.items()),
        small=first[0],
        other=next(name for name in same_category if name not in first),
    )
