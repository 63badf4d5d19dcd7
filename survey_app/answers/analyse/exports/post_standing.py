"""How a post category stands beside others, its items beside each other, and now beside before."""

from collections.abc import Iterator, Sequence

import stats
from survey_app.answers.analyse.estimates.waves import Change
from survey_app.answers.analyse.exports.post_rates import Post
from survey_app.answers.analyse.exports.rate_words import both
from survey_app.answers.analyse.exports.reliability import FEWEST
from survey_app.documents.design import Names
from survey_app.documents.results import ANY, Difference, Domain, Rate, Results, Scope
from survey_app.papers.numbers import points, short_percent

_MOST_ITEMS, _MOST_NAMES = 3, 4
Labelled = tuple[Names, Rate]


def stands_out(post: Post) -> Iterator[Names]:
    """Say what is above (or below) the rest by a test or by intervals that do not meet."""
    if post.is_few or not post.rate.is_shown or post.with_dealings == 0:
        return
    yield from _items(post)
    yield from _categories(post)


def _items(post: Post) -> Iterator[Names]:
    leading, rest = leading_items(post)
    if not leading:
        return
    names = both(
        "、".join(f"“{label.zh}”（{post.share(rate.rate)}）" for label, rate in leading),
        " and ".join(f"“{label.en}” ({post.share(rate.rate)})" for label, rate in leading),
    )
    remainder = both(f"“{rest[0][0].zh}”", f"“{rest[0][0].en}”")
    if len(rest) > 1:
        remainder = both(f"所列的另外 {len(rest)} 种", f"the other {len(rest)} contacts shown")
    if post.is_census:
        yield both(
            f"{names.zh}多于{remainder.zh}。", f"More often than {remainder.en}: {names.en}."
        )
        return
    yield both(
        f"{names.zh}明显多于{remainder.zh}：区间不重叠。",
        f"Clearly more often than {remainder.en}: {names.en}; the intervals do not overlap.",
    )


def leading_items(post: Post) -> tuple[Sequence[Labelled], Sequence[Labelled]]:
    """Give the fewest items that lie above all others, and the others, the most frequent first.

    They do if their limits lie apart, whatever the undetermined would have said.
    """
    items = [
        (item.label, rate)
        for item in post.results.items_of(post.domain.kind)
        if item.code != ANY
        for rate in [post.results.rate(post.domain.id, item.code)]
        if rate.is_shown and (rate.n >= FEWEST or post.is_census)
    ]
    items.sort(key=lambda labelled: -(labelled[1].rate or 0))
    for count in range(1, min(_MOST_ITEMS, len(items) - 1) + 1):
        leading, rest = items[:count], items[count:]
        if min(_least(rate) for _, rate in leading) > max(_most(rate) for _, rate in rest):
            return leading, rest
    return [], items


def _least(rate: Rate) -> float:
    if rate.rate is None:
        return 0.0
    return min(rate.low or 0, rate.rate if rate.lower is None else rate.lower)


def _most(rate: Rate) -> float:
    limits = [limit for limit in (rate.high, rate.upper) if limit is not None]
    return max(limits, default=1.0)


def _categories(post: Post) -> Iterator[Names]:
    below, above = _beside_others(post)
    for domains, direction in (
        (below, both("高于", "above")),
        (above, both("低于", "below")),
    ):
        if domains:
            names, as_no = _those(domains, post), _as_no(domains, post)
            yield both(
                f"{as_no.zh}腐败接触率明显{direction.zh}{names.zh}。",
                f"{as_no.en} rate of any contact is clearly {direction.en} that of {names.en}.",
            )


def _as_no(domains: Sequence[Domain], post: Post) -> Names:
    """Say that undetermined sheets are a no, where a release does not say how many there are."""
    rates = [post.results.rate(domain.id) for domain in (post.domain, *domains)]
    if any(rate.is_least and rate.upper is None for rate in rates):
        return both("未定答卷都按“没有”计，", "With the undetermined as no the")
    return both("", "The")


