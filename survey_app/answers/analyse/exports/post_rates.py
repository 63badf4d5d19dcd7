"""How many met something in a post category, in words."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from babel.dates import format_date

from survey_app.answers.analyse.exports.rate_words import both, digits
from survey_app.answers.analyse.exports.reliability import FEWEST
from survey_app.documents.design import Kind, Names, Period, RiskLevel, Thresholds
from survey_app.documents.results import ANY, Domain, Rate, Results, Risk
from survey_app.papers.numbers import percent, short_percent

_WHOM = {
    Kind.BUSINESS: both(
        "被监管单位和业务往来单位的人员",
        "the people of supervised companies and business partners",
    ),
    Kind.NON_BUSINESS: both("本单位人员", "the bureau's own personnel"),
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
        """Whether there are too few answers for a rate and a level; a full count has enough."""
        return self.rate.n < FEWEST and not self.is_census

    @property
    def is_census(self) -> bool:
        """Whether all persons answered, and the rate is exact: not one that a release rounds."""
        is_exact = self.rate.rate is not None and self.rate.low == self.rate.high
        return self.rate.is_census or (is_exact and self.is_full)

    @property
    def is_full(self) -> bool:
        """Whether all persons answered, as the counts show it."""
        return self.domain.population == self.domain.valid == self.rate.n

    @property
    def is_hidden(self) -> bool:
        """Whether a release keeps the rate back, as those of format 2 do without saying so."""
        return bool(self.rate.hidden) or (not self.rate.is_shown and self.domain.valid > 0)

    @property
    def among_dealings(self) -> Rate:
        """The rate of any contact among those with dealings."""
        return self.results.rate(self.domain.id, denominator="dealings")

    @property
    def with_dealings(self) -> int | None:
        """How many of those who answered had dealings; None if a release may have hidden it."""
        among, is_release = self.among_dealings, self.rate.se is None
        is_silent = not among.n and is_release and among.hidden is None
        return None if among.hidden or is_silent else among.n

    @cached_property
    def risk(self) -> Risk | None:
        """How probable each level is, if that is known."""
        return next((risk for risk in self.results.risks if risk.domain == self.domain.id), None)

    @cached_property
    def level(self) -> RiskLevel | None:
        """Its level by the campaign's thresholds; None where none can be named."""
        if self.is_few or not self.rate.is_shown or self.with_dealings == 0:
            return None
        if self.risk is not None:
            return self.risk.level
        if self.rate.rate is not None:
            return self.thresholds.level(self.rate.rate)
        # The bounds of the first releases have no risk beside them.
        is_low = self.rate.high is not None and self.rate.high <= self.thresholds.medium
        return RiskLevel.LOW if is_low else None

    @property
    def thresholds(self) -> Thresholds:
        """The campaign's thresholds."""
        medium, severe, high = self.results.thresholds
        return Thresholds(medium=medium, severe=severe, high=high)

    @property
    def contacts(self) -> int:
        """How many contacts its questionnaire asks about."""
        return sum(item.code != ANY for item in self.results.items_of(self.domain.kind))

    def share(self, value: float | None) -> str:
        """Write a share with the digits that its rate has."""
        return percent(value, digits(self.rate))


def headline(post: Post) -> Names:
    """Put the rate as so many of a hundred persons."""
    rate = post.rate
    if not rate.is_shown:
        return _no_rate(post)
    if post.is_few:
        between = _between(post)
        return both(
            f"答卷太少（{rate.n} 份），只知道{between.zh}",
            f"Too few answers ({rate.n}): only known to be {between.en}",
        )
    if rate.rate is None:
        bound = bound_of(post)
        return both(f"遇到过的人{bound.zh}", f"{bound.en.capitalize()} met something")
    if rate.rate in {0, 1}:
        return _none_or_all(post)
    return _of_a_hundred(post, rate.rate)


def _no_rate(post: Post) -> Names:
    if post.is_hidden:
        return both("本次发布中隐去", "Hidden in this release")
    return both("没有有效答卷", "No valid sheet")


