"""How evenly a sample answered: R-indicators, and the respondents beside the frame."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from stats.design import DesignError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stats.arrays import Floats, Integers
    from stats.design import Design

_EVEN: Final = 1e-15
"""A variance of propensities below this is what rounding leaves of none."""


@dataclass(frozen=True, slots=True)
class CategoryResponse:
    """One category of a variable of the frame: its persons, and who of them answered.

    Attributes
    ----------
    variable, category : str
    population, issued, respondents : int
        Persons in the frame, asked, and with a valid sheet.
    population_share, issued_share : float
        The category among all persons of the frame, among those asked.
    respondents_share, weighted_share : float or None
        Among respondents: each counted once, and each standing for N_h / n_h persons as the sample
        was chosen, with no weight for nonresponse. None where no one answered.
    response : float
        Share of the category that answers, each stratum with the weight of its persons.
    unconditional : float
        Its part in the spread of response, negative where fewer answer than on average; the squares
        of all categories sum to the variable's before its adjustment for bias.
    conditional : float
        Its part in the spread that remains within the categories of all other variables.
    """

    variable: str
    category: str
    population: int
    issued: int
    respondents: int
    population_share: float
    issued_share: float
    respondents_share: float | None
    weighted_share: float | None
    response: float
    unconditional: float
    conditional: float


@dataclass(frozen=True, slots=True)
class VariableResponse:
    """How much response differs between the categories of one variable.

    Attributes
    ----------
    variable : str
    unconditional : float
        Spread of response between its categories (partial R-indicator), from 0 to ½.
    conditional : float
        Spread that remains between them within the categories of all other variables.
    chi_square : float
        Of the test that all categories answer alike.
    df : int
        Categories less one.
    p : float or None
        None where there is nothing to test: one category, or all or no one answered.
    """

    variable: str
    unconditional: float
    conditional: float
    chi_square: float
    df: int
    p: float | None


@dataclass(frozen=True, slots=True)
class Representativity:
    """How evenly a sample answered, as the variables of its frame show it.

    Attributes
    ----------
    response : float
        Mean propensity to answer, over the persons of the frame.
    spread : float
        Standard deviation of the propensities over these persons, adjusted for the bias of their
        estimates; from 0 to ½.
    indicator : float
        R = 1 - 2 spread: 1 where all answer alike, 0 where one half answers and the other does not.
    unadjusted : float
        The same without adjustment, which is too low.
    se : float or None
        Standard error of the indicator; None where all cells answered alike.
    variables : tuple of VariableResponse
    categories : tuple of CategoryResponse
        Variable by variable, in the order of first appearance.
    """

    response: float
    spread: float
    indicator: float
    unadjusted: float
    se: float | None
    variables: tuple[VariableResponse, ...]
    categories: tuple[CategoryResponse, ...]

    def maximal_bias(self, rate: float = 0.5) -> float | None:
        """Return how far a mean over respondents may lie from the truth at most.

        ``spread`` · sqrt(``rate`` (1 - ``rate``)) / ``response``: of the sheets weighted by N / n
        of those asked, without any weighting for nonresponse. None where no one answered.
        """
        return self.spread * (rate * (1 - rate)) ** 0.5 / self.response if self.response else None

    def maximal_contrast(self, rate: float = 0.5) -> float | None:
        """Return how far respondents and those who did not answer may differ at most.

        None where all or no one answered.
        """
        spread = self.response * (1 - self.response)
        return self.spread * (rate * (1 - rate)) ** 0.5 / spread if spread else None


def representativity(design: Design, variables: Sequence[str] | None = None) -> Representativity:
    """Compare those who answered with the frame they were drawn from.

    The propensity of a person is taken to be that of all who share their categories of the
    variables, and each is estimated from the strata in it. Those who were asked answer or not
    independently of each other, so no finite population corrects the errors.

    Parameters
    ----------
    design : Design
        H strata with ``issued``.
    variables : sequence of str, optional
        Groups of the design, or ``"stratum"``; all groups without it, the strata if there are none.

    Returns
    -------
    Representativity

    Raises
    ------
    DesignError
        The design says not of each stratum how many were asked, or has no such variable.

    References
    ----------
    .. [1] B. Schouten, F. Cobben and J. Bethlehem, "Indicators for the representativeness of survey
       response", *Survey Methodology* 35, 2009.
    .. [2] N. Shlomo, C. Skinner and B. Schouten, "Estimation of an indicator of the
       representativeness of survey response", *Journal of Statistical Planning and Inference* 142,
       2012.
    .. [3] B. Schouten, N. Shlomo and C. Skinner, "Indicators for monitoring and improving
       representativeness of response", *Journal of Official Statistics* 27, 2011.

    Examples
    --------
    >>> design = Design(
    ...     ["north clerks", "north chiefs", "south clerks", "south chiefs"],
    ...     population=[400, 100, 400, 100],
    ...     respondents=[60, 20, 80, 30],
    ...     issued=[100, 50, 100, 50],
    ...     groups={
    ...         "region": ["north", "north", "south", "south"],
    ...         "rank": ["clerks", "chiefs"] * 2,
    ...     },
    ... )
    >>> even = representativity(design)
    >>> print(f"R {even.indicator:.3f}, standard error {even.se:.3f}")
    R 0.759, standard error 0.051
    >>> for line in even.variables:
    ...     print(f"{line.variable}: {line.unconditional:.3f}, p {line.p:.4f}")
    region: 0.096, p 0.0004
    rank: 0.076, p 0.0007
    """
    names = _variables(design, variables)
    cells = _Propensities.of(design, _crossed(design, names))
    spread = _root(cells.spread - cells.bias)
    parts = [_Variable.of(design, cells, name, names) for name in names]
    return Representativity(
        response=cells.mean,
        spread=spread,
        indicator=1 - 2 * spread,
        unadjusted=1 - 2 * cells.spread**0.5,
        se=(cells.spread_variance / cells.spread) ** 0.5 if cells.spread > _EVEN else None,
        variables=tuple(part.line for part in parts),
        categories=tuple(itertools.chain.from_iterable(part.categories(design) for part in parts)),
    )


def _variables(design: Design, variables: Sequence[str] | None) -> tuple[str, ...]:
    if design.issued is None:
        raise DesignError("", "says not how many were asked in each stratum")
    for name, persons in zip(design.stratum, design.issued, strict=True):
        if not persons:
            raise DesignError(name, "has no one who was asked")
    return tuple(variables or design.groups or ("stratum",))


def _crossed(design: Design, variables: Sequence[str]) -> list[tuple[str, ...]]:
    """Return each stratum's categories of these variables."""
    columns = [design.labels(variable) for variable in variables]
    return list(zip(*columns, strict=True)) if columns else [()] * len(design.stratum)


