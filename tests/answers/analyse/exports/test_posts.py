"""What the results mean for each post category, read as the leadership reads it."""

from dataclasses import replace

import pytest

from survey_app.answers.analyse.estimates.compute import wave_of
from survey_app.answers.analyse.exports.posts import (
    by_rate,
    overview,
    sealed_posts,
    summaries,
)
from survey_app.answers.analyse.releases.shown_tables import level_of
from survey_app.documents.design import Kind, Names, RiskLevel, Stratum, Thresholds
from survey_app.documents.results import CellKey, Note, Options, Rate
from survey_app.papers.typed_tables import speaker
from tests.answers.analyse.boxes import box, estimate, filled_sheet, year
from tests.sites import design

CHINESE, ENGLISH = speaker(chinese=True), speaker(chinese=False)
IN_BOTH_LANGUAGES = pytest.mark.parametrize("say", [CHINESE, ENGLISH])
NO: dict[str, int] = {}


def category(name, population, kind=Kind.BUSINESS):
    name_in_both = Names(zh=name, en=name)
    return Stratum(
        id=name,
        unit=name_in_both,
        post_category=name_in_both,
        kind=kind,
        population=population,
        sample=population,
    )


def box_of(strata, sheets, **changes):
    """A box with these strata, and the answers of each sheet that are not no."""
    plan = design(changes.pop("campaign", "spring"), strata=strata, **changes)
    sheets_by_stratum = {
        name: [filled_sheet(plan, name, **answers) for answers in answers_of_sheets]
        for name, answers_of_sheets in sheets.items()
    }
    return box(sheets_by_stratum, plan)


def one(sheets, population=500, kind=Kind.BUSINESS):
    """The results of a single post category with these sheets."""
    return estimate(box_of([category("post", population, kind)], {"post": sheets}))


def yes(count, item="red_envelope"):
    return [{item: 1}] * count


def post_of(results, say=CHINESE, **more):
    return summaries(results, say, **more)[0]


def as_released(results, **changes):
    """Results as a release shows them: any contact with these fields, and no error."""
    rates = tuple(
        replace(rate, se=None, **(changes if rate.item == "any" else {})) for rate in results.rates
    )
    return replace(results, rates=rates)


def as_bound(results, levels, **bounds):
    """Results as a release shows them if any contact has a bound and these probabilities."""
    results_of_release = as_released(results, rate=None, lower=None, upper=None, **bounds)
    rate = next(rate for rate in results_of_release.rates if rate.item == "any")
    (risk,) = results.risks
    risk = replace(risk, level=level_of(rate, levels, Thresholds()), levels=levels)
    return replace(results_of_release, risks=(risk,))


def test_the_first_sentence_says_how_many_of_whom_when_and_how_sure():
    results = replace(one([*yes(12), *[NO] * 108]), reference_period=year(2025))

    assert post_of(results).sentences[0] == (
        "2025年，被监管单位和业务往来单位的人员中估计有 10.0% 亲身遇到过这类岗位人员的腐败情形"
        "（问卷所列 6 种中的任何一种）；依据 120 份有效答卷，"
        "有 95% 的把握说真实比率在 6.2% 到 15.6% 之间。"
    )
    assert post_of(results).headline == "每 100 人中约 10 人遇到过"
    assert (
        "an estimated 10.0% of the people of supervised companies"
        in (post_of(results, ENGLISH).sentences[0])
    )


def test_business_posts_are_judged_by_others_and_non_business_posts_by_the_own_personnel():
    external, internal = one(yes(40)), one(yes(40, "bribery"), kind=Kind.NON_BUSINESS)

    assert post_of(external).questionnaire.startswith("外部问卷：业务岗位")
    assert post_of(internal).questionnaire.startswith("内部问卷：非业务岗位")
    assert "作答的本单位人员" in post_of(internal).sentences[0]
    assert "4 种" in post_of(internal).sentences[0]


def test_nobody_of_152_is_no_proof_that_there_was_nothing():
    post = post_of(one([NO] * 152, population=900))

    assert post.headline == "作答的 152 人中没有一人说遇到过"
    assert post.in_numbers == "152 份中 0 份（95% 区间 0.0%–2.1%）"
    assert post.sentences[0].endswith("有 95% 的把握说真实比率不超过 2.1%。")
    assert post.level == "低"
    assert "没有人说遇到过，不等于一次也没有：真实比率仍可能达到 2.1%。" in post.cannot_be_said


