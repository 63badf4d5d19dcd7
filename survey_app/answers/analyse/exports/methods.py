"""What stands under every table: how its numbers were made, in both languages."""

from stats import Interval
from survey_app.answers.analyse.exports.rate_words import both
from survey_app.answers.analyse.exports.report.provenance import Survey
from survey_app.answers.analyse.exports.transparency import after_the_weights, before_the_answers
from survey_app.crypto.encoding import from_text, in_fours
from survey_app.documents.design import Kind, Names
from survey_app.documents.results import Options, Results, Weighting
from survey_app.documents.validity import preset
from survey_app.papers.numbers import short_percent

_WEIGHTINGS = {
    Weighting.STRATA: Names(
        zh="按层加权（总体人数除以有效答卷数）", en="by stratum (persons over valid sheets)"
    ),
    Weighting.CLASSES: Names(
        zh="先按岗位类别作加权组调整，再按层加权",
        en="weighting classes (post categories), then strata",
    ),
    Weighting.RAKED: Names(
        zh="按单位与岗位类别的总体人数迭代加权",
        en="raked to the persons of units and post categories",
    ),
}
_METHODS = {
    Interval.DEFAULT: Names(
        zh="多层：在待检验比率处的 Korn–Graubard 区间；只有一层：超几何分布的 Blaker 区间",
        en="several strata: Korn–Graubard at the tested rate; one: Blaker's hypergeometric",
    ),
    Interval.EXACT: Names(
        zh="多层：在待检验比率处的 Korn–Graubard 区间；只有一层：超几何分布的精确区间",
        en="several strata: Korn–Graubard at the tested rate; one: exact hypergeometric",
    ),
    Interval.NCHS: Names(
        zh="NCHS 标准的 Korn–Graubard 区间", en="Korn–Graubard as in the NCHS standard"
    ),
}

_COMPANIES = (
    Names(zh="同一家企业的联系人", en="Contacts of one company"),
    Names(
        zh="外部问卷的答卷若有几份来自同一家企业，回答往往相近；区间按逐人独立抽取计算，因而偏窄。"
        "例如每家 3 份、相关系数 0.2，设计效应为 1.4，区间应再宽 18%",
        en="Contacts of one company may answer alike; limits, which take each as drawn alone, are "
        "then too narrow: with 3 sheets a company and a correlation of 0.2 they should lie 18 % "
        "further apart",
    ),
)
_NOT_RELEASED = (
    Names(zh="未答复的影响", en="Effect of nonresponse"),
    Names(
        zh="不列入发布文件：与比率合在一起，可能推算出小组的回答",
        en="Is in no release: together with the rates it could give small groups away",
    ),
)


def methods(
    results: Results,
    version: str,
    release_number: int | None = None,
    survey: Survey | None = None,
) -> list[tuple[Names, Names]]:
    """Give label and sentence of everything that a reader needs to judge or repeat the numbers.

    ``release_number`` is the number of the release, if it is one; how the survey was made is said
    where ``survey`` is known.
    """
    options = results.options
    return [
        (Names(zh="调查", en="Survey"), _plain(results.campaign)),
        *([] if release_number is None else [_released(release_number), _NOT_RELEASED]),
        *(before_the_answers(results, survey) if survey else ()),
        (Names(zh="加权", en="Weighting"), _WEIGHTINGS[options.weighting]),
        *(after_the_weights(results) if survey else ()),
        (
            Names(zh="参照期", en="Reference period"),
            _plain(f"{results.reference_period.start} – {results.reference_period.end}"),
        ),
        (
            Names(zh="腐败接触率", en="Corruption-contact rate"),
            Names(
                zh="全体人员中至少有一题回答“有”的比例（有效答卷加权）；未定答卷按“没有”计，"
                "有这样的答卷时比率写作“至少”",
                en="Share of valid sheets with at least one yes; undetermined sheets count as no, "
                "and where there are any the rate is “at least”",
            ),
        ),
        (
            Names(zh="未定答卷", en="Undetermined sheets"),
            Names(
                zh="按“没有”计、按“有”计的两个比率不含抽样误差；列出“不论未定答卷怎么答”的置信限时，"
                "它们含抽样误差，不论这些答卷本来会怎么答都以所述置信水平成立",
                en="The rates with them as no, and as yes, hold no sampling error. Limits "
                "“whatever the undetermined say”, where they stand, do: they hold with the level "
                "whatever these sheets would have said",
            ),
        ),
        (
            Names(zh="各题的比率", en="Rate of an item"),
            Names(
                zh="对该题回答“有”或“没有”的答卷中“有”的比例；没有往来的计为“没有”；所以某题的比率可能高于任一接触",
                en="Share of yes among the sheets that answer the item with yes or no; without "
                "dealings it is no; so it may be above any contact",
            ),
        ),
        *_options(options),
        *([_COMPANIES] if any(item.kind is Kind.BUSINESS for item in results.items) else []),
        (Names(zh="方案文件摘要", en="Digest of the manifest"), _digest(results.manifest)),
        (Names(zh="回执默克尔根", en="Merkle root of the receipts"), _digest(results.merkle_root)),
        (Names(zh="程序版本", en="Version of the program"), _plain(version)),
    ]


def _released(number: int) -> tuple[Names, Names]:
    zh, en = (f"第 {number} 号", f"No. {number}") if number else ("下一份", "The next")
    return (
        Names(zh="发布", en="Release"),
        both(
            f"{zh}。比率按 0.1 个百分点或更粗修约；答“有”的极少（或几乎全部）时只给界限，"
            "如“低于 2%”；“–”表示隐去：不足 10 份答卷，或据此可以推算出小组的回答；"
            "小层并入“其他单位”",
            f"{en}. Rates in steps of 0.1 percentage points or more; where very few said yes, or "
            "nearly all, a bound such as “below 2%”. A dash is hidden: fewer than 10 answers, or "
            "it would give a small group away. Small strata stand together as “Other units”",
        ),
    )


def _options(options: Options) -> list[tuple[Names, Names]]:
    yes_no = {True: Names(zh="是", en="yes"), False: Names(zh="否", en="no")}
    return [
        (
            Names(zh="估计方法", en="Estimation"),
            Names(
                zh="分层抽样；标准误按泰勒线性化计算",
                en="Stratified sample; standard errors by Taylor linearisation",
            ),
        ),
        (Names(zh="置信区间", en="Interval"), _interval(options)),
        (Names(zh="置信水平", en="Level"), _plain(short_percent(options.level))),
        (Names(zh="有限总体校正", en="Finite population correction"), yes_no[options.fpc]),
        (Names(zh="有效性规则", en="Rules of validity"), preset(options.validity).name),
        (Names(zh="多重比较校正", en="Adjustment of p"), _plain(options.adjustment)),
    ]


def _interval(options: Options) -> Names:
    """Name the method of the limits; within a stratum every weighting leaves it as chosen."""
    interval = _METHODS.get(options.method_used, _plain(options.method_used))
    if options.method_used == options.method:
        return interval
    for_strata = _METHODS.get(options.method, _plain(options.method))
    return Names(
        zh=f"{interval.zh}；各层：{for_strata.zh}", en=f"{interval.en}; strata: {for_strata.en}"
    )


def _digest(text: str) -> Names:
    """Write a digest as pages do, so that it can be compared by eye."""
    return _plain(in_fours(from_text(text)))


def _plain(text: str) -> Names:
    return Names(zh=str(text), en=str(text))
