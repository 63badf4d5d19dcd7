"""The end of a report: what the office writes itself, and the annexes."""

from collections.abc import Iterator

from docx.shared import Emu

from questionnaires import Questionnaire, QuestionnaireItem
from survey_app.answers.analyse.exports.report.comparison import clear_differences
from survey_app.answers.analyse.exports.report.content import Content
from survey_app.answers.analyse.exports.report.front import BLANK, signed
from survey_app.answers.analyse.exports.report.shown import show_table
from survey_app.documents.design import Kind
from survey_app.documents.results import Difference
from survey_app.papers.numbers import (
    points,
)


def conclusions(content: Content) -> None:
    """Leave conclusions to the office, and give the facts that its writer needs."""
    pen = content.pen
    pen.chapter(pen.word("结论与建议", "Conclusions and recommendations"))
    pen.paragraph(
        pen.word(
            "（本章由发文单位撰写。下列事实供起草时使用，定稿时删去。）",
            "(The office writes this chapter. These facts are for its writer, and are deleted in "
            "the end.)",
        )
    )
    pen.bullets([*_facts_for_writer(content)])
    pen.section(pen.word("主要结论", "Conclusions"))
    _to_write(content)
    pen.section(pen.word("对各岗位类别的建议", "Recommendations by post category"))
    for post in content.posts:
        pen.labelled(content.say(post.domain.name), pen.word(BLANK * 2, "_" * 24))
    pen.section(pen.word("下次调查的改进", "The next survey"))
    _to_write(content)
    signed(content)


def _to_write(content: Content) -> None:
    content.pen.paragraph(content.pen.word(BLANK * 4, "_" * 48))


def _facts_for_writer(content: Content) -> Iterator[str]:
    pen = content.pen
    for post in content.posts:
        in_numbers = "" if post.is_few else post.in_numbers
        parts = [post.headline, in_numbers, post.level, post.reliability]
        stop = pen.word("；", "; ")
        yield content.say(post.domain.name) + pen.word("：", ": ") + stop.join(filter(None, parts))
    for difference in clear_differences(content):
        yield _difference(content, difference)


def _difference(content: Content, difference: Difference) -> str:
    by_id, pen = content.results.by_id, content.pen
    first, second = by_id[difference.first].name, by_id[difference.second].name
    estimate, low, high = (
        points(value) for value in (difference.estimate, difference.low, difference.high)
    )
    return pen.word(
        f"“{first.zh}”与“{second.zh}”相差 {estimate} 个百分点（{low} 至 {high}）",
        f"“{first.en}” less “{second.en}”: {estimate} percentage points ({low} to {high})",
    )


def annexes(content: Content) -> None:
    """Append the wording of items, their rates, and the methods in full."""
    pen = content.pen
    if content.survey:
        pen.unnumbered(pen.word("附录一　题目原文", "Annex A. Wording of the items"))
        for kind in content.results.kinds:
            _wording(content, kind, content.survey.manifest.questionnaires[kind].text)
    pen.unnumbered(pen.word("附录二　各题的比率与区间", "Annex B. Rates of items"))
    show_table(content, "items")
    pen.unnumbered(pen.word("附录三　统计方法与文件摘要", "Annex C. Methods and digests"))
    show_table(content, "methods")


def _wording(content: Content, kind: Kind, questionnaire: Questionnaire) -> None:
    pen = content.pen
    pen.subsection(pen.word(questionnaire.title.zh, questionnaire.title.en))
    names = [post.domain.name for post in content.posts if post.domain.kind == kind]
    asked_of = content.listed([content.say(name) for name in names])
    pen.labelled(pen.word("用于", "Asked of"), asked_of)
    introduction = pen.word(questionnaire.introduction.zh, questionnaire.introduction.en)
    pen.labelled(pen.word("卷首语", "Introduction"), _filled(content, introduction))
    answers = pen.word("有、没有、记不清、不想答", "yes, no, can't remember, rather not say")
    pen.labelled(pen.word("每题的选项", "Answers to each item"), answers)
    for number, item in enumerate(questionnaire.asked, start=1):
        _item(content, number, item)


def _item(content: Content, number: int, item: QuestionnaireItem) -> None:
    pen = content.pen
    text = _filled(content, pen.word(item.text.zh, item.text.en))
    paragraph = pen.paragraph(f"{number}. {text}")
    paragraph.paragraph_format.first_line_indent = Emu(0)
    paragraph.paragraph_format.line_spacing = 1.25
    paragraph.add_run(pen.word(f"（{item.label.zh}）", f" ({item.label.en})"))


def _filled(content: Content, text: str) -> str:
    """Put the period in, and what stands for each respondent's own unit and post category."""
    period = content.results.reference_period
    return text.format(
        unit=content.pen.word("〔单位〕", "[unit]"),
        post_category=content.pen.word("〔岗位类别〕", "[post category]"),
        start=content.day(period.start),
        end=content.day(period.end),
    )
