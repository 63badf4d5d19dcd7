"""Results as tables of typed cells in one language: what a workbook and a report are made of."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from survey_app.answers.analyse.exports.methods import methods
from survey_app.answers.analyse.exports.text_width import width
from survey_app.documents.design import Names, RiskLevel
from survey_app.documents.results import ANY, Domain, Rate, Results, Scope

LEVELS = {
    RiskLevel.LOW: Names(zh="低", en="low"),
    RiskLevel.MEDIUM: Names(zh="中", en="medium"),
    RiskLevel.SEVERE: Names(zh="较重", en="severe"),
    RiskLevel.HIGH: Names(zh="高", en="high"),
}
Value = str | int | float | None


class Form(StrEnum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    NUMBER = "number"


@dataclass(frozen=True)
class Column:
    """A column: its head, and what it holds."""

    head: Names
    form: Form = Form.TEXT


@dataclass(frozen=True)
class Table:
    """A table: rows as wide as its columns."""

    name: str
    title: Names
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]


Say = Callable[[Names], str]


def speaker(*, chinese: bool) -> Say:
    """Give what chooses the language of names."""
    return lambda names: names.zh if chinese else names.en


_RATE = (
    Column(Names(zh="比率", en="Rate"), Form.SHARE),
    Column(Names(zh="下限", en="Low"), Form.SHARE),
    Column(Names(zh="上限", en="High"), Form.SHARE),
    Column(Names(zh="标准误", en="Standard error"), Form.NUMBER),
)
_N = Column(Names(zh="答卷数 n", en="n"), Form.COUNT)
_CATEGORY = Column(Names(zh="岗位类别", en="Post category"))
_UNIT = Column(Names(zh="单位", en="Unit"))
_ITEM = Column(Names(zh="题目", en="Item"))


def tables(
    results: Results, version: str, say: Say, release_number: int | None = None
) -> list[Table]:
    """Lay all results out, the main table first and the methods last."""
    return [
        _categories(results, say),
        _items(results, say),
        _strata(results, say),
        _quality(results, say),
        _risks(results, say),
        _differences(results, say),
        Table(
            "methods",
            Names(zh="方法说明", en="Methods"),
            (Column(Names(zh="事项", en="Subject")), Column(Names(zh="说明", en="How"))),
            tuple(
                (say(label), say(text)) for label, text in methods(results, version, release_number)
            ),
        ),
    ]


def _numbers(rate: Rate) -> tuple[Value, ...]:
    return rate.rate, rate.low, rate.high, rate.se


def _categories(results: Results, say: Say) -> Table:
    dealings = Column(
        Names(zh="打过交道者中的比率", en="Rate among those with dealings"), Form.SHARE
    )
    upper_limit = Column(
        Names(zh="无法判定者计入后的上限", en="With the undetermined as yes"), Form.SHARE
    )
    count_columns = (
        Column(Names(zh="发放", en="Issued"), Form.COUNT),
        Column(Names(zh="回收", en="Returned"), Form.COUNT),
        Column(Names(zh="有效", en="Valid"), Form.COUNT),
    )
    rows = [
        (
            say(category.name),
            *_numbers(results.rate(category.id)),
            results.rate(category.id).upper,
            results.rate(category.id, denominator="dealings").rate,
            category.issued,
            category.ballots,
            category.valid,
        )
        for category in results.of(Scope.CATEGORY)
    ]
    return Table(
        "categories",
        Names(zh="各岗位类别腐败接触率", en="Corruption-contact rate by post category"),
        (_CATEGORY, *_RATE, upper_limit, dealings, *count_columns),
        tuple(rows),
    )


def _items(results: Results, say: Say) -> Table:
    rows = [
        (say(category.name), say(item.label), *_numbers(rate), rate.n)
        for category in results.of(Scope.CATEGORY)
        for item in results.items_of(category.kind)
        if item.code != ANY
        for rate in [results.rate(category.id, item.code)]
    ]
    title = Names(zh="各岗位类别分项情况", en="Items by post category")
    return Table("items", title, (_CATEGORY, _ITEM, *_RATE, _N), tuple(rows))


def _strata(results: Results, say: Say) -> Table:
    rows = [
        (
            say(stratum.category or stratum.name),
            say(stratum.name),
            stratum.key,
            say(item.label),
            *_numbers(rate),
            rate.n,
        )
        for stratum in results.of(Scope.STRATUM)
        for item in results.items_of(stratum.kind)
        for rate in [results.rate(stratum.id, item.code)]
    ]
    columns = (_CATEGORY, _UNIT, Column(Names(zh="层", en="Stratum")), _ITEM, *_RATE, _N)
    return Table("strata", Names(zh="各层情况", en="By stratum"), columns, tuple(rows))


def _quality(results: Results, say: Say) -> Table:
    total = Names(zh="合计", en="Total")
    rows = [
        (
            say(_title(results.by_id[line.domain]) if line.domain in results.by_id else total),
            line.issued,
            line.ballots,
            line.valid,
            line.returned,
            line.usable,
        )
        for line in results.quality
    ]
    columns = (
        Column(Names(zh="层", en="Stratum")),
        Column(Names(zh="发放", en="Issued"), Form.COUNT),
        Column(Names(zh="回收", en="Returned"), Form.COUNT),
        Column(Names(zh="有效", en="Valid"), Form.COUNT),
        Column(Names(zh="回收率", en="Return rate"), Form.SHARE),
        Column(Names(zh="有效率", en="Valid of returned"), Form.SHARE),
    )
    title = Names(zh="问卷发放与回收", en="Questionnaires issued and returned")
    return Table("quality", title, columns, tuple(rows))


def _title(domain: Domain) -> Names:
    if domain.category is None:
        return domain.name
    return Names(
        zh=f"{domain.category.zh} · {domain.name.zh}", en=f"{domain.category.en} · {domain.name.en}"
    )


def _risks(results: Results, say: Say) -> Table:
    rows = [
        (say(results.by_id[risk.domain].name), risk.rate, say(LEVELS[risk.level]), *risk.levels)
        for risk in results.risks
    ]
    columns = (
        _CATEGORY,
        _RATE[0],
        Column(Names(zh="风险等级", en="Level of risk")),
        *(
            Column(Names(zh=f"“{name.zh}”的可能性", en=f"Probability of “{name.en}”"), Form.SHARE)
            for name in LEVELS.values()
        ),
    )
    title = Names(zh="外部环境风险等级", en="Level of the external environment's risk")
    return Table("risk", title, columns, tuple(rows))


def _differences(results: Results, say: Say) -> Table:
    rows = [
        (
            say(results.by_id[difference.first].name),
            say(results.by_id[difference.second].name),
            100 * difference.estimate,
            100 * difference.low,
            100 * difference.high,
            difference.p,
            difference.adjusted_p,
        )
        for difference in results.differences
    ]
    columns = (
        _CATEGORY,
        Column(Names(zh="与之比较", en="Compared with")),
        Column(Names(zh="差（百分点）", en="Difference (percentage points)"), Form.NUMBER),
        Column(Names(zh="下限", en="Low"), Form.NUMBER),
        Column(Names(zh="上限", en="High"), Form.NUMBER),
        Column(Names(zh="p 值", en="p"), Form.NUMBER),
        Column(Names(zh="校正后 p 值", en="Adjusted p"), Form.NUMBER),
    )
    title = Names(zh="岗位类别之间的差异", en="Differences between post categories")
    return Table("differences", title, columns, tuple(rows))


def widths(table: Table, say: Say) -> Iterator[int]:
    """Give each column's width in characters, a Chinese one counting for two."""
    for at, column in enumerate(table.columns):
        texts: Sequence[str] = [
            str(row[at] or "") for row in table.rows if column.form == Form.TEXT
        ]
        yield min(60, max(width(say(column.head)), *map(width, texts), 0) + 2)
