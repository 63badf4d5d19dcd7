"""What respondents are asked: looked at, edited, copied, and carried to and from spreadsheets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus

import yaml
from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from questionnaires import Questionnaire
from survey_app.accounts.guard import open_to
from survey_app.documents.design import Kind
from survey_app.errors import InputError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.questions import library, table, workbook, xlsform
from survey_app.identity.manage.questions.comparison import ItemDifferences, differences
from survey_app.identity.manage.questions.preview import LANGUAGES, Example, example_of
from survey_app.identity.manage.questions.rows import (
    FIELDS,
    FaultyRowsError,
    Role,
    Row,
    questionnaire_of,
    rearranged,
    rows_of,
)
from survey_app.identity.manage.views.shared import SiteContext, page_of, sentence_of, uploaded
from survey_app.identity.store.models import Staff, Step
from survey_app.identity.store.queries import find_campaign
from survey_app.web.files import CSV, EXCEL, attachment
from survey_app.web.forms import FieldError, beside, refused_on
from survey_app.web.languages import chinese

ROOM = 3_700
"""Bytes of a questionnaire with which a phone loads no more than 40 KB until its receipt."""
_MOST_ROWS = 100
_FORM_NAMES = {"code": "item_code"}
"""A field called ``code`` is an authenticator's, which no form brings back after a new sign-in."""
_KIND = f"any({', '.join(repr(str(kind)) for kind in Kind)})"


def _yaml(questionnaire: Questionnaire) -> bytes:
    content = questionnaire.model_dump(mode="json")
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=10_000)
    return text.encode()


_WRITERS: dict[str, tuple[str, Callable[[Questionnaire], bytes]]] = {
    "questionnaire.xlsx": (EXCEL, lambda q: workbook.write_xlsx(table.table_of(q), "questions")),
    "questionnaire.csv": (CSV, lambda q: workbook.write_csv(table.table_of(q))),
    "questionnaire.yaml": ("application/yaml", _yaml),
    "template.xlsx": (EXCEL, lambda q: workbook.write_xlsx(table.template_of(q), "questions")),
    "template.csv": (CSV, lambda q: workbook.write_csv(table.template_of(q))),
}


@dataclass(frozen=True)
class KindQuestions:
    """What a kind of posts is asked, as its card shows it; nothing if the draft asks nothing."""

    kind: Kind
    questionnaire: Questionnaire | None
    example: Example
    other_sources: Sequence[library.QuestionSource]
    """The questionnaires of other campaigns for this kind."""

    @property
    def comparison(self) -> ItemDifferences | None:
        """What differs from the built-in questionnaire."""
        if self.questionnaire is None:
            return None
        return differences(self.questionnaire, library.built_in(self.kind))

    @property
    def earlier(self) -> Iterator[tuple[library.QuestionSource, ItemDifferences]]:
        """What differs from the questionnaires of other campaigns."""
        for source in self.other_sources:
            if self.questionnaire:
                yield source, differences(self.questionnaire, source.questionnaire)

    @property
    def size(self) -> int:
        """Count the bytes that a phone loads."""
        return len(self.questionnaire.canonical()) if self.questionnaire else 0


def add_routes(site: Blueprint, context: SiteContext) -> None:
    """Add these pages."""
    database = context.database

    @site.get("/campaigns/<campaign>/questions")
    @open_to(*Staff.ROLES)
    def questions(campaign: str, kind: str = "") -> str:
        """Show what respondents will be asked."""
        return _questions_page(context, campaign, kind)

    @site.get(f"/campaigns/<campaign>/questions/<{_KIND}:kind>")
    @open_to(*Staff.ROLES)
    def preview_questions(campaign: str, kind: str) -> str:
        """Show a questionnaire as on a phone."""
        with database.read() as session:
            page = page_of(session, campaign)
            questionnaire = _asked(session, campaign, Kind(kind))
        today, stratum = context.settings.today(), request.args.get("stratum", "")
        language = request.args.get("in", "zh" if chinese() else "en")
        return render_template(
            "manage/preview.html",
            page=page,
            kind=kind,
            strata=[stratum for stratum in page.draft.strata if stratum.kind == kind],
            asked=questionnaire,
            example=example_of(page.draft, Kind(kind), today, stratum),
            shown=language if language in LANGUAGES else LANGUAGES[0],
        )

    @site.get(f"/campaigns/<campaign>/questions/<{_KIND}:kind>/files/<name>")
    @open_to(*Staff.ROLES)
    def questions_file(campaign: str, kind: str, name: str) -> ResponseReturnValue:
        """Write a questionnaire as a spreadsheet or as YAML, or a template to fill in."""
        if name not in _WRITERS:
            abort(HTTPStatus.NOT_FOUND)
        with database.read() as session:
            questionnaire = _asked(session, campaign, Kind(kind))
        mimetype, write = _WRITERS[name]
        return attachment(write(questionnaire), mimetype, f"{campaign}-{kind}-{name}")

    _add_changes(site, context, questions)


