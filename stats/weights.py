"""Weights for nonresponse: post-stratification and raking, from counts.

Sheets that share stratum and weighting variables share their weight, so counts by such *cells*
are sufficient: post-stratification is raking to one margin.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from stats.arrays import Floats, Integers, frozen
from stats.design import DesignError
from stats.refusals import RefusalError

JOINT = ":"


class WeightingError(RefusalError):
    """Weights that cannot be made: ``variable`` and ``category`` name the cell at fault."""

    def __init__(
        self, sentence: str, variable: str = "", category: str = "", **values: object
    ) -> None:
        super().__init__(sentence, variable=variable, category=category, **values)
        self.variable, self.category = variable, category


class Residuals(StrEnum):
    """How the residuals of a raked estimate are fitted; the same where all base weights are.

    ``DESIGN`` weights the fit by the base weights, as the theory of calibration has it (and R's
    ``calibrate``); ``EQUAL`` does not, and ends after ten sweeps of means, as R's ``rake``.
    """

    DESIGN = "design"
    EQUAL = "equal"


@dataclass(frozen=True, eq=False)
class Cells:
    """Sheets counted by cell (stratum and weighting variables).

    ``stratum`` indexes ``strata``, shape (C,); ``population`` has shape (H,); ``sheets`` has
    shape (C,); ``categories`` gives each cell's label of each variable, ``stratum`` among
    them.
    """

    strata: tuple[str, ...]
    population: Floats
    stratum: Integers
    categories: Mapping[str, tuple[str, ...]]
    sheets: Floats

    @classmethod
    def of(
        cls,
        population: Mapping[str, float],
        stratum: Sequence[str],
        categories: Mapping[str, Sequence[str]],
        sheets: ArrayLike,
    ) -> "Cells":
        """Build from labels.

        Raises
        ------
        DesignError
            A stratum is not in ``population``, has fewer than two sheets, or more than persons.
        """
        strata = tuple(population)
        places = {name: place for place, name in enumerate(strata)}
        for name in stratum:
            if name not in places:
                raise DesignError(name, "has sheets and no population")
        index = np.array([places[name] for name in stratum], dtype=np.int64)
        counts = np.asarray(sheets, dtype=np.float64)
        people = np.array(list(population.values()), dtype=np.float64)
        cells = cls(
            strata,
            frozen(people),
            frozen(index),
            MappingProxyType(
                {name: tuple(each) for name, each in {"stratum": stratum, **categories}.items()}
            ),
            frozen(counts),
        )
        for name, size, answered in zip(strata, people, cells.answered, strict=True):
            check_stratum(name, answered, size)
        return cells

    @property
    def answered(self) -> Floats:
        """Sheets of each stratum, shape (H,)."""
        return np.bincount(self.stratum, self.sheets, len(self.strata)).astype(np.float64)

    @property
    def base_weight(self) -> Floats:
        """Population over sheets of the cell's stratum, shape (C,)."""
        return (self.population / self.answered)[self.stratum]

    def labels(self, variable: str) -> tuple[str, ...]:
        """Give each cell's category; ``a:b`` crosses two variables, as ``x:y`` their categories."""
        missing = [part for part in variable.split(JOINT) if part not in self.categories]
        if missing:
            raise WeightingError(
                "The sheets have no variable %(missing)s.", variable, missing=missing[0]
            )
        crossed = zip(*(self.categories[part] for part in variable.split(JOINT)), strict=True)
        return tuple(JOINT.join(labels) for labels in crossed)


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of the sheets of C cells, and how they came about.

    ``margins`` holds each margin's cell indices, shape (C,); ``discrepancy`` is the largest
    relative difference left between a weighted count and its margin.
    """

    cells: Cells
    weight: Floats
    margins: tuple[Integers, ...]
    rounds: int
    discrepancy: float

    @classmethod
    def known(cls, cells: Cells, weight: ArrayLike) -> "Weights":
        """Take weights that are given, not estimated, shape (C,).

        Raises
        ------
        DesignError
            A weight is not positive.
        """
        given = np.array(np.broadcast_to(np.asarray(weight, dtype=np.float64), cells.stratum.shape))
        for stratum, each in zip(cells.stratum, given, strict=True):
            if not 0 < each < np.inf:
                raise DesignError(
                    cells.strata[stratum],
                    "has a weight of %(weight)g, which must be above 0",
                    weight=each,
                )
        return cls(cells, frozen(given), (), 0, 0.0)


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
        Margins that do not agree with each other, a category that only one of sample and margin
        has, a figure that is not positive, or weights that do not converge; with its name.

    References
    ----------
    .. [1] W. E. Deming and F. F. Stephan, "On a least squares adjustment of a sampled frequency
       table when the expected marginal totals are known", *Ann. Math. Stat.* 11 (1940), 427-444.
    """
    targets = [_target(cells, variable, totals) for variable, totals in margins.items()]
    _check_agreement(margins)
    weight = cells.base_weight
    for done in range(1, rounds + 1):
        for index, wanted in targets:
            weight = weight * (wanted / np.bincount(index, weight * cells.sheets))[index]
        left = [
            np.abs(np.bincount(index, weight * cells.sheets) / wanted - 1)
            for index, wanted in targets
        ]
        worst = max((float(each.max()) for each in left), default=0.0)
        if worst <= tolerance:
            indices = tuple(frozen(index) for index, _ in targets)
            return Weights(cells, frozen(weight), indices, done, worst)
    at = int(np.argmax([each.max() for each in left]))
    variable = list(margins)[at]
    category = sorted(margins[variable])[int(left[at].argmax())]
    raise WeightingError(
        "Raking has not converged after %(rounds)d rounds: %(variable)s %(category)s is still "
        "%(worst).2g of its margin away.",
        variable,
        category,
        rounds=rounds,
        worst=worst,
    )


def _target(cells: Cells, variable: str, totals: Mapping[str, float]) -> tuple[Integers, Floats]:
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
    index = np.array([order.get(label, 0) for label in cells.labels(variable)], dtype=np.int64)
    return index, np.array([totals[category] for category in order], dtype=np.float64)


def _check_agreement(margins: Mapping[str, Mapping[str, float]]) -> None:
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


def check_stratum(name: str, sampled: float, population: float) -> None:
    """Refuse a sample larger than its stratum, or too small for a variance."""
    if sampled > population:
        raise DesignError(
            name,
            "has %(sampled)g sampled out of %(population)g population",
            sampled=sampled,
            population=population,
        )
    if sampled < min(2, population):
        raise DesignError(name, "has %(sampled)g sampled, and a variance takes 2", sampled=sampled)
