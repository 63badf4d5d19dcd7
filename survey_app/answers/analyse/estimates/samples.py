"""One kind of posts as a stratified sample: its domains and their rates."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

import stats
from survey_app.answers.analyse.estimates import nonresponse
from survey_app.documents.design import Names
from survey_app.documents.results import (
    ANY,
    DENOMINATORS,
    CellKey,
    Domain,
    Note,
    Rate,
    Scope,
    Weighting,
    domain_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from survey_app.answers.analyse.estimates.counts import KindCounts, StratumCounts
    from survey_app.answers.analyse.estimates.opened_box import Pile
    from survey_app.documents.design import Kind
    from survey_app.documents.results import Denominator, Options


# What estimates and results have under one name and with one meaning.
_COMMON: Final = (
    {field.name for field in fields(stats.Rate)} & {field.name for field in fields(Rate)}
) - {"domain", "df"}


@dataclass(frozen=True, eq=False)
class DrawnStrata:
    """Strata with valid sheets, as a design, its counts, and the persons issued in each."""

    kind: Kind
    design: stats.Design
    counts: stats.Counts
    issued: Mapping[str, int]
    options: Options

    @property
    def categories(self) -> NDArray[np.str_]:
        """The post category of each stratum."""
        return np.array(self.design.groups[Scope.CATEGORY])

    def rates(self, scope: Scope, denominator: Denominator) -> Iterator[Rate]:
        """Estimate the items of every domain of a scope."""
        by = None if scope == Scope.KIND else str(scope)
        for estimate in self._estimates(by, stats.Denominator(denominator)):
            key = self.kind if by is None else estimate.domain
            yield _rate(
                domain_id(scope, self.kind, key),
                denominator,
                estimate,
                is_shown=estimate.rate is not None or not self._weighted(by),
            )

    def _weighted(self, by: str | None) -> bool:
        # Within a stratum every weighting gives each sheet the same weight.
        return self.options.weighting != Weighting.STRATA and by != Scope.STRATUM

    def _estimates(self, by: str | None, denominator: stats.Denominator) -> tuple[stats.Rate, ...]:
        if self._weighted(by):
            return nonresponse.rates(
                self.design, self.counts, self.issued, self.options, by=by, denominator=denominator
            )
        return stats.rates(
            self.design,
            self.counts,
            by=by,
            denominator=denominator,
            interval=self.options.method,
            level=self.options.level,
            fpc=self.options.fpc,
        )

    def exceedances(self, thresholds: Sequence[float]) -> tuple[stats.Exceedance, ...]:
        """Say how sure it is that each post category's rate of any contact reaches thresholds."""
        if self._weighted(Scope.CATEGORY):
            return nonresponse.exceedances(
                self.design, self.counts, self.issued, self.options, thresholds
            )
        return stats.exceedance(
            self.design,
            self.counts,
            thresholds,
            by=Scope.CATEGORY,
            items=(),
            fpc=self.options.fpc,
        )


def _rate(domain: str, denominator: Denominator, estimate: stats.Rate, *, is_shown: bool) -> Rate:
    """Write an estimate as a rate of the results; one not shown keeps its sheets only."""
    if not is_shown:
        return Rate(domain, estimate.item, denominator, n=estimate.n, yes=estimate.yes)
    presentation = estimate.presentation
    return Rate(
        **{name: getattr(estimate, name) for name in _COMMON},
        domain=domain,
        denominator=denominator,
        undetermined=estimate.unknown + estimate.refused,
        df=estimate.df if estimate.n else None,
        decision=presentation.decision if presentation else None,
        reason=presentation.reason if presentation else None,
        footnote=presentation.footnote if presentation else False,
    )


