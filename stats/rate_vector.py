"""Rates that are to be compared: their covariance, and their limits at any level."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from stats.arrays import Floats, frozen
from stats.confidence import continuous
from stats.linearisation import Partition, ratio, refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from stats.arrays import Limits
    from stats.design import Design
    from stats.joint_counts import Joint

_QUANTILES: Final = (0.95, 0.975, 0.995, 0.9995)
_DEVIATES: Final = np.unique(
    np.concatenate(
        # The last are those of 90, 95, 99 and 99.9 %.
        [[1e-3], np.arange(0.25, 6.01, 0.25), [NormalDist().inv_cdf(p) for p in _QUANTILES]]
    )
)
"""Normal deviates of the levels at which limits are taken: 1e-3 stands for a level of 0."""


@dataclass(frozen=True, eq=False)
class LimitTable:
    """Limits of J rates at K levels, which widen as the level rises.

    Attributes
    ----------
    deviate : ndarray, shape (K,)
        The level's, z of (1 + level) / 2, ascending; the first, of the narrowest limits, is 0.
    low, high : ndarray, shape (K, J)
    own : int
        The place of the rates' own level.
    """

    deviate: Floats
    low: Floats
    high: Floats
    own: int


@dataclass(frozen=True, eq=False)
class RateVector:
    """Rates that are to be compared, with their covariance and their limits at any level.

    Attributes
    ----------
    labels : tuple of str, length J
    rate : ndarray, shape (J,)
    covariance : ndarray, shape (J, J)
    df : int
        Of the design: respondents less strata.
    level : float
        Of the comparisons' intervals.
    limits_at : callable
        Of a level: the rates' lower and upper limits, shape (J,) each.
    """

    labels: tuple[str, ...]
    rate: Floats
    covariance: Floats
    df: int
    level: float
    limits_at: Callable[[float], Limits]

    def at(self, label: str) -> int:
        """Return the place of ``label``; a ValueError if it is none of them."""
        if label not in self.labels:
            raise ValueError(f"no rate of {label!r} to compare")
        return self.labels.index(label)

    def only(self, label: str, name: str) -> RateVector:
        """Return one of the rates alone, under another name."""
        place = self.at(label)

        def limits_at(level: float) -> Limits:
            low, high = self.limits_at(level)
            return low[[place]], high[[place]]

        alone = np.ix_([place], [place])
        covariance = frozen(self.covariance[alone])
        return RateVector(
            (name,), frozen(self.rate[[place]]), covariance, self.df, self.level, limits_at
        )

    @property
    def low(self) -> Floats:
        """Lower limits at ``level``, shape (J,)."""
        return np.asarray(self.table.low[self.table.own])

    @property
    def high(self) -> Floats:
        """Upper limits at ``level``, shape (J,)."""
        return np.asarray(self.table.high[self.table.own])

    @cached_property
    def table(self) -> LimitTable:
        """Limits at levels from 0 to all but 2e-9, which every comparison of the rates shares."""
        own = float(scipy.special.ndtri((1 + self.level) / 2))
        near = np.abs(_DEVIATES - own) < 1e-9
        deviates = _DEVIATES if near.any() else np.sort(np.append(_DEVIATES, own))
        place = int(np.argmin(np.abs(deviates - own)))
        levels = 1 - 2 * scipy.special.ndtr(-deviates)
        levels[place] = self.level
        pairs = [self.limits_at(float(level)) for level in levels]
        low = np.minimum.accumulate([low for low, _ in pairs], axis=0)
        high = np.maximum.accumulate([high for _, high in pairs], axis=0)
        deviates = np.concatenate([[0.0], deviates[1:]])
        return LimitTable(frozen(deviates), frozen(low), frozen(high), place)

    @cached_property
    def correlation(self) -> Floats:
        """Of the rates, shape (J, J); 0 where a rate has no sampling variance."""
        se = np.sqrt(np.maximum(self.covariance.diagonal(), 0))
        product = np.outer(se, se)
        correlation = np.divide(
            self.covariance, product, out=np.zeros_like(product), where=product > 0
        )
        np.fill_diagonal(correlation, 1)
        return frozen(np.clip(correlation, -1, 1))


def joint_rates(
    design: Design, joint: Joint, *, level: float = 0.95, fpc: bool = True
) -> RateVector:
    """Estimate the rates of J columns with the covariance that comes from common sheets.

    Parameters
    ----------
    design : Design
        H strata.
    joint : Joint
        Of the same strata.
    level : float
    fpc : bool

    Returns
    -------
    RateVector

    Raises
    ------
    DesignError
        As for ``rates``.
    ValueError
        One of the columns has no answer.

    References
    ----------
    .. [1] C.-E. Särndal, B. Swensson and J. Wretman, *Model Assisted Survey Sampling*, Springer,
       1992, result 5.6.2 and sec. 10.3.

    Examples
    --------
    >>> answers = np.repeat([[1, 1], [1, 0], [0, 1], [0, 0]], [6, 10, 4, 60], axis=0)
    >>> joint = count_joint([0] * 80, answers, ["gift", "fee"], strata=1)
    >>> vector = joint_rates(Design(["city"], [400], [80]), joint)
    >>> vector.rate
    array([0.2  , 0.125])
    >>> vector.covariance.round(6)
    array([[0.00162 , 0.000506],
           [0.000506, 0.001108]])
    """
    part = Partition.of(design, None, fpc=fpc)
    yes, answers = joint.yes, joint.answers
    _refuse_unanswered(joint.labels, answers)
    rates = ratio(part, yes, answers)

    def limits_at(at: float) -> Limits:
        low, high = continuous(part, rates, at)
        return low[0], high[0]

    return RateVector(
        joint.labels,
        frozen(rates.rate[0]),
        frozen(_covariance(part, joint, rates.rate[0]) / np.outer(rates.persons, rates.persons)),
        _df(design),
        level,
        limits_at,
    )


def _covariance(part: Partition, joint: Joint, p: Floats) -> Floats:
    """Estimate the covariances of the totals of y_j - p_j over sheets that answered j: (J, J)."""
    q, size = 1 - p, len(p)
    products = (
        joint.yes_yes * np.outer(q, q)
        - joint.yes_no * np.outer(q, p)
        - joint.yes_no.transpose(0, 2, 1) * np.outer(p, q)
        + joint.no_no * np.outer(p, p)
    )
    first = joint.yes - p * joint.answers
    sums = np.repeat(first, size, axis=1), np.tile(first, size)
    present = np.broadcast_to(joint.answers.sum(axis=1, keepdims=True), (len(first), size**2))
    no_deviation = np.zeros((1, size**2))
    flat = part.covariance(
        sums, products.reshape(len(first), -1), present, (no_deviation, no_deviation)
    )
    refuse_unknown(flat)
    return flat.reshape(size, size)


def independent(*waves: RateVector) -> RateVector:
    """Join rates of independent samples: waves of a campaign, or different questionnaires.

    Raises
    ------
    ValueError
        A label stands in two of them, or their levels differ.

    Examples
    --------
    >>> def wave(label, yes):
    ...     counts = count([0] * 100, (np.arange(100) < yes)[:, None], ["gift"], strata=1)
    ...     joint = join_domains({label: counts}, "gift")
    ...     return joint_rates(Design([label], [1000], [100]), joint)
    >>> waves = independent(wave("2024", 20), wave("2025", 12))
    >>> waves.labels, waves.rate, waves.df
    (('2024', '2025'), array([0.2 , 0.12]), 198)
    """
    labels = tuple(label for wave in waves for label in wave.labels)
    if len(set(labels)) < len(labels) or len({wave.level for wave in waves}) > 1:
        raise ValueError("independent rates need labels of their own and a common level")
    covariance = np.zeros((len(labels), len(labels)))
    start = 0
    for wave in waves:
        end = start + len(wave.labels)
        covariance[start:end, start:end] = wave.covariance
        start = end

    def limits_at(level: float) -> Limits:
        low, high = zip(*(wave.limits_at(level) for wave in waves), strict=True)
        return np.concatenate(low), np.concatenate(high)

    rate = frozen(np.concatenate([wave.rate for wave in waves]))
    df = sum(wave.df for wave in waves)
    return RateVector(labels, rate, frozen(covariance), df, waves[0].level, limits_at)


def published_rates(
    labels: Sequence[str],
    rate: ArrayLike,
    interval: tuple[ArrayLike, ArrayLike],
    se: ArrayLike,
    *,
    df: int,
    level: float,
) -> RateVector:
    """Take independent rates of which no more than an interval at one level is known.

    Each limit is that of Clopper and Pearson for a sample of some size; at other levels it is
    theirs for the same size.

    Parameters
    ----------
    labels : sequence of str, length J
    rate : array_like, shape (J,)
    interval : tuple of array_like, shape (J,)
        Lower and upper limits at ``level``, of whatever method.
    se : array_like, shape (J,)
    df : int
    level : float

    Returns
    -------
    RateVector

    Examples
    --------
    >>> vector = published_rates(["2025"], [0.1], ([0.04], [0.19]), [0.03], df=99, level=0.95)
    >>> low, high = vector.limits_at(0.99)
    >>> print(f"{low[0]:.3f} to {high[0]:.3f}")
    0.029 to 0.220
    """
    point, low, high = (np.asarray(values, float) for values in (rate, *interval))
    below, above = _equivalent_size(1 - point, 1 - low, level), _equivalent_size(point, high, level)

    def limits_at(at: float) -> Limits:
        if at == level:
            return low, high
        return 1 - _upper(1 - point, below, at), _upper(point, above, at)

    covariance = np.diag(np.asarray(se, float) ** 2)
    return RateVector(tuple(labels), frozen(point), frozen(covariance), df, level, limits_at)


def _equivalent_size(rate: Floats, high: Floats, level: float) -> Floats:
    """Return the size whose upper limit is ``high``; infinite where that is the rate itself."""
    least, most = np.full_like(rate, np.log(1e-6)), np.full_like(rate, np.log(1e12))
    for _ in range(60):
        middle = (least + most) / 2
        is_wider = _upper(rate, np.exp(middle), level) > high
        least, most = np.where(is_wider, middle, least), np.where(is_wider, most, middle)
    return np.where(high > rate, np.exp(most), np.inf)


def _upper(rate: Floats, size: Floats, level: float) -> Floats:
    """Return Clopper and Pearson's upper limit of a rate among ``size`` answers."""
    finite = np.isfinite(size) & (rate < 1)
    sheets, inner = np.where(finite, size, 1), np.where(finite, rate, 0)
    no = sheets * (1 - inner)
    high = scipy.special.betaincinv(sheets * inner + 1, no, (1 + level) / 2)
    return np.where(finite, np.maximum(high, rate), rate)


def _refuse_unanswered(labels: Sequence[str], answers: Floats) -> None:
    for label, sheets in zip(labels, answers.sum(axis=0), strict=True):
        if not sheets:
            raise ValueError(f"no one answered {label!r}")


def _df(design: Design) -> int:
    return int(design.respondents.sum()) - len(design.stratum)
