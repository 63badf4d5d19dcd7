"""The chapters on aims and on how the survey was made."""

from collections.abc import Iterator

from survey_app.answers.analyse.exports.pictures import (
    FUNNEL,
)
from survey_app.answers.analyse.exports.posts import QUESTIONNAIRES
from survey_app.answers.analyse.exports.report.content import Content
from survey_app.answers.analyse.exports.report.front import BLANK
from survey_app.answers.analyse.exports.report.shown import show_picture
from survey_app.documents.design import Names
from survey_app.documents.results import Scope
from survey_app.documents.validity import preset
from survey_app.papers.grids import write_table
from survey_app.papers.numbers import (
    percent,
    short_percent,
)
from survey_app.papers.typed_tables import (
    Column,
    Form,
    Table,
)

_SUBJECT = Column(Names(zh="事项", en="Subject"))
_TEXT = Column(Names(zh="内容", en="What was done"))


def aims(content: Content) -> None:
    """Say who asked and what for, and leave the background to the office."""
    pen = content.pen
    pen.chapter(pen.word("背景与目的", "Background and aims"))
    pen.paragraph(
        pen.word(
            "（部署依据与工作背景由发文单位补充，定稿时删去本句。）",
            "(The office adds the mandate and the background here, and deletes this sentence.)",
        )
    )
    for label, text in (
        (pen.word("组织单位", "Conducted by"), content.organiser),
        (pen.word("调查目的", "Purpose"), content.about("purpose")),
        (pen.word("结果的使用", "Use of the results"), content.about("results")),
    ):
        if text:
            pen.labelled(label, text)


def methods(content: Content) -> None:
    """Say how the survey was made: population, sample, days, questionnaires, response, limits."""
    pen = content.pen
    pen.chapter(pen.word("调查方法", "How the survey was made"))
    pen.section(pen.word("基本情况", "At a glance"))
    title = Names(zh="调查基本情况", en="The survey at a glance")
    write_table(pen, Table("facts", title, (_SUBJECT, _TEXT), tuple(_facts(content))))
    pen.section(pen.word("总体、样本与应答", "Population, sample and response"))
    write_table(pen, _frame(content))
    show_picture(content, FUNNEL, pen.word("从发放到有效答卷", "From issued to valid"), 0.65)


def _facts(content: Content) -> Iterator[tuple[str, str]]:
    pen, total, results = content.pen, content.total, content.results
    kinds = results.of(Scope.KIND)
    population = sum(kind.population for kind in kinds)
    rule = preset(results.options.validity)
    rows = [
        (("组织与实施单位", "Sponsor and conductor"), content.organiser or BLANK),
        (
            ("总体与抽样框", "Population and frame"),
            pen.word(
                f"{population} 人：被监管单位和业务往来单位人员、本单位人员的名册，"
                f"分为 {len(results.of(Scope.STRATUM))} 层（见下表）。",
                f"{population} persons on lists of those who deal with business posts and of the "
                f"bureau's personnel, in {len(results.of(Scope.STRATUM))} strata (see below).",
            ),
        ),
        (
            ("抽样", "Sampling"),
            pen.word(
                f"各层内简单随机抽样，不放回；共抽取 {total.issued} 人。",
                f"Simple random, without replacement, in each stratum; {total.issued} persons.",
            ),
        ),
        (
            ("调查方式", "Mode"),
            pen.word(
                "匿名网上问卷，中文、英文；凭一次性邀请码作答，答卷与邀请码不能对应；没有报酬。",
                "Anonymous web questionnaire in Chinese and English, by a code that works once and "
                "cannot be tied to its answers; nothing was paid.",
            ),
        ),
        (("答卷起止日期", "Fieldwork"), content.fieldwork or BLANK),
        (("参照期", "Reference period"), content.reference_period),
        (("问卷", "Questionnaires"), _questionnaires(content)),
        (
            ("应答", "Response"),
            pen.word(
                f"回收 {total.ballots} 份，有效 {total.valid} 份；"
                f"应答率（AAPOR RR1）{percent(total.response)}。",
                f"{total.ballots} returned, {total.valid} valid; response rate (AAPOR RR1) "
                f"{percent(total.response)}.",
            ),
        ),
        (
            ("有效性规则与质量检查", "Validity and quality checks"),
            pen.word(
                f"“{rule.name.zh}”：按调查前公布的规则判定，判定不看答卷内容是否有利。",
                f"“{rule.name.en}”: by the rule published before the survey, whatever the answers.",
            ),
        ),
        (
            ("未定答卷", "Undetermined sheets"),
            pen.word(
                "记不清、不想答或空白，以致判断不了有没有遇到过的答卷按“没有”计，"
                "比率写作“至少”；都算“有”的比率并列给出。",
                "Sheets that leave it open (can't remember, rather not say, blank) count as no, "
                "the rate is “at least”, and the rate with them as yes stands beside it.",
            ),
        ),
        (
            ("精度", "Precision"),
            pen.word(
                f"比率附 {short_percent(results.options.level)} 置信区间，按 NCHS 标准标记"
                "“可靠”“需复核”“不可靠”；方法见附录。",
                f"Rates have {short_percent(results.options.level)} confidence intervals and the "
                "flags of the NCHS standard; see the annex on methods.",
            ),
        ),
        (
            ("数字修约", "Rounding"),
            pen.word(
                "按 GB/T 8170—2008，由原值一次修约，四舍六入五成双。",
                "By GB/T 8170-2008: once, from the full value, half to even.",
            ),
        ),
        (("披露控制", "Disclosure control"), _disclosure(content)),
        (("局限", "Limitations"), _limits(content)),
        (("联系方式", "Contact"), content.about("contact") or BLANK),
    ]
    return ((pen.word(*label), text) for label, text in rows)


