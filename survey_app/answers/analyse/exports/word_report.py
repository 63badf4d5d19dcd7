"""Results as a Word report: what a discipline office files, with tables, a picture and methods."""

import io
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Emu, Pt

from survey_app.answers.analyse.estimates.representativity import responses
from survey_app.answers.analyse.exports.numbers import (
    NOTHING,
    p_value,
    percent,
    probability,
    rounded,
    short_percent,
)
from survey_app.answers.analyse.exports.pictures import (
    FOREST,
    FUNNEL,
    HEAT,
    Subject,
    pictures_of,
    raster,
)
from survey_app.answers.analyse.exports.rate_words import AT_LEAST, CENSUS, both, share
from survey_app.answers.analyse.exports.reliability import explanation, warning
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
    nonresponse_in_brief,
    speaker,
    tables,
)
from survey_app.documents.design import Names
from survey_app.documents.results import Rate, Results, Scope

if TYPE_CHECKING:
    from docx.document import Document as Writing
    from docx.text.paragraph import Paragraph

_TEXT_WIDTH: Final = Cm(15.8)
_LATIN, _BODY, _HEADING = "Times New Roman", "仿宋", "黑体"
_WITH_TABLES: Final = {"categories", "items", "quality", "risk", "methods"}
_PICTURES: Final = {"categories": FOREST, "items": HEAT, "quality": FUNNEL}
_NUMERALS: Final = "一二三四五六七八九十"
_CREATED: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - the same results give the same bytes


def report(
    results: Results, version: str, *, chinese: bool, release_number: int | None = None
) -> bytes:
    """Write the report; numbers are rounded by GB/T 8170."""
    say = speaker(chinese=chinese)
    writing: Writing = Document()
    _page(writing)
    _core(writing, say(results.title))
    title = writing.add_heading(say(results.title), level=0)
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    writing.add_paragraph(_summary(results, chinese=chinese))
    with_rows = [
        _narrowed(table, say)
        for table in tables(results, version, say, release_number)
        if table.name in _WITH_TABLES and table.rows
    ]
    if not release_number and (brief := nonresponse_in_brief(results, say)).rows:
        with_rows.insert(-1, brief)
    subject = Subject(results, (), chinese)
    drawable = pictures_of(subject)
    for number, table in enumerate(with_rows):
        mark = f"{_NUMERALS[number]}、" if chinese else f"{number + 1}. "
        writing.add_heading(mark + say(table.title), level=1)
        if table.name == "nonresponse":
            writing.add_paragraph(_supposition(results, chinese=chinese))
        _write(writing, table, say)
        for doubt in _doubts(results, say) if table.name == "categories" else ():
            writing.add_paragraph(doubt)
        if table.note:
            writing.add_paragraph(say(table.note))
        if _PICTURES.get(table.name) in drawable:
            picture = io.BytesIO(raster(_PICTURES[table.name], subject))
            writing.add_picture(picture, width=Cm(15.5))
            writing.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER
            writing.paragraphs[-1].paragraph_format.space_before = Pt(8)
    file = io.BytesIO()
    writing.save(file)
    return file.getvalue()


def _narrowed(table: Table, say: Say) -> Table:
    """Leave out the columns that a page has no room for; a rate has its remark beside it."""
    places = [at for at, column in enumerate(table.columns) if column.in_report]
    rows = tuple(_remarked(table, row, say) for row in table.rows)
    return at_places(replace(table, rows=rows), places)


def _remarked(table: Table, row: tuple[Value, ...], say: Say) -> tuple[Value, ...]:
    remark = row[table.columns.index(REMARK)] if REMARK in table.columns else None
    is_doubtful = REASON in table.columns and row[table.columns.index(REASON)]
    flag = row[table.columns.index(RELIABILITY)] if is_doubtful else None
    if not (remark or flag):
        return row
    at = table.columns.index(RATE)
    text = written(row[at], Form.SHARE)
    parts = (remark, text, flag) if remark == say(AT_LEAST) else (text, remark, flag)
    return (*row[:at], " ".join(str(part) for part in parts if part), *row[at + 1 :])


def _estimate(rate: Rate, level: str, *, chinese: bool) -> str:
    """Give a rate as the summary says it: with its interval, or that all persons were asked."""
    say = speaker(chinese=chinese)
    low, high = percent(rate.low), percent(rate.high)
    limits = Names(zh=f"{level} 区间 {low} 至 {high}", en=f"{level} interval {low} to {high}")
    inside = say(CENSUS if rate.is_census else limits)
    if flag := warning(rate):
        inside += f"，{flag.zh}" if chinese else f", {flag.en.lower()}"
    return f"{say(share(rate))}（{inside}）" if chinese else f"{say(share(rate))} ({inside})"


def _doubts(results: Results, say: Say) -> list[str]:
    """Say of each post category whose rate is not reliable why, and what to do next time."""
    rates = [(category, results.rate(category.id)) for category in results.of(Scope.CATEGORY)]
    doubtful = [
        (category.name, flag, why)
        for category, rate in rates
        if (flag := warning(rate)) and (why := explanation(rate, results))
    ]
    return [
        say(both(zh=f"{name.zh}：{flag.zh}，{why.zh}", en=f"{name.en}: {flag.en}, {why.en}"))
        for name, flag, why in doubtful
    ]


