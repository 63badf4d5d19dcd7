"""Before the chapters: cover, lists, and the summary in plain words."""

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Cm, Emu, Pt
from docx.text.paragraph import Paragraph

from survey_app.answers.analyse.exports.posts import PostSummary, overview
from survey_app.answers.analyse.exports.report.content import Content
from survey_app.crypto.encoding import in_fours
from survey_app.documents.design import Kind
from survey_app.documents.results import ANY, Scope
from survey_app.papers.numbers import percent

BLANK = "＿" * 8


def cover(content: Content) -> None:
    """Write the cover: classification, title, who issues it, when, and the seal's place."""
    pen, provenance = content.pen, content.provenance
    _left(content, pen.word("密级：", "Classification: "), _classification(content))
    title = pen.writing.add_paragraph(content.title, "Title")
    title.paragraph_format.space_before = Cm(4.5)
    pen.strong(content.reference_period, 14, Pt(18))
    pen.strong(content.mark, 16, Pt(12))
    if provenance.is_release:
        _signatures(content)
    else:
        pen.strong(_warning(content), 11, Pt(18))
    pen.strong(content.organiser or _blank(content, "发文单位", "Issuing office"), 16, Cm(3))
    pen.strong(_dated(content), 14, Pt(12))
    pen.strong(pen.word("（此处盖章）", "(place for the seal)"), 11, Pt(24))
    pen.page_break()


def _classification(content: Content) -> str:
    if content.provenance.is_release:
        return content.pen.word(BLANK, "____________")
    return content.mark


def _warning(content: Content) -> str:
    return content.pen.word(
        "本报告含未经披露控制的小组数字，只供统计员内部使用；对外只用经复核签署的发布。",
        "It holds numbers of small groups without disclosure control and is for statisticians "
        "alone; others get a signed release.",
    )


def _signatures(content: Content) -> None:
    pen, provenance = content.pen, content.provenance
    maker = provenance.maker or _line(content)
    checker = provenance.checker or _line(content)
    pen.strong(
        pen.word(f"制作：{maker}　　复核：{checker}", f"Made by {maker}, checked by {checker}"),
        12,
        Pt(12),
    )
    if provenance.digest:
        digest = pen.strong(pen.word("文件摘要（SHA-256）", "Digest (SHA-256)"), 9, Pt(12))
        digest.add_run().add_break()
        digest.add_run(in_fours(bytes.fromhex(provenance.digest))).font.size = Pt(9)


def _line(content: Content) -> str:
    return content.pen.word(BLANK, "____________")


def _blank(content: Content, chinese: str, english: str) -> str:
    return content.pen.word(f"{chinese}：{BLANK}", f"{english}: ____________")


def _dated(content: Content) -> str:
    if content.provenance.day:
        return content.day(content.provenance.day)
    return content.pen.word("　　　　年　　月　　日", "Date: ____________")


def _left(content: Content, label: str, text: str) -> None:
    paragraph = content.pen.labelled(label.rstrip("： :"), text)
    paragraph.paragraph_format.first_line_indent = Emu(0)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT


def signed(content: Content) -> None:
    """Write who issues the report, its date, who made and checked it, and the seal's place."""
    pen, provenance = content.pen, content.provenance
    lines = (
        content.organiser or _blank(content, "发文单位", "Issuing office"),
        _dated(content),
        pen.word("（此处盖章）", "(place for the seal)"),
        pen.word(
            f"制作：{provenance.maker or BLANK}　　复核：{provenance.checker or BLANK}",
            f"Made by: {provenance.maker or '____________'}   "
            f"Checked by: {provenance.checker or '____________'}",
        ),
    )
    for at, text in enumerate(lines):
        paragraph = pen.writing.add_paragraph(text)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.keep_with_next = at < len(lines) - 1
        paragraph.paragraph_format.space_before = Pt(24 if at == 0 else 0)


def lists_place(content: Content) -> Paragraph:
    """Keep the place of the lists, which are known when all else is written."""
    place: Paragraph = content.pen.writing.add_paragraph()
    return place


