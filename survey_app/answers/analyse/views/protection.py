"""What was merged, rounded or hidden so that a release gives no small group away, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext

from stats.disclosure import Fate
from survey_app.answers.analyse.views.words import FATES
from survey_app.documents.release import CellOutcome
from survey_app.documents.results import Denominator, Domain, Results
from survey_app.errors import N_
from survey_app.web.languages import chinese, named

_AMONG = {"valid": N_("Among valid"), "dealings": N_("Among those with dealings")}
_ALL_ITEMS = N_("all items")


@dataclass(frozen=True)
class Treatment:
    """What was done to some rates of a domain, and why; and which rates these are."""

    words: str
    rates: str


@dataclass(frozen=True)
class ProtectedDomain:
    """What was done to a domain."""

    domain: Domain
    treatments: tuple[Treatment, ...]


def protections(results: Results, outcomes: Sequence[CellOutcome]) -> list[ProtectedDomain]:
    """List the domains that are not shown in full, in the order of the tables."""
    cells: dict[str, dict[tuple[Fate, Denominator], list[str]]] = {}
    for outcome in outcomes:
        if outcome.fate != Fate.SHOWN:
            kinds = cells.setdefault(outcome.domain, {})
            kinds.setdefault((outcome.fate, outcome.denominator), []).append(outcome.item)
    return [
        ProtectedDomain(
            domain,
            tuple(
                Treatment(gettext(FATES[fate]), _rates(results, domain, denominator, items))
                for (fate, denominator), items in cells[domain.id].items()
            ),
        )
        for domain in results.domains
        if domain.id in cells
    ]


def _rates(results: Results, domain: Domain, denominator: Denominator, items: list[str]) -> str:
    own = results.items_of(domain.kind)
    labels = [named(item.label) for item in own if item.code in items]
    mark, comma = ("：", "、") if chinese() else (": ", ", ")
    words = gettext(_ALL_ITEMS) if len(labels) == len(own) else comma.join(labels)
    return f"{gettext(_AMONG[denominator])}{mark}{words}"
