"""The comparisons that a page asks for: of post categories, units or items, on any scale."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

import stats
from survey_app.answers.analyse.estimates.comparisons import adjusted_together, homogeneous, vector
from survey_app.answers.analyse.estimates.counts import valid_answers
from survey_app.documents.results import ANY, Association, Scope, Weighting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from survey_app.answers.analyse.estimates.samples import Sample
    from survey_app.documents.results import Domain


class Comparand(StrEnum):
    """What is compared with each other."""

    CATEGORY = "post_category"
    UNIT = "unit"
    ITEM = "item"


class Measure(StrEnum):
    """On which scale."""

    DIFFERENCE = "difference"
    RATIO = "ratio"
    ODDS = "odds"


@dataclass(frozen=True)
class Question:
    """What a reader wants compared.

    Attributes
    ----------
    item
        Whose rate is compared between post categories or units.
    within
        The domain whose items are compared; of each kind all its posts if none is named.
    """

    subject: Comparand = Comparand.CATEGORY
    measure: Measure = Measure.DIFFERENCE
    item: str = ANY
    within: str = ""


@dataclass(frozen=True)
class Pair:
    """Two rates compared.

    Attributes
    ----------
    first, second
        Domains' ids, or items' codes.
    rates
        Of the two.
    contrast
        None where the scale has no value: a ratio of two rates of 0.
    """

    kind: str
    first: str
    second: str
    rates: tuple[float, float]
    contrast: stats.Contrast | None
    adjusted_p: float | None = None


@dataclass(frozen=True)
class Comparison:
    """All pairs, their p-values adjusted together, and the tests that the rates are the same."""

    pairs: tuple[Pair, ...] = ()
    tests: tuple[Association, ...] = ()


def compare(samples: Sequence[Sample], question: Question) -> Comparison:
    """Compare every two rates of a kind.

    Raises
    ------
    ValueError
        Items are to be compared under weights for nonresponse, which know no covariance of items.
    """
    vectors = [
        (sample, rates) for sample in samples for rates in [_rates(sample, question)] if rates
    ]
    pairs = [
        Pair(sample.kind, first, second, _two(rates, first, second), contrast)
        for sample, rates in vectors
        for first, second in itertools.combinations(rates.labels, 2)
        for contrast in [_contrast(rates, first, second, question.measure)]
    ]
    if not pairs:
        return Comparison()
    p_values = [pair.contrast.p if pair.contrast else None for pair in pairs]
    adjusted = adjusted_together(p_values, samples[0].options.adjustment)
    # Items share their sheets: the test is for rates of independent samples.
    tested = [] if question.subject == Comparand.ITEM else vectors
    return Comparison(
        tuple(replace(pair, adjusted_p=p) for pair, p in zip(pairs, adjusted, strict=True)),
        tuple(test for sample, rates in tested for test in homogeneous(sample.kind, rates)),
    )


def _rates(sample: Sample, question: Question) -> stats.RateVector | None:
    if question.subject == Comparand.ITEM:
        domain = _domain(sample, question.within)
        return _item_rates(sample, domain) if domain else None
    if question.item not in {ANY, *sample.counts.items}:
        return None
    return vector(sample, Scope(str(question.subject)), question.item)


def _domain(sample: Sample, within: str) -> Domain | None:
    """Find the domain whose items are compared; None if it belongs to another kind."""
    if not within:
        return next(domain for domain in sample.domains if domain.scope == Scope.KIND)
    return next((domain for domain in sample.domains if domain.id == within), None)


def _item_rates(sample: Sample, domain: Domain) -> stats.RateVector | None:
    """Give the rates of all items in a domain, with the covariance of common sheets."""
    strata_drawn, options = sample.drawn, sample.options
    if options.weighting != Weighting.STRATA:
        raise ValueError("items are compared by the strata's weights only")
    if strata_drawn is None:
        return None
    joint = _joint(sample, domain, strata_drawn.design.stratum)
    with_answers = np.flatnonzero(joint.answers.sum(axis=0) > 0)
    if not with_answers.size:
        return None
    columns = np.ix_(np.arange(len(strata_drawn.design.stratum)), with_answers, with_answers)
    tables = (joint.yes_yes[columns], joint.yes_no[columns], joint.no_no[columns])
    joint = stats.Joint(tuple(joint.labels[at] for at in with_answers), *tables)
    return stats.joint_rates(strata_drawn.design, joint, level=options.level, fpc=options.fpc)


def _joint(sample: Sample, domain: Domain, strata: Sequence[str]) -> stats.Joint:
    """Count the items of the domain's valid sheets jointly; without dealings all are a no."""
    counts = sample.kind_counts
    piles = [stratum.pile for stratum in counts.strata if stratum.pile.name in domain.strata]
    tables = [
        (
            strata.index(pile.name),
            valid_answers(counts.questionnaire, pile, sample.options.validity),
        )
        for pile in piles
        if pile.name in strata
    ]
    place = np.repeat([at for at, _ in tables], [len(table) for _, table in tables])
    answers = np.concatenate([table for _, table in tables])
    answers = np.where(answers == stats.BLANK, stats.NO, answers)
    return stats.count_joint(place, answers, counts.counts.items, len(strata))


def _two(rates: stats.RateVector, first: str, second: str) -> tuple[float, float]:
    return float(rates.rate[rates.at(first)]), float(rates.rate[rates.at(second)])


def _contrast(
    rates: stats.RateVector, first: str, second: str, measure: Measure
) -> stats.Contrast | None:
    try:
        if measure == Measure.DIFFERENCE:
            return stats.difference(rates, first, second)
        if measure == Measure.RATIO:
            return stats.relative(rates, first, second)
        return _odds_ratio(stats.log_odds_ratio(rates, first, second))
    except ValueError:
        return None


def _odds_ratio(log: stats.Contrast) -> stats.Contrast:
    estimate, low, high = (math.exp(value) for value in (log.estimate, log.low, log.high))
    return replace(log, estimate=estimate, low=low, high=high)
