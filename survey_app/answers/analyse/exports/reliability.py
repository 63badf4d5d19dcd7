"""The decisions of the NCHS standard in words, each with its reason and what to do next time."""

import math
from collections.abc import Iterator

import stats
from survey_app.answers.analyse.exports.rate_words import CENSUS, both
from survey_app.documents.design import Names
from survey_app.documents.results import Domain, Rate, Results, Scope

DECISIONS = {
    stats.Decision.PRESENT: Names(zh="可靠", en="Reliable"),
    stats.Decision.REVIEW: Names(zh="需复核", en="Needs review"),
    stats.Decision.SUPPRESS: Names(zh="不可靠", en="Unreliable"),
}
REASONS = {
    stats.Reason.FEW_ANSWERS: Names(zh="不足 30 份答卷", en="fewer than 30 answers"),
    stats.Reason.FEW_EFFECTIVE: Names(
        zh="各层抽样比例悬殊，精确程度不及 30 份答卷",
        en="as precise as fewer than 30 answers, the strata being asked so unevenly",
    ),
    stats.Reason.NONE_OR_ALL: Names(
        zh="全部答“没有”或全部答“有”，只看置信限",
        en="none or all said yes: only the limits count",
    ),
    stats.Reason.NARROW: Names(
        zh="区间宽度不超过 5 个百分点", en="interval no wider than 5 percentage points"
    ),
    stats.Reason.WIDE: Names(
        zh="区间宽达 30 个百分点以上", en="interval of 30 percentage points or more"
    ),
    stats.Reason.WIDE_FOR_RATE: Names(
        zh="区间宽度超过接触率的 1.3 倍", en="interval wider than 1.3 times the rate"
    ),
    stats.Reason.RELIABLE: Names(
        zh="相对于接触率，区间足够窄", en="interval narrow enough for the rate"
    ),
    stats.Reason.FEW_DEGREES: Names(
        zh="自由度不足 8，各层需要更多答卷",
        en="fewer than 8 degrees of freedom: each stratum needs more answers",
    ),
}
BOUND = Names(zh="只给出界限，没有比率", en="a bound stands for the rate")
FEWEST = 30
"""Answers that the standard asks for, and a level of risk with it."""
_FEWEST_DEGREES = 8
_WARNINGS = {stats.Decision.REVIEW, stats.Decision.SUPPRESS}


def decision(rate: Rate) -> Names | None:
    """Name the decision on a rate, or that it is a full count; none where there is no rate."""
    if rate.is_census:
        return CENSUS
    decided, _ = _decided(rate)
    return DECISIONS[decided] if decided else None


def warning(rate: Rate) -> Names | None:
    """Name the decision on a rate that is not reliable; none after a full count."""
    decided, _ = _decided(rate)
    return DECISIONS[decided] if decided in _WARNINGS and not rate.is_census else None


def reason(rate: Rate) -> Names | None:
    """Say why a rate is not reliable."""
    decided, why = _decided(rate)
    if decided is stats.Decision.REVIEW and (rate.below or rate.above):
        return BOUND
    return REASONS[why] if why and warning(rate) else None


def has_level(rate: Rate) -> bool:
    """Tell whether a rate rests on enough answers for a level of risk."""
    return rate.is_census or rate.n >= FEWEST


def advice(rate: Rate, results: Results) -> Names | None:
    """Say what would make a rate reliable next time: how many to ask, or what to merge."""
    domain = results.by_id[rate.domain]
    size = _size(rate, domain, results)
    enough = domain.population if size is None else min(size, domain.population)
    if not warning(rate) or rate.n >= enough:
        return None
    parts = [_asking(rate, domain, size)]
    if size and (neighbour := _neighbour(rate, domain, results, size)):
        parts.append(_merging(rate, neighbour, results))
    zh = "，或".join(part.zh for part in parts)
    return both(zh=zh, en=", or ".join(part.en for part in parts))


def explanation(rate: Rate, results: Results) -> Names | None:
    """Say why a rate is not reliable, and what to do about it next time."""
    why, what_next = reason(rate), advice(rate, results)
    if not why:
        return None
    if not what_next:
        return both(zh=f"{why.zh}。", en=f"{why.en}.")
    return both(zh=f"{why.zh}。下次{what_next.zh}。", en=f"{why.en}. Next time {what_next.en}.")