def _add_changes(
    site: Blueprint, context: SiteContext, questions: Callable[..., ResponseReturnValue]
) -> None:
    """Add what changes a draft."""

    @site.get(f"/campaigns/<campaign>/questions/<{_KIND}:kind>/edit")
    @open_to("manager")
    def edit_questions(campaign: str, kind: str) -> str:
        """Show a questionnaire as a form; a refused one comes back as typed."""
        return _edit_page(
            context, campaign, Kind(kind), _rows_in(g.typed) if "typed" in g else None
        )

    @site.post(f"/campaigns/<campaign>/questions/<{_KIND}:kind>/edit")
    @open_to("manager")
    @refused_on(edit_questions)
    def save_questions(campaign: str, kind: str) -> ResponseReturnValue:
        """Save the form, or add, move or remove an item in it without saving."""
        posts, rows = Kind(kind), _rows_in(request.form)
        if step := request.form.get("step", ""):
            return _edit_page(context, campaign, posts, rearranged(rows, step))
        _replace(context, campaign, kind, questionnaire_of(rows))
        return _saved(campaign, kind)

    @site.post(f"/campaigns/<campaign>/questions/<{_KIND}:kind>/copy")
    @open_to("manager")
    @refused_on(questions)
    def copy_questions(campaign: str, kind: str) -> ResponseReturnValue:
        """Take the built-in questionnaire, or that of another campaign."""
        version, source = request.form.get("version", ""), request.form.get("source", "")
        with context.database.begin() as session, beside(f"source-{Kind(kind)}"):
            library.copy(session, campaign, version, Kind(kind), source)
        return _saved(campaign, kind)

    @site.post(f"/campaigns/<campaign>/questions/<{_KIND}:kind>/import")
    @open_to("manager")
    @refused_on(questions)
    def import_questions(campaign: str, kind: str) -> ResponseReturnValue:
        """Take a questionnaire from a spreadsheet or an XLSForm, all of it or nothing."""
        with beside(f"file-{Kind(kind)}"):
            name, content = uploaded()
        try:
            rows, questionnaire = _read_file(context, campaign, Kind(kind), name, content)
        except workbook.QuestionFileError as error:
            raise FieldError(f"file-{kind}", error) from None
        if questionnaire is None:
            return _edit_page(context, campaign, Kind(kind), rows, name)
        _replace(context, campaign, kind, questionnaire)
        return _saved(campaign, kind)


def _asked(session: Session, campaign: str, kind: Kind) -> Questionnaire:
    """Give what a campaign asks; the built-in one where it asks nothing yet."""
    texts = service.draft_of(find_campaign(session, campaign)).questionnaires
    return texts[kind].text if kind in texts else library.built_in(kind)


def _read_file(
    context: SiteContext, campaign: str, kind: Kind, name: str, content: bytes
) -> tuple[Sequence[Row], Questionnaire | None]:
    """Read a file; of an XLSForm whose items lack labels there are only the rows."""
    with context.database.read() as session:
        base = _asked(session, campaign, kind)
    sheets = table.filled_sheets(content, name)
    if not xlsform.is_one(sheets):
        return [], table.read(table.sheet_of_items(sheets), name, base)
    familiar = [base, *(library.built_in(posts) for posts in Kind)]
    lines, rows = table.with_the_rest(*xlsform.read(sheets, name, familiar), base)
    if table.lacks_labels(rows):
        return rows, None
    return rows, table.check(lines, rows, name)


def _replace(context: SiteContext, campaign: str, kind: str, questionnaire: Questionnaire) -> None:
    version = request.form.get("version", "")
    with context.database.begin() as session:
        library.replace(session, campaign, version, Kind(kind), questionnaire)


def _saved(campaign: str, kind: str) -> ResponseReturnValue:
    flash(gettext("Saved. A design that was confirmed before must be confirmed again."))
    return redirect(url_for("manage.questions", campaign=campaign, _anchor=kind))


def _questions_page(context: SiteContext, campaign: str, kind: str) -> str:
    with context.database.read() as session:
        page = page_of(session, campaign)
        sources = library.sources(session, campaign)
    today = context.settings.today()
    texts = page.draft.questionnaires
    cards = [
        KindQuestions(
            posts,
            texts[posts].text if posts in texts else None,
            example_of(page.draft, posts, today),
            [source for source in sources if source.kind == posts and source.title],
        )
        for posts in Kind
    ]
    error = g.get("refused")
    return render_template(
        "manage/questions.html",
        page=page,
        cards=cards,
        sources=sources,
        room=ROOM,
        language="zh" if chinese() else "en",
        refused_kind=kind,
        line_faults=error.faults if isinstance(error, table.FaultyLinesError) else (),
        sentence_of=sentence_of,
    )


def _edit_page(
    context: SiteContext,
    campaign: str,
    kind: Kind,
    rows: Sequence[Row] | None = None,
    unlabelled: str = "",
) -> str:
    with context.database.read() as session:
        service.check_step(session, campaign, Step.DRAFT)
        page = page_of(session, campaign)
        questionnaire = _asked(session, campaign, kind)
    error = g.get("refused")
    faults = error.faults if isinstance(error, FaultyRowsError) else ()
    return render_template(
        "manage/edit_questions.html",
        page=page,
        kind=kind,
        form_names=_FORM_NAMES,
        rows=rows_of(questionnaire) if rows is None else rows,
        faults={fault.place: sentence_of(fault.error) for fault in faults},
        first_fault=faults[0].place if faults else "",
        unlabelled=unlabelled,
    )


def _rows_in(form: MultiDict[str, str]) -> list[Row]:
    """Gather the form's rows, whose line ends are those of one kind.

    Raises
    ------
    InputError
        Fields are missing, or there are too many.
    """
    columns = [form.getlist(_FORM_NAMES.get(name, name)) for name in FIELDS]
    if len({len(column) for column in columns}) != 1 or not 0 < len(columns[0]) <= _MOST_ROWS:
        raise InputError
    rows = [dict(zip(FIELDS, cells, strict=True)) for cells in zip(*columns, strict=True)]
    if any(row["role"] not in set(Role) for row in rows):
        raise InputError
    return [{name: text.replace("\r\n", "\n") for name, text in row.items()} for row in rows]
