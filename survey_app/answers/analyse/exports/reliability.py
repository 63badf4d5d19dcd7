"""The decisions of the NCHS standard in words, each with its reason and what to do next time."""

import stats
from survey_app.documents.design import Names
from survey_app.documents.results import Rate

DECISIONS = {
    stats.Decision.PRESENT: Names(zh="可靠", en="Reliable"),
    stats.Decision.REVIEW: Names(zh="需复核", en="Needs review"),
    stats.Decision.SUPPRESS: Names(zh="不可靠", en="Unreliable"),
}
REASONS = {
    stats.Reason.FEW_ANSWERS: Names(
        zh="不足 30 份答卷：下次至少收回 30 份，或合并，或调查全部人员",
        en="fewer than 30 answers: next time get at least 30, merge, or ask everybody",
    ),
    stats.Reason.FEW_EFFECTIVE: Names(
        zh="精确程度不及 30 份答卷：下次各层的抽样比例应更接近",
        en="as precise as fewer than 30 answers: spread the sample more evenly next time",
    ),
    stats.Reason.NONE_OR_ALL: Names(
        zh="全部答“没有”或全部答“有”：请看置信限",
        en="none or all said yes: read the limits",
    ),
    stats.Reason.NARROW: Names(
        zh="区间宽度不超过 5 个百分点", en="interval no wider than 5 percentage points"
    ),
    stats.Reason.WIDE: Names(
        zh="区间宽 30 个百分点以上：下次多抽样，或合并",
        en="interval of 30 percentage points or more: ask more next time, or merge",
    ),
    stats.Reason.WIDE_FOR_RATE: Names(
        zh="区间宽度超过接触率的 1.3 倍：下次多抽样，或合并",
        en="interval wider than 1.3 times the rate: ask more next time, or merge",
    ),
    stats.Reason.RELIABLE: Names(
        zh="相对于接触率，区间足够窄", en="interval narrow enough for the rate"
    ),
    stats.Reason.FEW_DEGREES: Names(
        zh="自由度不足 8：每层需要更多答卷",
        en="fewer than 8 degrees of freedom: more sheets in each stratum",
    ),
}
_FEWEST = 30
"""Answers that the standard asks for."""
_WARNINGS = {stats.Decision.REVIEW, stats.Decision.SUPPRESS}


def decision(rate: Rate) -> Names | None:
    """Name the decision on a rate; none where there is no rate."""
    decided, _ = _decided(rate)
    return DECISIONS[decided] if decided else None


def warning(rate: Rate) -> Names | None:
    """Name the decision on a rate that is not reliable; none after a full count."""
    decided, _ = _decided(rate)
    return DECISIONS[decided] if decided in _WARNINGS and not rate.is_census else None


def reason(rate: Rate) -> Names | None:
    """Say why a rate is not reliable, and what to do next time."""
    _, why = _decided(rate)
    return REASONS[why] if why and warning(rate) else None


def _decided(rate: Rate) -> tuple[stats.Decision | None, stats.Reason | None]:
    """Give the decision; a release holds none for a bound, but without a yes n alone decides."""
    if not rate.has_no_yes:
        return rate.decision, rate.reason
    if rate.n < _FEWEST:
        return stats.Decision.SUPPRESS, stats.Reason.FEW_ANSWERS
    return stats.Decision.REVIEW, stats.Reason.NONE_OR_ALL
