"""The chapter of results: by post category, in words, tables and pictures."""

from collections.abc import Iterator
from itertools import pairwise

from survey_app.answers.analyse.estimates.representativity import responses
from survey_app.answers.analyse.exports.columns import (
    LEVELS,
)
from survey_app.answers.analyse.exports.pictures import (
    FOREST,
    HEAT,
)
from survey_app.answers.analyse.exports.posts import PostSummary
from survey_app.answers.analyse.exports.reliability import explanation, warning
from survey_app.answers.analyse.exports.report.content import Content
from survey_app.answers.analyse.exports.report.shown import show_picture, show_table
from survey_app.answers.analyse.exports.tables import (
    nonresponse_in_brief,
)
from survey_app.documents.results import Scope
from survey_app.papers.grids import write_table
from survey_app.papers.numbers import (
    percent,
    rounded,
    short_percent,
)


def findings(content: Content) -> None:
    """Give the results by post category: in words, rates, levels of risk, and items."""
    pen = content.pen
    pen.chapter(pen.word("调查结果", "Results"))
    pen.section(pen.word("各岗位类别逐一说明", "Post category by post category"))
    for post in content.posts:
        _leaf(content, post)
    pen.section(pen.word("腐败接触率", "Rate of any contact"))
    show_table(content, "categories")
    show_picture(
        content, FOREST, pen.word("各岗位类别腐败接触率与区间", "Rates with their intervals")
    )
    doubts = [*_doubts(content)]
    if doubts:
        why = pen.paragraph(pen.word("标记的原因与下次的办法：", "Why rates are flagged:"))
        why.paragraph_format.keep_with_next = True
        pen.bullets(doubts)
    pen.section(pen.word("风险等级", "Levels of risk"))
    pen.paragraph(_thresholds(content))
    show_table(content, "risk")
    pen.section(pen.word("各题情况", "Items"))
    show_picture(content, HEAT, pen.word("各岗位类别各题的比率", "Rates of items by post category"))
    _unanswered(content)


def _leaf(content: Content, post: PostSummary) -> None:
    """Say what the results mean for one post category, as someone of the leadership reads it."""
    pen = content.pen
    pen.subsection(content.say(post.domain.name))
    pen.paragraph(pen.word("", " ").join(post.sentences))
    details = [*([post.dealings] if post.dealings else []), *post.stands_out]
    if post.change:
        details.append(post.change)
    pen.bullets([*details, *post.cannot_be_said])


def _thresholds(content: Content) -> str:
    """Say which rates have which level."""
    pen = content.pen
    first, *rising = (short_percent(threshold) for threshold in content.results.thresholds)
    names = [content.say(name) for name in LEVELS.values()]
    between = [*pairwise([first, *rising])]
    if pen.chinese:
        middle = "，".join(
            f"{low} 及以上、低于 {high} 为“{name}”"
            for (low, high), name in zip(between, names[1:], strict=False)
        )
        return (
            f"风险等级按调查前公布的阈值划分：接触率低于 {first} 为“{names[0]}”，{middle}，"
            f"{rising[-1]} 及以上为“{names[-1]}”。答卷不足 30 份的岗位类别不评等级。"
        )
    middle = ", ".join(
        f"from {low} and below {high} “{name}”"
        for (low, high), name in zip(between, names[1:], strict=False)
    )
    return (
        "Levels go by the thresholds published before the survey: a rate of contact below "
        f"{first} is “{names[0]}”, {middle}, from {rising[-1]} on “{names[-1]}”. A post category "
        "with fewer than 30 answers gets no level."
    )


def _doubts(content: Content) -> Iterator[str]:
    """Say of each post category whose rate is not reliable why, and what to do next time."""
    for category in content.results.of(Scope.CATEGORY):
        rate = content.results.rate(category.id)
        flag, why = warning(rate), explanation(rate, content.results)
        if flag and why:
            yield content.pen.word(
                f"{category.name.zh}：{flag.zh}，{why.zh}",
                f"{category.name.en}: {flag.en}, {why.en}",
            )


def _unanswered(content: Content) -> None:
    """Suppose something of those who did not answer; releases do not."""
    pen = content.pen
    brief = nonresponse_in_brief(content.results, content.say)
    if content.provenance.is_release or not brief.rows:
        return
    pen.section(pen.word("未答复的影响", "Effect of nonresponse"))
    pen.paragraph(_supposition(content))
    write_table(pen, brief)


def _supposition(content: Content) -> str:
    """Say how evenly it was answered, and what the table supposes of the others."""
    even = [response for response in responses(content.results) if response.is_compared]
    if content.pen.chinese:
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
