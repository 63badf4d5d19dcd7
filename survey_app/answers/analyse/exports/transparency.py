"""How a survey was made, in the order of AAPOR's transparency list; the office fills the rest."""

from collections.abc import Iterator

from questionnaires import Questionnaire
from survey_app.answers.analyse.exports.rate_words import both
from survey_app.answers.analyse.exports.report.provenance import Survey
from survey_app.documents.design import Kind, Names
from survey_app.documents.results import Results, Scope
from survey_app.documents.validity import preset
from survey_app.papers.numbers import percent

TO_FILL = Names(zh="（由单位填写）________", en="(for the office to fill) ________")
_KINDS = {
    Kind.BUSINESS: Names(zh="外部问卷", en="External questionnaire"),
    Kind.NON_BUSINESS: Names(zh="内部问卷", en="Internal questionnaire"),
}
Line = tuple[Names, Names]


def before_the_answers(results: Results, survey: Survey) -> Iterator[Line]:
    """Say who asked whom what, when and how: the list as far as the numbers of sheets."""
    yield Names(zh="委托单位", en="Sponsor"), TO_FILL
    organiser = survey.manifest.organiser
    yield Names(zh="实施单位", en="Conducted by"), organiser or TO_FILL
    yield Names(zh="调查目的", en="Purpose"), survey.manifest.purpose or TO_FILL
    for kind, questions in survey.manifest.questionnaires.items():
        name = _KINDS[kind]
        label = Names(zh=f"题目原文：{name.zh}", en=f"Wording: {name.en}")
        yield label, _wording(questions.text)
    yield Names(zh="总体与抽样框", en="Population and frame"), _population(results)
    yield Names(zh="抽样框的来源", en="Where the frame comes from"), TO_FILL
    yield Names(zh="抽样与邀请", en="Sampling and recruitment"), _recruitment(results)
    yield Names(zh="邀请和提醒的方式、报酬", en="Invitations, reminders, rewards"), TO_FILL
    yield (
        Names(zh="调查方式", en="Mode"),
        both(
            "匿名网上自填问卷，中文、英文；一人一码，邀请码与答卷不能对应。",
            "Anonymous self-administered web questionnaire in Chinese and English; one code a "
            "person, which cannot be tied to its answers.",
        ),
    )
    start, end = survey.manifest.window.start, survey.last_day
    period = f"{start} – {end}"
    yield Names(zh="实地时间", en="Field dates"), Names(zh=period, en=period)
    yield Names(zh="总体人数与答卷数", en="Sizes"), _sizes(results)


def after_the_weights(results: Results) -> Iterator[Line]:
    """Say what was checked, and what the survey cannot say: the end of the list."""
    yield Names(zh="质量检查", en="Quality checks"), _checks(results)
    yield (
        Names(zh="局限", en="Limitations"),
        both(
            "自述资料，可能少报；只代表抽样框内的人员；没有作答的人可能与作答的人不同；"
            "一人一码，但可能有人代答；其他局限由单位补充。",
            "Self-reported, so that contacts may be missing; speaks for the persons of the frame; "
            "those who did not answer may differ; one code a person, though another may have used "
            "it. The office adds what else there is.",
        ),
    )


def _wording(questionnaire: Questionnaire) -> Names:
    items = [item for item in questionnaire.asked if item is not questionnaire.attention]
    return both(
        " ".join(f"{at}. {item.text.zh}" for at, item in enumerate(items, start=1)),
        " ".join(f"{at}. {item.text.en}" for at, item in enumerate(items, start=1)),
    )


def _population(results: Results) -> Names:
    kinds = results.of(Scope.KIND)
    persons, strata = sum(kind.population for kind in kinds), len(results.of(Scope.STRATUM))
    return both(
        f"抽样框内 {persons} 人：与业务岗位有往来的单位人员和本单位人员，分 {strata} 层",
        f"{persons} persons of the frame: those who deal with business posts, and the bureau's "
        f"personnel, in {strata} strata",
    )


def _recruitment(results: Results) -> Names:
    issued = results.quality[-1].issued
    return both(
        f"各层内简单随机抽样，不放回；向 {issued} 人各发放一个邀请码",
        f"Simple random sampling without replacement in each stratum; {issued} persons got a code",
    )


def _sizes(results: Results) -> Names:
    total = results.quality[-1]
    persons = sum(kind.population for kind in results.of(Scope.KIND))
    response = percent(total.response)
    return both(
        f"总体 N = {persons}，发放 {total.issued}，回收 {total.ballots}，有效 n = {total.valid}，"
        f"应答率（AAPOR RR1）{response}；各层见“问卷发放与回收”表",
        f"Persons N = {persons}, issued {total.issued}, returned {total.ballots}, valid "
        f"n = {total.valid}, response rate (AAPOR RR1) {response}; by stratum in the table of "
        "questionnaires issued and returned",
    )


def _checks(results: Results) -> Names:
    rule, total = preset(results.options.validity).name, results.quality[-1]
    left_out = total.ballots - total.valid
    return both(
        f"按调查前公布的“{rule.zh}”判定有效与否，不看回答对谁有利；"
        f"回收的 {total.ballots} 份中有 {left_out} 份无效、剔除或没有开箱",
        f"By the rules published before the survey, “{rule.en}”, whatever the answers; of "
        f"{total.ballots} returned {left_out} are not valid, excluded or sealed",
    )
