"""The tables: quality, estimates under options chosen on the page, comparisons, and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from pydantic import ValidationError

import stats
from survey_app.accounts.guard import open_to
from survey_app.answers.analyse.box import service
from survey_app.answers.analyse.box.reading import opened_box
from survey_app.answers.analyse.estimates.compute import Options, Results, results_of
from survey_app.answers.analyse.estimates.counts import OpenedBox
from survey_app.answers.analyse.estimates.validity import presets
from survey_app.answers.analyse.estimates.waves import changes, in_order
from survey_app.answers.analyse.exports import pictures
from survey_app.answers.analyse.exports.rates import rates_csv
from survey_app.answers.analyse.views.boxes import REASONS
from survey_app.answers.store.models import Box
from survey_app.documents.manifest import Names, RiskLevel
from survey_app.documents.results import ANY, Domain, Rate, Scope, Weighting
from survey_app.errors import N_, InputError
from survey_app.language import CHINESE
from survey_app.storage.database import Database
from survey_app.web.application import named

METHODS = {
    stats.Interval.DEFAULT: N_("Default (exact, or Korn–Graubard with smoothed variance)"),
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
    RiskLevel.SEVERE: N_("Severe"),
    RiskLevel.HIGH: N_("High"),
}
DECISIONS = {
    stats.Decision.PRESENT: N_("Present"),
    stats.Decision.REVIEW: N_("Review"),
    stats.Decision.SUPPRESS: N_("Suppress"),
}
CHOICES = {
    "methods": METHODS,
    "weightings": WEIGHTINGS,
    "adjustments": ADJUSTMENTS,
    "levels": LEVELS,
    "decisions": DECISIONS,
    "risk_names": RISKS,
}

_WITH_WAVES = {"compare", "pictures_page", "picture"}

Labelled = tuple[Names, Rate]


@dataclass(frozen=True)
class DomainRates:
    """One domain's rates: any contact, then the items, each with its label."""

    domain: Domain
    any_contact: Rate
    dealings: Rate
    items: Sequence[Labelled]


@dataclass(frozen=True)
class CategoryRates:
    """One post category's rates, and those of its strata."""

    own: DomainRates
    strata: Sequence[DomainRates]


@dataclass(frozen=True)
class Tables:
    """What the pages ask: results of a campaign under the options of the request."""

    database: Database

    def opened(self, campaign: str) -> OpenedBox:
        """Read a campaign's opened box."""
        with self.database.read() as session:
            return opened_box(session, campaign)

    def of(self, campaign: str) -> Results:
        """Estimate under the options of the request."""
        return results_of(self.opened(campaign), chosen_options())

    def waves(self, found: Results) -> list[Results]:
        """Give this campaign and those chosen as further waves, in order of time."""
        names = [name for name in request.args.getlist("wave") if name != found.campaign]
        boxes = [self.opened(name) for name in dict.fromkeys(names)]
        return in_order([found, *(results_of(box, found.options) for box in boxes)])

    def subject(self, campaign: str) -> pictures.Subject:
        """Give what pictures are of."""
        found = self.of(campaign)
        return pictures.Subject(found, self.waves(found), str(get_locale()) == CHINESE)


def _page(template: str, found: Results, **more: object) -> str:
    return render_template(
        f"analyse/{template}.html", found=found, presets=presets(), **CHOICES, **more
    )