@dataclass(frozen=True, eq=False)
class _Propensities:
    """Estimated propensities to answer of C groups of strata.

    Attributes
    ----------
    group : ndarray of int, shape (H,)
        Each stratum's.
    share, response, variance : ndarray, shape (C,)
        Of the persons; the propensity, and the variance of its estimate.
    unit_variance : ndarray, shape (C,)
        The same where the variance of one answer is 1.
    """

    group: Integers
    share: Floats
    response: Floats
    variance: Floats
    unit_variance: Floats

    @classmethod
    def of(cls, design: Design, labels: Sequence[object]) -> _Propensities:
        places = {label: at for at, label in enumerate(dict.fromkeys(labels))}
        group = np.array([places[label] for label in labels])
        persons = design.population.astype(np.float64)
        issued = np.asarray(design.issued, dtype=np.float64)
        rate = design.respondents / issued
        size = _sums(group, persons)
        return cls(
            group,
            size / size.sum(),
            _sums(group, persons * rate) / size,
            _sums(group, persons**2 * rate * (1 - rate) / np.maximum(issued - 1, 1)) / size**2,
            _sums(group, persons**2 / issued) / size**2,
        )

    @property
    def mean(self) -> float:
        return float(self.share @ self.response)

    @property
    def deviation(self) -> Floats:
        return self.response - self.mean

    @property
    def spread(self) -> float:
        """Variance of the propensities as they are estimated, too great by ``bias``."""
        return float(self.share @ self.deviation**2)

    @property
    def bias(self) -> float:
        return float((self.share * (1 - self.share)) @ self.variance)

    @property
    def spread_variance(self) -> float:
        """Variance of ``spread``: of what is linear in the propensities, and of the squares."""
        linear = 4 * (self.share * self.deviation) ** 2 @ self.variance
        squares = (self.share * self.variance) ** 2 @ (1 - 2 * self.share)
        return float(linear + 2 * (squares + (self.share**2 @ self.variance) ** 2))

    def within(self, outer: Integers) -> tuple[Floats, Floats]:
        """Return each group's part of the variance within groups of groups, and its bias."""
        share = _sums(outer, self.share)
        deviation = self.response - (_sums(outer, self.share * self.response) / share)[outer]
        remaining = 1 - self.share / share[outer]
        return self.share * deviation**2, self.share * remaining * self.variance

    def test(self) -> tuple[float, float | None]:
        """Return the chi-square of one common propensity, and its p."""
        precision = 1 / self.unit_variance
        common = float(precision @ self.response / precision.sum())
        if len(self.share) < 2 or not 0 < common < 1:
            return 0.0, None
        chi_square = float(precision @ (self.response - common) ** 2 / (common * (1 - common)))
        return chi_square, float(scipy.special.chdtrc(len(self.share) - 1, chi_square))


