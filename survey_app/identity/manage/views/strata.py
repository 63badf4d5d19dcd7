"""Strata in a table, and the plan of the sample."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from stats.allocation import Method
from survey_app.accounts.guard import open_to
from survey_app.documents.design import MOST_STRATA, Kind
from survey_app.errors import N_, InputError, SurveyError
from survey_app.identity.manage.campaigns import sample_plan, service
from survey_app.identity.manage.campaigns.draft import DraftStratum, merge_strata, mergers
from survey_app.identity.manage.views.shared import (
    CampaignPage,
    SiteContext,
    page_of,
    percent,
    sentence_of,
    whole_number,
)
from survey_app.identity.store.models import Staff
from survey_app.web.forms import FieldError, beside

_FIELDS = ("id", "unit_zh", "unit_en", "category_zh", "category_en", "kind", "population", "sample")
_EMPTY_ROWS = 3
_NAMES = {
    "id": N_("identifier of the stratum: letters a–z, digits and hyphens, at most 40"),
    "unit": N_("unit: 1 to 200 characters"),
    "post_category": N_("post category: 1 to 200 characters"),
    "kind": N_("business or non-business"),
    "population": N_("population: a whole number"),
    "sample": N_("sample: a whole number"),
}
_METHODS = {
    Method.PROPORTIONAL: N_("In proportion to the population"),
    Method.NEYMAN: N_("Best for the rate of all (Neyman)"),
    Method.POWER: N_("More even, so that small strata are known too (power)"),
}


_SOMEWHAT = "0.2"
_ALIKE = {
    "0.1": N_("A little alike"),
    _SOMEWHAT: N_("Fairly alike"),
    "0.4": N_("Very much alike"),
}
"""Correlations of the answers of one company's contacts."""
_MOST_CONTACTS = 100
_Figure = TypeVar("_Figure", int, float)


@dataclass(frozen=True)
class RowError(Exception):
    """A row of the table that cannot be read."""

    row: int
    field: str


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    database = context.database

    @site.get("/campaigns/<campaign>/strata")
    @open_to(*Staff.ROLES)
    def strata(campaign: str) -> ResponseReturnValue:
        """Show the strata as a table to fill in."""
        with database.read() as session:
            page = page_of(session, campaign)
        return _page(page, [_cells(stratum) for stratum in page.draft.strata])

    @site.post("/campaigns/<campaign>/strata")
    @open_to("manager")
    def save_strata(campaign: str) -> ResponseReturnValue:
        """Store the table; what cannot be read comes back with the faulty row named."""
        rows = _rows()
        try:
            strata = [_stratum(number, row) for number, row in enumerate(rows, 1)]
            with database.begin() as session:
                service.change(session, campaign, request.form.get("version", ""), strata=strata)
        except (RowError, ValidationError, SurveyError) as error:
            with database.read() as session:
                page = page_of(session, campaign)
            return _page(page, rows, error), 400
        where = "plan" if "plan" in request.form else "strata"
        return redirect(url_for(f"manage.{where}", campaign=campaign))

    @site.post("/campaigns/<campaign>/merge")
    @open_to("manager")
    def merge(campaign: str) -> ResponseReturnValue:
        """Merge a stratum that is too small with the one proposed."""
        small, into = request.form.get("small", ""), request.form.get("into", "")
        with database.begin() as session:
            page = page_of(session, campaign)
            strata = merge_strata(page.draft.strata, small, into)
            service.change(session, campaign, request.form.get("version", ""), strata=strata)
        return redirect(url_for("manage.strata", campaign=campaign))

    @site.get("/campaigns/<campaign>/plan")
    @open_to(*Staff.ROLES)
    def plan(campaign: str) -> ResponseReturnValue:
        """Show a plan of the sample before the first invitation."""
        with database.read() as session:
            page = page_of(session, campaign)
        if not request.args.get("aim"):
            return _plan_page(page)
        try:
            sample = sample_plan.plan(page.draft.strata, _plan_request())
        except FieldError as error:
            return _plan_page(page, error=error), 400
        except SurveyError as error:
            return _plan_page(page, problem=sentence_of(error)), 400
        return _plan_page(page, sample)

    @site.post("/campaigns/<campaign>/plan")
    @open_to("manager")
    def apply_plan(campaign: str) -> ResponseReturnValue:
        """Store the plan as the design's samples."""
        with database.begin() as session:
            page = page_of(session, campaign)
            sample = sample_plan.plan(page.draft.strata, _plan_request())
            strata = [
                planned.stratum.model_copy(update={"sample": planned.invited})
                for planned in sample.strata
            ]
            service.change(session, campaign, request.form.get("version", ""), strata=strata)
        return redirect(url_for("manage.campaign", campaign=campaign))