def summary(content: Content) -> None:
    """Say what was asked, of whom, what came of it, and what it does not mean."""
    pen = content.pen
    heading = pen.unnumbered(pen.word("摘要", "Summary"))
    heading.paragraph_format.page_break_before = True
    pen.labelled(pen.word("问了什么", "What was asked"), _asked(content))
    pen.labelled(pen.word("问了谁", "Who was asked"), _of_whom(content))
    first, *by_level = overview(content.posts, content.say, content.sealed) or [""]
    whole = pen.labelled(pen.word("总的结果", "What came of it"), first)
    whole.paragraph_format.keep_with_next = bool(by_level)
    pen.bullets(by_level)
    listed = pen.labelled(
        pen.word("对各岗位类别意味着什么", "What it means for each post category"),
        pen.word("（依据见第三章第一节）", "(see chapter 3 for what it rests on)"),
    )
    listed.paragraph_format.keep_with_next = True
    pen.bullets([_in_brief(content, post) for post in content.posts])
    if content.sealed:
        pen.bullets([post.name + pen.word("：", ": ") + post.sentence for post in content.sealed])
    pen.labelled(pen.word("不说明什么", "What it does not mean"), _not_meant(content))


def _in_brief(content: Content, post: PostSummary) -> str:
    """Say of a post category its rate in plain words, its level and how reliable that is."""
    pen = content.pen
    parts = [post.headline, "" if post.is_few else post.in_numbers]
    if post.level:
        parts.append(pen.word(f"风险等级：{post.level}", f"level of risk: {post.level}"))
    if post.reliability:
        parts.append(pen.word(f"数据{post.reliability}", post.reliability.lower()))
    name = content.say(post.domain.name)
    sentence = pen.word("；", "; ").join(part for part in parts if part)
    return name + pen.word("：", ": ") + sentence + pen.word("。", ".")


def _asked(content: Content) -> str:
    pen = content.pen
    items = [
        pen.word(_FOR_KIND[kind][0], _FOR_KIND[kind][1]) + content.listed(item_names(content, kind))
        for kind in content.results.kinds
    ]
    return pen.word(
        f"{content.reference_period}期间，与各类岗位的人员打交道时，有没有亲身遇到过下列情形："
        f"{'；'.join(items)}。听说的、猜测的不算。",
        f"Whether, from {content.reference_period}, in dealings with holders of these posts, one "
        f"met oneself any of these: {'; '.join(items)}. Hearsay and guesses do not count.",
    )


_FOR_KIND = {
    Kind.BUSINESS: ("业务岗位问", "of business posts "),
    Kind.NON_BUSINESS: ("非业务岗位问", "of other posts "),
}


def _of_whom(content: Content) -> str:
    pen, total = content.pen, content.total
    population = sum(domain.population for domain in content.results.of(Scope.KIND))
    when = pen.word(
        f"{content.fieldwork}，" if content.fieldwork else "",
        f"From {content.fieldwork}, " if content.fieldwork else "",
    )
    usable = percent(total.valid / total.issued if total.issued else None)
    return pen.word(
        f"{when}在总体 {population} 人中按层随机抽取 {total.issued} 人，凭邀请码匿名作答；"
        f"收回答卷 {total.ballots} 份，有效 {total.valid} 份（占抽取人数的 {usable}）。"
        "下文的比率都已按总体人数加权。",
        f"{when}{total.issued} of {population} persons were drawn at random by stratum and could "
        f"answer without a name, by invitation code; {total.ballots} did, {total.valid} of them "
        f"with a valid sheet ({usable} of those drawn). All rates are weighted by the persons "
        "there are.",
    )


def _not_meant(content: Content) -> str:
    return content.pen.word(
        "腐败接触率是作答人自述亲身遇到过的比例，不是查实的案件数，也不指向任何个人；"
        "比率有抽样误差，请连同区间一起看；抽到而没有作答的人情况如何，数据不能回答；"
        "不足 30 份答卷的岗位类别不评风险等级。本调查不受理举报。",
        "The rate of contact is the share of persons who say that they met something themselves: "
        "it counts no proven case and points at no person. Rates have a sampling error: read them "
        "with their intervals. What those who did not answer have met is not known. A post "
        "category with fewer than 30 answers gets no level of risk. The survey takes no reports "
        "of wrongdoing.",
    )


def item_names(content: Content, kind: Kind) -> list[str]:
    """Name a kind's items, without any contact."""
    return [content.say(item.label) for item in content.results.items_of(kind) if item.code != ANY]
