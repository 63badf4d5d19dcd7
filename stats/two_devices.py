"""Rates of sensitive questions from two random halves asked through different devices."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from stats.arrays import Floats
from stats.device_samples import DeviceSample
from stats.devices import DeviceError


@dataclass(frozen=True)
class TwoSampleRate:
    """A rate from two random halves that were asked through different devices.

    Attributes
    ----------
    rate, se : float
    nuisance, nuisance_se : float
        The second unknown and its standard error: the prevalence of the unrelated question, or
        the share of persons with the attribute who tell the truth.
    """

    rate: float
    se: float
    nuisance: float
    nuisance_se: float


def unrelated_question_unknown(
    p: tuple[float, float], respondents: ArrayLike, yes: ArrayLike
) -> TwoSampleRate:
    """Estimate a rate, and the unrelated question's unknown prevalence, from two samples.

    Parameters
    ----------
    p : tuple of float
        Chance of the sensitive question in each sample.
    respondents, yes : array_like of int, shape (2,)
        Answers of each sample, at least 2, and those that were yes.

    Raises
    ------
    DeviceError
        The two chances are the same, or the counts impossible.

    References
    ----------
    .. [1] B. G. Greenberg et al., "The unrelated question randomized response model", *J. Am.
       Stat. Assoc.* 64 (1969), 520-539.

    Examples
    --------
    >>> estimate = unrelated_question_unknown((0.75, 0.25), [400, 400], [140, 180])
    >>> print(f"{estimate.rate:.3f}, prevalence {estimate.nuisance:.3f}")
    0.300, prevalence 0.500
    """
    chance = np.asarray(p, dtype=np.float64)
    values, covariance = _solve_pair(np.column_stack([chance, 1 - chance]), respondents, yes)
    se = np.sqrt(np.diag(covariance))
    return TwoSampleRate(float(values[0]), float(se[0]), float(values[1]), float(se[1]))


def stochastic_lie_detector(
    p: tuple[float, float], respondents: ArrayLike, yes: ArrayLike
) -> TwoSampleRate:
    """Estimate a rate when some of those with the attribute deny it.

    A person with the attribute is asked to say yes and does so with an unknown chance, the same
    in both samples; a person without it says yes with chance 1 - ``p``.

    Parameters
    ----------
    p : tuple of float
        Chance that a person without the attribute is to say no, in each sample.
    respondents, yes : array_like of int, shape (2,)
        Answers of each sample, at least 2, and those that were yes.

    Raises
    ------
    DeviceError
        The two chances are the same, the counts impossible, or the rate is estimated as 0.

    References
    ----------
    .. [1] M. Moshagen, J. Musch and E. Erdfelder, "A stochastic lie detector", *Behav. Res.
       Methods* 44 (2012), 222-231.
    .. [2] D. W. Heck and M. Moshagen, "RRreg: an R package for correlation and regression
       analyses of randomized response data", *J. Stat. Softw.* 85 (2018), no. 2, sec. 4.1.

    Examples
    --------
    >>> estimate = stochastic_lie_detector((1 / 6, 5 / 6), [400, 400], [260, 120])
    >>> print(f"{estimate.rate:.3f}, of whom {estimate.nuisance:.3f} tell the truth")
    0.475, of whom 0.447 tell the truth
    """
    chance = np.asarray(p, dtype=np.float64)
    values, covariance = _solve_pair(np.column_stack([np.ones(2), 1 - chance]), respondents, yes)
    admitted, rate = float(values[0]), float(1 - values[1])
    if rate == 0:
        raise DeviceError("No one has the attribute, so nothing is known of their honesty.")
    slope = np.array([1 / rate, admitted / rate**2])
    return TwoSampleRate(
        rate,
        float(np.sqrt(covariance[1, 1])),
        admitted / rate,
        float(np.sqrt(slope @ covariance @ slope)),
    )


def _solve_pair(chances: Floats, respondents: ArrayLike, yes: ArrayLike) -> tuple[Floats, Floats]:
    if abs(np.linalg.det(chances)) < 1e-12:
        raise DeviceError("The two samples must be asked with different chances.")
    samples = DeviceSample.of(respondents, [1, 1], finite=False)
    share = samples.share(yes)
    inverse = np.linalg.inv(chances)
    variance = share * (1 - share) / (samples.respondents - 1)
    return inverse @ share, (inverse * variance) @ inverse.T