def _those(domains: Sequence[Domain], post: Post) -> Names:
    """Name other post categories: all of them by one word, and a few of many."""
    if len(domains) == len(post.results.of(Scope.CATEGORY, post.domain.kind)) - 1 > 1:
        return both("同一问卷的其他各类岗位", "all other post categories of the same questionnaire")
    first, rest = domains[:_MOST_NAMES], len(domains) - _MOST_NAMES
    zh = "".join(f"“{domain.name.zh}”" for domain in first)
    en = ", ".join(f"“{domain.name.en}”" for domain in first)
    if rest <= 0:
        return both(zh, en)
    return both(f"{zh}等 {len(domains)} 类岗位", f"{en} and {rest} more")


def _beside_others(post: Post) -> tuple[list[Domain], list[Domain]]:
    """Give the categories clearly below it, and those clearly above it.

    Clear is what the adjusted test of the comparison finds (in a release: limits that lie apart)
    and what stays, whatever the undetermined would have said. Fewer than 30 sheets take no part.
    """
    results = post.results
    below: list[Domain] = []
    above: list[Domain] = []
    for difference in results.differences:
        pair = (difference.first, difference.second)
        if post.domain.id not in pair or not _are_apart(difference, results):
            continue
        category = results.by_id[pair[1] if pair[0] == post.domain.id else pair[0]]
        rate = results.rate(category.id)
        if rate.n < FEWEST or Post(results, category).with_dealings == 0:
            continue
        if _bottom(post.rate) > _top(rate):
            below.append(category)
        elif _bottom(rate) > _top(post.rate):
            above.append(category)
    return below, above


def _bottom(rate: Rate) -> float:
    """Give the rate with the undetermined as no, of a bound what it is at least."""
    return rate.above or 0.0 if rate.rate is None else rate.rate


def _top(rate: Rate) -> float:
    """Give the rate with the undetermined as yes, of a bound what it is at most."""
    if rate.upper is not None:
        return rate.upper
    if rate.rate is not None:
        return rate.rate
    return rate.high if rate.below is None and rate.high is not None else rate.below or 1.0


def _are_apart(difference: Difference, results: Results) -> bool:
    """Tell by the adjusted test; in a release, which has none, by the limits of the two rates."""
    if difference.se is not None:
        return _is_clear(difference.adjusted_p, results)
    first, second = (results.rate(domain) for domain in (difference.first, difference.second))
    return _least(first) > _most(second) or _least(second) > _most(first)


def _is_clear(p: float | None, results: Results) -> bool:
    return p is not None and p < 1 - results.options.level


def change_of(change: Change, results: Results) -> Names:
    """Say whether the rate changed since the wave before, by the adjusted test."""
    before, now = change.rates[-2:]
    if before is None or before.rate is None or now is None or now.rate is None:
        return both(
            "上一期或本期没有这类岗位的比率，不能比较。",
            "One of the two waves has no rate of these posts: they cannot be compared.",
        )
    if min(before.n, now.n) < FEWEST:
        return both(
            f"上一期或本期的答卷不足 {FEWEST} 份，不作比较。",
            f"One of the two waves has fewer than {FEWEST} answers: they are not compared.",
        )
    if change.change is None:
        return both(
            "上一期所问的题目不同，不能比较。",
            "The wave before asked other items: the two cannot be compared.",
        )
    return _changed(change.change, results, _direction(change, before, now, results))


def _direction(change: Change, before: Rate, now: Rate, results: Results) -> int:
    """Give 1 for a rise, -1 for a fall, 0 for what may be neither."""
    if not _is_clear(change.adjusted_change, results):
        return 0
    return int(_bottom(now) > _top(before)) - int(_bottom(before) > _top(now))


def _changed(contrast: stats.Contrast, results: Results, direction: int) -> Names:
    level = short_percent(results.options.level)
    limits = points(contrast.low), points(contrast.high)
    interval = both(
        f"{level} 区间：{limits[0]} 到 {limits[1]} 个百分点",
        f"{level} interval: {limits[0]} to {limits[1]} points",
    )
    if not direction:
        size = points(contrast.estimate)
        return both(
            f"与上一期相差 {size} 个百分点（{interval.zh}），不能断定上升或下降。",
            f"{size} percentage points against the wave before ({interval.en}): neither a rise nor "
            "a fall can be told.",
        )
    size = points(abs(contrast.estimate))
    way = ("上升", "Up") if direction > 0 else ("下降", "Down")
    return both(
        f"比上一期{way[0]} {size} 个百分点（{interval.zh}），超出误差。",
        f"{way[1]} {size} percentage points since the wave before ({interval.en}), beyond the "
        "error.",
    )