def _summary(results: Results, *, chinese: bool) -> str:
    """Say the main thing in two sentences."""
    total = results.quality[-1]
    period = results.reference_period
    estimated = [
        (category, results.rate(category.id))
        for category in results.of(Scope.CATEGORY)
        if category.valid
    ]
    rates = [(category.name, rate) for category, rate in estimated if rate.is_shown]
    level = short_percent(results.options.level)
    if chinese:
        sentence = "；".join(
            f"{name.zh} {_estimate(rate, level, chinese=True)}" for name, rate in rates
        )
        return (
            f"本次调查针对 {period.start} 至 {period.end} 期间的情况，"
            f"发放问卷 {total.issued} 份，回收 {total.ballots} 份，有效 {total.valid} 份。"
            f"各岗位类别的腐败接触率估计为：{sentence}。"
        )
    sentence = "; ".join(
        f"{name.en} {_estimate(rate, level, chinese=False)}" for name, rate in rates
    )
    return (
        f"The survey asked about {period.start} to {period.end}. Of {total.issued} questionnaires "
        f"issued {total.ballots} came back, {total.valid} of them valid. The estimated "
        f"corruption-contact rate by post category: {sentence}."
    )


def _supposition(results: Results, *, chinese: bool) -> str:
    """Say how evenly it was answered, and what the table supposes of the others."""
    even = [response for response in responses(results) if response.is_compared]
    if chinese:
        indicators = "；".join(
            f"{response.domain.name.zh}应答率 {percent(response.even.response)}，"
            f"代表性指标 R 为 {rounded(response.even.indicator, 2)}"
            for response in even
        )
        return (
            (f"{indicators}（R 为 1 表示各层应答同样积极，越低越不均匀）。" if indicators else "")
            + "没有答复的人是否有过接触，无从得知。下表假设各层中未答复者的接触率是答复者的若干倍，"
            "给出相应的腐败接触率；1 倍即按层加权的估计值。哪一种假设更接近实际，数据不能判断；"
            "抽样误差另计。"
        )
    indicators = "; ".join(
        f"{response.domain.name.en}: response rate {percent(response.even.response)}, "
        f"R-indicator {rounded(response.even.indicator, 2)}"
        for response in even
    )
    return (
        (f"{indicators} (1: all strata answered alike; lower: less even). " if indicators else "")
        + "Whether those who did not answer had a contact is not known. The table supposes that in "
        "each stratum they had so many times the rate of those who did; 1 time is the estimate "
        "weighted by stratum. These data do not say which is likelier, and sampling error comes "
        "on top."
    )


def _write(writing: "Writing", table: Table, say: Say) -> None:
    grid = writing.add_table(rows=1, cols=len(table.columns), style="Table Grid")
    grid.autofit = False
    shares = [2 if column.form == Form.TEXT else 1 for column in table.columns]
    widths = [int(_TEXT_WIDTH * share / sum(shares)) for share in shares]
    for cell, column in zip(grid.rows[0].cells, table.columns, strict=True):
        _fill(cell.paragraphs[0], say(column.head), Form.TEXT, bold=True)
    _repeat(grid.rows[0])
    for row in table.rows:
        for cell, column, value in zip(grid.add_row().cells, table.columns, row, strict=True):
            _fill(cell.paragraphs[0], written(value, column.form), column.form)
    for line in grid.rows:
        for cell, width in zip(line.cells, widths, strict=True):
            cell.width = Emu(width)


def _fill(paragraph: "Paragraph", text: str, form: Form, *, bold: bool = False) -> None:
    run = paragraph.add_run(text)
    run.bold = bold
    run.font.size = Pt(9)
    if form != Form.TEXT:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def written(value: Value, form: Form) -> str:
    """Write a cell as a report shows it."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if form == Form.SHARE:
        return percent(value)
    if form == Form.PROBABILITY:
        return probability(value, is_known=value in {0, 1})
    if form == Form.P_VALUE:
        return p_value(value)
    if form == Form.POINTS:
        return rounded(value, 1)
    return rounded(value, 4) if form == Form.NUMBER else str(value)


def _repeat(row: object) -> None:
    """Repeat the head on every page the table runs over."""
    properties = row._tr.get_or_add_trPr()  # type: ignore[attr-defined] # noqa: SLF001
    mark = properties.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"})
    properties.append(mark)


def _page(writing: "Writing") -> None:
    """Set A4, and fonts with a Chinese face."""
    section = writing.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.6)
    for name in ("Normal", "Title", "Heading 1"):
        style = writing.styles[name]
        style.font.name = _LATIN
        face = _BODY if name == "Normal" else _HEADING
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)
    writing.styles["Normal"].font.size = Pt(12)


def _core(writing: "Writing", title: str) -> None:
    properties = writing.core_properties
    properties.title, properties.author, properties.comments = title, "", ""
    properties.created = properties.modified = _CREATED
