"""The report on fieldwork for those who lead the survey: in Word, as PDF, and as a workbook.

It says what the page says, in the same counts: in tens until the close.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil

from survey_app.documents.design import Names
from survey_app.identity.manage.campaigns.sample_plan import margins
from survey_app.identity.manage.fieldwork.progress import (
    CategoryProgress,
    Fieldwork,
    StratumProgress,
)
from survey_app.papers import pdf, styles, workbook
from survey_app.papers.grids import write_table
from survey_app.papers.numbers import NOTHING, percent
from survey_app.papers.typed_tables import Column, Form, Say, Table, Value, speaker
from survey_app.papers.writing import Pen

_CATEGORY = Names(zh="岗位类别", en="Post category")
_POPULATION = Names(zh="总体人数", en="Population")
_INVITED = Names(zh="已发邀请码", en="Invited")
_CREDENTIALS = Names(zh="已领凭证", en="Claimed")
_RATE = Names(zh="领取率", en="Claim rate")
_LOW = Names(zh="偏低", en="Low")
_COUNTS_FOR_NOTHING = Names(zh="不计入任何结果", en="counts for nothing")
FILES = ("docx", "pdf", "xlsx")
LOW_NOTE = Names(
    zh="“偏低”：该层领取率即使按可能的最高值计，也不到全体领取率的三分之二。调查结束之前，凭证数按十取整："
    "“≥20”表示 20 至 29，“<10”表示不足 10。",
    en="“Low”: even at the most that its count may be, the claim rate is below two thirds of the "
    "whole campaign's. Until the close “≥20” is 20 to 29, and “<10” fewer than 10.",
)
NEEDED_NOTE = Names(
    zh="“需要的答卷”：各层领取率相同时，达到计划误差所需的份数；没有按误差制定方案的，或全部作答也达不到的，"
    "为“–”。误差按半数人遇到过接触（区间最宽）计算。",
    en="“Responses needed” for the planned margin if all strata answer alike; “–” if none was "
    "planned, or it cannot be reached. Margins suppose half of all answers to be yes: the widest.",
)


@dataclass(frozen=True)
class FieldworkReport:
    """What the report is made of.

    Attributes
    ----------
    failed_letters
        How many letters did not arrive, or may not have.
    margin
        The margin that the sample was planned by; None where it was planned otherwise.
    """

    title: Names
    is_rehearsal: bool
    today: date
    fieldwork: Fieldwork
    failed_letters: int
    margin: float | None


def write(report: FieldworkReport, kind: str, *, chinese: bool) -> bytes:
    """Write one of `FILES`.

    Raises
    ------
    NoOfficeError, PrintingError
        It cannot be printed on this machine.
    """
    if kind == "xlsx":
        say = speaker(chinese=chinese)
        sheets = [_facts(report, say), _categories(report, say), _strata(report.fieldwork, say)]
        return workbook.written(report.title, sheets, chinese=chinese)
    document = _word(report, chinese=chinese)
    return pdf.printed(document, chinese=chinese) if kind == "pdf" else document


def needed(population: Sequence[int], sample: Sequence[int], margin: float) -> int | None:
    """Find how many responses give a post category a margin, spread evenly over its strata.

    None where not even all persons invited would.
    """
    low, high = 0, 100
    if not _reaches(population, sample, margin, high):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (low, middle) if _reaches(population, sample, margin, middle) else (middle, high)
        )
    return sum(_answers(sample, high))


def _reaches(population: Sequence[int], sample: Sequence[int], margin: float, percent: int) -> bool:
    reached = margins(population, _answers(sample, percent), [""] * len(sample))[""]
    return reached is not None and reached <= margin


def _answers(sample: Sequence[int], percent: int) -> list[int]:
    return [ceil(size * percent / 100) for size in sample]


def _word(report: FieldworkReport, *, chinese: bool) -> bytes:
    pen = Pen(chinese)
    title = pen.word(f"{report.title.zh}：进度报告", f"{report.title.en}: fieldwork report")
    styles.prepare(pen.writing, title, chinese=chinese)
    pen.margins(title, f"{report.today}")
    pen.writing.add_paragraph(title, "Title")
    say = speaker(chinese=chinese)
    for label, value in _facts(report, say).rows:
        pen.labelled(f"{label}", f"{value}")
    write_table(pen, _categories(report, say))
    write_table(pen, _strata(report.fieldwork, say))
    return pen.saved()


def _facts(report: FieldworkReport, say: Say) -> Table:
    counts = report.fieldwork
    strata = [row.stratum for row in counts.strata]
    facts: list[tuple[Names, Value]] = [
        (Names(zh="报告日期", en="As of"), f"{report.today}"),
        (Names(zh="答卷起止日期", en="Answers are taken"), _days(counts)),
        (Names(zh="剩余天数", en="Days left"), counts.days_left),
        (_POPULATION, sum(stratum.population for stratum in strata)),
        (Names(zh="样本", en="Sample"), sum(stratum.sample for stratum in strata)),
        (_INVITED, counts.invited),
        (_CREDENTIALS, counts.claims.text),
        (_RATE, percent(rate) if (rate := counts.claims.share(counts.invited)) else NOTHING),
        (Names(zh="领取率偏低的层", en="Strata with a low claim rate"), _low(counts.strata)),
        (Names(zh="被拒绝的领取", en="Refused claims"), counts.refused_claims.text),
        (Names(zh="未送达的信件", en="Letters that did not arrive"), report.failed_letters),
    ]
    if report.is_rehearsal:
        facts.append((Names(zh="演练", en="Rehearsal"), say(_COUNTS_FOR_NOTHING)))
    return Table(
        "facts",
        Names(zh="进度", en="Fieldwork"),
        (Column(Names(zh="内容", en="Subject")), Column(Names(zh="数", en="Figure"), Form.COUNT)),
        tuple((say(label), value) for label, value in facts),
    )


def _days(counts: Fieldwork) -> str:
    return f"{counts.window.start} – {counts.window.end}"


def _low(strata: Sequence[StratumProgress]) -> int:
    return sum(row.is_low for row in strata)


def _categories(report: FieldworkReport, say: Say) -> Table:
    return Table(
        "categories",
        Names(zh="各岗位类别的误差完成情况", en="Precision so far by post category"),
        (
            Column(_CATEGORY),
            *(Column(head, Form.COUNT) for head in (_POPULATION, _INVITED, _CREDENTIALS)),
            Column(_RATE, Form.SHARE),
            Column(Names(zh="目前误差（±）", en="Margin now (±)"), Form.POINTS),
            Column(Names(zh="计划误差（±）", en="Planned margin (±)"), Form.POINTS),
            Column(Names(zh="需要的答卷", en="Responses needed"), Form.COUNT),
        ),
        tuple(_category(category, report, say) for category in report.fieldwork.categories),
        NEEDED_NOTE,
    )


def _category(category: CategoryProgress, report: FieldworkReport, say: Say) -> tuple[Value, ...]:
    strata = [
        row.stratum
        for row in report.fieldwork.strata
        if row.stratum.post_category == category.category
    ]
    population, sample = [s.population for s in strata], [s.sample for s in strata]
    return (
        say(category.category),
        sum(population),
        category.invited,
        category.claims.text,
        category.claims.share(category.invited),
        _points(category.reached),
        _points(report.margin),
        needed(population, sample, report.margin) if report.margin else None,
    )


def _points(margin: float | None) -> float | None:
    return None if margin is None else round(margin * 100, 6)


def _strata(counts: Fieldwork, say: Say) -> Table:
    return Table(
        "strata",
        Names(zh="各层进度", en="By stratum"),
        (
            *(Column(head) for head in (Names(zh="单位", en="Unit"), _CATEGORY)),
            Column(Names(zh="层", en="Stratum")),
            *(Column(head, Form.COUNT) for head in (_POPULATION, _INVITED, _CREDENTIALS)),
            Column(_RATE, Form.SHARE),
            Column(Names(zh="标记", en="Mark")),
        ),
        tuple(
            (
                say(row.stratum.unit),
                say(row.stratum.post_category),
                row.stratum.stratum,
                row.stratum.population,
                row.stratum.invited,
                row.claims.text,
                row.claims.share(row.stratum.invited),
                say(_LOW) if row.is_low else "",
            )
            for row in counts.strata
        ),
        LOW_NOTE,
    )
