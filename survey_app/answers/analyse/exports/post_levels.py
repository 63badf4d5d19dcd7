"""The level of risk of a post category, between which thresholds it lies, and how sure it is."""

from typing import Final

from survey_app.answers.analyse.exports.columns import (
    LEVELS,
)
from survey_app.answers.analyse.exports.post_rates import Post, bound_of
from survey_app.answers.analyse.exports.rate_words import both
from survey_app.answers.analyse.exports.reliability import FEWEST
from survey_app.documents.design import Names, RiskLevel
from survey_app.documents.results import Risk
from survey_app.papers.numbers import percent, short_percent

_WORDS: Final = (
    (0.99, "几乎可以肯定是", "almost certainly"),
    (0.9, "很可能是", "very likely"),
    (0.7, "多半是", "probably"),
)
"""How a level is named from which probability; below the last it cannot be told."""
_LEAST, _MOST = 0.01, 0.99
_WORTH_NAMING: Final = 0.1
"""The least probability of a second level that is named."""


def level_name(post: Post, level: RiskLevel) -> Names:
    """Name the level, and say so if it is uncertain."""
    name = LEVELS[level]
    if is_sure(post):
        return name
    return both(f"{name.zh}（尚难断定）", f"{name.en} (uncertain)")


def is_sure(post: Post) -> bool:
    """Whether the level is much more probable than the others, or known."""
    if post.is_census or post.risk is None or post.level is None:
        return True
    return _probability_of(post.risk, post.level) >= _WORDS[-1][0]


def which_level(post: Post) -> Names:
    """Say which level of risk the rate has, between which thresholds, and how probable that is."""
    if post.level is None:
        return _no_level(post)
    label = _between_thresholds(post, post.level)
    if post.is_census:
        return both(f"风险等级是{label.zh}。", f"The level of risk is {label.en}.")
    if post.risk is None:
        return both(
            f"按估计值，风险等级是{label.zh}。", f"By the estimate the level of risk is {label.en}."
        )
    return _probable_level(post, post.risk, post.level)


def _no_level(post: Post) -> Names:
    if not post.rate.is_shown:
        return both("因此不定风险等级。", "So it has no level of risk.")
    if post.with_dealings == 0:
        return both(
            "作答的人都没有跟这类岗位打过交道，不定风险等级。",
            "No one who answered had dealings with these posts, so they have no level of risk.",
        )
    if post.is_few:
        return both(
            f"答卷不足 {FEWEST} 份，不定风险等级，只看上面的区间。",
            f"With fewer than {FEWEST} answers there is no level of risk: only the interval above "
            "counts.",
        )
    bound = bound_of(post)
    return both(
        f"只知道比率{bound.zh}，定不出风险等级。",
        f"The rate is only known to be {bound.en}, which gives no level of risk.",
    )


def _probable_level(post: Post, risk: Risk, level: RiskLevel) -> Names:
    chance, own = _probability_of(risk, level), _with_probability(post, risk, level)
    next_level = max(
        (neighbour for neighbour in RiskLevel if neighbour != level),
        key=lambda neighbour: _probability_of(risk, neighbour),
    )
    second = _with_probability(post, risk, next_level)
    words = next((words for words in _WORDS if chance >= words[0]), None)
    if words is None:
        return both(
            f"风险等级尚难断定：定为{own.zh}，但也可能是{second.zh}。",
            f"The level of risk is uncertain: it is put at {own.en}, but may also be {second.en}.",
        )
    is_worth_naming = _probability_of(risk, next_level) >= _WORTH_NAMING
    also = (f"；也可能是{second.zh}", f"; it may also be {second.en}")
    return both(
        f"风险等级{words[1]}{own.zh}{also[0] if is_worth_naming else ''}。",
        f"The level of risk is {words[2]} {own.en}{also[1] if is_worth_naming else ''}.",
    )


def _probability_of(risk: Risk, level: RiskLevel) -> float:
    return risk.levels[list(RiskLevel).index(level)]


def _with_probability(post: Post, risk: Risk, level: RiskLevel) -> Names:
    chance, label = _chance(_probability_of(risk, level)), _between_thresholds(post, level)
    return both(
        label.zh.removesuffix("）") + f"，可能性 {chance}）",
        label.en.removesuffix(")") + f", probability {chance})",
    )


def _chance(probability: float) -> str:
    """Write a probability; a release gives it in whole percents, so nothing is said beyond 99."""
    if probability > _MOST:
        return f"> {short_percent(_MOST)}"
    return f"< {short_percent(_LEAST)}" if probability < _LEAST else percent(probability, 0)


def _between_thresholds(post: Post, level: RiskLevel) -> Names:
    """Name a level with the thresholds it lies between."""
    at, name = list(RiskLevel).index(level), LEVELS[level]
    starts = ["", *map(short_percent, post.results.thresholds), ""]
    low, high = starts[at], starts[at + 1]
    if not low:
        return both(f"“{name.zh}”（低于 {high}）", f"“{name.en}” (below {high})")
    if not high:
        return both(f"“{name.zh}”（{low} 及以上）", f"“{name.en}” ({low} or more)")
    return both(
        f"“{name.zh}”（{low} 及以上、低于 {high}）", f"“{name.en}” ({low} or more, below {high})"
    )
