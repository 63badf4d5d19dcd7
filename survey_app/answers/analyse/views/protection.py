"""What was merged, rounded or hidden so that a release gives no small group away, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import format_percent, gettext

from survey_app.answers.analyse.views.words import FATES
from survey_app.documents.release import Fate, RowOutcome
from survey_app.documents.results import Domain, Rate, Results
from survey_app.errors import N_
from survey_app.web.languages import chinese, named

_FINEST = 0.001
_ROUNDED = N_("rounded to steps of %(step)s")
_KEPT_BACK = N_("not shown, or only as a bound: it would give a small group away")


@dataclass(frozen=True)
class Treatment:
    """What was done to some rates of a domain, and why; and which rates these are."""

    words: str
    rates: str = ""


@dataclass(frozen=True)
class ProtectedDomain:
    """What was done to a domain."""

    domain: Domain
    treatments: tuple[Treatment, ...]


def protections(results: Results, outcomes: Sequence[RowOutcome]) -> list[ProtectedDomain]:
    """List the domains that are not shown in full, in the order of the tables."""
    by_domain = {outcome.domain: outcome for outcome in outcomes}
    treated = (
        ProtectedDomain(domain, tuple(_treatments(results, domain, by_domain[domain.id])))
        for domain in results.domains
        if domain.id in by_domain
    )
    return [protection for protection in treated if protection.treatments]


def _treatments(results: Results, domain: Domain, outcome: RowOutcome) -> Iterator[Treatment]:
    if outcome.fate == Fate.MERGED and outcome.into is not None:
        into = results.by_id[outcome.into]
        name = " · ".join(named(part) for part in (into.category, into.name) if part is not None)
        yield Treatment(gettext(FATES[Fate.MERGED], others=name))
    elif outcome.fate in {Fate.SMALL, Fate.COMPLEMENTARY}:
        yield Treatment(gettext(FATES[outcome.fate]))
    else:
        yield from _by_step(results, domain)


def _by_step(results: Results, domain: Domain) -> Iterator[Treatment]:
    """Say which items are rounded to more than the finest step, or kept back."""
    rates = [results.rate(domain.id, item.code) for item in results.items_of(domain.kind)]
    steps = [rate.step for rate in rates]
    for step in sorted({step for step in steps if step is not None}):
        if step > _FINEST:
            words = gettext(_ROUNDED, step=format_percent(step, "0.#%"))
            yield Treatment(words, _items(results, domain, [r for r in rates if r.step == step]))
    if None in steps:
        kept_back = [rate for rate in rates if rate.step is None]
        yield Treatment(gettext(_KEPT_BACK), _items(results, domain, kept_back))


def _items(results: Results, domain: Domain, rates: Sequence[Rate]) -> str:
    comma = "、" if chinese() else ", "
    return comma.join(named(results.labels[domain.kind, rate.item]) for rate in rates)
