"""How many met something in a post category, and its level of risk, in words."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Final

from babel.dates import format_date

from survey_app.answers.analyse.exports.numbers import percent, probability, short_percent
from survey_app.answers.analyse.exports.tables import LEVELS
from survey_app.documents.design import Kind, Names, Period, RiskLevel, Thresholds
from survey_app.documents.results import ANY, Domain, Rate, Results, Risk

FEWEST: Final = 30
"""Answers without which a post category has no level, and no rate but its interval."""
_WORDS: Final = (
    (0.99, "几乎可以肯定是", "almost certainly"),
    (0.9, "很可能是", "very likely"),
    (0.7, "较可能是", "likely"),
)
"""How a level is named from which probability; below the last it cannot be told."""
_WORTH_NAMING: Final = 0.1
_WHOLE_PERCENT = 0.01

_WHOM = {
    Kind.BUSINESS: Names(
        zh="被监管单位和业务往来单位的人员",
        en="people of supervised companies and business partners",
    ),
    Kind.NON_BUSINESS: Names(zh="本单位人员", en="the bureau's own personnel"),
}


@dataclass(frozen=True)
class Post:
    """A post category in results, and what its sentences are made of."""

    results: Results
    domain: Domain

    @property
    def rate(self) -> Rate:
        """The rate of any contact among valid sheets."""
        return self.results.rate(self.domain.id)

    @property
    def is_few(self) -> bool:
        """Whether there are too few answers for a rate and a level, but for a full count."""
        return self.rate.n < FEWEST and not self.is_census

    @property
    def is_census(self) -> bool:
        """Whether all persons answered: a release, which holds no error, shows it by the counts."""
        fully = self.domain.population == self.domain.valid == self.rate.n
        return self.rate.is_shown and (self.rate.is_census or (self.results.options.fpc and fully))

    @cached_property
    def risk(self) -> Risk | None:
        """What is known of its level, where there are answers enough."""
        if self.is_few:
            return None
        risks = (risk for risk in self.results.risks if risk.domain == self.domain.id)
        return next(risks, None)

    @cached_property
    def level(self) -> RiskLevel | None:
        """Its level by the campaign's thresholds; None where none can be named."""
        if self.is_few or not self.rate.is_shown:
            return None
        return self.risk.level if self.risk else self._level_of_bound

    @property
    def _level_of_bound(self) -> RiskLevel | None:
        """Give the level of a rate without a risk, of a bound if all rates within have one."""
        rate = self.rate
        if rate.rate is not None:
            return self.thresholds.level(rate.rate)
        if rate.below is not None and rate.below <= self.thresholds.medium:
            return RiskLevel.LOW
        if rate.above is not None and rate.above >= self.thresholds.high:
            return RiskLevel.HIGH
        return None

    @property
    def thresholds(self) -> Thresholds:
        """The campaign's thresholds."""
        medium, severe, high = self.results.thresholds
        return Thresholds(medium=medium, severe=severe, high=high)

    @property
    def is_sure(self) -> bool:
        """Whether its level is more probable than others by far."""
        return self.is_census or self.risk is None or self._probability >= _WORDS[-1][0]

    @property
    def _probability(self) -> float:
        return self.risk.levels[list(RiskLevel).index(self.risk.level)] if self.risk else 1.0

    @property
    def asked(self) -> int:
        """How many contacts its questionnaire asks about."""
        return sum(item.code != ANY for item in self.results.items_of(self.domain.kind))

    def share(self, value: float | None) -> str:
        """Write a share with the digits that its rate has."""
        step = self.rate.step
        return percent(value, 0 if step is not None and step >= _WHOLE_PERCENT else 1)


def headline(post: Post) -> Names:
    """Put the rate as so many of a hundred persons."""
    rate = post.rate
    if not rate.is_shown:
        return _no_rate(post)
    if post.is_few:
        return Names(
            zh=f"答卷太少（{rate.n} 份），只能说在 {post.share(rate.low)} 到 {post.share(rate.high)} 之间",
            en=f"Too few answers ({rate.n}): only between {post.share(rate.low)} and "
            f"{post.share(rate.high)}",
        )
    return _of_hundred(post)


def _no_rate(post: Post) -> Names:
    if post.rate.hidden:
        return Names(zh="本次发布中隐去", en="Hidden in this release")
    return Names(zh="没有有效答卷", en="No valid sheet")