@dataclass(frozen=True, eq=False)
class Sample:
    """The valid sheets of one kind of posts.

    Attributes
    ----------
    counts, valid
        Of the sheets that are estimated from; ``valid`` has one number a stratum.
    joined
        Strata without a valid sheet, and the neighbour of their post category they are counted
        with, so that their persons are not lost.
    """

    kind_counts: KindCounts
    options: Options
    counts: stats.Counts
    valid: tuple[int, ...]
    joined: Mapping[str, str]

    @classmethod
    def of(cls, kind_counts: KindCounts, options: Options, *, unfiltered: bool = False) -> Sample:
        """Take the valid sheets, or with them those that were excluded for a flag."""
        if unfiltered:
            valid = tuple(stratum.valid + stratum.excluded for stratum in kind_counts.strata)
            return cls(
                kind_counts, options, kind_counts.unfiltered, valid, _joined(kind_counts, valid)
            )
        valid = tuple(stratum.valid for stratum in kind_counts.strata)
        return cls(kind_counts, options, kind_counts.counts, valid, _joined(kind_counts, valid))

    @property
    def kind(self) -> Kind:
        """The kind of posts."""
        return self.kind_counts.kind

    @cached_property
    def drawn(self) -> DrawnStrata | None:
        """The strata with valid sheets, as they were drawn; None if there are none."""
        piles = [stratum.pile for stratum in self.kind_counts.strata]
        places = [at for at, pile in enumerate(piles) if self.valid[at] or pile.name in self.joined]
        if not places:
            return None
        design = stats.Design(
            [piles[at].name for at in places],
            [piles[at].population for at in places],
            [self.valid[at] for at in places],
            groups={
                Scope.CATEGORY: [category(piles[at]).zh for at in places],
                Scope.UNIT: [unit(piles[at]).zh for at in places],
            },
            lonely=stats.Lonely.ADJUST,
        )
        rows = {name: column[places] for name, column in self.counts.columns().items()}
        issued = {pile.name: pile.issued for pile in piles}
        for small, into in self.joined.items():
            issued[into] += issued[small]
        collapsed = stats.collapse(design, self.counts.with_columns(rows), self.joined)
        return DrawnStrata(self.kind, *collapsed, issued, self.options)

    @cached_property
    def domains(self) -> list[Domain]:
        """All domains, the widest first, also those where nothing was valid."""
        return [
            self._domain(scope, key, strata)
            for scope in Scope
            for key, strata in self._parts(scope).items()
        ]

    def _parts(self, scope: Scope) -> dict[str, list[StratumCounts]]:
        parts: dict[str, list[StratumCounts]] = {}
        for stratum in self.kind_counts.strata:
            key = {
                Scope.KIND: str(self.kind),
                Scope.CATEGORY: category(stratum.pile).zh,
                Scope.UNIT: unit(stratum.pile).zh,
                Scope.STRATUM: stratum.pile.name,
            }[scope]
            parts.setdefault(key, []).append(stratum)
        return parts

    def _domain(self, scope: Scope, key: str, strata: Sequence[StratumCounts]) -> Domain:
        first = strata[0].pile
        title = self.kind_counts.questionnaire.title
        name = {
            Scope.KIND: Names(zh=title.zh, en=title.en),
            Scope.CATEGORY: category(first),
            Scope.UNIT: unit(first),
            Scope.STRATUM: unit(first),
        }[scope]
        return Domain(
            id=domain_id(scope, self.kind, key),
            scope=scope,
            kind=self.kind,
            key=key,
            name=name,
            category=category(first) if scope in {Scope.CATEGORY, Scope.STRATUM} else None,
            strata=tuple(stratum.pile.name for stratum in strata),
            population=sum(stratum.pile.population for stratum in strata),
            issued=sum(stratum.pile.issued for stratum in strata),
            ballots=sum(stratum.pile.ballots for stratum in strata),
            valid=sum(stratum.valid for stratum in strata),
        )

    def rates(self, scopes: Sequence[Scope] = tuple(Scope)) -> Iterator[Rate]:
        """Estimate every domain's items, among valid sheets and among those with dealings."""
        for scope in scopes:
            by_key = {
                rate.key: rate
                for denominator in DENOMINATORS
                for rate in (self.drawn.rates(scope, denominator) if self.drawn else ())
            }
            for domain in (domain for domain in self.domains if domain.scope == scope):
                for item in (ANY, *self.counts.items):
                    for denominator in DENOMINATORS:
                        key = CellKey(domain.id, item, denominator)
                        yield by_key.get(key) or Rate(*key)

    @property
    def notes(self) -> Iterator[Note]:
        """Say what was joined, what rests on one sheet, and what has none."""
        for small, into in self.joined.items():
            yield Note("joined", small, into)
        for stratum in self.kind_counts.strata:
            if stratum.valid == 1:
                yield Note("lonely", stratum.pile.name)
        for domain in self.domains:
            if domain.scope == Scope.CATEGORY and not domain.valid:
                yield Note("empty", domain.id)


def category(pile: Pile) -> Names:
    """Give the one post category that merged strata share."""
    return pile.strata[0].post_category


def unit(pile: Pile) -> Names:
    """Join the units of merged strata, each once."""
    units = [stratum.unit for stratum in pile.strata]
    return Names(
        zh="、".join(dict.fromkeys(name.zh for name in units)),
        en=", ".join(dict.fromkeys(name.en for name in units)),
    )


def _joined(kind_counts: KindCounts, valid: Sequence[int]) -> dict[str, str]:
    """Join strata without a valid sheet to the fullest of their post category."""
    fullest: dict[str, int] = {}
    for at, stratum in enumerate(kind_counts.strata):
        place = fullest.setdefault(category(stratum.pile).zh, at)
        if valid[at] > valid[place]:
            fullest[category(stratum.pile).zh] = at
    return {
        stratum.pile.name: kind_counts.strata[fullest[category(stratum.pile).zh]].pile.name
        for at, stratum in enumerate(kind_counts.strata)
        if not valid[at] and valid[fullest[category(stratum.pile).zh]]
    }