def _page(page: CampaignPage, rows: list[dict[str, str]], error: Exception | None = None) -> str:
    problem = ""
    if isinstance(error, SurveyError):
        problem = sentence_of(error)
    elif isinstance(error, RowError):
        row_error = InputError(
            N_("Row %(row)s cannot be read. Needed: %(reason)s."),
            row=error.row,
            reason=_NAMES.get(error.field, error.field),
        )
        problem = sentence_of(row_error)
    elif error is not None:
        problem = sentence_of(InputError(N_("A campaign has at most 2000 strata.")))
    empty = [dict.fromkeys(_FIELDS, "")] * (_EMPTY_ROWS if page.is_draft else 0)
    return render_template(
        "manage/strata.html",
        page=page,
        rows=[*rows, *empty],
        problem=problem,
        mergers=list(mergers(page.draft.strata)),
    )


def _cells(stratum: DraftStratum) -> dict[str, str]:
    return {
        "id": stratum.id,
        "unit_zh": stratum.unit.zh,
        "unit_en": stratum.unit.en,
        "category_zh": stratum.post_category.zh,
        "category_en": stratum.post_category.en,
        "kind": stratum.kind,
        "population": str(stratum.population),
        "sample": str(stratum.sample or ""),
    }


def _rows() -> list[dict[str, str]]:
    """Gather the table's rows; one without a unit, a category and a population is left out."""
    columns = [request.form.getlist(name) for name in _FIELDS]
    if len({len(column) for column in columns}) != 1 or len(columns[0]) > MOST_STRATA + 100:
        raise InputError
    rows = [dict(zip(_FIELDS, cells, strict=True)) for cells in zip(*columns, strict=True)]
    return [row for row in rows if any(row[name].strip() for name in _FIELDS if name != "kind")]


def _stratum(number: int, row: dict[str, str]) -> DraftStratum:
    sample = row["sample"].strip() or "0"
    fields = {
        "id": row["id"].strip() or f"s{number}",
        "unit": {"zh": row["unit_zh"], "en": row["unit_en"].strip() or row["unit_zh"]},
        "post_category": {
            "zh": row["category_zh"],
            "en": row["category_en"].strip() or row["category_zh"],
        },
        "kind": row["kind"],
    }
    try:
        numbers = {
            "population": whole_number(row["population"], "population"),
            "sample": whole_number(sample, "sample"),
        }
        return DraftStratum.model_validate(fields | numbers)
    except ValidationError as error:
        raise RowError(number, str(error.errors()[0]["loc"][0])) from None
    except InputError as error:
        raise RowError(number, str(error.values["what"])) from None


def _plan_page(
    page: CampaignPage,
    sample: sample_plan.Plan | None = None,
    *,
    problem: str = "",
    error: FieldError | None = None,
) -> str:
    return render_template(
        "manage/plan.html",
        page=page,
        sample=sample,
        problem=problem,
        faults={error.field: sentence_of(error)} if error else {},
        methods=_METHODS,
        alike=_ALIKE,
        asks_companies=any(stratum.kind is Kind.BUSINESS for stratum in page.draft.strata),
        mergers=list(mergers(page.draft.strata)),
        form=request.args,
    )


def _plan_request() -> sample_plan.PlanRequest:
    form = request.values
    aim, method = form.get("aim", ""), form.get("method", Method.PROPORTIONAL)
    alike = form.get("alike", _SOMEWHAT)
    if aim not in {"margin", "budget"} or method not in set(Method) or alike not in _ALIKE:
        raise InputError
    return sample_plan.PlanRequest(
        _below_whole("margin", "5") if aim == "margin" else None,
        _field("budget", "", whole_number, "number of invitations") if aim == "budget" else None,
        _field("response", "100", percent, "response"),
        Method(method),
        _below_whole("rate", "50"),
        _contacts(),
        float(alike),
    )


def _field(name: str, otherwise: str, parse: Callable[[str, str], _Figure], label: str) -> _Figure:
    """Read a field; a refusal names it, so that the sentence can stand beside it."""
    with beside(name):
        return parse(request.values.get(name, otherwise), label)


def _below_whole(name: str, otherwise: str) -> float:
    share = _field(name, otherwise, percent, {"rate": "expected rate"}.get(name, name))
    if share == 1:
        raise FieldError(name, InputError(N_("Give a percentage below 100.")))
    return share


def _contacts() -> float:
    text = request.values.get("contacts", "").strip() or "1"
    try:
        contacts = float(text)
    except ValueError:
        contacts = 0
    if not 1 <= contacts <= _MOST_CONTACTS:
        raise FieldError(
            "contacts",
            InputError(N_("Give a number from 1 to 100, such as 2.5: “%(text)s”."), text=text[:40]),
        )
    return contacts
