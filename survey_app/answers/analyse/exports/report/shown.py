"""Tables and pictures of results as a report shows them."""

from collections.abc import Sequence
from dataclasses import replace

from survey_app.answers.analyse.exports.pictures import (
    pictures_of,
    raster,
)
from survey_app.answers.analyse.exports.pictures import table as picture_table
from survey_app.answers.analyse.exports.rate_words import AT_LEAST
from survey_app.answers.analyse.exports.report.content import Content
from survey_app.answers.analyse.exports.report.grids import write_table, written
from survey_app.answers.analyse.exports.tables import (
    RATE,
    REASON,
    RELIABILITY,
    REMARK,
    Form,
    Say,
    Table,
    Value,
    at_places,
)


def show_table(content: Content, name: str) -> None:
    """Write one of the tables of results, if it has rows."""
    table = content.tables.get(name)
    if table:
        write_table(content.pen, _narrowed(table, content.say))


def show_picture(content: Content, name: str, caption: str, share: float = 1) -> None:
    """Show a picture, if there is something to draw; what it shows in words stands in its place."""
    if name in pictures_of(content.subject):
        beside = picture_table(name, content.subject)
        rows = "; ".join(" ".join(row) for row in beside.rows)
        content.pen.picture(
            raster(name, content.subject), caption, f"{caption}: {rows}"[:2000], share
        )


def _narrowed(table: Table, say: Say) -> Table:
    """Leave out the columns that a page has no room for; a rate has its remark beside it."""
    places = [at for at, column in enumerate(table.columns) if column.in_report]
    rows = tuple(_remarked(table, row, say) for row in table.rows)
    return at_places(replace(table, rows=rows), places)


def _remarked(table: Table, row: Sequence[Value], say: Say) -> tuple[Value, ...]:
    remark = row[table.columns.index(REMARK)] if REMARK in table.columns else None
    is_doubtful = REASON in table.columns and row[table.columns.index(REASON)]
    flag = row[table.columns.index(RELIABILITY)] if is_doubtful else None
    if not (remark or flag):
        return tuple(row)
    at = table.columns.index(RATE)
    text = written(row[at], Form.SHARE)
    parts = (remark, text, flag) if remark == say(AT_LEAST) else (text, remark, flag)
    return (*row[:at], " ".join(str(part) for part in parts if part), *row[at + 1 :])
