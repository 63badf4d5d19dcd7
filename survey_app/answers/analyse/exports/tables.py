"""Results as tables of typed cells in one language: what a workbook and a report are made of."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from survey_app.answers.analyse.estimates.representativity import responses
from survey_app.answers.analyse.exports.columns import (
    CATEGORY,
    EQUALLY_LIKELY,
    ERRORS,
    HIGH,
    HIGHEST,
    HIGHEST_OF_ANY,
    ITEM,
    LEVELS,
    LOW,
    LOWEST,
    MAY_EXCEED,
    NO_LEVEL,
    NONRESPONSE,
    OUTER,
    P_VALUES,
    QUESTIONNAIRE,
    QUESTIONNAIRES,
    RATE,
    RATES,
    REASON,
    RELIABILITY,
    REMARK,
    TIMES,
    UNIT,
    UNRELEASED,
    N,
)
from survey_app.answers.analyse.exports.methods import methods
from survey_app.answers.analyse.exports.rate_words import both, remark, share
from survey_app.answers.analyse.exports.reliability import decision, explanation, has_level
from survey_app.answers.analyse.exports.report.provenance import Survey
from survey_app.documents.design import SMALLEST_OPENING, Kind, Names, RiskLevel
from survey_app.documents.results import ANY, Denominator, Domain, Item, Rate, Results, Risk, Scope
from survey_app.papers.numbers import rounded, short_percent
from survey_app.papers.typed_tables import (
    Column,
    Form,
    Say,
    Table,
    Value,
    without,
)

_LEAST = 1e-12


def tables(
    results: Results,
    version: str,
    say: Say,
    release_number: int | None = None,
    survey: Survey | None = None,
) -> list[Table]:
    """Lay all results out, the main table first and the methods last.

    ``release_number`` is 0 for a release that has no number yet; the methods say how
    the survey was made where it is known.
    """
    estimates = [
        _categories(results, say),
        _items(results, say),
        _strata(results, say),
        _units(results, say),
        _quality(results, say),
        _risks(results, say),
        _differences(results, say),
    ]
    if release_number is None:
        estimates += [_respondents(results, say), _nonresponse(results, say)]
    else:
        estimates = [without(table, UNRELEASED) for table in estimates]
    rows = methods(results, version, release_number, survey)
    return [*estimates, _methods(rows, say)]


def _methods(rows: Sequence[tuple[Names, Names]], say: Say) -> Table:
    return Table(
        "methods",
        Names(zh="方法说明", en="Methods"),
        (Column(Names(zh="事项", en="Subject")), Column(Names(zh="说明", en="How"))),
        tuple((say(label), say(text)) for label, text in rows),
    )


def _numbers(rate: Rate, say: Say) -> tuple[Value, ...]:
    """Give the cells under `RATES`: a rate that is no number is there in words."""
    flag, note = decision(rate), remark(rate)
    return (
        _cell(rate, say),
        say(flag) if flag else "",
        rate.low,
        rate.high,
        None if rate.hidden else rate.n,
        say(note) if note else "",
    )


def _errors(rate: Rate) -> tuple[Value, ...]:
    """Give the cells under `ERRORS`: error, and the persons for whom the yes stand."""
    if rate.rate is None or rate.se is None or rate.low is None or rate.high is None:
        return (None,) * len(ERRORS)
    return (
        100 * rate.se,
        rate.se / rate.rate if rate.rate else None,
        rate.deff,
        round(rate.total),
        *persons(rate),
    )


def persons(rate: Rate) -> tuple[int, int]:
    """Give the confidence limits of the total, rounded outward to persons."""
    low, high = (rate.population * (limit or 0) for limit in (rate.low, rate.high))
    return math.floor(low + _LEAST), math.ceil(high - _LEAST)


def _why(rate: Rate, results: Results, say: Say) -> str:
    reason = explanation(rate, results)
    return say(reason) if reason else ""


def _categories(results: Results, say: Say) -> Table:
    dealings = Column(Names(zh="占有往来者", en="Of those with dealings"), Form.SHARE)
    count_columns = (
        Column(Names(zh="发放", en="Issued"), Form.COUNT),
        Column(Names(zh="回收", en="Returned"), Form.COUNT),
        Column(Names(zh="有效", en="Valid"), Form.COUNT),
    )
    rows = [
        (
            say(category.name),
            *_numbers(rate, say),
            rate.upper,
            _cell(results.rate(category.id, denominator="dealings"), say),
            category.issued,
            category.ballots,
            category.valid,
            *_errors(rate),
            rate.outer_low,
            rate.outer_high,
            _why(rate, results, say),
        )
        for category in results.of(Scope.CATEGORY)
        for rate in [results.rate(category.id)]
    ]
    return Table(
        "categories",
        Names(zh="各岗位类别腐败接触率", en="Corruption-contact rate by post category"),
        (
            CATEGORY,
            *(replace(column, in_report=False) if column is N else column for column in RATES),
            HIGHEST_OF_ANY,
            dealings,
            *count_columns,
            *ERRORS,
            *OUTER,
            REASON,
        ),
        tuple(rows),
    )


def _cell(rate: Rate, say: Say) -> Value:
    return say(share(rate)) if rate.hidden or rate.is_bound else rate.rate


def _items(results: Results, say: Say) -> Table:
    rows = [
        (
            say(category.name),
            say(item.label),
            *_numbers(rate, say),
            rate.lower,
            rate.upper,
            *_errors(rate),
            rate.outer_low,
            rate.outer_high,
            _why(rate, results, say),
        )
        for category in results.of(Scope.CATEGORY)
        for item in results.items_of(category.kind)
        if item.code != ANY
        for rate in [results.rate(category.id, item.code)]
    ]
    title = Names(zh="各岗位类别分项情况", en="Items by post category")
    columns = (CATEGORY, ITEM, *RATES, LOWEST, HIGHEST, *ERRORS, *OUTER, REASON)
    note = MAY_EXCEED if any(exceeding(results, d) for d in results.of(Scope.CATEGORY)) else None
    return Table("items", title, columns, tuple(rows), note)


def exceeding(results: Results, domain: Domain, among: Denominator = "valid") -> list[Item]:
    """List the items whose rate is above any contact, which takes the undetermined as no."""
    most = results.rate(domain.id, ANY, among).rate
    rates = [
        (item, results.rate(domain.id, item.code, among).rate)
        for item in results.items_of(domain.kind)
    ]
    return [
        item
        for item, rate in rates
        if most is not None and rate is not None and rate > most + _LEAST
    ]


def _strata(results: Results, say: Say) -> Table:
    rows = [
        (
            say(stratum.category or stratum.name),
            say(stratum.name),
            stratum.key,
            say(item.label),
            *_numbers(rate, say),
            *_errors(rate),
            _why(rate, results, say),
        )
        for stratum in results.of(Scope.STRATUM)
        for item in results.items_of(stratum.kind)
        for rate in [results.rate(stratum.id, item.code)]
    ]
    by = (CATEGORY, UNIT, Column(Names(zh="层", en="Stratum")), ITEM)
    columns = (*by, *RATES, *ERRORS, REASON)
    return Table("strata", Names(zh="各层情况", en="By stratum"), columns, tuple(rows))


def _units(results: Results, say: Say) -> Table:
    rows = [
        (
            say(unit.name),
            say(QUESTIONNAIRES[unit.kind]),
            say(item.label),
            *_numbers(rate, say),
            *_errors(rate),
            _why(rate, results, say),
        )
        for unit in results.of(Scope.UNIT)
        for item in results.items_of(unit.kind)
        for rate in [results.rate(unit.id, item.code)]
    ]
    columns = (UNIT, QUESTIONNAIRE, ITEM, *RATES, *ERRORS, REASON)
    return Table("units", Names(zh="各单位情况", en="By unit"), columns, tuple(rows))


def _quality(results: Results, say: Say) -> Table:
    rows = [
        (
            say(_line_of(results, line.domain)),
            _persons(results, line.domain),
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
        Column(Names(zh="总体 N", en="Persons N"), Form.COUNT),
        Column(Names(zh="发放", en="Issued"), Form.COUNT),
        Column(Names(zh="回收", en="Returned"), Form.COUNT),
        Column(Names(zh="有效", en="Valid"), Form.COUNT),
        Column(Names(zh="回收率", en="Return rate"), Form.SHARE),
        Column(Names(zh="有效率", en="Valid of returned"), Form.SHARE),
    )
    title = Names(zh="问卷发放与回收", en="Questionnaires issued and returned")
    return Table("quality", title, columns, tuple(rows))


def _line_of(results: Results, domain: str) -> Names:
    """Name a line: a stratum, a kind, one that stays sealed, or all."""
    if domain in results.by_id:
        return _title(results.by_id[domain])
    if domain:
        scope, _, key = domain.split("/", 2)
        kind = QUESTIONNAIRES[Kind(key)] if scope == Scope.KIND else None
        zh, en = (f"{kind.zh}问卷", f"{kind.en} questionnaire") if kind else (key, key)
        return both(f"{zh}（未开箱）", f"{en} (sealed)")
    return Names(zh="合计", en="Total")


def _persons(results: Results, domain: str) -> int | None:
    if domain in results.by_id:
        return results.by_id[domain].population
    return None if domain else sum(kind.population for kind in results.of(Scope.KIND))


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
            say(QUESTIONNAIRES[category.kind]),
            say(_level(risk, rate)),
            *_numbers(rate, say),
            *(_levels(risk, rate) if risk and has_level(rate) else [None] * len(LEVELS)),
        )
        for category in results.of(Scope.CATEGORY)
        for rate, risk in [(results.rate(category.id), risks.get(category.id))]
        if risk or rate.is_bound
    ]
    columns = (
        CATEGORY,
        QUESTIONNAIRE,
        Column(Names(zh="风险等级", en="Level of risk")),
        RATE,
        replace(RELIABILITY, in_report=True),
        LOW,
        HIGH,
        N,
        REMARK,
        *(
            Column(
                Names(zh=f"“{name.zh}”的可能性", en=f"Probability of “{name.en}”"),
                Form.PROBABILITY,
            )
            for name in LEVELS.values()
        ),
    )
    title = Names(zh="风险等级", en="Level of risk")
    return Table("risk", title, columns, tuple(rows), EQUALLY_LIKELY)


def _level(risk: Risk | None, rate: Rate) -> Names:
    """Name the level; without probabilities it is low, as in an older release."""
    if not has_level(rate):
        return NO_LEVEL
    return LEVELS[risk.level if risk else RiskLevel.LOW]


def _levels(risk: Risk, rate: Rate) -> Iterator[float]:
    """Give the probability of each level; 0 and 1 are for what a census knows."""
    for probability in risk.levels:
        yield probability if rate.is_census else min(max(probability, _LEAST), 1 - _LEAST)


def _differences(results: Results, say: Say) -> Table:
    tested = any(difference.p is not None for difference in results.differences)
    rows = [
        (
            say(results.by_id[difference.first].name),
            say(results.by_id[difference.second].name),
            100 * difference.estimate,
            100 * difference.low,
            100 * difference.high,
            *((difference.p, difference.adjusted_p) if tested else ()),
        )
        for difference in results.differences
    ]
    columns = (
        CATEGORY,
        Column(Names(zh="与之比较", en="Compared with")),
        Column(Names(zh="差（百分点）", en="Difference (percentage points)"), Form.POINTS),
        replace(LOW, form=Form.POINTS),
        replace(HIGH, form=Form.POINTS),
        *(P_VALUES if tested else ()),
    )
    title = Names(zh="岗位类别之间的差异", en="Differences between post categories")
    return Table("differences", title, columns, tuple(rows))


def _respondents(results: Results, say: Say) -> Table:
    variables = {
        Scope.CATEGORY: CATEGORY.head,
        Scope.UNIT: UNIT.head,
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
        Column(Names(zh="占作答者", en="Of those who answered"), Form.SHARE),
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
        CATEGORY,
        *TIMES,
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
        *(Column(column.head) for column in TIMES),
    )
    return Table("nonresponse", NONRESPONSE, columns, tuple(rows))
