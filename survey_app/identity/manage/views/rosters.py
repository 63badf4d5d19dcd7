"""The roster: uploaded and tried at once, its columns chosen, and drawn from."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey_app.accounts.guard import open_to
from survey_app.documents.design import Names
from survey_app.documents.design_rules import AnyStratum
from survey_app.errors import N_, InputError
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.roster import persons, template, uploads
from survey_app.identity.manage.roster.columns import Columns
from survey_app.identity.manage.roster.persons import RosterSummary
from survey_app.identity.manage.roster.rows import REMEDIES, TOO_MANY
from survey_app.identity.manage.views.shared import (
    SiteContext,
    page_of,
    uploaded,
    whole_number,
)
from survey_app.identity.store.models import Staff
from survey_app.identity.store.queries import count_codes
from survey_app.web.files import EXCEL, attachment
from survey_app.web.forms import FieldError, beside, refused_on
from survey_app.web.languages import named

_SEED = re.compile(r"[0-9A-Za-z-]{1,64}")
_COLUMNS = ("stratum", "unit", "category", "person", "address")


@dataclass(frozen=True)
class StratumLine:
    """A stratum in the design, in the roster, and in the sample."""

    id: str
    unit: Names
    post_category: Names
    population: int
    listed: int
    sample: int

    @property
    def remark(self) -> str:
        """What is to be thought about; empty if nothing is."""
        if self.listed > self.population:
            return TOO_MANY
        if not self.listed:
            return N_("no one listed: gets cards without names")
        if self.listed < self.population:
            return N_("the roster has fewer persons than the population")
        return ""


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    _add_looking(site, context)
    _add_uploads(site, context)
    _add_drawing(site, context)


def _add_looking(site: Blueprint, context: SiteContext) -> None:
    database = context.database

    @site.get("/campaigns/<campaign>/roster")
    @open_to(*Staff.ROLES)
    def roster(campaign: str) -> str:
        """Show what the store has of the roster: counts, first rows and faults."""
        return _page(context, campaign)

    @site.get("/campaigns/<campaign>/roster/template.xlsx")
    @open_to(*Staff.ROLES)
    def roster_template(campaign: str) -> ResponseReturnValue:
        """Download a workbook to fill in, with the strata."""
        with database.read() as session:
            strata = page_of(session, campaign).draft.strata
        content = template.write(strata, gettext, named)
        return attachment(content, EXCEL, f"{campaign}.roster.xlsx")


def _add_uploads(site: Blueprint, context: SiteContext) -> None:
    database = context.database

    @site.post("/campaigns/<campaign>/roster")
    @open_to("manager")
    @refused_on("manage.roster")
    def upload_roster(campaign: str) -> ResponseReturnValue:
        """Upload a roster file, and try it at once."""
        with beside("file"):
            name, content = uploaded()
            uploads.upload(database, context.keys.roster, campaign, content, name)
        flash(gettext("The roster was read; nothing is drawn yet."))
        return redirect(url_for("manage.roster", campaign=campaign, _anchor="trial"))

    @site.post("/campaigns/<campaign>/roster/table")
    @open_to("manager")
    @refused_on("manage.roster")
    def read_roster(campaign: str) -> ResponseReturnValue:
        """Read another sheet, or take another row for the headings."""
        with beside("header_row"):
            row = whole_number(request.form.get("header_row", ""), gettext("Row of the headings"))
            sheet = request.form.get("sheet", "")
            uploads.choose_table(database, context.keys.roster, campaign, sheet, row)
        flash(gettext("The roster was read; nothing is drawn yet."))
        return redirect(url_for("manage.roster", campaign=campaign, _anchor="trial"))

    @site.post("/campaigns/<campaign>/roster/columns")
    @open_to("manager")
    @refused_on("manage.roster")
    def try_roster(campaign: str) -> ResponseReturnValue:
        """Read the roster under chosen columns without storing persons, and list its faults."""
        columns = _chosen_columns()
        uploads.choose_columns(database, context.keys.roster, campaign, columns)
        flash(gettext("The roster was read; nothing is drawn yet."))
        return redirect(url_for("manage.roster", campaign=campaign, _anchor="trial"))


def _add_drawing(site: Blueprint, context: SiteContext) -> None:
    database = context.database

    @site.post("/campaigns/<campaign>/roster/populations")
    @open_to("manager")
    @refused_on("manage.roster")
    def lower_populations(campaign: str) -> ResponseReturnValue:
        """Lower populations to the persons that the roster has."""
        version = request.form.get("version", "")
        with database.begin() as session:
            number = uploads.lower_populations(session, context.keys.roster, campaign, version)
        flash(
            gettext("Strata whose population was lowered to the roster: %(number)s.", number=number)
        )
        return redirect(url_for("manage.roster", campaign=campaign, _anchor="trial"))

    @site.post("/campaigns/<campaign>/roster/draw")
    @open_to("manager")
    @refused_on("manage.roster")
    def draw(campaign: str) -> ResponseReturnValue:
        """Read the roster for good and draw the sample, in the background."""
        seed = "-".join(request.form.get("seed", "").split())
        if not _SEED.fullmatch(seed):
            error = InputError(N_("A seed has 1 to 64 letters a–z, digits or hyphens."))
            raise FieldError("seed", error)
        task = {"seed": seed, "knowingly": "knowingly" in request.form}
        with database.begin() as session:
            persons.check_ready(session, campaign)
            with beside("knowingly"):
                persons.check_decided(
                    session, context.keys.roster, campaign, knowingly=task["knowingly"] is True
                )
            job = queue.add(session, context.keys.roster, campaign, queue.DRAW, task)
        context.worker.nudge()
        return redirect(url_for("manage.work", campaign=campaign, job=job))


def _page(context: SiteContext, campaign: str) -> str:
    with context.database.read() as session:
        page = page_of(session, campaign)
        roster = persons.summary(session, context.keys.roster, campaign)
        jobs = [job for job in queue.of_campaign(session, campaign) if job.kind == queue.DRAW]
        has_codes = bool(count_codes(session, campaign))
    strata = page.draft.strata
    trial = roster.layout.trial if roster and not roster.sizes else None
    counts = trial.counts if trial else {}
    return render_template(
        "manage/roster.html",
        page=page,
        roster=roster,
        trial=trial,
        is_current=roster is not None and uploads.is_current(roster.layout, strata),
        lines=[_line(stratum, counts.get(stratum.id, 0)) for stratum in strata],
        sizes=_drawn(strata, roster),
        smaller=uploads.shortfalls(strata, trial),
        too_many=any(counts.get(stratum.id, 0) > stratum.population for stratum in strata),
        remedies=REMEDIES,
        jobs=jobs,
        has_codes=has_codes,
        seed=persons.new_seed(),
    )


def _line(stratum: AnyStratum, listed: int) -> StratumLine:
    return StratumLine(
        stratum.id,
        stratum.unit,
        stratum.post_category,
        stratum.population,
        listed,
        min(stratum.sample, listed or stratum.sample),
    )


def _drawn(
    strata: Sequence[AnyStratum], roster: RosterSummary | None
) -> list[tuple[AnyStratum, int, int]]:
    """Give what was listed and drawn of each stratum, in the order of the design."""
    sizes = roster.sizes if roster else {}
    return [(stratum, *sizes[stratum.id]) for stratum in strata if stratum.id in sizes]


def _chosen_columns() -> Columns:
    names = {name: request.form.get(name, "") for name in _COLUMNS}
    columns = Columns(**names, fill_down="fill_down" in request.form)
    if not columns.of_stratum:
        raise FieldError(
            "stratum", InputError(N_("Choose the column of the stratum, or of unit and post."))
        )
    if not columns.person:
        raise FieldError("person", InputError(N_("Choose a column in which everybody differs.")))
    return columns
