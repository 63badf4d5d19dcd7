"""Post categories against each other, against chance, and against the thresholds of risk."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

import stats
from survey_app.documents.results import (
    ANY,
    Association,
    Difference,
    Risk,
    Scope,
    Weighting,
    domain_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from survey_app.answers.analyse.estimates.samples import DrawnStrata, Sample
    from survey_app.documents.design import Kind, Thresholds


def vector(
    sample: Sample, scope: Scope = Scope.CATEGORY, item: str = ANY
) -> stats.RateVector | None:
    """Give an item's rate in each domain of a scope that answered it, labelled by the domain.

    Under weights for nonresponse the rates and their limits are those of that method.
    """
    strata_drawn, options = sample.drawn, sample.options
    if strata_drawn is None:
        return None
    if options.weighting != Weighting.STRATA:
        return _weighted(strata_drawn, scope, item, options.level)
    labels = np.array(strata_drawn.design.groups[scope])
    parts = {
        domain_id(scope, sample.kind, label): strata_drawn.counts.within(labels == label)
        for label in dict.fromkeys(labels.tolist())
    }
    answering = {
        label: part for label, part in parts.items() if np.add(*part.answers_to(item)).any()
    }
    if not answering:
        return None
    joint = stats.join_domains(answering, item)
    return stats.joint_rates(strata_drawn.design, joint, level=options.level, fpc=options.fpc)


def _weighted(
    strata_drawn: DrawnStrata, scope: Scope, item: str, level: float
) -> stats.RateVector | None:
    rates = [
        rate
        for rate in strata_drawn.rates(scope, "valid")
        if rate.item == item and rate.rate is not None
    ]
    if not rates:
        return None
    point, low, high, se = (
        [getattr(rate, name) or 0.0 for rate in rates] for name in ("rate", "low", "high", "se")
    )
    df = min(rate.df or 0 for rate in rates)
    labels = [rate.domain for rate in rates]
    return stats.published_rates(labels, point, (low, high), se, df=df, level=level)


def differences(samples: Sequence[Sample]) -> Iterator[Difference]:
    """Compare any contact in every two post categories of a kind, p adjusted over all kinds."""
    vectors = [rates for rates in map(vector, samples) if rates is not None]
    pairs = [
        (first, second, stats.difference(rates, first, second))
        for rates in vectors
        for first, second in itertools.combinations(rates.labels, 2)
    ]
    if not pairs:
        return
    adjusted = adjusted_together([pair.p for *_, pair in pairs], samples[0].options.adjustment)
    for (first, second, contrast), p in zip(pairs, adjusted, strict=True):
        yield Difference(
            first,
            second,
            contrast.estimate,
            contrast.se,
            contrast.low,
            contrast.high,
            contrast.p,
            p,
        )


def adjusted_together(
    p_values: Sequence[float | None], adjustment: stats.Adjustment
) -> list[float | None]:
    """Adjust those p-values that are there, and leave the others None."""
    tested = [p for p in p_values if p is not None]
    adjusted = iter(stats.adjust(tested, adjustment).tolist())
    return [None if p is None else next(adjusted) for p in p_values]


def association(sample: Sample) -> Iterator[Association]:
    """Test whether any contact depends on the post category, where that can be tested."""
    rates = vector(sample)
    if rates is not None:
        yield from homogeneous(sample.kind, rates)


def homogeneous(kind: Kind, rates: stats.RateVector) -> Iterator[Association]:
    """Test whether rates of independent samples are the same, where that can be tested."""
    try:
        test = stats.homogeneity(rates)
    except ValueError:
        return
    yield Association(kind, test.chi_square, test.df, test.p)


def risks(sample: Sample, thresholds: Thresholds) -> Iterator[Risk]:
    """Give each post category its level, and the probability of every level."""
    if sample.drawn is None:
        return
    for chance in sample.drawn.exceedances(thresholds.rising):
        if chance.rate is None or chance.probability is None:
            continue
        medium, severe, high = chance.probability
        yield Risk(
            domain_id(Scope.CATEGORY, sample.kind, chance.domain),
            chance.rate,
            thresholds.level(_settled(chance.rate, thresholds)),
            above=(medium, severe, high),
            levels=(1 - medium, medium - severe, severe - high, high),
            above_at_most=_at_most(chance),
        )


def _at_most(chance: stats.Exceedance) -> tuple[float, float, float] | None:
    if chance.upper is None or chance.upper == chance.probability:
        return None
    medium, severe, high = chance.upper
    return medium, severe, high


def _settled(rate: float, thresholds: Thresholds) -> float:
    """Give the threshold for a rate that differs from it by the rounding of its sum only."""
    rising = thresholds.rising
    return next((at for at in rising if math.isclose(rate, at, rel_tol=1e-12)), rate)
