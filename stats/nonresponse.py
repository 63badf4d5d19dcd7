"""What rates would be if those who did not answer were unlike those who did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from stats.arrays import frozen
from stats.design import DesignError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from stats.arrays import Floats
    from stats.design import Design

FACTORS: Final = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)


@dataclass(frozen=True, eq=False)
class NonresponseEffect:
    """Rates of I items in D domains under suppositions on those who did not answer.

    Attributes
    ----------
    domains : tuple of str, length D
    factors : ndarray, shape (K,)
    rates : ndarray, shape (K, D, I)
        The rate if in each stratum those who did not answer had so many times the rate of those who
        did, at most all of them. At factor 1 it is the estimate.
    lower, upper : ndarray, shape (D, I)
        The rate if none, and if all of those who did not answer had said yes. NaN, as all others,
        where nothing was answered.
    """

    domains: tuple[str, ...]
    factors: Floats
    rates: Floats
    lower: Floats
    upper: Floats
    _lines: tuple[Floats, Floats]

    def break_even(self, threshold: float) -> Floats:
        """Return the factor at which each rate reaches a threshold, shape (D, I).

        0 where it is reached whatever those say who did not answer, infinity where no factor
        reaches it: a stratum without a yes stays without under any factor.

        Raises
        ------
        ValueError
            The threshold is not between 0 and 1.
        """
        if not 0 < threshold < 1:
            raise ValueError(f"a threshold of {threshold:g} is not between 0 and 1")
        # The rate is concave in the factor: the least of the lines, and the last to pass decides.
        height, slope = self._lines
        distance = threshold - height
        with np.errstate(divide="ignore", invalid="ignore"):
            passes = np.where(distance <= 0, 0.0, distance / slope)
        passes = np.where((slope <= 0) & (distance > 0), np.inf, passes)
        return np.asarray(passes.max(axis=0) + 0 * self.lower)


def nonresponse_effect(
    design: Design,
    yes: ArrayLike,
    answers: ArrayLike,
    *,
    by: str | None = None,
    factors: ArrayLike = FACTORS,
) -> NonresponseEffect:
    """Suppose that those who did not answer had k times the rate of those in their stratum who did.

    Parameters
    ----------
    design : Design
        H strata with ``issued``.
    yes, answers : array_like of int, shape (H, I)
        Sheets that say yes to each item, and that determine it.
    by : str, optional
        ``"stratum"`` or one of the design's groups; without it, one domain of all strata.
    factors : array_like of float, shape (K,)
        The k to tabulate, none negative.

    Returns
    -------
    NonresponseEffect

    Raises
    ------
    DesignError
        The design says not how many were asked, or a stratum has no respondents.
    ValueError
        A factor is negative.

    References
    ----------
    .. [1] D. B. Rubin, "Formalizing subjective notions about the effect of nonrespondents in sample
       surveys", *Journal of the American Statistical Association* 72, 1977.
    .. [2] W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley, 1977, sec. 13.2.

    Examples
    --------
    >>> design = Design(
    ...     ["city", "county"], population=[400, 600], respondents=[20, 30], issued=[40, 40]
    ... )
    >>> effect = nonresponse_effect(design, yes=[[2], [0]], answers=[[20], [30]])
    >>> for factor, rate in zip(effect.factors, effect.rates[:, 0, 0]):
    ...     print(f"{factor:g} times: {rate:.3f}")
    0 times: 0.020
    0.5 times: 0.030
    1 times: 0.040
    1.5 times: 0.050
    2 times: 0.060
    3 times: 0.080
    >>> print(f"none of them {effect.lower[0, 0]:.3f}, all of them {effect.upper[0, 0]:.3f}")
    none of them 0.020, all of them 0.370
    >>> print(f"10 % are reached at {effect.break_even(0.1)[0, 0]:g} times")
    10 % are reached at 4 times
    """
    factor = np.atleast_1d(np.asarray(factors, dtype=np.float64))
    if np.any(~(factor >= 0)):
        raise ValueError("the rate of those who did not answer cannot be negative")
    said_yes, determined = (np.asarray(column, dtype=np.float64) for column in (yes, answers))
    response = _response(design)[:, None]
    weight = (design.population / design.respondents)[:, None]
    labels = design.labels(by)
    domains = tuple(dict.fromkeys(labels))
    inside = np.array([[label == name for label in labels] for name in domains], dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        persons = inside @ (weight * determined)
        rate = np.nan_to_num(said_yes / determined)
        floor = inside @ (weight * response * said_yes) / persons
        open_share = inside[:, :, None] * (weight * (1 - response) * determined) / persons[:, None]
    capped = np.minimum(1, factor[:, None, None] * rate)
    return NonresponseEffect(
        domains,
        frozen(factor),
        frozen(floor + np.einsum("dhi,khi->kdi", open_share, capped)),
        frozen(floor),
        frozen(floor + open_share.sum(axis=1)),
        _lines(floor, open_share, rate),
    )


def _response(design: Design) -> Floats:
    if design.issued is None:
        raise DesignError("", "says not how many were asked in each stratum")
    for name, respondents in zip(design.stratum, design.respondents, strict=True):
        if not respondents:
            raise DesignError(name, "has no respondents: collapse it with a neighbour")
    return np.asarray(design.respondents / design.issued)


def _lines(floor: Floats, open_share: Floats, rate: Floats) -> tuple[Floats, Floats]:
    """Return height and slope of each piece of the rate as a function of the factor.

    The strata reach all of their persons in the order of their rates: piece j, shape (H + 1, D, I),
    has j strata there.
    """
    order = np.argsort(-rate, axis=0, kind="stable")[None]
    share = np.take_along_axis(open_share, order, axis=1)
    steep = share * np.take_along_axis(rate[None], order, axis=1)
    nothing = np.zeros_like(share[:, :1])
    height = floor[:, None] + np.cumsum(np.concatenate([nothing, share], axis=1), axis=1)
    # Summed from the end, so that nothing left is 0 and not what rounding leaves.
    slope = np.cumsum(np.concatenate([nothing, steep[:, ::-1]], axis=1), axis=1)[:, ::-1]
    return frozen(np.moveaxis(height, 1, 0)), frozen(np.moveaxis(slope, 1, 0))
