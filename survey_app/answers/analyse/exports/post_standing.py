"""How a post category stands beside others, its items beside each other, and now beside before."""

from collections.abc import Iterator, Sequence

from survey_app.answers.analyse.estimates.waves import Change
from survey_app.answers.analyse.exports.numbers import points, short_percent
from survey_app.answers.analyse.exports.post_rates import FEWEST, Post
from survey_app.documents.design import Names
from survey_app.documents.results import ANY, Domain, Rate, Results

_MOST_ITEMS = 3
Labelled = tuple[Names, Rate]


def stands_out(post: Post) -> Iterator[Names]:
    """Say what is above (or below) the rest by a test or by intervals that do not meet."""
    if post.is_few or not post.rate.is_shown:
        return
    yield from _items(post)
    yield from _categories(post)


def _items(post: Post) -> Iterator[Names]:
    leading, shown = leading_items(post)
    if not leading:
        return
    names = Names(
        zh="、".join(f"“{label.zh}”（{post.share(rate.rate)}）" for label, rate in leading),
        en=" and ".join(f"“{label.en}” ({post.share(rate.rate)})" for label, rate in leading),
    )
    others = len(shown) - len(leading)
    if others > 1:
        rest = Names(zh=f"另外 {others} 种", en=f"the other {others}")
    else:
        rest = Names(zh=f"“{shown[-1][0].zh}”", en=f"“{shown[-1][0].en}”")
    yield Names(
        zh=f"{names.zh}明显多于{rest.zh}：区间互不重叠。",
        en=f"{names.en} clearly more often than {rest.en}: the intervals do not overlap.",
    )


def leading_items(post: Post) -> tuple[Sequence[Labelled], Sequence[Labelled]]:
    """Give the fewest items whose intervals lie above those of all others, and all items shown."""
    shown = [
        (item.label, rate)
        for item in post.results.items_of(post.domain.kind)
        if item.code != ANY
        for rate in [post.results.rate(post.domain.id, item.code)]
        if rate.rate is not None and rate.low is not None and rate.n >= FEWEST
    ]
    shown.sort(key=lambda labelled: -(labelled[1].rate or 0))
    for count in range(1, min(_MOST_ITEMS, len(shown) - 1) + 1):
        lowest = min(rate.low or 0 for _, rate in shown[:count])
        if lowest > max(rate.high or 0 for _, rate in shown[count:]):
            return shown[:count], shown
    return [], shown


def _categories(post: Post) -> Iterator[Names]:
    lower, higher, compared = _beside_others(post)
    if lower:
        yield _beside(lower, compared, Names(zh="高于", en="above"))
    if higher:
        yield _beside(higher, compared, Names(zh="低于", en="below"))


def _beside(others: Sequence[Domain], compared: int, direction: Names) -> Names:
    names = Names(
        zh="、".join(f"“{domain.name.zh}”" for domain in others),
        en=", ".join(f"“{domain.name.en}”" for domain in others),
    )
    if len(others) == compared > 1:
        names = Names(
            zh=f"同一问卷的其他各类岗位（{names.zh}）",
            en=f"all other post categories of this questionnaire ({names.en})",
        )
    return Names(
        zh=f"腐败接触率明显{direction.zh}{names.zh}。",
        en=f"The rate of any contact is clearly {direction.en} that of {names.en}.",
    )


def _beside_others(post: Post) -> tuple[list[Domain], list[Domain], int]:
    """Give the categories clearly below it, those clearly above it, and how many can be compared.

    Clear is what the adjusted test of the comparison finds; fewer than 30 sheets take no part.
    """
    results, compared = post.results, 0
    below: list[Domain] = []
    above: list[Domain] = []
    for difference in results.differences:
        if post.domain.id not in (difference.first, difference.second):
            continue
        is_first = difference.first == post.domain.id
        other = difference.second if is_first else difference.first
        if results.rate(other).n < FEWEST:
            continue
        compared += 1
        if _is_clear(difference.adjusted_p, results):
            is_above = (difference.estimate > 0) == is_first
            (below if is_above else above).append(results.by_id[other])
    return below, above, compared


def _is_clear(p: float | None, results: Results) -> bool:
    return p is not None and p < 1 - results.options.level


def change_of(change: Change, results: Results) -> Names:
    """Say whether the rate changed since the wave before, by the adjusted test."""
    before, now = change.rates[-2:]
    if before is None or before.rate is None or now is None or now.rate is None:
        return Names(
            zh="上一期没有这类岗位的比率，不能比较。",
            en="The wave before has no rate of these posts to compare with.",
        )
    if change.change is None:
        return Names(
            zh="上一期所问的题目不同，不能比较。",
            en="The wave before asked other items: the two cannot be compared.",
        )
    return _changed(change, results)


def _changed(change: Change, results: Results) -> Names:
    contrast = change.change
    if contrast is None:
        raise ValueError("no change to speak of")
    size = points(abs(contrast.estimate))
    level = short_percent(results.options.level)
    limits = f"{points(contrast.low)} – {points(contrast.high)}"
    rose = contrast.estimate > 0
    if not _is_clear(change.adjusted_change, results):
        return Names(
            zh=f"与上一期相差 {points(contrast.estimate)} 个百分点"
            f"（{level} 区间 {limits}），在误差之内，不能说上升或下降。",
            en=f"{points(contrast.estimate)} percentage points against the wave before ({level} "
            f"interval {limits}): within the error, neither a rise nor a fall.",
        )
    return Names(
        zh=f"比上一期{'上升' if rose else '下降'} {size} 个百分点（{level} 区间 {limits}），超出误差。",
        en=f"{'Up' if rose else 'Down'} {size} percentage points since the wave before ({level} "
        f"interval {limits}): beyond the error.",
    )