def test_one_of_13_is_an_interval_and_no_level():
    post = post_of(one([*yes(1), *[NO] * 12], population=100))

    assert post.level == ""
    assert post.headline == "答卷太少（13 份），只知道在 1.0% 到 33.0% 之间"
    assert post.sentences[1] == "答卷不足 30 份，不定风险等级，只看上面的区间。"
    assert "7.7%" not in "".join([*post.sentences, post.headline, post.in_numbers])
    assert post.stands_out == []
    assert "不足 30 份答卷。下次" in post.cannot_be_said[0]


def test_a_census_has_no_sampling_error_and_its_level_no_probability():
    post = post_of(one([*yes(23), *[NO] * 87], population=110))

    assert "全部 110 人都交了有效答卷（全数调查），没有抽样误差" in post.sentences[0]
    assert "估计" not in post.sentences[0]
    assert post.sentences[1] == "风险等级是“高”（10% 及以上）。"
    assert post.reliability == ""


def test_the_counts_show_that_a_release_is_a_census():
    results = one([*yes(23), *[NO] * 87], population=110)

    assert "全数调查" in post_of(as_released(results)).sentences[0]


def test_many_undetermined_sheets_make_the_rate_at_least_and_could_make_another_level():
    post = post_of(one([*yes(7), *[{"banquet": 8}] * 20, *[NO] * 100]))

    assert post.headline == "每 100 人中至少约 6 人遇到过"
    assert "未定答卷都按“没有”计，有 95% 的把握说比率在" in post.sentences[0]
    (undetermined,) = [s for s in post.cannot_be_said if "未定" in s]
    assert undetermined.startswith("20 份答卷未定")
    assert "如果都算“有”，比率是 21.3%" in undetermined
    assert undetermined.endswith("风险等级就会是“高”。")


def test_a_level_between_two_is_not_sure():
    post = post_of(one([*yes(7), *[NO] * 133]))

    assert post.level == "较高（尚难断定）"
    assert post.sentences[1].startswith("风险等级尚难断定：定为“较高”（5% 及以上、低于 10%")
    assert "也可能是“中”（2% 及以上、低于 5%" in post.sentences[1]


@IN_BOTH_LANGUAGES
def test_no_probability_is_ever_written_as_certain(say):
    sentence = post_of(one(yes(150), population=5000), say).sentences[1]

    assert "100%" not in sentence
    assert "> 99" in sentence


def test_what_a_release_hides_is_said_to_be_hidden_and_not_to_be_nothing():
    results = one([*yes(7), *[NO] * 133])
    rates = tuple(replace(Rate(*rate.key), hidden=True) for rate in results.rates)
    post = post_of(replace(results, rates=rates, risks=()))

    assert post.headline == "本次发布中隐去"
    assert post.level == post.reliability == post.in_numbers == ""
    assert post.sentences[1] == "因此不定风险等级。"
    assert post.cannot_be_said[0].endswith("隐去不等于没有问题。")
    assert not any(digits in "".join(post.sentences) for digits in ("140", "5.0%", "n 0"))


def test_a_release_of_an_older_format_is_read_as_hidden_where_it_shows_no_rate():
    results = one([NO] * 50)
    rates = tuple(Rate(*rate.key) for rate in results.rates)

    assert post_of(replace(results, rates=rates)).headline == "本次发布中隐去"


def test_hidden_items_are_named():
    results = one([*yes(7), *[NO] * 133])
    rates = tuple(
        replace(Rate(*rate.key), hidden=True) if rate.item == "banquet" else rate
        for rate in results.rates
    )
    post = post_of(replace(results, rates=rates))

    assert "有 1 种情形的比率在本次发布中隐去：接受宴请。" in post.cannot_be_said


def test_a_post_without_dealings_has_no_level():
    post = post_of(one([{"dealings": 0}] * 60))

    assert post.level == ""
    assert post.sentences[1] == "作答的人都没有跟这类岗位打过交道，不定风险等级。"
    assert any("这只说明没有打交道" in sentence for sentence in post.cannot_be_said)