def _of_hundred(post: Post) -> Names:
    rate = post.rate
    if rate.rate == 0:
        return Names(
            zh=f"{rate.n} 份答卷中没有一份说遇到过", en=f"None of {rate.n} sheets met anything"
        )
    if rate.rate is None:
        bound = bound_of(post)
        return Names(zh=f"{bound.zh} 的人遇到过", en=f"{bound.en.capitalize()} met something")
    persons = round(rate.rate * 100)
    least = ("至少", "at least ") if rate.is_least else ("", "")
    if not persons:
        return Names(
            zh="每 100 人中不到 1 人遇到过", en="Fewer than 1 in 100 persons met something"
        )
    about = ("", "") if post.is_census and persons / 100 == rate.rate else ("约 ", "about ")
    english = f"{least[1]}{about[1]}{persons} in 100 persons met something"
    return Names(
        zh=f"每 100 人中{least[0]}{about[0] or ' '}{persons} 人遇到过",
        en=english[0].upper() + english[1:],
    )


def how_many(post: Post) -> Names:
    """Say how many met something: of whom, when, on how many sheets, and how sure that is."""
    whom, days, met = _WHOM[post.domain.kind], _days(post.results.reference_period), _met(post)
    if not post.rate.is_shown:
        why = _no_rate(post)
        return Names.model_construct(
            zh=f"{days.zh}，{whom.zh}中有多少人{met.zh}，这里没有数字：{why.zh}。",
            en=f"How many {whom.en} {met.en} {days.en} is not given here: "
            f"{why.en[0].lower()}{why.en[1:]}.",
        )
    sure = _how_sure(post)
    if post.is_few:
        return Names.model_construct(
            zh=f"{days.zh}，{whom.zh}中有多少人{met.zh}，只能粗略估计：{sure.zh}。",
            en=f"How many {whom.en} {met.en} {days.en} can only be told roughly: {sure.en}.",
        )
    share = _share_of(post, whom)
    return Names.model_construct(
        zh=f"{days.zh}，{share.zh}{met.zh}；{sure.zh}。",
        en=f"{days.en[0].upper()}{days.en[1:]}, {share.en} {met.en}; {sure.en}.",
    )


def _met(post: Post) -> Names:
    return Names(
        zh=f"亲身遇到过这类岗位的腐败情形（问卷所列 {post.asked} 种中的任何一种）",
        en=f"themselves met corruption in these posts (any of the {post.asked} contacts asked "
        "about)",
    )


def _share_of(post: Post, whom: Names) -> Names:
    rate = post.rate
    share = post.share(rate.rate)
    if rate.rate in {0, 1}:
        return _none_or_all(post, whom)
    if rate.rate is None:
        return _bound_of(post, whom)
    if post.is_census:
        least = ("至少", " or more") if rate.is_least else ("", "")
        return Names(zh=f"{whom.zh}中{least[0]}有 {share} ", en=f"{share}{least[1]} of {whom.en}")
    if rate.is_least:
        return Names(
            zh=f"{whom.zh}中估计至少有 {share} ", en=f"an estimated {share} or more of {whom.en}"
        )
    return Names(zh=f"{whom.zh}中估计有 {share} ", en=f"an estimated {share} of {whom.en}")


def _none_or_all(post: Post, whom: Names) -> Names:
    if post.rate.rate:
        return Names(zh=f"作答的{whom.zh}全都说", en=f"all {whom.en} who answered say that they")
    clearly = ("明确", " for certain") if post.rate.is_least else ("", "")
    return Names(
        zh=f"作答的{whom.zh}中没有一人{clearly[0]}说",
        en=f"none of {whom.en} who answered says{clearly[1]} that they",
    )


def _bound_of(post: Post, whom: Names) -> Names:
    bound = bound_of(post)
    return Names(zh=f"{whom.zh}中估计{bound.zh} ", en=f"an estimated share {bound.en} of {whom.en}")


def bound_of(post: Post) -> Names:
    """Write the bound that stands in the place of a rate."""
    rate = post.rate
    if rate.above is not None:
        return Names(zh=f"高于 {percent_of(rate.above)}", en=f"above {percent_of(rate.above)}")
    below = rate.high if rate.below is None else rate.below
    return Names(zh=f"低于 {percent_of(below)}", en=f"below {percent_of(below)}")


def percent_of(bound: float | None) -> str:
    """Write a chosen bound with the digits it has."""
    return short_percent(bound) if bound is not None else percent(None)


def _how_sure(post: Post) -> Names:
    """Say on how many sheets a rate rests, and between which limits the true one lies."""
    rate = post.rate
    if post.is_census:
        return Names(
            zh=f"全部 {rate.n} 人都交了有效答卷（全数调查），没有抽样误差",
            en=f"all {rate.n} persons gave a valid sheet (census), so there is no sampling error",
        )
    level, between = short_percent(post.results.options.level), _between(post)
    only = ("只有", "there are only") if post.is_few else ("依据", "this rests on")
    as_no = ("，未定答卷按“没有”计", ", with the undetermined as no") if rate.is_least else ("", "")
    return Names(
        zh=f"{only[0]} {rate.n} 份有效答卷{as_no[0]}，有 {level} 的把握说真实比率{between.zh}",
        en=f"{only[1]} {rate.n} valid sheets{as_no[1]}, and with {level} confidence the true rate "
        f"is {between.en}",
    )


