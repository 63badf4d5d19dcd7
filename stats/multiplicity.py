"""P-values of several comparisons, adjusted together."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from stats.arrays import Floats, frozen

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


class Adjustment(StrEnum):
    """What an adjustment of p-values controls."""

    NONE = "none"
    HOLM = "holm"
    """The chance of any false finding."""
    BENJAMINI_HOCHBERG = "BH"
    """The expected share of false findings among all findings."""


def adjust(p: ArrayLike, method: Adjustment = Adjustment.HOLM) -> Floats:
    """Adjust p-values for their number.

    Parameters
    ----------
    p : array_like, shape (m,)
    method : Adjustment

    Returns
    -------
    ndarray, shape (m,)
        In the order given, none above 1.

    Raises
    ------
    ValueError
        A p-value is not between 0 and 1.

    References
    ----------
    .. [1] S. Holm, "A simple sequentially rejective multiple test procedure", *Scandinavian Journal
       of Statistics* 6, 1979.
    .. [2] Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate", *Journal of the
       Royal Statistical Society B* 57, 1995.

    Examples
    --------
    >>> adjust([0.01, 0.02, 0.30])
    array([0.03, 0.04, 0.3 ])
    >>> adjust([0.01, 0.02, 0.30], Adjustment.BENJAMINI_HOCHBERG)
    array([0.03, 0.03, 0.3 ])
    """
    values = np.asarray(p, dtype=float)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("a p-value is not between 0 and 1")
    order = np.argsort(values)
    ascending, rank = values[order], np.arange(1, len(values) + 1)
    match method:
        case Adjustment.HOLM:
            stepped = np.maximum.accumulate((len(values) + 1 - rank) * ascending)
        case Adjustment.BENJAMINI_HOCHBERG:
            stepped = np.minimum.accumulate((len(values) / rank * ascending)[::-1])[::-1]
        case Adjustment.NONE:
            stepped = ascending
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(stepped, 1)
    return frozen(adjusted)
