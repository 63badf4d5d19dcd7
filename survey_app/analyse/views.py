"""The statistician's pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from survey_app.analyse import service
from survey_app.analyse.export import rates_csv
from survey_app.analyse.results import Options, Results, results_of
from survey_app.analyse.sheets import opened_box
from survey_app.analyse.tables import ANY, Domain, Rate, Scope
from survey_app.answers.models import Box
from survey_app.config import SiteSettings
from survey_app.database import Database
from survey_app.errors import N_
from survey_app.manifest import Names

NOTHING = "–"

BOXES = {
    Box.COLLECTING: N_("Collecting"),
    Box.CLOSED: N_("Closed, not opened"),
    Box.OPENED: N_("Opened"),
}
REASONS = {
    "unknown stratum": N_("the stratum is not in the manifest"),
    "does not open": N_("it does not open with the key"),
    "does not decode": N_("the answers cannot be read"),
}


Labelled = tuple[Names, Rate]


@dataclass(frozen=True)
class DomainRates:
    """One domain's rates: any contact, then the items, each with its label."""

    domain: Domain
    any_contact: Rate
    items: Sequence[Labelled]


@dataclass(frozen=True)
class CategoryRates:
    """One post category's rates, and those of its strata."""

    own: DomainRates
    strata: Sequence[DomainRates]


def blueprint(database: Database, settings: SiteSettings) -> Blueprint:
    """Build the site on its store."""
    site = Blueprint("analyse", __name__, template_folder="templates")

    @site.app_template_filter()
    def percent(share: float | None) -> str:
        return NOTHING if share is None else f"{share:.1%}"

    @site.get("/")
    def index() -> ResponseReturnValue:
        """List the boxes with their state, and what to do next."""
        with database.read() as session:
            boxes = service.overview(session)
        return render_template(
            "analyse/index.html", boxes=boxes, states=BOXES, today=settings.today()
        )

    @site.get("/<campaign>/")
    def rates(campaign: str) -> ResponseReturnValue:
        """Show every rate of an opened campaign."""
        with database.read() as session:
            found = results_of(opened_box(session, campaign), Options())
        return render_template(
            "analyse/rates.html",
            found=found,
            categories=by_category(found),
            reasons=REASONS,
        )

    @site.get("/<campaign>/rates.csv")
    def rates_file(campaign: str) -> ResponseReturnValue:
        """Give every rate in full precision, in a form that spreadsheets read as UTF-8."""
        with database.read() as session:
            table = rates_csv(results_of(opened_box(session, campaign), Options()))
        response = Response(table.encode("utf-8-sig"), mimetype="text/csv")
        response.headers.set("Content-Disposition", "attachment", filename=f"{campaign}-rates.csv")
        return response

    return site


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
    return DomainRates(domain, found.rate(domain.id), rates)