def _between(post: Post) -> Names:
    low, high = post.share(post.rate.low), post.share(post.rate.high)
    if not post.rate.low:
        return Names(zh=f"不超过 {high}", en=f"at most {high}")
    if post.rate.high == 1:
        return Names(zh=f"不低于 {low}", en=f"at least {low}")
    return Names(zh=f"在 {low} 到 {high} 之间", en=f"between {low} and {high}")


def level_name(post: Post) -> Names:
    """Name the level, and say so if it is not sure."""
    name = LEVELS[post.level or RiskLevel.LOW]
    if post.is_sure:
        return name
    return Names(zh=f"{name.zh}（尚难断定）", en=f"{name.en} (not sure)")


def which_level(post: Post) -> Names:
    """Say which level of risk the rate has, between which thresholds, and how probable that is."""
    if post.level is None:
        return _no_level(post)
    label = _level_between(post, post.level)
    if post.is_census:
        return Names(zh=f"风险等级是{label.zh}。", en=f"The level of risk is {label.en}.")
    if post.risk is None:
        return Names(
            zh=f"按估计值，风险等级是{label.zh}。",
            en=f"By the estimate the level of risk is {label.en}.",
        )
    return _probable_level(post, post.risk)


def _no_level(post: Post) -> Names:
    if not post.rate.is_shown:
        return Names(zh="因此不评风险等级。", en="So it has no level of risk.")
    if post.is_few:
        return Names(
            zh=f"答卷不足 {FEWEST} 份，不评风险等级，只看上面的区间。",
            en=f"With fewer than {FEWEST} sheets it has no level of risk: only the interval above "
            "counts.",
        )
    bound = bound_of(post)
    return Names(
        zh=f"只知道比率{bound.zh}，评不出风险等级。",
        en=f"The rate is only known to be {bound.en}, which gives it no level of risk.",
    )


def _probable_level(post: Post, risk: Risk) -> Names:
    by_probability = sorted(
        zip(risk.levels, RiskLevel, strict=True), key=lambda pair: pair[0], reverse=True
    )
    own = next(pair for pair in by_probability if pair[1] == risk.level)
    _, (own_zh, own_en) = own, _with_probability(post, *own)
    other = next(pair for pair in by_probability if pair[1] != risk.level)
    other_zh, other_en = _with_probability(post, *other)
    for least, zh, en in _WORDS:
        if own[0] >= least:
            also = other[0] >= _WORTH_NAMING
            return Names.model_construct(
                zh=f"风险等级{zh}{own_zh}" + (f"；也可能是{other_zh}。" if also else "。"),
                en=f"The level of risk is {en} {own_en}"
                + (f"; it may also be {other_en}." if also else "."),
            )
    return Names.model_construct(
        zh=f"风险等级尚难断定：按估计值是{own_zh}，但也可能是{other_zh}。",
        en=f"The level of risk cannot be told for sure: by the estimate it is {own_en}, but it may "
        f"also be {other_en}.",
    )


def _with_probability(post: Post, share: float, level: RiskLevel) -> tuple[str, str]:
    label, known = _level_between(post, level), probability(share)
    return (
        label.zh.removesuffix("）") + f"，可能性 {known}）",
        label.en.removesuffix(")") + f", probability {known})",
    )


def _level_between(post: Post, level: RiskLevel) -> Names:
    """Name a level with the thresholds it lies between."""
    at = list(RiskLevel).index(level)
    starts = [None, *map(short_percent, post.results.thresholds), None]
    low, high, name = starts[at], starts[at + 1], LEVELS[level]
    if low is None:
        return Names(zh=f"“{name.zh}”（低于 {high}）", en=f"“{name.en}” (below {high})")
    if high is None:
        return Names(zh=f"“{name.zh}”（{low} 及以上）", en=f"“{name.en}” ({low} or more)")
    return Names(
        zh=f"“{name.zh}”（{low} 及以上、低于 {high}）",
        en=f"“{name.en}” ({low} or more, below {high})",
    )


def _days(period: Period) -> Names:
    """Write the reference period as people say it: a year, months, or days."""
    start, end = period.start, period.end
    if start.day != 1 or (end + timedelta(days=1)).day != 1:
        return Names(
            zh=f"{format_date(start, 'long', 'zh')}至{format_date(end, 'long', 'zh')}",
            en=f"from {format_date(start, 'long', 'en_GB')} to {format_date(end, 'long', 'en_GB')}",
        )
    if (start.month, end.month, start.year) == (1, 12, end.year):
        return Names(zh=f"{start.year}年", en=f"in {start.year}")
    return Names(
        zh=f"{start.year}年{start.month}月至{end.year}年{end.month}月",
        en=f"from {format_date(start, 'MMMM y', 'en_GB')} to {format_date(end, 'MMMM y', 'en_GB')}",
    )
