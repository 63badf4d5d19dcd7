"""Whether a rate depends on a domain: by the rates' limits, and Rao and Scott's test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import scipy

from stats.linearisation import Partition, refuse_unknown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from stats.arrays import Floats
    from stats.design import Design
    from stats.rate_vector import RateVector


@dataclass(frozen=True, eq=False)
class IndependenceTest:
    """A weighted two-way table and the test of its independence.

    Attributes
    ----------
    table : ndarray, shape (R, C)
        Estimated persons.
    chi_square : float
        Pearson's X² of the table scaled to the number of sheets.
    f : float
        X² divided by the trace of the design effects matrix.
    df : tuple of float
        Of the numerator and of the denominator of the second-order F.
    p : float
    """

    table: Floats
    chi_square: float
    f: float
    df: tuple[float, float]
    p: float


def rao_scott(design: Design, cells: ArrayLike, *, fpc: bool = True) -> IndependenceTest:
    """Test the independence of rows and columns with the second-order F of Rao and Scott.

    Parameters
    ----------
    design : Design
        H strata.
    cells : array_like of int, shape (H, R, C)
        Sheets by stratum, row and column; sheets without an answer are left out.
    fpc : bool

    Returns
    -------
    IndependenceTest
        Without the rows and columns that are empty.

    Raises
    ------
    DesignError
        As for ``rates``.
    ValueError
        Fewer than two rows or columns have sheets, or the table has no sampling variance.

    References
    ----------
    .. [1] J. N. K. Rao and A. J. Scott, "On chi-squared tests for multiway contingency tables with
       cell proportions estimated from survey data", *Annals of Statistics* 12, 1984.
    .. [2] D. R. Thomas and J. N. K. Rao, "Small-sample comparisons of level and power for simple
       goodness-of-fit statistics under cluster sampling", *JASA* 82, 1987.

    Examples
    --------
    >>> cells = [[[10, 6], [10, 24]]]  # one stratum; yes and no by two offices
    >>> test = rao_scott(Design(["city"], [400], [50]), cells)
    >>> print(f"F {test.f:.2f}, p {test.p:.3f}")
    F 5.56, p 0.022
    """
    counts = np.asarray(cells, dtype=float)
    rows, columns = counts.sum(axis=(0, 2)) > 0, counts.sum(axis=(0, 1)) > 0
    if rows.sum() < 2 or columns.sum() < 2:
        raise ValueError("an association needs two rows and two columns that have sheets")
    present = counts[:, rows][:, :, columns]
    part = Partition.of(design, None, fpc=fpc)
    table = np.tensordot(part.weight[:, 0], present, axes=1)
    share = table / table.sum()
    expected = np.outer(share.sum(axis=1), share.sum(axis=0))
    sheets = present.sum()
    chi_square = float(sheets * ((share - expected) ** 2 / expected).sum())
    flat = present.reshape(len(present), -1)
    effects = _design_effects(share, sheets, _covariance(part, flat, share.ravel()))
    trace = float(np.trace(effects))
    if trace <= 0:
        raise ValueError("the table has no sampling variance to test against")
    numerator = trace**2 / float((effects * effects.T).sum())
    denominator = numerator * float(sheets - (flat.sum(axis=1) > 0).sum())
    f = chi_square / trace
    p = float(scipy.special.fdtrc(numerator, denominator, f))
    return IndependenceTest(table, chi_square, f, (numerator, denominator), p)


def _covariance(part: Partition, cells: Floats, share: Floats) -> Floats:
    """Estimate the covariance of the cells' shares: (K, K) from (H, K) sheets."""
    strata, size = cells.shape
    sheets = cells.sum(axis=1)
    first = cells - sheets[:, None] * share
    products = (
        cells[:, :, None] * np.eye(size)
        - cells[:, :, None] * share
        - share[:, None] * cells[:, None, :]
        + sheets[:, None, None] * np.outer(share, share)
    )
    sums = np.repeat(first, size, axis=1), np.tile(first, size)
    present = np.broadcast_to(sheets[:, None], (strata, size**2))
    no_deviation = np.zeros((1, size**2))
    flat = part.covariance(
        sums, products.reshape(strata, -1), present, (no_deviation, no_deviation)
    )
    refuse_unknown(flat)
    return flat.reshape(size, size) / float(part.weight[:, 0] @ sheets) ** 2