def test_few_with_dealings_are_said_to_be_few():
    post = post_of(one([*yes(4), *[NO] * 8, *[{"dealings": 0}] * 60]))

    assert any("只有 12 人跟这类岗位打过交道" in sentence for sentence in post.cannot_be_said)
    assert post.dealings == ""


def test_those_with_dealings_have_a_rate_of_their_own():
    post = post_of(one([*yes(8), *[NO] * 32, *[{"dealings": 0}] * 60]))

    assert post.dealings.startswith("打过交道的人中：20.0%（区间 ")
    assert post.dealings.endswith("，40 份答卷）")


@pytest.mark.parametrize(
    ("bounds", "levels", "headline", "level"),
    [
        (
            {"below": 0.02, "low": 0.0, "high": 0.03},
            (0.99, 0.01, 0, 0),
            "遇到过的人低于 2%",
            "低",
        ),
        (
            {"below": 0.05, "low": 0.0, "high": 0.06},
            (0.6, 0.4, 0, 0),
            "遇到过的人低于 5%",
            "低（尚难断定）",
        ),
        ({"above": 0.98, "low": 0.95, "high": 1.0}, (0, 0, 0, 1), "遇到过的人高于 98%", "高"),
    ],
)
def test_a_bound_is_read_as_a_bound(bounds, levels, headline, level):
    post = post_of(as_bound(one([*yes(1), *[NO] * 151]), levels, **bounds))

    assert post.headline == headline
    assert post.level == level
    assert headline.removeprefix("遇到过的人") in post.in_numbers
    assert f"的人估计{headline.removeprefix('遇到过的人')}；" in post.sentences[0]
    assert post.cannot_be_said[0].startswith("本次发布只列出界限")


def test_a_bound_across_a_threshold_has_the_most_probable_level():
    results = one([*yes(2), *[NO] * 58])
    post = post_of(as_bound(results, (0.2, 0.5, 0.3, 0.0), below=0.1, low=0.003, high=0.13))

    assert post.level == "中（尚难断定）"
    assert "（2% 及以上、低于 5%，可能性 50%）" in post.sentences[1]


def test_a_rate_released_in_whole_percents_has_no_decimals():
    results = one([*yes(12), *[NO] * 108])
    post = post_of(as_released(results, rate=0.1, low=0.06, high=0.16, step=0.01))

    assert "估计有 10% " in post.sentences[0]
    assert "在 6% 到 16% 之间" in post.sentences[0]


def test_an_item_stands_out_only_if_its_interval_lies_apart():
    apart = post_of(one([*yes(30, "banquet"), *yes(2), *[NO] * 68]))
    close = post_of(one([*yes(10, "banquet"), *yes(9), *[NO] * 81]))

    assert apart.stands_out == ["“接受宴请”（30.0%）明显多于所列的另外 5 种：区间不重叠。"]
    assert close.stands_out == [
        "“接受宴请”（10.0%）、“收受红包”（9.0%）明显多于所列的另外 4 种：区间不重叠。"
    ]


def test_an_item_does_not_stand_out_if_the_undetermined_could_change_it():
    sheets = [*yes(12, "banquet"), *[{"kickback": 8}] * 20, *[NO] * 68]

    assert post_of(one(sheets)).stands_out == []


def test_post_categories_stand_out_by_the_adjusted_test():
    names = ("high", "low", "near", "few")
    results = estimate(
        box_of(
            [category(name, 600) for name in names],
            {
                "high": [*yes(60), *[NO] * 90],
                "low": [*yes(3), *[NO] * 147],
                "near": [*yes(5), *[NO] * 145],
                "few": [NO] * 13,
            },
        )
    )
    high, low, near, few = summaries(results, CHINESE)

    assert "腐败接触率明显高于“low”“near”。" in high.stands_out
    assert "腐败接触率明显低于“high”。" in low.stands_out
    assert not any("low" in sentence for sentence in near.stands_out)
    assert few.stands_out == []


