"""Small strata, shown together as other units of their post category."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from stats.disclosure import SMALLEST
from survey_app.documents.design import Names
from survey_app.documents.results import Domain, Scope, domain_id

OTHER_UNITS: Final = Names(zh="其他单位", en="Other units")
Sizes = Mapping[str, tuple[int, int]]
"""Valid sheets of each stratum, and those with dealings among them."""


def with_other_units(
    domains: Sequence[Domain], sizes: Sizes
) -> tuple[list[Domain], dict[str, str]]:
    """Take the small strata of each post category together.

    A stratum is small with fewer than ten valid sheets, or than ten with dealings if any. The next
    in size join them until they are ten together.

    Returns
    -------
    tuple of list and dict
        The domains with those of other units behind their post category's strata; and for each
        stratum that is shown only with others the domain of these.
    """
    merged: dict[str, str] = {}
    more = []
    for category in (domain for domain in domains if domain.scope == Scope.CATEGORY):
        strata = [
            d for d in domains if d.scope == Scope.STRATUM and set(d.strata) <= set(category.strata)
        ]
        together = _together([d for d in strata if d.key in sizes], sizes)
        if not together:
            continue
        other_units = replace(
            category,
            id=domain_id(Scope.STRATUM, category.kind, f"others/{category.key}"),
            scope=Scope.STRATUM,
            key=f"others/{category.key}",
            name=OTHER_UNITS,
            category=category.name,
            strata=tuple(name for domain in together for name in domain.strata),
            population=sum(domain.population for domain in together),
            issued=sum(domain.issued for domain in together),
            ballots=sum(domain.ballots for domain in together),
            valid=sum(domain.valid for domain in together),
        )
        is_all = len(together) == len(strata)
        merged |= {domain.key: category.id if is_all else other_units.id for domain in together}
        if not is_all:
            more.append(other_units)
    return [*domains, *more], merged


def _together(strata: Sequence[Domain], sizes: Sizes) -> list[Domain]:
    """List the strata that are to be shown together; none if none is small."""

    def is_small(valid: int, dealings: int) -> bool:
        return valid < SMALLEST or 0 < dealings < SMALLEST

    small = [domain for domain in strata if is_small(*sizes[domain.key])]
    rest = sorted((d for d in strata if d not in small), key=lambda d: sizes[d.key])
    while rest and small and (len(small) == 1 or is_small(*_sum(sizes[d.key] for d in small))):
        small.append(rest.pop(0))
    return small if len(small) > 1 else []


def _sum(sizes: Iterable[tuple[int, int]]) -> tuple[int, int]:
    pairs = list(sizes)
    return sum(valid for valid, _ in pairs), sum(dealings for _, dealings in pairs)
