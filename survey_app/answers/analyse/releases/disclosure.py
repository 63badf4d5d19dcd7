"""What a release shows of results: small strata taken together, rates rounded, numbers left out.

A release holds no number that does not follow from its `ReleaseTable` filled in, or from what it
shows: standard errors, degrees of freedom and counts of yes stay here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stats import disclosure
from survey_app.answers.analyse.estimates.compute import results_of
from survey_app.answers.analyse.estimates.opened_box import OpenedBox
from survey_app.answers.analyse.releases.other_units import with_other_units
from survey_app.answers.analyse.releases.respondents import Respondents
from survey_app.answers.analyse.releases.shown_tables import ShownKind, differences
from survey_app.documents.design import Kind
from survey_app.documents.release import ReleaseDocument, RowOutcome
from survey_app.documents.results import Domain, Options, Results, Scope
from survey_app.errors import N_, InputError

_COSTS = {Scope.STRATUM: 1.0, Scope.UNIT: 4.0, Scope.CATEGORY: 1000.0}


@dataclass(frozen=True)
class Protected:
    """Results as they may be published, and what became of every domain.

    ``exposed`` names small groups that earlier releases expose by themselves.
    """

    results: Results
    outcomes: tuple[RowOutcome, ...]
    exposed: tuple[str, ...]


def protect(box: OpenedBox, options: Options, earlier: Sequence[ReleaseDocument]) -> Protected:
    """Decide what of the results is shown after all that was shown before.

    Parameters
    ----------
    options
        Weighted by stratum: the weights of other choices are not a table's own.

    Raises
    ------
    InputError
        The tables of a small group cannot be protected. Or an earlier release has other rules of
        validity: sheets that one takes and the other leaves out are few, and their number tells who
        was flagged for what they said.
    """
    if any(release.options.validity != options.validity for release in earlier):
        raise InputError(
            N_(
                "All releases of a campaign have the same rules of validity, those of the first: "
                "the persons whom other rules add or leave out would be given away."
            )
        )
    results = results_of(box, options)
    try:
        parts = [_protected_kind(box, kind, options, earlier) for kind in results.kinds]
    except disclosure.UnprotectedError as error:
        raise InputError(
            N_("No table protects the small group “%(group)s”: nothing can be released."),
            group=error.group,
        ) from error
    domains = tuple(domain for part in parts for domain in part.domains)
    rates = tuple(rate for part in parts for rate in part.rates)
    return Protected(
        replace(
            results,
            domains=tuple(sorted(domains, key=lambda domain: list(Kind).index(domain.kind))),
            rates=rates,
            unfiltered=(),
            quality=tuple(
                replace(line, refused={}, invalid={}, flagged={}) for line in results.quality
            ),
            differences=tuple(differences(domains, rates)),
            associations=(),
            risks=tuple(risk for part in parts for risk in part.risks(box.manifest.risk)),
            notes=(*results.notes, *(note for part in parts for note in part.notes)),
        ),
        tuple(outcome for part in parts for outcome in part.outcomes),
        tuple(name for part in parts for name in part.exposed),
    )


def _protected_kind(
    box: OpenedBox, kind: Kind, options: Options, earlier: Sequence[ReleaseDocument]
) -> "ShownKind":
    """Protect the tables of one kind of posts."""
    results = results_of(box, options)
    respondents = Respondents(box, kind, options)
    items = tuple(item.code for item in results.items_of(kind))
    own = [domain for domain in results.domains if domain.kind == kind]
    if not any(domain.valid for domain in own):
        return ShownKind(tuple(own), items, {}, {}, None)
    domains, merged = with_other_units(own, respondents.sizes())
    rows = _rows(
        domain for domain in domains if domain.key not in merged and domain.scope != Scope.KIND
    )
    leaders = list(dict.fromkeys(rows.values()))
    by_id = {domain.id: domain for domain in domains}
    alike = {
        leader: [by_id[d] for d, first in rows.items() if first == leader] for leader in leaders
    }
    protection = disclosure.protect(
        respondents.groups,
        replace(
            respondents.table(options, [by_id[leader] for leader in leaders], merged),
            judged=np.array([_is_judged(alike[leader]) for leader in leaders]),
        ),
        [respondents.shown(r) for r in earlier if not r.has_old_rules],
        facts=[fact for r in earlier if r.has_old_rules for fact in respondents.facts(r)],
        costs=[max(_COSTS[domain.scope] for domain in alike[leader]) for leader in leaders],
        names=leaders,
    )
    places = {domain: leaders.index(leader) for domain, leader in rows.items()}
    yes = respondents.groups.yes
    return ShownKind(
        tuple(domains), items, places, merged, protection.table, yes, protection.exposed
    )


def _rows(domains: Iterable[Domain]) -> dict[str, str]:
    """Give for each domain the first of the same strata: they are one row of the table."""
    first: dict[frozenset[str], str] = {}
    return {d.id: first.setdefault(frozenset(d.strata), d.id) for d in domains}


def _is_judged(domains: Iterable[Domain]) -> bool:
    """Whether the level of risk of one of these is shown."""
    return any(domain.scope == Scope.CATEGORY for domain in domains)