def _none_or_all(post: Post) -> Names:
    n = post.rate.n
    if post.rate.rate:
        return both(f"作答的 {n} 人都说遇到过", f"All {n} who answered met something")
    clearly = ("明确", " for certain") if post.rate.is_least else ("", "")
    return both(
        f"作答的 {n} 人中没有一人{clearly[0]}说遇到过",
        f"None of the {n} who answered met anything{clearly[1]}",
    )


def _of_a_hundred(post: Post, share: float) -> Names:
    persons, percentage = round(share * 100), post.share(share)
    if not persons and post.rate.is_least:
        return both(f"至少 {percentage} 的人遇到过", f"At least {percentage} met something")
    if not persons:
        return both("每 100 人中不到 1 人遇到过", "Fewer than 1 in 100 persons met something")
    if post.rate.is_least:
        return both(
            f"每 100 人中至少约 {persons} 人遇到过",
            f"At least about {persons} in 100 persons met something",
        )
    return both(
        f"每 100 人中约 {persons} 人遇到过", f"About {persons} in 100 persons met something"
    )


def how_many(post: Post) -> Names:
    """Say how many met something: of whom, when, on how many sheets, and how sure that is."""
    whom, days, event = _WHOM[post.domain.kind], _days(post.results.reference_period), _met(post)
    if not post.rate.is_shown:
        why = _no_rate(post)
        return both(
            f"{days.zh}，{whom.zh}中有多少人{event.zh}，这里没有数字：{why.zh}。",
            f"How many of {whom.en} {event.en} {days.en} is not given here: "
            f"{why.en[0].lower()}{why.en[1:]}.",
        )
    sure = _how_sure(post)
    if post.is_few:
        return both(
            f"{days.zh}，{whom.zh}中有多少人{event.zh}，只能粗略估计：{sure.zh}。",
            f"How many of {whom.en} {event.en} {days.en} can only be told roughly: {sure.en}.",
        )
    if post.rate.rate is None:
        bound = bound_of(post)
        return both(
            f"{days.zh}，{whom.zh}中{event.zh}的人估计{bound.zh}；{sure.zh}。",
            f"{days.en[0].upper()}{days.en[1:]}, an estimated share {bound.en} of {whom.en} "
            f"{event.en}; {sure.en}.",
        )
    share = _share_of(post, whom)
    return both(
        f"{days.zh}，{share.zh}{event.zh}；{sure.zh}。",
        f"{days.en[0].upper()}{days.en[1:]}, {share.en} {event.en}; {sure.en}.",
    )


def _met(post: Post) -> Names:
    return both(
        f"亲身遇到过这类岗位人员的腐败情形（问卷所列 {post.contacts} 种中的任何一种）",
        f"themselves met corruption by holders of these posts (any of the {post.contacts} contacts "
        "asked about)",
    )


def _share_of(post: Post, whom: Names) -> Names:
    rate, share = post.rate, post.share(post.rate.rate)
    if rate.rate == 0:
        clearly = ("明确", " for certain") if rate.is_least else ("", "")
        return both(
            f"作答的{whom.zh}中没有一人{clearly[0]}说",
            f"none of {whom.en} who answered says{clearly[1]} that they",
        )
    if rate.rate == 1:
        return both(f"作答的{whom.zh}都说", f"all of {whom.en} who answered say that they")
    least = ("至少", "at least ") if rate.is_least else ("", "")
    if post.is_census:
        return both(f"{whom.zh}中{least[0]}有 {share} ", f"{least[1]}{share} of {whom.en}")
    return both(
        f"{whom.zh}中估计{least[0]}有 {share} ",
        f"an estimated {share}{' or more' if rate.is_least else ''} of {whom.en}",
    )


def bound_of(post: Post) -> Names:
    """Write the bound that stands in the place of a rate."""
    rate = post.rate
    if rate.above is not None:
        return both(f"高于 {short_percent(rate.above)}", f"above {short_percent(rate.above)}")
    below = rate.high if rate.below is None else rate.below
    return both(f"低于 {short_percent(below or 0)}", f"below {short_percent(below or 0)}")


