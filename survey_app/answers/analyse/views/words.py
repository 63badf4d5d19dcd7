"""What stands on the pages for values of the store and of results, for translation."""

import math
from collections.abc import Sequence

from flask_babel import gettext

import stats
from survey_app.answers.analyse.estimates.contrasts import Comparand, Measure
from survey_app.answers.analyse.exports.columns import (
    QUESTIONNAIRES,
)
from survey_app.answers.analyse.exports.rate_words import share
from survey_app.answers.analyse.exports.reliability import decision, explanation, has_level
from survey_app.answers.analyse.exports.tables import (
    persons,
)
from survey_app.answers.analyse.views.options import QUESTION_FIELDS
from survey_app.answers.store.models import Box, KeyName, ReleaseState
from survey_app.documents.design import RiskLevel
from survey_app.documents.release import Fate
from survey_app.documents.results import Item, Results, Scope, Weighting
from survey_app.documents.validity import presets
from survey_app.errors import N_
from survey_app.papers.numbers import points, rounded, short_percent
from survey_app.web.languages import named

BOX_STATES = {
    Box.COLLECTING: N_("Collecting"),
    Box.CLOSED: N_("Closed, not opened"),
    Box.STRIPPED: N_("The seal keeper's seals are off, not opened"),
    Box.OPENED: N_("Opened"),
}
KEY_NAMES = {KeyName.OPENING: N_("opening key"), KeyName.KEEPER: N_("seal keeper's key")}

UNOPENED_REASONS = {
    "does not strip": N_("the seal keeper's seal does not come off"),
    "does not open": N_("it does not open with the key"),
    "does not decode": N_("the answers cannot be read"),
}
METHODS = {
    stats.Interval.DEFAULT: N_("Default (Blaker, or Korn–Graubard at the tested rate)"),
    stats.Interval.EXACT: N_("Exact in one stratum"),
    stats.Interval.NCHS: N_("Korn–Graubard as in the NCHS standard"),
    stats.Interval.BETA: N_("Korn–Graubard"),
    stats.Interval.WILSON: N_("Wilson"),
    stats.Interval.XLOGIT: N_("Logit"),
    stats.Interval.ASIN: N_("Arcsine"),
    stats.Interval.LIKELIHOOD: N_("Likelihood"),
    stats.Interval.MEAN: N_("Wald"),
}
WEIGHTINGS = {
    Weighting.STRATA: N_("By stratum"),
    Weighting.CLASSES: N_("Weighting classes (post categories)"),
    Weighting.RAKED: N_("Raked to units and post categories"),
}
ADJUSTMENTS = {
    stats.Adjustment.HOLM: N_("Holm"),
    stats.Adjustment.BENJAMINI_HOCHBERG: N_("Benjamini–Hochberg"),
    stats.Adjustment.NONE: N_("Not adjusted"),
}
LEVELS = ("0.8", "0.9", "0.95", "0.99")
SHEET_REASONS = {
    "too few answers": N_("too few answers"),
    "screening not answered": N_("the screening item is not answered"),
    "all_yes": N_("all yes"),
    "contradiction": N_("no dealings, and yet a contact"),
    "attention": N_("attention item failed"),
}
RISKS = {
    RiskLevel.LOW: N_("Low"),
    RiskLevel.MEDIUM: N_("Medium"),
    RiskLevel.SEVERE: N_("Elevated"),
    RiskLevel.HIGH: N_("High"),
}
SUBJECTS = {
    Comparand.CATEGORY: N_("Post categories"),
    Comparand.UNIT: N_("Units"),
    Comparand.ITEM: N_("Items"),
}
MEASURES = {
    Measure.DIFFERENCE: N_("Difference (percentage points)"),
    Measure.RATIO: N_("Ratio"),
    Measure.ODDS: N_("Odds ratio"),
}
CHOICES = {
    "methods": METHODS,
    "measures": MEASURES,
    "subjects": SUBJECTS,
    "question_fields": QUESTION_FIELDS,
    "shown_rate": share,
    "reliability_of": decision,
    "explanation_of": explanation,
    "has_level": has_level,
    "persons": persons,
    "weightings": WEIGHTINGS,
    "adjustments": ADJUSTMENTS,
    "levels": LEVELS,
    "risk_names": RISKS,
}
FATES = {
    Fate.MERGED: N_(
        "taken together with others before the estimation, and shown with them: %(others)s"
    ),
    Fate.SMALL: N_("hidden: fewer than 10 answers"),
    Fate.COMPLEMENTARY: N_("hidden, or only a bound: it would give a small group away"),
}
RELEASE_STATES = {
    ReleaseState.WAITING: N_("waits for its checker"),
    ReleaseState.SIGNED: N_("signed"),
    ReleaseState.REJECTED: N_("rejected"),
    ReleaseState.WITHDRAWN: N_("withdrawn"),
}
SCOPES = {
    Scope.KIND: N_("All posts of a kind"),
    Scope.CATEGORY: N_("Post category"),
    Scope.UNIT: N_("Unit"),
    Scope.STRATUM: N_("Stratum"),
}


def form_words() -> dict[str, object]:
    """Give templates what the form of options is made of."""
    return {
        "named_presets": lambda: [(name, named(rules.name)) for name, rules in presets().items()],
        "translated": lambda words: [(value, gettext(word)) for value, word in words.items()],
        "percents": lambda levels: [(level, short_percent(float(level))) for level in levels],
        "presets": presets(),
        "labelled": _labelled,
        "domains_to_choose": _domains,
        **CHOICES,
    }


def contrast(value: float, measure: Measure) -> str:
    """Write a difference in percentage points, or a ratio."""
    if measure == Measure.DIFFERENCE:
        return points(value)
    return "∞" if value == math.inf else rounded(value, 2)


def _labelled(items: Sequence[Item]) -> list[tuple[str, str]]:
    """Give the items to choose from, each code once."""
    return list({item.code: named(item.label) for item in items}.items())


def _domains(results: Results) -> list[tuple[str, str]]:
    """Give the post categories and units to choose from."""
    return [
        (domain.id, f"{named(domain.name)} · {named(QUESTIONNAIRES[domain.kind])}")
        for scope in (Scope.CATEGORY, Scope.UNIT)
        for domain in results.of(scope)
    ]
