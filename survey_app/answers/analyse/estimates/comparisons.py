"""Post categories against each other, against chance, and against the thresholds of risk."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

import stats
from survey_app.documents.results import ANY, Association, Difference, Risk, Scope, domain_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from survey_app.answers.analyse.estimates.samples import Sample
    from survey_app.documents.design import Thresholds


def differences(sample: Sample) -> Iterator[Difference]:
    """Compare any contact in every two post categories that have sheets, p adjusted together."""
    rates = _by_category(sample)
    if rates is None:
        return
    pairs = list(itertools.combinations(rates.labels, 2))
    contrasts = [stats.difference(rates, first, second) for first, second in pairs]
    tested = [contrast.p for contrast in contrasts if contrast.p is not None]
    adjusted = iter(stats.adjust(tested, sample.options.adjustment).tolist())
    for (first, second), contrast in zip(pairs, contrasts, strict=True):
        yield Difference(
            domain_id(Scope.CATEGORY, sample.kind, first),
            domain_id(Scope.CATEGORY, sample.kind, second),
            contrast.estimate,
            contrast.se,
            contrast.low,
            contrast.high,
            contrast.p,
            None if contrast.p is None else next(adjusted),
        )


def _by_category(sample: Sample) -> stats.RateVector | None:
    strata_drawn = sample.drawn
    if strata_drawn is None:
        return None
    labels = strata_drawn.categories
    parts = {
        label: strata_drawn.counts.within(labels == label)
        for label in dict.fromkeys(labels.tolist())
    }
    joint = stats.join_domains(parts, ANY)
    options = sample.options
    return stats.joint_rates(strata_drawn.design, joint, level=options.level, fpc=options.fpc)


def association(sample: Sample) -> Iterator[Association]:
    """Test whether any contact depends on the post category, where that can be tested."""
    strata_drawn = sample.drawn
    if strata_drawn is None:
        return
    labels = strata_drawn.categories
    inside = labels[:, None] == np.array(list(dict.fromkeys(labels.tolist())))
    answers = np.stack(strata_drawn.counts.answers_to(ANY), axis=1)
    cells = inside[:, :, None] * answers[:, None, :]
    try:
        test = stats.rao_scott(strata_drawn.design, cells, fpc=sample.options.fpc)
    except ValueError:
        return
    yield Association(sample.kind, test.f, test.df, test.p)


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
