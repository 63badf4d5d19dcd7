"""What stands in the place of a rate or beside it, where a number alone would mislead."""

from survey_app.documents.design import Names
from survey_app.documents.results import Rate
from survey_app.papers.numbers import percent, short_percent

AT_LEAST = Names(zh="至少", en="at least")
CENSUS = Names(zh="全数调查", en="all were asked")
SUPPRESSED = Names(zh="–（隐去）", en="– (hidden)")


def both(zh: str, en: str) -> Names:
    """Give a sentence in both languages; it may be longer than a name."""
    return Names.model_construct(zh=zh, en=en)


def share(rate: Rate) -> Names:
    """Write a rate: rounded, as “at least”, as the bound in its place, or as hidden."""
    if rate.hidden:
        return SUPPRESSED
    if rate.below is not None:
        return _joined(Names(zh="低于", en="below"), short_percent(rate.below))
    if rate.above is not None:
        return _joined(Names(zh="高于", en="above"), short_percent(rate.above))
    if rate.is_bound:
        return none_of(rate) if rate.low == 0 else all_of(rate)
    text = percent(rate.rate, digits(rate))
    return _joined(AT_LEAST, text) if rate.is_least else Names(zh=text, en=text)


def digits(rate: Rate) -> int:
    """Give the decimals of a percentage that a released rate's step leaves it."""
    return 0 if rate.step and round(rate.step * 1000) % 10 == 0 else 1


def none_of(rate: Rate) -> Names:
    """Say of a bound of an older release that no one said yes."""
    bound = percent(rate.high)
    return Names(zh=f"{rate.n} 份中无（不超过 {bound}）", en=f"none of {rate.n} (at most {bound})")


def all_of(rate: Rate) -> Names:
    """Say of a bound of an older release that everybody said yes."""
    bound = percent(rate.low)
    return Names(
        zh=f"{rate.n} 份全部为“有”（不低于 {bound}）", en=f"all of {rate.n} (at least {bound})"
    )


def remark(rate: Rate) -> Names | None:
    """Say what is read with a rate: at least, a full count, or that a release's 0 is exact."""
    if rate.is_least:
        return AT_LEAST
    if rate.is_census:
        return CENSUS
    if rate.rate == 0 and rate.step:
        return Names(zh=f"{rate.n} 份中 0 份", en=f"0 of {rate.n}")
    return None


def _joined(word: Names, text: str) -> Names:
    return Names(zh=f"{word.zh} {text}", en=f"{word.en} {text}")
