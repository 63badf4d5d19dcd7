"""The chapter that compares post categories, and this survey with earlier ones."""

from survey_app.answers.analyse.exports.pictures import (
    TREND,
)
from survey_app.answers.analyse.exports.pictures import table as picture_table
from survey_app.answers.analyse.exports.report.content import Content
from survey_app.answers.analyse.exports.report.shown import show_picture, show_table
from survey_app.documents.design import Names
from survey_app.documents.results import Difference
from survey_app.papers.grids import write_table
from survey_app.papers.typed_tables import (
    Column,
    Table,
)


def comparison(content: Content) -> None:
    """Compare post categories with each other, and this survey with those before."""
    pen = content.pen
    pen.chapter(pen.word("比较与变化", "Comparison and change"))
    pen.section(pen.word("岗位类别之间", "Between post categories"))
    pen.paragraph(_compared(content))
    show_table(content, "differences")
    pen.section(pen.word("与往次调查相比", "Against earlier surveys"))
    if len(content.waves) > 1:
        show_picture(content, TREND, pen.word("历次调查的腐败接触率", "Rates over the surveys"))
        _waves(content)
    else:
        pen.paragraph(
            pen.word(
                "本报告没有与往次调查比较。",
                "This report compares with no earlier survey.",
            )
        )


def clear_differences(content: Content) -> list[Difference]:
    """List the differences that sampling hardly explains, after adjustment for their number.

    A release has no p-values: there each is taken by itself, by its limits.
    """
    least = 1 - content.results.options.level
    return [
        difference
        for difference in content.results.differences
        if (
            difference.low * difference.high > 0
            if difference.adjusted_p is None
            else difference.adjusted_p < least
        )
    ]


def is_adjusted(content: Content) -> bool:
    """Whether the differences have p-values that were adjusted for their number."""
    return any(difference.adjusted_p is not None for difference in content.results.differences)


def _compared(content: Content) -> str:
    clear, number = len(clear_differences(content)), len(content.results.differences)
    if not number:
        return content.pen.word(
            "没有可以比较的岗位类别。", "There are no post categories to compare."
        )
    if not is_adjusted(content):
        return content.pen.word(
            f"同一问卷的岗位类别两两比较，共 {number} 对；逐对来看，{clear} 对的差异难以用抽样误差"
            "解释。各对没有按多重比较校正，比较的对数越多，碰巧显得有差异的越多。差异以百分点表示。",
            f"Post categories of one questionnaire are compared in {number} pairs; each by itself, "
            f"sampling hardly explains {clear} of the differences. They are not adjusted for their "
            "number: the more pairs, the more that differ by chance. They are given in percentage "
            "points.",
        )
    return content.pen.word(
        f"同一问卷的岗位类别两两比较，共 {number} 对；按多重比较校正后，"
        f"{clear} 对的差异难以用抽样误差解释。差异以百分点表示。",
        f"Post categories of one questionnaire are compared in {number} pairs; after adjustment "
        f"for their number, sampling hardly explains {clear} of the differences. They are given "
        "in percentage points.",
    )


def _waves(content: Content) -> None:
    beside = picture_table(TREND, content.subject)
    columns = tuple(Column(Names.model_construct(zh=head, en=head)) for head in beside.head)
    rows = tuple(tuple(row) for row in beside.rows)
    title = Names(zh="历次调查的腐败接触率", en="Rates over the surveys")
    write_table(content.pen, Table("waves", title, columns, rows))
