"""The list experiment: half is asked how many items of a list hold, the others of one more.

The one more is the sensitive item. No answer shows whether it holds, unless none or all do.
"""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from stats.arrays import Floats
from stats.device_samples import DeviceSample
from stats.devices import DeviceError
from stats.sensitive import SensitiveRate, estimated


@dataclass(frozen=True, eq=False)
class ListDesignEffect:
    """Whether the answers can come from persons whose count of the others the item leaves alone.

    Attributes
    ----------
    share, se : ndarray, shape (2, J + 1)
        Persons to whom y = 0 … J of the other items apply: with the sensitive one (first row) and
        without it, and the standard errors. A share below 0 speaks of an effect.
    p : float
        Of no effect: that of the least share, times the number of those that lie within √ln n
        standard errors of 0 or below it. It says nothing of persons who deny the sensitive item.
    """

    share: Floats
    se: Floats
    p: float


def list_experiment(
    control: ArrayLike,
    treatment: ArrayLike,
    population: ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> SensitiveRate:
    """Estimate a rate from the difference of two mean counts, stratum by stratum.

    Parameters
    ----------
    control : array_like of int, shape (H, J + 1) or (J + 1,)
        Persons in each stratum by the number of items, 0 … J, that hold of the short list.
    treatment : array_like of int, shape (H, J + 2) or (J + 2,)
        The same of the list with the sensitive item. Who is asked which is left to chance within
        a stratum; at least 2 persons of it are asked each.
    population : array_like of int, shape (H,) or scalar, optional
        Persons; may be left out for a single stratum, then taken as without end.
    level : float
        Confidence of the t interval, with Satterthwaite's degrees of freedom or, if fewer, those
        that equal variances of one answer would have.

    Returns
    -------
    SensitiveRate
        Its variance is the sum of W² [s² / n of the short list, and of the long one, less
        p (1 - p) / (N - 1)], p being the stratum's rate: what a finite population takes off.

    Raises
    ------
    DeviceError
        The counts are impossible, or fewer than 2 of a stratum were asked one of the lists.

    References
    ----------
    .. [1] J. D. Miller, *A New Survey Technique for Studying Deviant Behavior*, George Washington
       University, 1984.
    .. [2] G. Blair and K. Imai, "Statistical analysis of list experiments", *Political Analysis*
       20 (2012), 47-77.
    .. [3] G. W. Imbens and D. B. Rubin, *Causal Inference for Statistics, Social, and Biomedical
       Sciences*, Cambridge, 2015, ch. 6.

    Examples
    --------
    >>> estimate = list_experiment(control=[40, 90, 60, 10], treatment=[36, 82, 64, 16, 2])
    >>> print(f"{estimate.rate:.2f} ({estimate.low:.3f} to {estimate.high:.3f})")
    0.13 (0.000 to 0.298)
    """
    short, long = _lists(control, treatment)
    strata = DeviceSample.of(short.sum(axis=1) + long.sum(axis=1), population)
    numbers = np.arange(long.shape[1], dtype=np.float64)
    rate = _mean(long, numbers) - _mean(short, numbers[:-1])
    persons = strata.respondents / np.where(strata.fraction > 0, strata.fraction, np.inf)
    truth = np.clip(rate, 0, 1)
    parts = np.array([_variance(long, numbers), _variance(short, numbers[:-1])])
    finite = np.where(strata.fraction > 0, truth * (1 - truth) / np.maximum(persons - 1, 1), 0)
    variance = float(strata.weight**2 @ np.maximum(parts.sum(axis=0) - finite, 0))
    sizes = np.array([long.sum(axis=1), short.sum(axis=1)])
    weight = strata.weight**2
    # Where few were asked their own variance may be small by chance: equal ones say how few decide.
    df = min(_satterthwaite(weight * parts, sizes), _satterthwaite(weight / sizes, sizes))
    return estimated(strata, rate, variance**0.5, max(int(df), 1), level)


def _satterthwaite(parts: Floats, sizes: Floats) -> float:
    """Return the degrees of freedom of a sum of variances, each of so many persons."""
    total = float(parts.sum())
    return total**2 / float(np.sum(parts**2 / (sizes - 1))) if total else 1.0


def list_design_effect(
    control: ArrayLike, treatment: ArrayLike, population: ArrayLike | None = None
) -> ListDesignEffect:
    """Test whether the sensitive item changes what is answered of the others.

    Parameters
    ----------
    control, treatment, population
        As for `list_experiment`.

    Raises
    ------
    DeviceError
        As by `list_experiment`.

    References
    ----------
    .. [1] G. Blair and K. Imai, "Statistical analysis of list experiments", *Political Analysis*
       20 (2012), 47-77, sec. 3.1.
    .. [2] D. W. K. Andrews and G. Soares, "Inference for parameters defined by moment inequalities
       using generalized moment selection", *Econometrica* 78 (2010), 119-157.

    Examples
    --------
    >>> effect = list_design_effect(control=[40, 90, 60, 10], treatment=[36, 82, 64, 16, 2])
    >>> effect.share.round(2).tolist()
    [[0.02, 0.06, 0.04, 0.01], [0.18, 0.39, 0.26, 0.04]]
    >>> effect.p
    1.0
    """
    short, long = _lists(control, treatment)
    strata = DeviceSample.of(short.sum(axis=1) + long.sum(axis=1), population)
    # At most y of each list: y = -1 … J of the short one, 0 … J of the long one.
    of_short, of_long = _at_most(short), _at_most(long)[:, :-1]
    below = np.hstack([np.zeros((len(short), 1)), of_short[:, :-1]])
    share = np.array([of_short - of_long, of_long - below])
    errors = np.array(
        [
            _binomial(of_short, short) + _binomial(of_long, long),
            _binomial(below, short) + _binomial(of_long, long),
        ]
    )
    pooled = np.einsum("h,khy->ky", strata.weight, share)
    se = np.sqrt(np.einsum("h,khy->ky", strata.weight**2, errors))
    size = float(strata.respondents.sum())
    return ListDesignEffect(pooled, se, _least_p(pooled, se, size))


def _least_p(share: Floats, se: Floats, size: float) -> float:
    """Return the p of the least share, times the shares that can come out below 0."""
    # All have at most J + 1 items and at least 0: these two are shares of one list.
    tested = np.ones(share.shape, bool)
    tested[0, -1] = tested[1, 0] = False
    near = tested & (share <= se * np.sqrt(np.log(size)))
    deviates = np.divide(share, se, out=np.full_like(share, -np.inf), where=se > 0)
    least = float(np.min(deviates, initial=0.0, where=tested & (share < 0)))
    return float(min(max(near.sum(), 1) * scipy.special.ndtr(least), 1.0)) if least < 0 else 1.0


def _lists(control: ArrayLike, treatment: ArrayLike) -> tuple[Floats, Floats]:
    short, long = (
        np.atleast_2d(np.asarray(counts, dtype=np.float64)) for counts in (control, treatment)
    )
    if len(short) != len(long) or long.shape[1] != short.shape[1] + 1 or short.shape[1] < 2:
        raise DeviceError("The longer list has one item more, in each of the same strata.")
    if np.any(short < 0) or np.any(long < 0):
        raise DeviceError("A number of persons is below 0.")
    if min(short.sum(axis=1).min(), long.sum(axis=1).min()) < 2:
        raise DeviceError("Every stratum needs at least 2 respondents of each list.")
    return short, long


def _mean(counts: Floats, numbers: Floats) -> Floats:
    return np.asarray(counts @ numbers / counts.sum(axis=1))


def _variance(counts: Floats, numbers: Floats) -> Floats:
    """Return the variance of each stratum's mean number."""
    size = counts.sum(axis=1)
    squares = counts @ numbers**2 - size * _mean(counts, numbers) ** 2
    return np.asarray(np.maximum(squares, 0) / (size - 1) / size)


def _at_most(counts: Floats) -> Floats:
    return np.asarray(counts.cumsum(axis=1) / counts.sum(axis=1, keepdims=True))


def _binomial(share: Floats, counts: Floats) -> Floats:
    return np.asarray(share * (1 - share) / (counts.sum(axis=1, keepdims=True) - 1))