def in_numbers(post: Post) -> Names:
    """Write the rate, its limits and the sheets it rests on, as under a picture of it."""
    rate, share = post.rate, post.share(post.rate.rate)
    if post.is_census:
        return both(f"{share}（全数调查，{rate.n} 人）", f"{share} (census, {rate.n} persons)")
    level = short_percent(post.results.options.level)
    limits = f"{post.share(rate.low)}–{post.share(rate.high)}"
    if post.is_few:
        return both(
            f"{level} 区间 {limits}（{rate.n} 份答卷）",
            f"{level} interval {limits} ({rate.n} sheets)",
        )
    if rate.rate == 0:
        return both(
            f"{rate.n} 份中 0 份（{level} 区间 {limits}）",
            f"0 of {rate.n} ({level} interval {limits})",
        )
    least = ("至少 ", "at least ") if rate.is_least else ("", "")
    value = both(least[0] + share, least[1] + share) if rate.rate is not None else bound_of(post)
    return both(
        f"{value.zh}（{level} 区间 {limits}，{rate.n} 份答卷）",
        f"{value.en} ({level} interval {limits}, {rate.n} sheets)",
    )


def of_those_with_dealings(post: Post) -> Names | None:
    """Say how many of those with dealings met something, if enough had dealings to say it."""
    among = post.among_dealings
    if among.rate is None or among.n < FEWEST:
        return None
    share, low, high = (post.share(value) for value in (among.rate, among.low, among.high))
    least = ("至少 ", "at least ") if among.is_least else ("", "")
    limits = (f"区间 {low}–{high}，", f"interval {low}–{high}, ") if low != high else ("", "")
    return both(
        f"打过交道的人中：{least[0]}{share}（{limits[0]}{among.n} 份答卷）",
        f"Of those with dealings: {least[1]}{share} ({limits[1]}{among.n} sheets)",
    )


def _how_sure(post: Post) -> Names:
    """Say on how many sheets a rate rests, and between which limits the true one lies."""
    rate = post.rate
    if post.is_census:
        return both(
            f"全部 {rate.n} 人都交了有效答卷（全数调查），没有抽样误差",
            f"all {rate.n} persons gave a valid sheet (census), so there is no sampling error",
        )
    level, between = short_percent(post.results.options.level), _between(post)
    only = ("只有", "there are only") if post.is_few else ("依据", "this rests on")
    full = ("（全数调查）", " (census)") if post.is_full else ("", "")
    as_no, true = "", ("真实比率", "the true rate")
    if rate.is_least:
        as_no, true = (
            "未定答卷都按“没有”计，",
            ("比率", "the rate with all undetermined sheets as no"),
        )
    return both(
        f"{only[0]} {rate.n} 份有效答卷{full[0]}，{as_no}有 {level} 的把握说{true[0]}{between.zh}",
        f"{only[1]} {rate.n} valid sheets{full[1]}, and with {level} confidence {true[1]} is "
        f"{between.en}",
    )


def _between(post: Post) -> Names:
    low, high = post.share(post.rate.low), post.share(post.rate.high)
    if not post.rate.low:
        return both(f"不超过 {high}", f"at most {high}")
    if post.rate.high == 1:
        return both(f"不低于 {low}", f"at least {low}")
    return both(f"在 {low} 到 {high} 之间", f"between {low} and {high}")


def _days(period: Period) -> Names:
    """Write the reference period as people say it: a year, months, or days."""
    start, end = period.start, period.end
    if start.day != 1 or (end + timedelta(days=1)).day != 1:
        return both(
            f"{format_date(start, 'long', 'zh')}至{format_date(end, 'long', 'zh')}",
            f"from {format_date(start, 'long', 'en_GB')} to {format_date(end, 'long', 'en_GB')}",
        )
    if (start.month, end.month, start.year) == (1, 12, end.year):
        return both(f"{start.year}年", f"in {start.year}")
    return both(
        f"{start.year}年{start.month}月至{end.year}年{end.month}月",
        f"from {format_date(start, 'MMMM y', 'en_GB')} to {format_date(end, 'MMMM y', 'en_GB')}",
    )
