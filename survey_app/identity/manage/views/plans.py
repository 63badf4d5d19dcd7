"""The plan of the sample: what is fixed, the sizes that follow, and what will be known."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stats.allocation import Method
from survey_app.accounts.guard import open_to
from survey_app.documents.design import Kind, Names
from survey_app.errors import N_, InputError
from survey_app.identity.manage.campaigns import plan_choice, sample_plan, service
from survey_app.identity.manage.campaigns.draft import DraftStratum, mergers
from survey_app.identity.manage.views.shared import SiteContext, page_of, percent, whole_number
from survey_app.identity.store.models import Staff
from survey_app.identity.store.queries import find_campaign
from survey_app.web.forms import FieldError, beside, refused_on, typed

_METHODS = {
    Method.PROPORTIONAL: N_("In proportion to the population"),
    Method.POWER: N_("More even, so that small strata are known too (power)"),
    Method.NEYMAN: N_("Best for the rate of all, by the rates expected below (Neyman)"),
}
_SOMEWHAT = "0.2"
_ALIKE = {
    "0.1": N_("A little alike"),
    _SOMEWHAT: N_("Fairly alike"),
    "0.4": N_("Very much alike"),
}
"""Correlations of the answers of one company's contacts."""
_USUAL = {
    "aim": "margin",
    "margin": "5",
    "budget": "",
    "response": "60",
    "rate": "50",
    "contacts": "1",
    "alike": _SOMEWHAT,
    "method": Method.PROPORTIONAL.value,
}
_MOST_CONTACTS = 100
_MOST_RATES = 100
_RATE_OF = "rate-"
_Figure = TypeVar("_Figure", int, float)


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    database = context.database

    def show(campaign: str, planned: sample_plan.Plan | None = None) -> str:
        with database.read() as session:
            page = page_of(session, campaign)
            choice = plan_choice.stored(find_campaign(session, campaign))
        strata = page.draft.strata
        categories = _categories(strata)
        return render_template(
            "manage/plan.html",
            page=page,
            sample=planned,
            methods=_METHODS if len(categories) > 1 else dict(list(_METHODS.items())[:2]),
            alike=_ALIKE,
            asks_companies=any(stratum.kind is Kind.BUSINESS for stratum in strata),
            categories=categories,
            has_small=any(mergers(strata)),
            form=_form(categories, choice),
            is_taken=bool(choice),
            population=sum(stratum.population for stratum in strata),
            invited=sum(stratum.sample for stratum in strata),
        )

    @site.get("/campaigns/<campaign>/plan")
    @open_to(*Staff.ROLES)
    @refused_on(show)
    def plan(campaign: str) -> ResponseReturnValue:
        """Show a plan of the sample before the first invitation."""
        if not request.args.get("aim"):
            return show(campaign)
        with database.read() as session:
            strata = page_of(session, campaign).draft.strata
        return show(campaign, sample_plan.plan(strata, _request(strata)))

    @site.post("/campaigns/<campaign>/plan")
    @open_to("manager")
    @refused_on(show)
    def apply_plan(campaign: str) -> ResponseReturnValue:
        """Store the plan as the design's samples."""
        with database.begin() as session:
            strata = service.draft_of(find_campaign(session, campaign)).strata
            planned = sample_plan.plan(strata, _request(strata))
            choice = _choice(_categories(strata))
            version = request.form.get("version", "")
            plan_choice.take(session, campaign, version, planned, choice)
        flash(gettext("The sizes are saved."))
        return redirect(url_for("manage.campaign", campaign=campaign))


def _categories(strata: Sequence[DraftStratum]) -> list[Names]:
    """List the post categories whose rates can be typed: the first hundred."""
    by_name = {stratum.post_category.zh: stratum.post_category for stratum in strata}
    return list(by_name.values())[:_MOST_RATES]


def _form(categories: Sequence[Names], choice: plan_choice.Choice) -> dict[str, str]:
    """Fill the form: as it was sent, else as it was when the sizes were taken, else as usual."""
    fields = {f"{_RATE_OF}{number}": category for number, category in enumerate(categories, 1)}
    if "aim" in request.values or typed("aim"):
        return {
            name: str(typed(name, request.values.get(name, _USUAL.get(name, ""))))
            for name in (*_USUAL, *fields)
        }
    rates = {field: choice.get(f"{_RATE_OF}{name.zh}", "") for field, name in fields.items()}
    return {name: choice.get(name, usual) for name, usual in _USUAL.items()} | rates


def _choice(categories: Sequence[Names]) -> dict[str, str]:
    """Gather what was typed, with rates under the names of their post categories."""
    rates = {
        f"{_RATE_OF}{category.zh}": request.form.get(f"{_RATE_OF}{number}", "").strip()
        for number, category in enumerate(categories, 1)
    }
    return {name: request.form.get(name, "") for name in _USUAL} | {
        name: rate for name, rate in rates.items() if rate
    }


def _request(strata: Sequence[DraftStratum]) -> sample_plan.PlanRequest:
    form = request.values
    aim, method = form.get("aim", ""), form.get("method", Method.PROPORTIONAL)
    alike = form.get("alike", _SOMEWHAT)
    if aim not in {"margin", "budget", "everybody"} or method not in set(Method):
        raise InputError
    if alike not in _ALIKE:
        raise InputError
    return sample_plan.PlanRequest(
        _below_whole("margin", "5") if aim == "margin" else None,
        _budget(strata) if aim == "budget" else None,
        _field("response", "100", percent, "response"),
        Method(method),
        _below_whole("rate", "50"),
        _contacts(),
        float(alike),
        _rates(strata),
        everybody=aim == "everybody",
    )


def _budget(strata: Sequence[DraftStratum]) -> int:
    budget = _field("budget", "", whole_number, "number of invitations")
    persons = sum(stratum.population for stratum in strata)
    if budget > persons:
        error = InputError(
            N_("There are only %(persons)s persons: you can invite everybody."), persons=persons
        )
        raise FieldError("budget", error)
    return budget


def _rates(strata: Sequence[DraftStratum]) -> Mapping[str, float]:
    """Read the rates expected of post categories; one that is left empty has the rate of all."""
    fields = {
        f"{_RATE_OF}{number}": category.zh for number, category in enumerate(_categories(strata), 1)
    }
    return {
        category: _below_whole(field, "", "expected rate")
        for field, category in fields.items()
        if request.values.get(field, "").strip()
    }


def _field(name: str, otherwise: str, parse: Callable[[str, str], _Figure], label: str) -> _Figure:
    """Read a field; a refusal names it, so that the sentence can stand beside it."""
    with beside(name):
        return parse(request.values.get(name, otherwise), label)


def _below_whole(name: str, otherwise: str, label: str = "") -> float:
    share = _field(name, otherwise, percent, label or {"rate": "expected rate"}.get(name, name))
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
