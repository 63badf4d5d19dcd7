"""Weights for nonresponse by post-stratification and raking, from counts.

Sheets that share stratum and weighting variables share their weight, so counts by cell are
sufficient: post-stratification is raking to one margin.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from stats.arrays import frozen
from stats.cells import JOINT, WeightingError
from stats.design import DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from stats.arrays import Floats, Integers
    from stats.cells import CellAnswers, Cells


_AGREEMENT: Final = 1e-6  # relative: what rounding leaves of shares


class Residuals(StrEnum):
    """How the residuals of a raked estimate are fitted; the same where all base weights are."""

    DESIGN = "design"
    """Weighted by the base weights, as the theory of calibration has it (and R's ``calibrate``)."""
    EQUAL = "equal"
    """Not weighted, and ended after ten sweeps of means, as R's ``rake``."""


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of the sheets of C cells, and how they were made.

    Attributes
    ----------
    cells : Cells
    weight : ndarray, shape (C,)
        Persons for whom one sheet of the cell stands.
    margins : tuple of ndarray of int, shape (C,)
        Each margin's index of each cell's category; empty for known weights.
    rounds : int
        Rounds of raking.
    discrepancy : float
        Largest relative difference left between a weighted count and its margin.
    """

    cells: Cells
    weight: Floats
    margins: tuple[Integers, ...]
    rounds: int
    discrepancy: float

    @classmethod
    def known(cls, cells: Cells, weight: ArrayLike) -> Weights:
        """Take weights that were not estimated from these sheets.

        Parameters
        ----------
        cells : Cells
        weight : array_like, shape (C,) or scalar

        Returns
        -------
        Weights

        Raises
        ------
        DesignError
            A weight is not positive.
        """
        weights = np.broadcast_to(np.asarray(weight, dtype=np.float64), cells.stratum.shape)
        for stratum, value in zip(cells.stratum, weights, strict=True):
            if not 0 < value < np.inf:
                raise DesignError(
                    cells.strata[stratum],
                    "has a weight of %(weight)g, which must be above 0",
                    weight=value,
                )
        return cls(cells, frozen(weights), (), 0, 0.0)

    @property
    def kish(self) -> float:
        """Kish's effect of unequal weights, 1 + CV²: n Σ w² / (Σ w)² over the sheets.

        A variance is greater by it if the weights have nothing to do with the answers.

        References
        ----------
        .. [1] L. Kish, "Weighting for unequal P_i", *J. Off. Stat.* 8 (1992), 183-200.
        """
        sheets = self.cells.sheets
        return float(sheets.sum() * (sheets @ self.weight**2) / (sheets @ self.weight) ** 2)

    def variance(
        self, answers: CellAnswers, values: Floats, *, residuals: Residuals, fpc: bool
    ) -> float:
        """Estimate the variance of the weighted sum of values.

        Parameters
        ----------
        answers : CellAnswers
        values : ndarray, shape (3, C)
            Linearised values of a sheet.
        residuals : Residuals
        fpc : bool

        Returns
        -------
        float
            That of a stratified sample of the residuals of the values about the margins.
        """
        cells = self.cells
        fit = {Residuals.DESIGN: _regression, Residuals.EQUAL: _sweeps}[Residuals(residuals)]
        residual = values - fit(self, answers.means(values))
        fraction = cells.respondents / cells.population if fpc else np.zeros_like(cells.population)
        return answers.variance(self.weight * residual, cells.stratum, cells.respondents, fraction)


def rake(
    cells: Cells,
    margins: Mapping[str, Mapping[str, float]],
    *,
    tolerance: float = 1e-12,
    rounds: int = 1000,
) -> Weights:
    """Fit weights to known margins, one variable after the other until all agree.

    Parameters
    ----------
    cells : Cells
    margins : mapping of variable to (mapping of category to persons)
        One margin is post-stratification. A variable ``a:b`` crosses two, with categories ``x:y``.
    tolerance : float
        Largest relative difference from a margin at which the weights count as converged.
    rounds : int
        Most rounds over all margins.

    Returns
    -------
    Weights

    Raises
    ------
    WeightingError
        Margins that do not agree with each other, with the population or with that of a stratum, a
        category that only one of sample and margin
        has, a figure that is not positive, or weights that do not converge; with its name.

    References
    ----------
    .. [1] W. E. Deming and F. F. Stephan, "On a least squares adjustment of a sampled frequency
       table when the expected marginal totals are known", *Ann. Math. Stat.* 11 (1940), 427-444.

    Examples
    --------
    >>> cells = Cells.of(
    ...     {"city": 400, "county": 600},
    ...     stratum=["city", "city", "county", "county"],
    ...     categories={"sector": ["public", "private", "public", "private"]},
    ...     sheets=[12, 8, 10, 20],
    ... )
    >>> weights = rake(cells, {"sector": {"public": 500, "private": 500}})
    >>> weights.weight.round(2)
    array([22.73, 17.86, 22.73, 17.86])
    """
    targets = [_target(cells, variable, totals) for variable, totals in margins.items()]
    _check_agreement(cells, margins)
    weight = cells.base_weight
    for number in range(1, rounds + 1):
        for index, persons in targets:
            weight = weight * (persons / np.bincount(index, weight * cells.sheets))[index]
        gaps = [
            np.abs(np.bincount(index, weight * cells.sheets) / persons - 1)
            for index, persons in targets
        ]
        worst = max((float(gap.max()) for gap in gaps), default=0.0)
        if worst <= tolerance:
            indices = tuple(frozen(index) for index, _ in targets)
            return Weights(cells, frozen(weight), indices, number, worst)
    place = int(np.argmax([gap.max() for gap in gaps]))
    variable = list(margins)[place]
    category = sorted(margins[variable])[int(gaps[place].argmax())]
    raise WeightingError(
        "Raking has not converged after %(rounds)d rounds: %(variable)s %(category)s is still "
        "%(worst).2g of its margin away.",
        variable,
        category,
        rounds=rounds,
        worst=worst,
    )


def _regression(weights: Weights, means: Floats) -> Floats:
    """Regress cell means on the indicators of all margins, sheets weighted by base weights."""
    if not weights.margins:
        return np.zeros_like(means)
    indicators = np.hstack([np.eye(int(index.max()) + 1)[index] for index in weights.margins])
    root = np.sqrt(weights.cells.base_weight * weights.cells.sheets)
    slope = np.linalg.lstsq(indicators * root[:, None], means * root, rcond=None)[0]
    return np.asarray(indicators @ slope, dtype=np.float64)


def _sweeps(weights: Weights, means: Floats) -> Floats:
    """Take out the means of one margin after the other, ten times over."""
    residual, sheets = means.copy(), weights.cells.sheets
    for index in weights.margins * 10:
        residual -= (np.bincount(index, residual * sheets) / np.bincount(index, sheets))[index]
    return means - residual


def _target(cells: Cells, variable: str, totals: Mapping[str, float]) -> tuple[Integers, Floats]:
    """Return the index of each cell's category, and each category's persons."""
    present = set(np.array(cells.labels(variable))[cells.sheets > 0].tolist())
    for category, persons in totals.items():
        if not 0 < persons < np.inf:
            raise WeightingError(
                "The margin of %(variable)s %(category)s must be above 0, not %(persons)g.",
                variable,
                category,
                persons=persons,
            )
        if category not in present:
            raise WeightingError(
                "The cell %(variable)s %(category)s is empty: no sheet can be weighted up to its "
                "%(persons)g persons.",
                variable,
                category,
                persons=persons,
            )
    for category in sorted(present - set(totals)):
        raise WeightingError(
            "Sheets have %(variable)s %(category)s, which the margin lacks.", variable, category
        )
    order = {category: place for place, category in enumerate(sorted(totals))}
    # A cell without sheets may have a category that no margin has: its weight is never used.
    index = np.array([order.get(label, 0) for label in cells.labels(variable)], dtype=np.int64)
    return index, np.array([totals[category] for category in order], dtype=np.float64)


def _check_agreement(cells: Cells, margins: Mapping[str, Mapping[str, float]]) -> None:
    """Refuse margins that contradict each other, the population, or a stratum's."""
    sums = {variable: sum(totals.values()) for variable, totals in margins.items()}
    for variable, persons in sums.items():
        first = next(iter(sums))
        if abs(persons - sums[first]) > 1e-9 * sums[first]:
            raise WeightingError(
                "The margins do not agree: %(first)s sums to %(sum).12g, "
                "%(variable)s to %(persons).12g.",
                variable,
                first=first,
                sum=sums[first],
                persons=persons,
            )
    population = float(cells.population.sum())
    for variable, persons in sums.items():
        if abs(persons - population) > _AGREEMENT * population:
            raise WeightingError(
                "The margin of %(variable)s sums to %(persons).12g, and the design has "
                "%(population).12g persons.",
                variable,
                persons=persons,
                population=population,
            )
        _check_strata(cells, variable, margins[variable])


def _check_strata(cells: Cells, variable: str, totals: Mapping[str, float]) -> None:
    """Refuse a margin of the strata, crossed or not, that contradicts their populations."""
    parts = variable.split(JOINT)
    if "stratum" not in parts:
        return
    at = parts.index("stratum")
    persons = dict.fromkeys(cells.strata, 0.0)
    for category, total in totals.items():
        name = category.split(JOINT)[at]
        persons[name] = persons.get(name, 0.0) + total
    for name, population in zip(cells.strata, cells.population.tolist(), strict=True):
        if abs(persons[name] - population) > _AGREEMENT * population:
            category = next(key for key in totals if key.split(JOINT)[at] == name)
            raise WeightingError(
                "The margin of stratum %(name)s is %(persons).12g, and the design has "
                "%(population).12g persons there.",
                variable,
                category,
                name=name,
                persons=persons[name],
                population=population,
            )
