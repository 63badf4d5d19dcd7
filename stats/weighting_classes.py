"""Weighting classes: response as a second phase of sampling."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from stats.arrays import frozen
from stats.cells import WeightingError, check_stratum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from stats.arrays import Floats, Integers
    from stats.cells import CellAnswers, Cells


class TwoPhase(StrEnum):
    """How the first phase's variance is estimated from the respondents."""

    FULL = "full"
    """By the joint chances of response of each pair of respondents."""
    APPROXIMATE = "approximate"
    """By the product of the two respondents' own chances."""


@dataclass(frozen=True, eq=False)
class ClassWeights:
    """Respondents weighted up to the issued of their class, these to the persons of their stratum.

    Response counts as a second phase: simple random sampling of the respondents of a class from
    its issued, the classes within strata or across them.

    Attributes
    ----------
    cells : Cells
        Valid sheets by stratum and class.
    group : ndarray of int, shape (C,)
        Index of each cell's class.
    issued : ndarray, shape (H,)
        Persons issued in each stratum: the first phase.
    class_issued, class_answered : ndarray, shape (G,)
        Persons issued and valid sheets in each class: the second phase.
    method : TwoPhase

    References
    ----------
    .. [1] C.-E. Särndal, B. Swensson and J. Wretman, *Model Assisted Survey Sampling*, Springer,
       1992, sec. 9.3 and 15.6.

    Examples
    --------
    >>> cells = Cells.of({"city": 1000}, ["city", "city"], {"age": ["young", "old"]}, [20, 40])
    >>> weights = ClassWeights.of(cells, issued=[50, 50], classes=["young", "old"])
    >>> weights.weight
    array([25. , 12.5])
    """

    cells: Cells
    group: Integers
    issued: Floats
    class_issued: Floats
    class_answered: Floats
    method: TwoPhase = TwoPhase.FULL

    @classmethod
    def of(
        cls,
        cells: Cells,
        *,
        issued: ArrayLike,
        classes: Sequence[str],
        method: TwoPhase = TwoPhase.FULL,
    ) -> ClassWeights:
        """Make the weights of C cells.

        Parameters
        ----------
        cells : Cells
        issued : array_like of int, shape (C,)
            Persons issued in each cell.
        classes : sequence of str, length C
            Weighting class of each cell; two cells of one name are one class.
        method : TwoPhase

        Returns
        -------
        ClassWeights

        Raises
        ------
        DesignError
            More persons were issued in a stratum than it has, or too few for a variance.
        WeightingError
            A class has no respondents, or a single one out of several issued.
        """
        persons = np.asarray(issued, dtype=np.float64)
        names, group = np.unique(np.asarray(classes), return_inverse=True)
        class_issued, class_answered = (
            np.bincount(group, column).astype(np.float64) for column in (persons, cells.sheets)
        )
        for name, issued_to, respondents in zip(names, class_issued, class_answered, strict=True):
            _check_class(str(name), issued_to, respondents)
        first = np.bincount(cells.stratum, persons, len(cells.strata)).astype(np.float64)
        for stratum, sampled, population in zip(cells.strata, first, cells.population, strict=True):
            check_stratum(stratum, sampled, population)
        return cls(
            cells,
            frozen(group, np.int64),
            frozen(first),
            frozen(class_issued),
            frozen(class_answered),
            TwoPhase(method),
        )

    @property
    def selection(self) -> Floats:
        """The share of each cell's stratum that was issued, shape (C,)."""
        return (self.issued / self.cells.population)[self.cells.stratum]

    @property
    def response(self) -> Floats:
        """The share of each cell's class that responded, shape (C,)."""
        return (self.class_answered / self.class_issued)[self.group]

    @property
    def weight(self) -> Floats:
        """Persons for whom one sheet of each cell stands, shape (C,)."""
        return 1 / (self.selection * self.response)

    def variance(self, answers: CellAnswers, values: Floats) -> float:
        """Estimate the variance of the weighted sum of values, over both phases.

        Parameters
        ----------
        answers : CellAnswers
        values : ndarray, shape (3, C)
            Linearised values of a sheet.

        Returns
        -------
        float
            Negative where so few respondents allow no estimate.
        """
        expanded = values / self.selection
        second = answers.variance(
            expanded / self.response,
            self.group,
            self.class_answered,
            self.class_answered / self.class_issued,
        )
        estimate = {TwoPhase.FULL: _pairs, TwoPhase.APPROXIMATE: _squares}[self.method]
        first = estimate(self, answers, expanded)
        return second + float((1 - self.issued / self.cells.population) @ first)


def _pairs(weights: ClassWeights, answers: CellAnswers, expanded: Floats) -> Floats:
    """Phase-one variance of each stratum before its correction, each pair by its joint chance."""
    lift = weights.class_issued / weights.class_answered
    # A pair of one class responds together less often than two independent persons would.
    pair = lift * (weights.class_issued - 1) / np.maximum(weights.class_answered - 1, 1)
    sums, squares = np.zeros((2, weights.issued.size, weights.class_issued.size))
    place = weights.cells.stratum, weights.group
    np.add.at(sums, place, answers.sums(expanded))
    np.add.at(squares, place, answers.sums(expanded**2))
    lifted = sums * lift
    # Pairs of two classes are (Σ lifted)² less those within a class, which have their own chance.
    pairs = lifted.sum(axis=1) ** 2 + (pair * (sums**2 - squares) - lifted**2).sum(axis=1)
    return np.asarray(squares @ lift - pairs / np.maximum(weights.issued - 1, 1), np.float64)


def _squares(weights: ClassWeights, answers: CellAnswers, expanded: Floats) -> Floats:
    """Phase-one variance of each stratum before its correction, by weighted squares."""
    issued, stratum = weights.issued, weights.cells.stratum
    lift = (weights.class_issued / weights.class_answered)[weights.group]
    mean = np.bincount(stratum, lift * answers.sums(expanded), issued.size) / issued
    squares = lift * answers.sums((expanded - mean[stratum]) ** 2)
    return issued / np.maximum(issued - 1, 1) * np.bincount(stratum, squares, issued.size)


def _check_class(name: str, issued: float, respondents: float) -> None:
    if respondents > issued:
        raise WeightingError("Class %(category)s has more respondents than issued.", "class", name)
    if respondents < min(2, issued):
        raise WeightingError(
            "Class %(category)s has %(answered)g respondents of %(asked)g issued; merge it.",
            "class",
            name,
            answered=respondents,
            asked=issued,
        )
