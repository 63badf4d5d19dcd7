"""Campaigns side by side as waves: the change from one to the next, and the trend over three."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import stats
from survey_app.documents.design import Kind, Names
from survey_app.documents.results import Domain, Rate, Results, Scope

_DAYS_A_YEAR = 365.25


@dataclass(frozen=True)
class Change:
    """One post category over the waves.

    Attributes
    ----------
    rates
        Of any contact among valid sheets, one a wave; None where a wave lacks the category.
    other_items
        For each wave the codes of items that either it asked, or the last wave with a rate did,
        and not both. Any contact is another quantity then: the rate stands by itself.
    change
        The last rate less the one before, of the waves that asked the same; None if only one has.
    trend
        A year's change by a straight line, once three such waves have a rate.
    """

    kind: Kind
    name: Names
    rates: tuple[Rate | None, ...]
    other_items: tuple[frozenset[str], ...]
    change: stats.Contrast | None
    trend: stats.Contrast | None

    @property
    def asked_the_same(self) -> bool:
        """Whether all waves with a rate asked the same items."""
        return not any(self.other_items)


def in_order(waves: Sequence[Results]) -> list[Results]:
    """Sort waves by their reference periods."""
    return sorted(waves, key=lambda wave: (wave.reference_period.start, wave.campaign))


def changes(waves: Sequence[Results]) -> list[Change]:
    """Compare the post categories of waves, taken in order; their samples are independent."""
    categories: dict[str, Domain] = {}
    for wave in waves:
        categories |= {domain.id: domain for domain in wave.of(Scope.CATEGORY)}
    return [_change(waves, domain) for domain in categories.values()]


def _change(waves: Sequence[Results], domain: Domain) -> Change:
    rates = tuple(wave.rate(domain.id) if domain.id in wave.by_id else None for wave in waves)
    other_items = _other_items(waves, rates, domain.kind)
    having = {
        wave.campaign: (rate, _middle(wave))
        for wave, rate, differing in zip(waves, rates, other_items, strict=True)
        if rate is not None and rate.rate is not None and not differing
    }
    if len(having) < 2:
        return Change(domain.kind, domain.name, rates, other_items, None, None)
    vector = stats.independent(
        *(_vector(label, rate, waves[0].options.level) for label, (rate, _) in having.items())
    )
    *_, before, last = having
    times = {label: time for label, (_, time) in having.items()}
    line = stats.trend(vector, times) if len(set(times.values())) > 2 else None
    difference = stats.difference(vector, last, before)
    return Change(domain.kind, domain.name, rates, other_items, difference, line)


def _other_items(
    waves: Sequence[Results], rates: Sequence[Rate | None], kind: Kind
) -> tuple[frozenset[str], ...]:
    item_codes = [frozenset(item.code for item in wave.items_of(kind)) for wave in waves]
    estimated = [rate is not None and rate.rate is not None for rate in rates]
    with_a_rate = [codes for codes, has in zip(item_codes, estimated, strict=True) if has]
    return tuple(
        codes ^ with_a_rate[-1] if has else frozenset()
        for codes, has in zip(item_codes, estimated, strict=True)
    )


def _middle(wave: Results) -> float:
    """Give the middle of the reference period in years."""
    period = wave.reference_period
    return (period.start.toordinal() + period.end.toordinal()) / 2 / _DAYS_A_YEAR


def _vector(label: str, rate: Rate, level: float) -> stats.RateVector:
    values = (rate.rate, rate.low, rate.high)
    point, low, high = (np.array([0.0 if value is None else value]) for value in values)
    variance = np.array([[(rate.se or 0.0) ** 2]])
    return stats.RateVector((label,), point, low, high, variance, rate.df or 0, level)
