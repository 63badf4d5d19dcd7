"""What cannot be said of a post category, and what to do next time."""

from collections.abc import Iterator

from survey_app.answers.analyse.exports.columns import (
    LEVELS,
)
from survey_app.answers.analyse.exports.post_rates import Post
from survey_app.answers.analyse.exports.rate_words import both
from survey_app.answers.analyse.exports.reliability import FEWEST, advice, reason, warning
from survey_app.documents.design import Names
from survey_app.documents.results import ANY, Rate

_WORTH_SAYING = 0.0005
"""The least difference of two rates that are not written alike."""
SEALED = both(
    "这类岗位的密封答卷不足 10 份，为保护作答者没有开箱，什么也不能说；"
    "下次多发放，或与别的岗位类别合并。",
    "This post category has fewer than 10 ballots, which stay sealed to protect those who "
    "answered: nothing can be said. Ask more next time, or merge it with another.",
)
_KEPT_BACK = both(
    "比率在本次发布中隐去，因为公开它会让人推算出少数几个人的回答；隐去不等于没有问题。",
    "The rate is hidden in this release, because it would let others work out what a few persons "
    "answered; hidden does not mean that nothing was met.",
)
_EMPTY = both(
    "没有有效答卷，什么也不能说；下次要先让更多人作答。",
    "There is no valid sheet, so nothing can be said; next time more persons have to answer.",
)
_NO_DEALINGS = both(
    "作答的人都没有跟这类岗位打过交道，都算“没有”；这只说明没有打交道，不说明这类岗位没有问题。",
    "No one who answered had dealings with these posts, and all count as no: this shows that "
    "there were no dealings, not that the posts are clean.",
)
_NOT_COUNTED = both(
    "未定的答卷（记不清、不想答或空白，判断不了有没有遇到）都按“没有”计；"
    "有多少份，本次发布不列出，所以实际的比率可能更高。",
    "Undetermined sheets (can't remember, rather not say or blank) count as no; this release does "
    "not say how many there are, so the true rate may be higher.",
)
_ONLY_A_BOUND = both(
    "本次发布只列出界限，不列出比率本身，以免推算出少数几个人的回答。",
    "This release gives a bound in the place of the rate, which would let others work out what a "
    "few persons answered.",
)
_MERGED = both(
    "为保护作答者，人数少的几个层合并后才公布，其中的单位不能分开来看。",
    "Small strata are shown together only, to protect those who answered: nothing can be said of "
    "single units among them.",
)


def cannot_be_said(post: Post) -> Iterator[Names]:
    """Say what the numbers do not show, the gravest first."""
    if not post.rate.is_shown:
        yield _KEPT_BACK if post.is_hidden else _EMPTY
        return
    yield from _unreliable(post)
    yield from _dealings(post)
    yield from _response(post)
    yield from _undetermined(post)
    yield from _hidden_items(post)
    if any(n.what == "merged" and n.subject in post.domain.strata for n in post.results.notes):
        yield _MERGED


def _unreliable(post: Post) -> Iterator[Names]:
    if post.rate.rate == 0 and not post.is_census and not post.is_few:
        high = post.share(post.rate.high)
        yield both(
            f"没有人说遇到过，不等于一次也没有：真实比率仍可能达到 {high}。",
            f"That no one says so does not mean that there was nothing: the true rate may still be "
            f"{high}.",
        )
        return
    if post.rate.below is not None or post.rate.above is not None:
        yield _ONLY_A_BOUND
        return
    flag, why = warning(post.rate), reason(post.rate)
    if flag and why and not post.is_census:
        again = advice(post.rate, post.results)
        yield both(
            f"这一比率“{flag.zh}”：{why.zh}。" + (f"下次{again.zh}。" if again else ""),
            f"The rate is flagged “{flag.en}”: {why.en}."
            + (f" Next time {again.en}." if again else ""),
        )


def _response(post: Post) -> Iterator[Names]:
    issued, valid = post.domain.issued, post.domain.valid
    if 0 < valid < issued / 2:
        yield both(
            f"发放 {issued} 份，有效的只有 {valid} 份，不到一半；没有作答的人遇到过多少，不知道。",
            f"Of {issued} persons asked only {valid} gave a valid sheet, less than half: what the "
            "others met is not known.",
        )


def _dealings(post: Post) -> Iterator[Names]:
    among = post.with_dealings
    if among == 0:
        yield _NO_DEALINGS
    elif among is not None and among < FEWEST <= post.rate.n:
        yield both(
            f"作答的人中只有 {among} 人跟这类岗位打过交道，其余的人都算“没有”；"
            "打过交道的人中有多少遇到过，说不准。",
            f"Only {among} of those who answered had dealings with these posts, the others count "
            "as no: how many of those with dealings met something cannot be told well.",
        )


def _undetermined(post: Post) -> Iterator[Names]:
    rate = post.rate
    if rate.is_least and rate.upper is None:
        yield _NOT_COUNTED
    if not rate.is_shown or rate.upper is None or rate.upper - (rate.rate or 0) < _WORTH_SAYING:
        return
    yield both(
        f"{_sheets(rate).zh}未定（记不清、不想答或空白，判断不了有没有遇到），上面按“没有”计；"
        f"如果都算“有”，比率是 {post.share(rate.upper)}{_at_most(post).zh}。",
        f"{_sheets(rate).en} undetermined (can't remember, rather not say or blank) and counted as "
        f"no above; if all meant yes, the rate would be {post.share(rate.upper)}"
        f"{_at_most(post).en}.",
    )


def _sheets(rate: Rate) -> Names:
    """Count the undetermined sheets; a release does not say how many there are."""
    if not rate.undetermined:
        return both("一些答卷", "Some sheets are")
    verb = "sheet is" if rate.undetermined == 1 else "sheets are"
    return both(f"{rate.undetermined} 份答卷", f"{rate.undetermined} {verb}")


def _at_most(post: Post) -> Names:
    """Add the limit that holds whatever they meant, and the level that they could make of it."""
    rate, zh, en = post.rate, "", ""
    if rate.outer_high is not None and not post.is_census:
        zh = f"，连抽样误差一起算最高 {post.share(rate.outer_high)}"
        en = f", and with sampling error at most {post.share(rate.outer_high)}"
    level = post.thresholds.level(rate.upper or 0)
    if post.level is not None and level != post.level:
        zh += f"，风险等级就会是“{LEVELS[level].zh}”"
        en += f"; the level of risk would be “{LEVELS[level].en}”"
    return both(zh, en)


def _hidden_items(post: Post) -> Iterator[Names]:
    labels = [
        item.label
        for item in post.results.items_of(post.domain.kind)
        if item.code != ANY and post.results.rate(post.domain.id, item.code).hidden
    ]
    count = len(labels)
    if labels:
        yield both(
            f"有 {count} 种情形的比率在本次发布中隐去：{'、'.join(names.zh for names in labels)}。",
            f"The rates of {count} contacts are hidden in this release: "
            f"{', '.join(names.en for names in labels)}.",
        )
