"""Strata in a table: typed, pasted, read from a file, merged."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from survey_app.accounts.guard import open_to
from survey_app.errors import N_, InputError
from survey_app.identity.manage.campaigns import service, strata_block
from survey_app.identity.manage.campaigns.draft import merge_strata, mergers
from survey_app.identity.manage.campaigns.strata_block import FIELDS, Row
from survey_app.identity.manage.roster import spreadsheet
from survey_app.identity.manage.views.shared import SiteContext, page_of, uploaded
from survey_app.identity.manage.views.strata_rows import cells, sent_rows, strata, typed_rows
from survey_app.identity.store.models import Staff
from survey_app.identity.store.queries import find_campaign
from survey_app.web.forms import FieldError, beside, refused_on

_EMPTY_ROWS = 3
_MORE_ROWS = 20


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    database = context.database

    def show(campaign: str, table: list[Row] | None = None, empty: int = _EMPTY_ROWS) -> str:
        with database.read() as session:
            page = page_of(session, campaign)
        drafted = page.draft.strata
        rows = table or typed_rows() or [cells(stratum) for stratum in drafted]
        return render_template(
            "manage/strata.html",
            page=page,
            rows=[*rows, *[dict.fromkeys(FIELDS, "") | {"kind": "business"}] * empty],
            is_saved=table is None,
            mergers=list(mergers(drafted)),
            total=sum(stratum.population for stratum in drafted),
            sample=sum(stratum.sample for stratum in drafted),
        )

    @site.get("/campaigns/<campaign>/strata", endpoint="strata")
    @open_to(*Staff.ROLES)
    def strata_page(campaign: str) -> ResponseReturnValue:
        """Show the strata as a table to fill in."""
        return show(campaign)

    @site.post("/campaigns/<campaign>/strata")
    @open_to("manager")
    @refused_on(show)
    def save_strata(campaign: str) -> ResponseReturnValue:
        """Store the table."""
        _store(campaign, sent_rows())
        flash(gettext("Saved."))
        where = "plan" if "plan" in request.form else "strata"
        return redirect(url_for(f"manage.{where}", campaign=campaign))

    @site.post("/campaigns/<campaign>/strata/rows")
    @open_to("manager")
    @refused_on(show)
    def add_rows(campaign: str) -> ResponseReturnValue:
        """Show the table as it is typed, with more rows."""
        return show(campaign, sent_rows(), _MORE_ROWS)

    @site.post("/campaigns/<campaign>/strata/block")
    @open_to("manager")
    @refused_on(show)
    def read_block(campaign: str) -> ResponseReturnValue:
        """Show the table as it is typed, with the rows that were pasted or sent in a file."""
        return show(campaign, [*sent_rows(), *_block()], 0)

    @site.post("/campaigns/<campaign>/merge")
    @open_to("manager")
    @refused_on(show)
    def merge(campaign: str) -> ResponseReturnValue:
        """Merge a stratum that is too small with the one proposed, and store the table."""
        _store(campaign, sent_rows(), request.form.get("merge", ""))
        flash(gettext("Merged and saved."))
        return redirect(url_for("manage.strata", campaign=campaign))

    def _store(campaign: str, table: list[Row], merger: str = "") -> None:
        with database.begin() as session:
            drafted = service.draft_of(find_campaign(session, campaign)).strata
            members = strata(table, {stratum.id for stratum in drafted})
            if merger:
                small, _, into = merger.partition(">")
                members = list(merge_strata(members, small, into))
            service.change(session, campaign, request.form.get("version", ""), strata=members)


def _block() -> list[Row]:
    """Read the rows of the file that was sent, or else of what was pasted.

    Raises
    ------
    FieldError
        They are no strata, or there are none.
    """
    file = request.files.get("file")
    if file is not None and file.filename:
        with beside("file"):
            name, content = uploaded()
            table = spreadsheet.read(content, name)
            above = [cells for row, cells in table.top if row <= table.header_row]
            return strata_block.rows([*above, *(cells for _, cells in table.lines)])
    text = request.form.get("pasted", "")
    if not text.strip():
        raise FieldError("pasted", InputError(N_("Paste rows or choose a file first.")))
    with beside("pasted"):
        return strata_block.pasted(text)