def test_a_post_above_all_others_is_said_to_be():
    results = estimate(
        box_of(
            [category(name, 600) for name in ("high", "low", "near")],
            {"high": [*yes(60), *[NO] * 90], "low": [NO] * 150, "near": [NO] * 150},
        )
    )

    assert "腐败接触率明显高于同一问卷的其他各类岗位。" in summaries(results, CHINESE)[0].stands_out


def test_less_than_half_of_those_asked_is_said():
    results = one([*yes(12), *[NO] * 108], population=500)

    assert any(
        s.startswith("发放 500 份，有效的只有 120 份") for s in post_of(results).cannot_be_said
    )


def change(before, now):
    """What is said of a post category after two waves with these sheets."""
    waves = [
        wave_of(
            box_of(
                [category("post", 500)],
                {"post": sheets},
                campaign=f"wave-{number}",
                reference_period=year(number),
            ),
            Options(),
        )
        for number, sheets in ((2024, before), (2025, now))
    ]
    return post_of(waves[-1].results, waves=waves).change


def test_a_change_is_a_change_only_beyond_the_error():
    many, few = [*yes(50), *[NO] * 100], [*yes(10), *[NO] * 140]

    assert change(many, few).startswith("比上一期下降 26.7 个百分点")
    assert change(few, many).startswith("比上一期上升 26.7 个百分点")
    assert change(few, [*yes(12), *[NO] * 138]).endswith("不能断定上升或下降。")


def test_a_change_that_the_undetermined_could_undo_is_none():
    many, few = [*yes(30), *[NO] * 120], [*yes(5), *[{"banquet": 8}] * 40, *[NO] * 105]

    assert change(many, few).endswith("不能断定上升或下降。")


def test_few_answers_are_not_compared_with_the_wave_before():
    assert change([NO] * 13, [*yes(10), *[NO] * 140]) == "上一期或本期的答卷不足 30 份，不作比较。"


def test_a_sealed_post_has_its_name_and_no_number():
    results = replace(one([NO] * 40), notes=(Note("sealed", "archive", ballots=7),))
    (sealed,) = sealed_posts(results, [category("archive", 40), category("post", 500)], CHINESE)

    assert sealed.name == "archive"
    assert "7" not in sealed.sentence


@IN_BOTH_LANGUAGES
def test_a_post_category_without_a_sheet_says_so(say):
    results = estimate(box_of([category("post", 500)], {"post": []}))
    post = post_of(results, say)

    assert post.level == ""
    assert len(post.sentences) == 2
    assert len(post.cannot_be_said) == 1


def test_the_overview_names_all_post_categories_by_level():
    results = estimate(
        box_of(
            [category(name, 600) for name in ("high", "between", "few")],
            {
                "high": [*yes(60), *[NO] * 90],
                "between": [*yes(7), *[NO] * 133],
                "few": [NO] * 13,
            },
        )
    )
    posts = summaries(results, CHINESE)

    assert overview(posts, CHINESE) == [
        "共 3 类岗位，按风险等级分列如下，其中 1 类的等级尚难断定。",
        "高：high",
        "较高：between（尚难断定）",
        "不定级：few",
    ]
    assert [post.risk for post in posts] == [RiskLevel.HIGH, RiskLevel.SEVERE, None]
    assert overview([], CHINESE) == []


def test_by_rate_few_answers_come_last():
    results = estimate(
        box_of(
            [category(name, 600) for name in ("few", "low", "high")],
            {"few": yes(13), "low": [NO] * 150, "high": yes(150)},
        )
    )

    order = [post.domain.key for post in by_rate(summaries(results, CHINESE))]
    assert order == ["high", "low", "few"]


@IN_BOTH_LANGUAGES
def test_sentences_end_as_sentences_in_both_languages(say, results):
    stop = "。" if say is CHINESE else "."
    for post in summaries(results, say):
        sentences = [*post.sentences, *post.stands_out, *post.cannot_be_said]
        assert all(sentence.endswith(stop) for sentence in sentences)
        assert not any("None" in sentence or "  " in sentence for sentence in sentences)


def test_every_cell_that_a_sentence_needs_is_there(results):
    for post in summaries(results, ENGLISH):
        assert results.rate(*CellKey(post.domain.id, "any", "valid")) is post.rate
