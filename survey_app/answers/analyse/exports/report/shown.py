"""Tables and pictures of results as a report shows them."""

from collections.abc import Sequence
from dataclasses import replace

from survey_app.answers.analyse.exports.columns import (
    LEVELS,
    LOW,
    RATE,
    RELIABILITY,
    REMARK,
)
from survey_app.answers.analyse.exports.pictures import (
    pictures_of,
    raster,
)
from survey_app.answers.analyse.exports.pictures import table as picture_table
from survey_app.answers.analyse.exports.rate_words import AT_LEAST, CENSUS, both
from survey_app.answers.analyse.exports.report.content import Content
from survey_app.documents.design import Names
from survey_app.papers.grids import write_table, written
from survey_app.papers.numbers import short_percent
from survey_app.papers.typed_tables import (
    Column,
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
        write_table(content.pen, _narrowed(table, content))


def show_picture(content: Content, name: str, caption: str, share: float = 1) -> None:
    """Show a picture, if there is something to draw; what it shows in words stands in its place."""
    if name in pictures_of(content.subject):
        beside = picture_table(name, content.subject)
        rows = "; ".join(" ".join(row) for row in beside.rows)
        content.pen.picture(
            raster(name, content.subject), caption, f"{caption}: {rows}"[:2000], share
        )


def _narrowed(table: Table, content: Content) -> Table:
    """Leave out what a page has no room for; a rate has its remark and its flag with it."""
    places = [
        at for at, column in enumerate(table.columns) if column.in_report or column == RELIABILITY
    ]
    rows = tuple(_remarked(table, row, content.say) for row in table.rows)
    joined = _with_interval(at_places(replace(table, rows=rows), places), content)
    return _with_short_levels(joined)


def _remarked(table: Table, row: Sequence[Value], say: Say) -> tuple[Value, ...]:
    """Write the remark beside the rate; of a full count the flag says so already."""
    remark = row[table.columns.index(REMARK)] if REMARK in table.columns else None
    if not remark or remark in {say(CENSUS), row[table.columns.index(RATE)]}:
        return tuple(row)
    at = table.columns.index(RATE)
    parts = [written(row[at], Form.SHARE), str(remark)]
    if remark == say(AT_LEAST):
        parts.reverse()
    return (*row[:at], " ".join(parts), *row[at + 1 :])


def _with_interval(table: Table, content: Content) -> Table:
    """Write both limits into one column."""
    if LOW not in table.columns:
        return table
    at = table.columns.index(LOW)
    level = short_percent(content.results.options.level)
    head = Names(zh=f"{level} 置信区间", en=f"{level} interval")
    return replace(
        table,
        columns=(*table.columns[:at], Column(head, Form.SHARE), *table.columns[at + 2 :]),
        rows=tuple((*row[:at], _interval(*row[at : at + 2]), *row[at + 2 :]) for row in table.rows),
    )


def _interval(low: Value, high: Value) -> Value:
    if low is None or high is None:
        return None
    return f"{written(low, Form.SHARE)}–{written(high, Form.SHARE)}"


def _with_short_levels(table: Table) -> Table:
    """Head the probabilities of levels by the levels alone; the note says what they are."""
    levels = iter(LEVELS.values())
    columns = tuple(
        replace(column, head=next(levels)) if column.form == Form.PROBABILITY else column
        for column in table.columns
    )
    if columns == table.columns or table.note is None:
        return table
    note = both(
        zh=f"“低”“中”“较高”“高”四列为各等级的可能性。{table.note.zh}",
        en=f"The last four columns are the probability of each level. {table.note.en}",
    )
    return replace(table, columns=columns, note=note)