def _questionnaires(content: Content) -> str:
    titles = [content.say(QUESTIONNAIRES[kind]) for kind in content.results.kinds]
    annex = content.pen.word("题目原文见附录。", "For the wording of the items see the annex.")
    stop = content.pen.word("。", ". ")
    return content.pen.word("；", "; ").join(titles) + stop + annex


def _disclosure(content: Content) -> str:
    if not content.provenance.is_release:
        return content.pen.word(
            "没有做：本报告只供内部使用。", "Not done: this report is for internal use alone."
        )
    return content.pen.word(
        "为使任何小组的回答都不能推算出来，数字按步长修约，小层合并，个别数字隐去（“–”）；"
        "不足 2% 之类的界限代替由一两个人决定的比率。",
        "So that no small group's answers can be worked out, numbers are rounded in steps, small "
        "strata merged and some numbers hidden (a dash); a bound such as “below 2 %” stands for a "
        "rate that one or two persons decide.",
    )


def _limits(content: Content) -> str:
    return content.pen.word(
        "自述资料，可能少报；只代表名册上的人员；没有作答的人可能与作答的人不同；"
        "一人一码，但不能断定没有代答。",
        "Self-reported, so that contacts may be missing; speaks for the persons on the lists; "
        "those who did not answer may differ; one code a person, though another may have used it.",
    )


def _frame(content: Content) -> Table:
    by_id = content.results.by_id
    population = sum(kind.population for kind in content.results.of(Scope.KIND))
    total = content.pen.word("合计", "Total")
    rows = [
        (
            _stratum(content, line.domain) if line.domain in by_id else total,
            by_id[line.domain].population if line.domain in by_id else population,
            line.issued,
            line.ballots,
            line.valid,
            line.returned,
            line.usable,
        )
        for line in content.results.quality
    ]
    columns = (
        Column(Names(zh="层", en="Stratum")),
        Column(Names(zh="总体 N", en="Persons N"), Form.COUNT),
        Column(Names(zh="发放", en="Issued"), Form.COUNT),
        Column(Names(zh="回收", en="Returned"), Form.COUNT),
        Column(Names(zh="有效 n", en="Valid n"), Form.COUNT),
        Column(Names(zh="回收率", en="Return rate"), Form.SHARE),
        Column(Names(zh="有效率", en="Valid of returned"), Form.SHARE),
    )
    title = Names(zh="各层总体人数、样本与回收情况", en="Persons, sample and response by stratum")
    return Table("frame", title, columns, tuple(rows))


def _stratum(content: Content, domain_id: str) -> str:
    domain = content.results.by_id[domain_id]
    name = content.say(domain.name)
    if domain.category is None:
        return name
    return f"{content.say(domain.category)} · {name}"
