"""Who answered, beside the frame, and what rates would be if those who did not were unlike them.

All of it from results: strata are the finest that the frame knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

import stats
from survey_app.documents.results import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from survey_app.documents.design import Kind, Names
    from survey_app.documents.results import Domain, Results

VARIABLES = (Scope.CATEGORY, Scope.UNIT)


@dataclass(frozen=True)
class Supposed:
    """Rates of any contact in one domain, supposing something of those who did not answer.

    Attributes
    ----------
    rates
        If they had `stats.nonresponse.FACTORS` times the rate of those who answered.
    upper
        If all of them had had a contact.
    reached
        The factor at which each threshold is reached: 0 in any case, None at no factor.
    """

    domain: Domain
    rates: tuple[float, ...]
    upper: float
    reached: tuple[float | None, ...]


@dataclass(frozen=True)
class KindResponse:
    """How evenly those asked about one kind of posts answered, and what follows.

    Attributes
    ----------
    bias
        How far the rate of any contact could be off if it were not weighted by stratum; None
        without a rate.
    names
        Of the categories of each variable of the frame.
    supposed
        The kind's, then its post categories' that have valid sheets.
    smallest
        The fewest valid sheets of a stratum that has any.
    """

    domain: Domain
    even: stats.Representativity
    bias: float | None
    names: Mapping[str, Names]
    supposed: tuple[Supposed, ...]
    smallest: int

    @property
    def kind(self) -> Kind:
        """The kind of posts."""
        return self.domain.kind

    @property
    def is_compared(self) -> bool:
        """Whether there are two categories of anything to compare."""
        return any(variable.df for variable in self.even.variables)


def responses(results: Results) -> list[KindResponse]:
    """Compare those who answered with the frame, kind by kind; sealed strata are not in it."""
    return [_response(results, domain) for domain in results.of(Scope.KIND)]


def _response(results: Results, kind: Domain) -> KindResponse:
    strata = results.of(Scope.STRATUM, kind.kind)
    categories = [stratum.category or stratum.name for stratum in strata]
    names = {name.zh: name for name in (*categories, *(stratum.name for stratum in strata))}
    design = _design(strata, {stratum.key: stratum.key for stratum in strata})
    variables = [name for name in VARIABLES if len(set(design.labels(name))) > 1]
    even = stats.representativity(design, variables)
    rate = results.rate(kind.id).rate
    return KindResponse(
        domain=kind,
        even=even,
        bias=None if rate is None else even.maximal_bias(rate),
        names=names,
        supposed=_supposed(results, kind, strata),
        smallest=min((stratum.valid for stratum in strata if stratum.valid), default=0),
    )


def _design(strata: Sequence[Domain], into: Mapping[str, str]) -> stats.Design:
    """Make a design of the strata, each counted with the one that it goes ``into``."""
    parts = {
        name: [stratum for stratum in strata if into[stratum.key] == name]
        for name in dict.fromkeys(into.values())
    }
    population = [sum(part.population for part in joined) for joined in parts.values()]
    valid = [sum(part.valid for part in joined) for joined in parts.values()]
    issued = [sum(part.issued for part in joined) for joined in parts.values()]
    first = [joined[0] for joined in parts.values()]
    return stats.Design(
        list(parts),
        population,
        valid,
        # Cards beyond the sample may have been used: no one who was asked is missing then.
        np.maximum(issued, valid),
        groups={
            Scope.CATEGORY: [(stratum.category or stratum.name).zh for stratum in first],
            Scope.UNIT: [stratum.name.zh for stratum in first],
        },
    )


def _supposed(results: Results, kind: Domain, strata: Sequence[Domain]) -> tuple[Supposed, ...]:
    joined = {note.subject: note.other for note in results.notes if note.what == "joined"}
    into = {
        stratum.key: joined.get(stratum.key, stratum.key)
        for stratum in strata
        if stratum.valid or stratum.key in joined
    }
    if not into:
        return ()
    design = _design([stratum for stratum in strata if stratum.key in into], into)
    by_key = {stratum.key: results.rate(stratum.id) for stratum in strata}
    counts = np.array([(by_key[name].yes, by_key[name].n) for name in design.stratum])
    domains = {domain.key: domain for domain in results.of(Scope.CATEGORY, kind.kind)}
    lines = []
    for by in (None, Scope.CATEGORY):
        effect = stats.nonresponse_effect(design, counts[:, :1], counts[:, 1:], by=by)
        reached = [effect.break_even(threshold)[:, 0] for threshold in results.thresholds]
        lines += [
            Supposed(
                domain=kind if by is None else domains[name],
                rates=tuple(effect.rates[:, at, 0].tolist()),
                upper=float(effect.upper[at, 0]),
                reached=tuple(
                    float(factors[at]) if np.isfinite(factors[at]) else None for factors in reached
                ),
            )
            for at, name in enumerate(effect.domains)
        ]
    # A single post category is all of the kind.
    return tuple(lines if len(lines) > 2 else lines[-1:])