def add(site: Blueprint, database: Database) -> None:
    """Put the pages on the site."""
    tables = Tables(database)

    @site.get("/<campaign>/")
    @open_to("statistician", "checker")
    def rates(campaign: str) -> ResponseReturnValue:
        """Show every rate of an opened campaign."""
        found = tables.of(campaign)
        units = [_rates(found, domain) for domain in found.of(Scope.UNIT)]
        return _page("rates", found, categories=by_category(found), units=units)

    @site.get("/<campaign>/quality")
    @open_to("statistician", "checker")
    def quality(campaign: str) -> ResponseReturnValue:
        """Show what was issued, came back and was valid, and the rates without exclusions."""
        found = tables.of(campaign)
        before = {(rate.domain, rate.item, rate.denominator): rate for rate in found.unfiltered}
        side_by_side = [
            (domain, found.rate(domain.id), before.get((domain.id, ANY, "valid")))
            for domain in found.of(Scope.CATEGORY)
        ]
        names = REASONS | SHEET_REASONS
        return _page("quality", found, side_by_side=side_by_side, reasons=names)

    @site.get("/<campaign>/compare")
    @open_to("statistician", "checker")
    def compare(campaign: str) -> ResponseReturnValue:
        """Compare post categories, and campaigns as waves."""
        found = tables.of(campaign)
        waves = tables.waves(found)
        with database.read() as session:
            opened_ones = [b for b in service.overview(session) if b.state == Box.OPENED]
        return _page(
            "compare",
            found,
            waves=waves,
            changes=changes(waves),
            campaigns=[box for box in opened_ones if box.campaign != campaign],
        )

    @site.get("/<campaign>/pictures")
    @open_to("statistician", "checker")
    def pictures_page(campaign: str) -> ResponseReturnValue:
        """Show the pictures, each with its table."""
        subject = tables.subject(campaign)
        shown = [
            (name, pictures.TITLES[name], pictures.table(name, subject))
            for name in pictures.pictures_of(subject)
        ]
        return _page("pictures", subject.found, shown=shown)

    @site.get("/<campaign>/pictures/<name>.svg")
    @open_to("statistician", "checker")
    def picture(campaign: str, name: str) -> ResponseReturnValue:
        """Draw one picture."""
        subject = tables.subject(campaign)
        if name not in pictures.pictures_of(subject):
            abort(404)
        return Response(pictures.draw(name, subject), mimetype="image/svg+xml")

    @site.get("/<campaign>/rates.csv")
    @open_to("statistician", "checker")
    def rates_file(campaign: str) -> ResponseReturnValue:
        """Give every rate in full precision, in a form that spreadsheets read as UTF-8."""
        table = rates_csv(tables.of(campaign))
        response = Response(table.encode("utf-8-sig"), mimetype="text/csv")
        response.headers.set("Content-Disposition", "attachment", filename=f"{campaign}-rates.csv")
        return response


def chosen_options() -> Options:
    """Read the options from the page's address.

    Raises
    ------
    InputError
        One of them is none that there is.
    """
    given = {name: request.args[name] for name in Options.model_fields if request.args.get(name)}
    try:
        options = Options.model_validate(given)
    except ValidationError:
        raise InputError(N_("There is no such option for these tables.")) from None
    return options


def form_words() -> dict[str, object]:
    """Give templates what the form of options is made of."""
    return {
        "kept_options": kept_options,
        "named_presets": lambda found: [(name, named(one.name)) for name, one in found.items()],
        "translated": lambda words: [(value, gettext(word)) for value, word in words.items()],
        "percents": lambda levels: [(level, f"{float(level):.0%}") for level in levels],
    }


def kept_options(page: str) -> dict[str, str | list[str]]:
    """Carry the options of this request over to another page."""
    if page == "box":
        return {}
    kept: dict[str, str | list[str]] = {
        name: request.args[name] for name in Options.model_fields if name in request.args
    }
    waves = request.args.getlist("wave")
    return kept | ({"wave": waves} if waves and page in _WITH_WAVES else {})


def by_category(found: Results) -> list[CategoryRates]:
    """Put each post category's rates together with those of its strata."""
    strata = found.of(Scope.STRATUM)
    return [
        CategoryRates(
            _rates(found, category),
            [_rates(found, one) for one in strata if set(one.strata) <= set(category.strata)],
        )
        for category in found.of(Scope.CATEGORY)
    ]


def _rates(found: Results, domain: Domain) -> DomainRates:
    items = [item for item in found.items_of(domain.kind) if item.code != ANY]
    rates = [(item.label, found.rate(domain.id, item.code)) for item in items]
    own = found.rate(domain.id)
    return DomainRates(domain, own, found.rate(domain.id, denominator="dealings"), rates)
