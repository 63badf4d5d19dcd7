"""The tables: quality, estimates under options chosen on the page, comparisons, and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Response, abort, render_template, request
from flask.typing import ResponseReturnValue

from stats.nonresponse import FACTORS
from survey_app.accounts.guard import open_to
from survey_app.answers.analyse.box import service
from survey_app.answers.analyse.estimates.representativity import responses
from survey_app.answers.analyse.estimates.waves import changes
from survey_app.answers.analyse.exports import pictures
from survey_app.answers.analyse.exports.rates import rates_csv
from survey_app.answers.analyse.exports.reliability import warning
from survey_app.answers.analyse.exports.tables import (
    exceeding,
)
from survey_app.answers.analyse.views.options import Tables, chosen_question
from survey_app.answers.analyse.views.words import SHEET_REASONS, UNOPENED_REASONS
from survey_app.answers.store.models import Box
from survey_app.documents.design import Kind, Names
from survey_app.documents.results import (
    ANY,
    CellKey,
    Denominator,
    Domain,
    Item,
    Rate,
    Results,
    Scope,
)
from survey_app.storage.database import Database
from survey_app.web.files import attachment

CROSSED = {"post-category": Scope.CATEGORY, "unit": Scope.UNIT}
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


def add(site: Blueprint, database: Database) -> None:
    """Put the pages on the site."""
    tables = Tables(database)
    _add_pictures(site, tables)

    @site.get("/<campaign>/")
    @open_to("statistician", "checker")
    def rates(campaign: str) -> ResponseReturnValue:
        """Show every rate of a campaign whose box was opened."""
        results = tables.of(campaign)
        return render_template(
            "analyse/rates.html",
            results=results,
            categories=by_category(results),
            units=[_rates(results, domain) for domain in results.of(Scope.UNIT)],
        )

    @site.get("/<campaign>/items/<name>")
    @open_to("statistician", "checker")
    def items(campaign: str, name: str) -> ResponseReturnValue:
        """Show every item's rate in each post category, or in each unit."""
        if name not in CROSSED:
            abort(HTTPStatus.NOT_FOUND)
        results = tables.of(campaign)
        among = request.args.get("among", "valid")
        denominator: Denominator = "dealings" if among == "dealings" else "valid"
        return render_template(
            "analyse/items.html",
            results=results,
            by=name,
            among=denominator,
            crossings=crossings(results, CROSSED[name], denominator),
        )

    @site.get("/<campaign>/quality")
    @open_to("statistician", "checker")
    def quality(campaign: str) -> ResponseReturnValue:
        """Show what was issued, came back and was valid, and the rates without exclusions."""
        results = tables.of(campaign)
        before = {rate.key: rate for rate in results.unfiltered}
        side_by_side = [
            (domain, results.rate(domain.id), before.get(CellKey(domain.id, ANY, "valid")))
            for domain in results.of(Scope.CATEGORY)
        ]
        return render_template(
            "analyse/quality.html",
            results=results,
            side_by_side=side_by_side,
            reasons=UNOPENED_REASONS | SHEET_REASONS,
        )

    @site.get("/<campaign>/nonresponse")
    @open_to("statistician", "checker")
    def nonresponse(campaign: str) -> ResponseReturnValue:
        """Show who answered beside the frame, and what the others could change."""
        results = tables.of(campaign)
        return render_template(
            "analyse/nonresponse.html",
            results=results,
            responses=responses(results),
            times=[f"{factor:g} ×" for factor in FACTORS],
            has_sealed=any(note.what == "sealed" for note in results.notes),
        )

    @site.get("/<campaign>/compare")
    @open_to("statistician", "checker")
    def compare(campaign: str) -> ResponseReturnValue:
        """Compare post categories, and campaigns as waves."""
        results = tables.of(campaign)
        waves = tables.waves(results)
        question = chosen_question()
        with database.read() as session:
            opened_boxes = [box for box in service.overview(session) if box.state == Box.OPENED]
        return render_template(
            "analyse/compare.html",
            results=results,
            question=question,
            comparison=tables.comparison(campaign, question),
            labels=_labels(results),
            waves=waves,
            changes=changes(waves),
            campaigns=[box for box in opened_boxes if box.campaign != campaign],
        )

    @site.get("/<campaign>/rates.csv")
    @open_to("statistician", "checker")
    def rates_file(campaign: str) -> ResponseReturnValue:
        """Give every rate in full precision, in a form that spreadsheets read as UTF-8."""
        table = rates_csv(tables.of(campaign))
        return attachment(table.encode("utf-8-sig"), "text/csv", f"{campaign}-rates.csv")


def _add_pictures(site: Blueprint, tables: Tables) -> None:
    @site.get("/<campaign>/pictures")
    @open_to("statistician", "checker")
    def pictures_page(campaign: str) -> ResponseReturnValue:
        """Show the pictures, each with its table."""
        subject = tables.subject(campaign)
        return render_template(
            "analyse/pictures.html",
            results=subject.results,
            pictures=[
                (name, pictures.TITLES[name], pictures.table(name, subject))
                for name in pictures.pictures_of(subject)
            ],
        )

    @site.get("/<campaign>/pictures/<name>.svg")
    @open_to("statistician", "checker")
    def picture(campaign: str, name: str) -> ResponseReturnValue:
        """Draw one picture."""
        subject = tables.subject(campaign)
        if name not in pictures.pictures_of(subject):
            abort(HTTPStatus.NOT_FOUND)
        return Response(pictures.draw(name, subject), mimetype="image/svg+xml")


@dataclass(frozen=True)
class Crossing:
    """One questionnaire's items across post categories or units: a row of rates for each."""

    kind: Kind
    items: Sequence[Item]
    rows: Sequence[tuple[Domain, Sequence[Rate]]]
    exceeding: Sequence[tuple[Domain, Sequence[Item]]]
    """Items whose rate is above that of any contact."""

    @property
    def doubtful(self) -> list[tuple[Domain, Item, Rate]]:
        """The rates that are not reliable."""
        return [
            (domain, item, rate)
            for domain, rates in self.rows
            for item, rate in zip(self.items, rates, strict=True)
            if warning(rate)
        ]


def crossings(results: Results, scope: Scope, among: Denominator) -> list[Crossing]:
    """Cross the items of each questionnaire with the domains of a scope."""
    return [
        Crossing(
            kind,
            items,
            [
                (domain, [results.rate(domain.id, item.code, among) for item in items])
                for domain in results.of(scope, kind)
            ],
            [
                (domain, above)
                for domain in results.of(scope, kind)
                if (above := exceeding(results, domain, among))
            ],
        )
        for kind in results.kinds
        for items in [results.items_of(kind)]
    ]


def _labels(results: Results) -> dict[str, Names]:
    """Name what is compared: domains by their id, items by their code."""
    items = {item.code: item.label for item in results.items}
    return items | {domain.id: domain.name for domain in results.domains}


def by_category(results: Results) -> list[CategoryRates]:
    """Put each post category's rates together with those of its strata."""
    strata = results.of(Scope.STRATUM)
    return [
        CategoryRates(
            _rates(results, category),
            [
                _rates(results, stratum)
                for stratum in strata
                if set(stratum.strata) <= set(category.strata)
            ],
        )
        for category in results.of(Scope.CATEGORY)
    ]


def _rates(results: Results, domain: Domain) -> DomainRates:
    items = [item for item in results.items_of(domain.kind) if item.code != ANY]
    return DomainRates(
        domain,
        results.rate(domain.id),
        results.rate(domain.id, denominator="dealings"),
        [(item.label, results.rate(domain.id, item.code)) for item in items],
    )
