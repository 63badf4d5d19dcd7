"""Campaigns side by side as waves: the change from one to the next, and the trend over three."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import stats
from survey_app.answers.analyse.estimates.comparisons import adjusted_together
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
    adjusted_change, adjusted_trend
        Their p-values, adjusted over all changes and trends of the waves.
    """

    kind: Kind
    name: Names
    rates: tuple[Rate | None, ...]
    other_items: tuple[frozenset[str], ...]
    change: stats.Contrast | None
    trend: stats.Contrast | None
    adjusted_change: float | None = None
    adjusted_trend: float | None = None

    @property
    def asked_the_same(self) -> bool:
        """Whether all waves with a rate asked the same items."""
        return not any(self.other_items)


@dataclass(frozen=True, eq=False)
class Wave:
    """A campaign's results, and any contact of each post category with limits at every level."""

    results: Results
    categories: tuple[stats.RateVector, ...]

    def only(self, domain: str) -> stats.RateVector:
        """Give one post category's rate, labelled by the campaign.

        Raises
        ------
        ValueError
            The wave has no rate of it.
        """
        rates = next((rates for rates in self.categories if domain in rates.labels), None)
        if rates is None:
            raise ValueError(f"no rate of {domain!r} to compare")
        return rates.only(domain, self.results.campaign)


def in_order(waves: Sequence[Wave]) -> list[Wave]:
    """Sort waves by their reference periods."""
    return sorted(
        waves, key=lambda wave: (wave.results.reference_period.start, wave.results.campaign)
    )


def changes(waves: Sequence[Wave]) -> list[Change]:
    """Compare the post categories of waves, taken in order; their samples are independent.

    The p-values of all changes and all trends are adjusted together.
    """
    categories: dict[str, Domain] = {}
    for wave in waves:
        categories |= {domain.id: domain for domain in wave.results.of(Scope.CATEGORY)}
    compared = [_change(waves, domain) for domain in categories.values()]
    contrasts = [contrast for change in compared for contrast in (change.change, change.trend)]
    p_values = [contrast.p if contrast else None for contrast in contrasts]
    adjusted = adjusted_together(p_values, waves[0].results.options.adjustment) if waves else []
    return [
        replace(change, adjusted_change=of_change, adjusted_trend=of_trend)
        for change, of_change, of_trend in zip(compared, adjusted[::2], adjusted[1::2], strict=True)
    ]


def _change(waves: Sequence[Wave], domain: Domain) -> Change:
    results = [wave.results for wave in waves]
    rates = tuple(wave.rate(domain.id) if domain.id in wave.by_id else None for wave in results)
    other_items = _other_items(results, rates, domain.kind)
    having = [
        wave
        for wave, rate, differing in zip(waves, rates, other_items, strict=True)
        if rate is not None and rate.rate is not None and not differing
    ]
    if len(having) < 2:
        return Change(domain.kind, domain.name, rates, other_items, None, None)
    vector = stats.independent(*(wave.only(domain.id) for wave in having))
    times = {wave.results.campaign: _middle(wave.results) for wave in having}
    line = stats.trend(vector, times) if len(set(times.values())) > 2 else None
    *_, before, last = times
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
