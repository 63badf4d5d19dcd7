"""The statistician's pages."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from survey_app.accounts import open_to
from survey_app.analyse import service
from survey_app.analyse.export import rates_csv
from survey_app.analyse.results import ResultLine, results
from survey_app.answers.models import Box, Staff
from survey_app.config import SiteSettings
from survey_app.database import Database
from survey_app.errors import N_
from survey_app.manifest import Kind, Names

ANY_CONTACT = "any"
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


@dataclass(frozen=True)
class StratumRates:
    """One stratum's rates: any contact first, then the items."""

    unit: Names
    lines: Sequence[ResultLine]


@dataclass(frozen=True)
class CategoryRates:
    """One post category's rates, and those of its strata."""

    name: Names
    kind: Kind
    any_contact: ResultLine
    items: Sequence[ResultLine]
    strata: Sequence[StratumRates]


def blueprint(database: Database, settings: SiteSettings) -> Blueprint:
    """Build the site on its store."""
    site = Blueprint("analyse", __name__, template_folder="templates")

    @site.app_template_filter()
    def percent(share: float | None) -> str:
        return NOTHING if share is None else f"{share:.1%}"

    @site.get("/")
    @open_to(*Staff.ROLES)
    def index() -> ResponseReturnValue:
        """List the boxes with their state, and what to do next."""
        with database.read() as session:
            boxes = service.overview(session)
        return render_template(
            "analyse/index.html", boxes=boxes, states=BOXES, today=settings.today()
        )

    @site.get("/<campaign>/")
    @open_to("statistician", "checker")
    def rates(campaign: str) -> ResponseReturnValue:
        """Show every rate of an opened campaign."""
        with database.read() as session:
            found = results(session, campaign)
        return render_template(
            "analyse/rates.html",
            found=found,
            categories=by_category(found.lines),
            refused=[(stratum, REASONS[why], n) for stratum, why, n in found.refused],
        )

    @site.get("/<campaign>/rates.csv")
    @open_to("statistician", "checker")
    def rates_file(campaign: str) -> ResponseReturnValue:
        """Give every rate in full precision, in a form that spreadsheets read as UTF-8."""
        with database.read() as session:
            table = rates_csv(results(session, campaign))
        response = Response(table.encode("utf-8-sig"), mimetype="text/csv")
        response.headers.set("Content-Disposition", "attachment", filename=f"{campaign}-rates.csv")
        return response

    return site


def by_category(lines: Sequence[ResultLine]) -> list[CategoryRates]:
    """Put each post category's lines together: the category's own, then those of its strata."""
    return [
        _category(list(members))
        for _, members in groupby(lines, key=lambda line: (line.kind, line.domain))
    ]


def _category(lines: Sequence[ResultLine]) -> CategoryRates:
    own = _any_contact_first(line for line in lines if line.unit is None)
    strata = groupby((line for line in lines if line.unit), key=lambda line: line.unit)
    return CategoryRates(
        own[0].domain,
        own[0].kind,
        own[0],
        own[1:],
        [StratumRates(unit, _any_contact_first(members)) for unit, members in strata if unit],
    )


def _any_contact_first(lines: Iterable[ResultLine]) -> list[ResultLine]:
    return sorted(lines, key=lambda line: line.item != ANY_CONTACT)