def _size(rate: Rate, domain: Domain, results: Results) -> int | None:
    """Give the answers that would be enough; None if only all persons are.

    For a bound it is what the rate at the bound would take.
    """
    expected = next((r for r in (rate.rate, rate.below, rate.above) if r is not None), None)
    if not expected or expected == 1:
        lowest = results.thresholds[0]
        return max(FEWEST, stats.detection_size(domain.population, lowest))
    size = stats.reliable_size(expected, domain.population, deff=max(rate.deff or 1.0, 1.0))
    if size is None:
        return None
    return max(size, _by_width(rate), len(domain.strata) + _FEWEST_DEGREES)


def _by_width(rate: Rate) -> int:
    """Give the answers at which an interval that is too wide now would be narrow enough."""
    if rate.rate is None or rate.low is None or rate.high is None:
        return 0
    widest = max(0.05, min(0.30, 1.3 * rate.rate))
    return math.ceil(rate.n * max(1, (rate.high - rate.low) / widest) ** 2)


def _asking(rate: Rate, domain: Domain, size: int | None) -> Names:
    """Say how many persons to ask: all, where their answers are not more than are needed."""
    issued = None if size is None else _to_ask(size, domain)
    if size is None or issued is None:
        return both(
            zh=f"请全部 {domain.population} 人作答（全数调查）",
            en=f"ask all {domain.population} persons",
        )
    return both(
        zh=f"约需 {size} 份答卷（本次 {rate.n} 份），须请约 {issued} 人",
        en=f"get about {size} answers (now {rate.n}) by asking about {issued} persons",
    )


def _to_ask(size: int, domain: Domain) -> int | None:
    response = domain.valid / domain.issued if domain.valid and domain.issued else 1.0
    try:
        return stats.to_issue(size, domain.population, min(response, 1.0))
    except stats.PlanError:
        return None


def _merging(rate: Rate, neighbour: Rate, results: Results) -> Names:
    name, together = results.by_id[neighbour.domain].name, rate.n + neighbour.n
    return both(
        zh=f"与“{name.zh}”合并（合计 {together} 份）",
        en=f"merge it with “{name.en}” ({together} answers together)",
    )


def _neighbour(rate: Rate, domain: Domain, results: Results, size: int) -> Rate | None:
    """Choose the smallest domain of its sort with which the answers are enough."""
    neighbours = [
        results.rate(neighbour.id, rate.item, rate.denominator)
        for neighbour in _like(domain, results)
        if neighbour.id != domain.id
    ]
    enough = [
        neighbour for neighbour in neighbours if neighbour.is_shown and neighbour.n + rate.n >= size
    ]
    return min(enough, key=lambda neighbour: neighbour.n, default=None)


def _like(domain: Domain, results: Results) -> Iterator[Domain]:
    """Give the domains with which it may be taken together; a stratum stays in its category."""
    if domain.scope != Scope.KIND:
        for neighbour in results.of(domain.scope, domain.kind):
            if domain.scope != Scope.STRATUM or neighbour.category == domain.category:
                yield neighbour


def _decided(rate: Rate) -> tuple[stats.Decision | None, stats.Reason | None]:
    """Give the decision; a release holds none for a bound, which is judged by what it shows."""
    if not rate.is_bound or rate.decision:
        return rate.decision, rate.reason
    if rate.n < FEWEST:
        return stats.Decision.SUPPRESS, stats.Reason.FEW_ANSWERS
    if rate.below is None and rate.above is None:
        return stats.Decision.REVIEW, stats.Reason.NONE_OR_ALL
    return _decided_of_bound(rate)


def _decided_of_bound(rate: Rate) -> tuple[stats.Decision, stats.Reason]:
    """Apply the standard to the bound: a rate below it is even smaller beside its interval."""
    width = (rate.high or 0) - (rate.low or 0)
    most = rate.below if rate.below is not None else (rate.above or 0)
    if width <= 0.05:
        return stats.Decision.PRESENT, stats.Reason.NARROW
    if width >= 0.30:
        return stats.Decision.SUPPRESS, stats.Reason.WIDE
    if width > 1.3 * most:
        return stats.Decision.SUPPRESS, stats.Reason.WIDE_FOR_RATE
    if rate.above is not None:
        return stats.Decision.PRESENT, stats.Reason.RELIABLE
    return stats.Decision.REVIEW, stats.Reason.WIDE_FOR_RATE
