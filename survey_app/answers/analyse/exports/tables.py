"""Results as tables of typed cells in one language: what a workbook and a report are made of."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from stats.nonresponse import FACTORS
from survey_app.answers.analyse.estimates.representativity import responses
from survey_app.answers.analyse.exports.methods import methods
from survey_app.answers.analyse.exports.numbers import percent, rounded, short_percent
from survey_app.answers.analyse.exports.reliability import decision, reason
from survey_app.answers.analyse.exports.text_width import width
from survey_app.documents.design import SMALLEST_OPENING, Names, RiskLevel
from survey_app.documents.results import ANY, Domain, Rate, Results, Risk, Scope

LEVELS = {
    RiskLevel.LOW: Names(zh="低", en="low"),
    RiskLevel.MEDIUM: Names(zh="中", en="medium"),
    RiskLevel.SEVERE: Names(zh="较高", en="severe"),
    RiskLevel.HIGH: Names(zh="高", en="high"),
}
AT_LEAST = Names(zh="至少", en="at least")
CENSUS = Names(zh="全数调查", en="all were asked")
Value = str | int | float | None


class Form(StrEnum):
    """What a column holds."""

    TEXT = "text"
    COUNT = "count"
    SHARE = "share"
    NUMBER = "number"
    PROBABILITY = "probability"


@dataclass(frozen=True)
class Column:
    """A column: its head, what it holds, and whether a report has room for it."""

    head: Names
    form: Form = Form.TEXT
    in_report: bool = True


@dataclass(frozen=True)
class Table:
    """A table: rows as wide as its columns, and what has to be read with them."""

    name: str
    title: Names
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    note: Names | None = None


Say = Callable[[Names], str]


def speaker(*, chinese: bool) -> Say:
    """Give what chooses the language of names."""
    return lambda names: names.zh if chinese else names.en


_LEAST = 1e-12
RATE = Column(Names(zh="比率", en="Rate"), Form.SHARE)
_RATE = (
    RATE,
    Column(Names(zh="下限", en="Low"), Form.SHARE),
    Column(Names(zh="上限", en="High"), Form.SHARE),
    Column(Names(zh="标准误", en="Standard error"), Form.NUMBER),
)
_BOUNDS = (
    Column(
        Names(zh="无法判定者按“没有”计", en="With the undetermined as no"),
        Form.SHARE,
        in_report=False,
    ),
    Column(
        Names(zh="无法判定者按“有”计", en="With the undetermined as yes"),
        Form.SHARE,
        in_report=False,
    ),
)
_OUTER = (
    Column(
        Names(zh="下限（不论无法判定者怎么答）", en="Low, whatever the undetermined say"),
        Form.SHARE,
        in_report=False,
    ),
    Column(
        Names(zh="上限（不论无法判定者怎么答）", en="High, whatever the undetermined say"),
        Form.SHARE,
        in_report=False,
    ),
)
EQUALLY_LIKELY = Names(
    zh="可能性：若事先认为各种接触率同样可能，接触率落在该等级内的概率；无法判定的答卷按“没有”计。",
    en="Probability: that the rate lies in the level, if all rates were thought equally likely "
    "beforehand; undetermined sheets count as no.",
)
REMARK = Column(Names(zh="备注", en="Remark"), in_report=False)
RELIABILITY = Column(Names(zh="NCHS 标记", en="NCHS flag"), in_report=False)
REASON = Column(
    Names(zh="标记的原因与下次的办法", en="Why, and what to do next time"), in_report=False
)
_FLAG = (RELIABILITY, REASON)
_N = Column(Names(zh="答卷数 n", en="n"), Form.COUNT)
_CATEGORY = Column(Names(zh="岗位类别", en="Post category"))
_UNIT = Column(Names(zh="单位", en="Unit"))
_ITEM = Column(Names(zh="题目", en="Item"))

NONRESPONSE = Names(zh="未答复的影响", en="Effect of nonresponse")
_TIMES = (
    *(Column(Names(zh=f"{factor:g} 倍", en=f"{factor:g} times"), Form.SHARE) for factor in FACTORS),
    Column(Names(zh="全部有过", en="All of them"), Form.SHARE),
)


def tables(
    results: Results, version: str, say: Say, release_number: int | None = None
) -> list[Table]:
    """Lay all results out, the main table first and the methods last."""
    estimates = [
        _categories(results, say),
        _items(results, say),
        _strata(results, say),
        _quality(results, say),
        _risks(results, say),
        _differences(results, say),
        *([] if release_number else [_respondents(results, say), _nonresponse(results, say)]),
    ]
    if release_number is not None:
        estimates = [_without(table, _OUTER) for table in estimates]
    return [*estimates, _methods(results, version, say, release_number)]


def _without(table: Table, columns: Sequence[Column]) -> Table:
    places = [at for at, column in enumerate(table.columns) if column not in columns]
    return at_places(table, places)


def at_places(table: Table, places: Sequence[int]) -> Table:
    """Keep the columns at some places."""
    return replace(
        table,
        columns=tuple(table.columns[at] for at in places),
        rows=tuple(tuple(row[at] for at in places) for row in table.rows),
    )


def _methods(results: Results, version: str, say: Say, release_number: int | None) -> Table:
    return Table(
        "methods",
        Names(zh="方法说明", en="Methods"),
        (Column(Names(zh="事项", en="Subject")), Column(Names(zh="说明", en="How"))),
        tuple((say(label), say(text)) for label, text in methods(results, version, release_number)),
    )


def _numbers(rate: Rate) -> tuple[Value, ...]:
    return rate.rate, rate.low, rate.high, rate.se


def _flag(rate: Rate, say: Say) -> tuple[str, str]:
    flag, why = decision(rate), reason(rate)
    return say(flag) if flag else "", say(why) if why else ""


def none_of(rate: Rate, flag: Names | None = None) -> Names:
    """Say of a rate that a release shows as a bound that no one said yes."""
    bound = percent(rate.high)
    also = ("，" + flag.zh, ", " + flag.en.lower()) if flag else ("", "")
    return Names(
        zh=f"{rate.n} 份中无（不超过 {bound}{also[0]}）",
        en=f"none of {rate.n} (at most {bound}{also[1]})",
    )


def remark(rate: Rate, say: Say) -> str:
    """Say that undetermined sheets are a no in a rate, or that it has no sampling error."""
    if rate.has_no_yes:
        return say(none_of(rate))
    if rate.is_least:
        return say(AT_LEAST)
    return say(CENSUS) if rate.is_census else ""


def _categories(results: Results, say: Say) -> Table:
    dealings = Column(
        Names(zh="打过交道者中的比率", en="Rate among those with dealings"), Form.SHARE
    )
    upper_bound = Column(
        Names(zh="无法判定者按“有”计", en="With the undetermined as yes"), Form.SHARE
    )
    count_columns = (
        Column(Names(zh="发放", en="Issued"), Form.COUNT),
        Column(Names(zh="回收", en="Returned"), Form.COUNT),
        Column(Names(zh="有效", en="Valid"), Form.COUNT),
    )
    rows = [
        (
            say(category.name),
            *_numbers(rate),
            remark(rate, say),
            rate.upper,
            rate.outer_low,
            rate.outer_high,
            results.rate(category.id, denominator="dealings").rate,
            category.issued,
            category.ballots,
            category.valid,
            *_flag(rate, say),
        )
        for category in results.of(Scope.CATEGORY)
        for rate in [results.rate(category.id)]
    ]
    return Table(
        "categories",
        Names(zh="各岗位类别腐败接触率", en="Corruption-contact rate by post category"),
        (_CATEGORY, *_RATE, REMARK, upper_bound, *_OUTER, dealings, *count_columns, *_FLAG),
        tuple(rows),
    )


def _items(results: Results, say: Say) -> Table:
    rows = [
        (
            say(category.name),
            say(item.label),
            *_numbers(rate),
            remark(rate, say),
            rate.lower,
            rate.upper,
            rate.outer_low,
            rate.outer_high,
            rate.n,
            *_flag(rate, say),
        )
        for category in results.of(Scope.CATEGORY)
        for item in results.items_of(category.kind)
        if item.code != ANY
        for rate in [results.rate(category.id, item.code)]
    ]
    title = Names(zh="各岗位类别分项情况", en="Items by post category")
    columns = (_CATEGORY, _ITEM, *_RATE, REMARK, *_BOUNDS, *_OUTER, _N, *_FLAG)
    return Table("items", title, columns, tuple(rows))


def _strata(results: Results, say: Say) -> Table:
    rows = [
        (
            say(stratum.category or stratum.name),
            say(stratum.name),
            stratum.key,
            say(item.label),
            *_numbers(rate),
            remark(rate, say),
            rate.n,
            *_flag(rate, say),
        )
        for stratum in results.of(Scope.STRATUM)
        for item in results.items_of(stratum.kind)
        for rate in [results.rate(stratum.id, item.code)]
    ]
    by = (_CATEGORY, _UNIT, Column(Names(zh="层", en="Stratum")), _ITEM)
    columns = (*by, *_RATE, REMARK, _N, *_FLAG)
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
    risks = {risk.domain: risk for risk in results.risks}
    rows = [
        (
            say(category.name),
            say(LEVELS[RiskLevel.LOW if risk is None else risk.level]),
            *_numbers(rate)[:3],
            remark(rate, say),
            rate.n,
            _flag(rate, say)[0],
            *(_levels(risk, rate) if risk else [None] * len(LEVELS)),
        )
        for category in results.of(Scope.CATEGORY)
        for rate, risk in [(results.rate(category.id), risks.get(category.id))]
        if risk or rate.has_no_yes
    ]
    columns = (
        _CATEGORY,
        Column(Names(zh="风险等级", en="Level of risk")),
        *_RATE[:3],
        REMARK,
        _N,
        replace(RELIABILITY, in_report=True),
        *(
            Column(
                Names(zh=f"“{name.zh}”的可能性", en=f"Probability of “{name.en}”"),
                Form.PROBABILITY,
            )
            for name in LEVELS.values()
        ),
    )
    title = Names(zh="外部环境风险等级", en="Level of the external environment's risk")
    return Table("risk", title, columns, tuple(rows), EQUALLY_LIKELY)


def _levels(risk: Risk, rate: Rate) -> Iterator[float]:
    """Give the probability of each level; 0 and 1 are for what a census knows."""
    for probability in risk.levels:
        yield probability if rate.is_census else min(max(probability, _LEAST), 1 - _LEAST)


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


def _respondents(results: Results, say: Say) -> Table:
    variables = {
        Scope.CATEGORY: _CATEGORY.head,
        Scope.UNIT: _UNIT.head,
    }
    rows = [
        (
            say(response.domain.name),
            say(variables[Scope(line.variable)]),
            say(response.names[line.category]),
            line.population,
            line.issued,
            line.respondents,
            line.population_share,
            line.issued_share,
            line.respondents_share,
            line.response,
            line.unconditional,
        )
        for response in responses(results)
        for line in response.even.categories
    ]
    columns = (
        Column(Names(zh="问卷", en="Questionnaire")),
        Column(Names(zh="变量", en="Variable")),
        Column(Names(zh="取值", en="Value")),
        Column(Names(zh="总体人数", en="Persons"), Form.COUNT),
        Column(Names(zh="发放", en="Issued"), Form.COUNT),
        Column(Names(zh="有效", en="Valid"), Form.COUNT),
        Column(Names(zh="占抽样框", en="Of the population"), Form.SHARE),
        Column(Names(zh="占发放", en="Of those asked"), Form.SHARE),
        Column(Names(zh="占有效答卷", en="Of those who answered"), Form.SHARE),
        Column(Names(zh="应答率", en="Response rate"), Form.SHARE),
        Column(Names(zh="偏代表性指标", en="Partial R-indicator"), Form.NUMBER),
    )
    title = Names(zh="应答者与抽样框", en="Respondents and the population")
    return Table("respondents", title, columns, tuple(rows))


def _nonresponse(results: Results, say: Say) -> Table:
    rows = [
        (say(line.domain.name), *line.rates, line.upper, *line.reached)
        for response in responses(results)
        for line in response.supposed
    ]
    columns = (
        _CATEGORY,
        *_TIMES,
        *(
            Column(
                Names(
                    zh=f"达到 {short_percent(threshold)} 的倍数",
                    en=f"Times to {short_percent(threshold)}",
                ),
                Form.NUMBER,
            )
            for threshold in results.thresholds
        ),
    )
    return Table("nonresponse", NONRESPONSE, columns, tuple(rows))


def nonresponse_in_brief(results: Results, say: Say) -> Table:
    """Lay out the effect of nonresponse for the report: kinds in whole percents.

    The report has no rates of strata, from which the workbook's lines could be taken; a kind with a
    stratum of fewer than ten valid sheets, whose answers its line could give away, is left out.
    """
    rows = [
        (
            say(response.domain.name),
            *(rounded(rate * 100, 0) + "%" for rate in (*whole.rates, whole.upper)),
        )
        for response in responses(results)
        if response.smallest >= SMALLEST_OPENING
        for whole in response.supposed[:1]
    ]
    columns = (
        Column(Names(zh="问卷", en="Questionnaire")),
        *(Column(column.head) for column in _TIMES),
    )
    return Table("nonresponse", NONRESPONSE, columns, tuple(rows))


def widths(table: Table, say: Say) -> Iterator[int]:
    """Give each column's width in characters, a Chinese one counting for two."""
    for at, column in enumerate(table.columns):
        texts: Sequence[str] = [
            str(row[at] or "") for row in table.rows if column.form == Form.TEXT
        ]
        yield min(60, max(width(say(column.head)), *map(width, texts), 0) + 2)
