"""Rates under weighting classes: response as a second phase of sampling."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from stats.arrays import Floats, Integers
from stats.intervals import Interval
from stats.weighted_rates import Answers, Confidence, WeightedRate, estimate, stratified
from stats.weights import Cells, WeightingError, check_stratum


class TwoPhase(StrEnum):
    """How the first phase's variance is estimated from the respondents.

    ``FULL`` uses the joint chances of response of each pair, ``APPROXIMATE`` their product.
    """

    FULL = "full"
    APPROXIMATE = "approximate"


def weighting_class_rate(
    cells: Cells,
    *,
    issued: ArrayLike,
    classes: Sequence[str],
    yes: ArrayLike,
    no: ArrayLike,
    method: TwoPhase = TwoPhase.FULL,
    interval: Interval = Interval.NCHS,
    level: float = 0.95,
) -> WeightedRate:
    """Estimate a rate with respondents weighted up to the issued of their weighting class.

    Response counts as a second phase: simple random sampling of the respondents of a class from
    its issued, the classes within strata or across them.

    Parameters
    ----------
    cells : Cells
        Valid sheets by stratum and class.
    issued : array_like of int, shape (C,)
        Persons issued in each cell.
    classes : sequence of str, length C
        Weighting class of each cell; two cells of one name are one class.
    yes, no : array_like of int, shape (C,)
        Answers in each cell.
    method : TwoPhase
    interval, level : Interval, float
        Method and confidence of the interval; methods that need the strata's own rates (exact,
        smoothed) give way to NCHS's.

    Returns
    -------
    WeightedRate
        Its variance is the sum over both phases.

    Raises
    ------
    WeightingError
        A class without respondents, or with a single one who does not speak for himself alone.

    References
    ----------
    .. [1] C.-E. Särndal, B. Swensson and J. Wretman, *Model Assisted Survey Sampling*, Springer,
       1992, sec. 9.3 and 15.6.
    """
    confidence = Confidence(Interval(interval), level)
    phases = _Phases.of(cells, issued, classes)
    answers = Answers.of(cells.sheets, yes, no)
    response = (phases.answered / phases.asked)[phases.group]
    selection = (phases.first / cells.population)[cells.stratum]
    phase_one = {TwoPhase.FULL: _pairwise, TwoPhase.APPROXIMATE: _product}[TwoPhase(method)]

    def variance(values: Floats) -> float:
        drawn = values / selection
        second = stratified(
            phases.group,
            answers,
            drawn / response,
            phases.answered,
            phases.answered / phases.asked,
        )
        first = phase_one(phases, answers, drawn)
        return second + float((1 - phases.first / cells.population) @ first)

    return estimate(1 / (selection * response), answers, cells.stratum, variance, confidence)


@dataclass(frozen=True)
class _Phases:
    """Issued by stratum (``first``, shape (H,)), asked and answered by class, shape (G,)."""

    stratum: Integers
    group: Integers
    first: Floats
    asked: Floats
    answered: Floats

    @classmethod
    def of(cls, cells: Cells, issued: ArrayLike, classes: Sequence[str]) -> "_Phases":
        out = np.asarray(issued, dtype=np.float64)
        names, group = np.unique(np.asarray(classes), return_inverse=True)
        asked, answered = (
            np.bincount(group, each).astype(np.float64) for each in (out, cells.sheets)
        )
        for name, sent, back in zip(names, asked, answered, strict=True):
            _check_class(str(name), sent, back)
        first = np.bincount(cells.stratum, out, len(cells.strata)).astype(np.float64)
        for stratum, sent, people in zip(cells.strata, first, cells.population, strict=True):
            check_stratum(stratum, sent, people)
        return cls(cells.stratum, group, first, asked, answered)


def _pairwise(phases: _Phases, answers: Answers, drawn: Floats) -> Floats:
    """Phase-one variance of each stratum before its correction, each pair by its joint chance."""
    lift = phases.asked / phases.answered
    # A pair of one class responds together less often than two independent persons would.
    pair = lift * (phases.asked - 1) / np.maximum(phases.answered - 1, 1)
    sums, squares = np.zeros((2, phases.first.size, phases.asked.size))
    np.add.at(sums, (phases.stratum, phases.group), answers.sums(drawn))
    np.add.at(squares, (phases.stratum, phases.group), answers.sums(drawn**2))
    lifted = sums * lift
    pairs = lifted.sum(axis=1) ** 2 + (pair * (sums**2 - squares) - lifted**2).sum(axis=1)
    return np.asarray(squares @ lift - pairs / np.maximum(phases.first - 1, 1), np.float64)


def _product(phases: _Phases, answers: Answers, drawn: Floats) -> Floats:
    """Phase-one variance of each stratum before its correction, by weighted squares."""
    first, stratum = phases.first, phases.stratum
    lift = (phases.asked / phases.answered)[phases.group]
    mean = np.bincount(stratum, lift * answers.sums(drawn), first.size) / first
    squares = lift * answers.sums((drawn - mean[stratum]) ** 2)
    return first / np.maximum(first - 1, 1) * np.bincount(stratum, squares, first.size)


def _check_class(name: str, asked: float, answered: float) -> None:
    if answered > asked:
        raise WeightingError("Class %(category)s has more respondents than issued.", "class", name)
    if answered < min(2, asked):
        raise WeightingError(
            "Class %(category)s has %(answered)g respondents of %(asked)g issued; merge it.",
            "class",
            name,
            answered=answered,
            asked=asked,
        )