def _design_effects(share: Floats, sheets: float, covariance: Floats) -> Floats:
    """Return the generalised design effects of the interaction's (R - 1)(C - 1) contrasts."""
    rows, columns = share.shape
    by_row, by_column = (np.eye(size)[:, 1:] for size in (rows, columns))
    main = np.hstack(
        [
            np.ones((share.size, 1)),
            np.kron(by_row, np.ones((columns, 1))),
            np.kron(np.ones((rows, 1)), by_column),
        ]
    )
    interaction = np.kron(by_row, by_column)
    residual = interaction - main @ np.linalg.lstsq(main, interaction)[0]
    inverse = np.divide(1, share.ravel(), out=np.zeros(share.size), where=share.ravel() > 0)
    scaled = residual * inverse[:, None]
    return np.asarray(np.linalg.solve(residual.T @ scaled / sheets, scaled.T @ covariance @ scaled))


@dataclass(frozen=True, slots=True)
class Homogeneity:
    """A test that several rates are one.

    Attributes
    ----------
    chi_square : float
        The rates' squared normal deviates from the common rate that fits them best.
    df : int
        Rates less one.
    p : float
    common : float
        That common rate.
    """

    chi_square: float
    df: int
    p: float
    common: float


def homogeneity(rates: RateVector) -> Homogeneity:
    """Test whether rates of independent samples are one rate.

    A rate's deviate from a common rate is that of the level at which the rate's own interval just
    reaches it; so a rate of 0 is never taken as known without error.

    Raises
    ------
    ValueError
        Fewer than two rates, or none has a sampling error.

    References
    ----------
    .. [1] J. Neyman, "Contribution to the theory of the χ² test", *First Berkeley Symposium*, 1949:
       the parameter of the least χ².

    Examples
    --------
    >>> answers = np.repeat([[1], [0]], [14, 68], axis=0)
    >>> counts = count(np.repeat([1, 0], [70, 12]), answers, ["gift"], strata=2)
    >>> domains = {"fire": counts.within([True, False]), "goods": counts.within([False, True])}
    >>> design = Design(["fire", "goods"], population=[60, 300], respondents=[12, 70])
    >>> test = homogeneity(joint_rates(design, join_domains(domains, "gift")))
    >>> print(f"p {test.p:.3f}")
    p 0.142
    """
    if len(rates.labels) < 2:
        raise ValueError("rates are one only where there are two")
    if not (rates.low < rates.high).any():
        raise ValueError("the rates have no sampling error to test against")
    table = rates.table
    knots = np.unique(np.concatenate([rates.rate, table.low.ravel(), table.high.ravel()]))
    deviates = np.column_stack([_deviates(rates, at, knots) for at in range(len(rates.labels))])
    steps = np.diff(deviates, axis=0)
    slope = (steps**2).sum(axis=1)
    descent = -(deviates[:-1] * steps).sum(axis=1)
    share = np.clip(np.divide(descent, slope, out=np.zeros_like(slope), where=slope > 0), 0, 1)
    squares = ((deviates[:-1] + share[:, None] * steps) ** 2).sum(axis=1)
    place = int(squares.argmin())
    common = knots[place] + share[place] * (knots[place + 1] - knots[place])
    chi_square, df = float(squares[place]), len(rates.labels) - 1
    p = float(scipy.special.chdtrc(df, chi_square))
    return Homogeneity(chi_square, df, p, float(common))


def _deviates(rates: RateVector, at: int, knots: Floats) -> Floats:
    """Return the signed deviate of each tested rate from one of the rates."""
    table, rate = rates.table, rates.rate[at]
    above = np.interp(knots, table.high[:, at], table.deviate)
    below = np.interp(-knots, -table.low[:, at], table.deviate)
    return np.where(knots > rate, above, np.where(knots < rate, -below, 0.0))