@dataclass(frozen=True, eq=False)
class _Variable:
    """One variable: its categories' propensities, and what each adds within the others'."""

    name: str
    names: tuple[str, ...]
    own: _Propensities
    conditional: Floats
    conditional_bias: float

    @classmethod
    def of(
        cls, design: Design, cells: _Propensities, name: str, variables: Sequence[str]
    ) -> _Variable:
        labels = design.labels(name)
        own = _Propensities.of(design, labels)
        rest = _Propensities.of(
            design, _crossed(design, [variable for variable in variables if variable != name])
        )
        first = np.unique(cells.group, return_index=True)[1]
        squares, bias = cells.within(rest.group[first])
        by_category = _sums(own.group[first], squares)
        return cls(name, tuple(dict.fromkeys(labels)), own, by_category, float(bias.sum()))

    @property
    def line(self) -> VariableResponse:
        chi_square, p = self.own.test()
        return VariableResponse(
            variable=self.name,
            unconditional=_root(self.own.spread - self.own.bias),
            conditional=_root(float(self.conditional.sum()) - self.conditional_bias),
            chi_square=chi_square,
            df=len(self.names) - 1,
            p=p,
        )

    def categories(self, design: Design) -> Iterator[CategoryResponse]:
        persons = design.population.astype(np.float64)
        issued = np.asarray(design.issued, dtype=np.float64)
        respondents = design.respondents.astype(np.float64)
        counts = [_sums(self.own.group, column) for column in (persons, issued, respondents)]
        weighted = _sums(self.own.group, persons * design.respondents / issued)
        columns = [column.astype(int).tolist() for column in counts]
        columns += [(column / column.sum()).tolist() for column in counts[:2]]
        columns += [_shares(counts[2]), _shares(weighted)]
        columns += [
            column.tolist()
            for column in (
                self.own.response,
                self.own.share**0.5 * self.own.deviation,
                self.conditional**0.5,
            )
        ]
        for name, *values in zip(self.names, *columns, strict=True):
            yield CategoryResponse(self.name, name, *values)


def _root(variance: float) -> float:
    return variance**0.5 if variance > _EVEN else 0.0


def _sums(group: Integers, values: Floats) -> Floats:
    return np.bincount(group, values).astype(np.float64)


def _shares(counts: Floats) -> list[float | None]:
    total = float(counts.sum())
    return [count / total if total else None for count in counts.tolist()]
