"""Rates of sensitive questions asked through a device that hides each answer."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from stats.arrays import Floats
from stats.device_samples import DeviceSample
from stats.devices import Device, DeviceError, crosswise


@dataclass(frozen=True)
class SensitiveRate:
    """A rate estimated through a device or a list.

    Attributes
    ----------
    rate : float
        The value in [0, 1] nearest to ``moment``: the maximum likelihood estimate in one stratum.
    moment : float
        The unbiased estimate, which may leave [0, 1].
    se : float
        Standard error of ``moment``.
    low, high : float
        Limits of the t interval, cut to [0, 1].
    df : int
    direct_se : float
        Standard error of direct questions to the same persons, were they answered truthfully.
    efficiency : float
        Ratio of the two variances: the share of the respondents that would then be enough.
    attention : float
        Share of the respondents who followed the instructions; 1 where it is not estimated.
    """

    rate: float
    moment: float
    se: float
    low: float
    high: float
    df: int
    direct_se: float
    efficiency: float
    attention: float = 1.0


def sensitive_rate(
    device: Device,
    respondents: ArrayLike,
    yes: ArrayLike,
    population: ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> SensitiveRate:
    """Estimate a rate from a stratified simple random sample asked through a device.

    Parameters
    ----------
    device : Device
    respondents, yes : array_like of int, shape (H,) or scalar
        Answers in each stratum, at least 2, and those that were yes ("both or neither").
    population : array_like of int, shape (H,) or scalar, optional
        Persons; may be left out for a single stratum, then taken as without end.
    level : float
        Confidence of the t interval, with n - H degrees of freedom.

    Returns
    -------
    SensitiveRate
        Its variance is sum of W^2 (1 - f) s^2 / n, with s^2 the estimated variance of the true
        answers, plus the device's W^2 noise / n, which a census would have as well.

    Raises
    ------
    DeviceError
        The counts are impossible, or fewer than 2 in a stratum.

    References
    ----------
    .. [1] A. Chaudhuri and R. Mukerjee, *Randomized Response*, Marcel Dekker, 1988, ch. 2.

    Examples
    --------
    >>> estimate = sensitive_rate(crosswise(0.25), respondents=400, yes=280)
    >>> print(f"{estimate.rate:.2f} ({estimate.low:.3f} to {estimate.high:.3f})")
    0.10 (0.010 to 0.190)
    >>> round(estimate.efficiency, 3)
    0.107
    """
    strata = DeviceSample.of(respondents, population)
    share = strata.share(yes)
    rate = (share - device.base) / device.slope
    spread = share * (1 - share) * strata.besselian / device.slope**2
    variance = spread - strata.fraction * (spread - device.noise(rate))
    return _combined(strata, rate, variance, level)


def bias_corrected_crosswise(
    p: float,
    anchor: float,
    respondents: ArrayLike,
    *,
    yes: ArrayLike,
    anchor_yes: ArrayLike,
    both_yes: ArrayLike,
    population: ArrayLike | None = None,
    level: float = 0.95,
) -> SensitiveRate:
    """Estimate a rate by the crosswise model when some answer at random.

    The same persons answer an anchor: a crosswise question whose statement is true of no person.

    Parameters
    ----------
    p, anchor : float
        Chance of the statement that the question, and the anchor, is crossed with; not 0.5.
    respondents, yes, anchor_yes, both_yes : array_like of int, shape (H,) or scalar
        Answers in each stratum, those "both or neither" to the question, to the anchor, to both.
    population : array_like of int, shape (H,) or scalar, optional
        Persons; may be left out for a single stratum, then taken as without end.
    level : float
        Confidence of the t interval, with n - H degrees of freedom.

    Returns
    -------
    SensitiveRate
        Linearised in the two shares of yes, which the strata are pooled for; the finite
        population correction applies to the variance of the true answers alone.

    Raises
    ------
    DeviceError
        The counts are impossible, or the anchor shows that no respondent followed the instructions.

    References
    ----------
    .. [1] Y. Atsusaka and R. T. Stevenson, "A bias-corrected estimator for the crosswise model
       with inattentive respondents", *Political Analysis* 31 (2023), 134-148.

    Examples
    --------
    >>> estimate = bias_corrected_crosswise(
    ...     0.25, 0.25, 400, yes=260, anchor_yes=280, both_yes=190
    ... )
    >>> print(f"{estimate.rate:.3f} at an attention of {estimate.attention:.2f}")
    0.125 at an attention of 0.80
    """
    device, calibration = crosswise(p), crosswise(anchor)
    strata = DeviceSample.of(respondents, population)
    share, anchor_share, both_share = (
        strata.share(yes),
        strata.share(anchor_yes),
        strata.share(both_yes),
    )
    if np.any(both_share > np.minimum(share, anchor_share)) or np.any(
        both_share < share + anchor_share - 1
    ):
        raise DeviceError(
            "Those who said yes to both are more, or fewer, than the two counts allow."
        )
    attention = float((strata.weight @ anchor_share - 0.5) / (calibration.base - 0.5))
    if not attention > 0:
        raise DeviceError("The anchor shows no attention: the answers tell nothing.")
    rate = 0.5 + (share - 0.5) / (attention * device.slope)
    pooled = float(strata.weight @ rate)
    # The estimate moves by these with a share of yes to the question, and to the anchor.
    by_share = 1 / (attention * device.slope)
    by_anchor = -(pooled - 0.5) / (attention * (calibration.base - 0.5))
    spread = (
        by_share**2 * share * (1 - share)
        + by_anchor**2 * anchor_share * (1 - anchor_share)
        + 2 * by_share * by_anchor * (both_share - share * anchor_share)
    ) * strata.besselian
    truth = np.maximum(rate * (1 - rate), 0)
    return _combined(strata, rate, spread - strata.fraction * truth, level, attention)


def _combined(
    strata: DeviceSample, rate: Floats, variance: Floats, level: float, attention: float = 1.0
) -> SensitiveRate:
    """Combine the strata's rates and the variances of one answer in each."""
    se = float(np.sqrt(strata.weight**2 @ (np.maximum(variance, 0) / strata.respondents)))
    df = int(strata.respondents.sum()) - strata.respondents.size
    return estimated(strata, rate, se, df, level, attention)


def estimated(
    strata: DeviceSample, rate: Floats, se: float, df: int, level: float, attention: float = 1.0
) -> SensitiveRate:
    """Describe the rate over all strata, of ``rate`` in each and with the standard error ``se``."""
    moment = float(strata.weight @ rate)
    truth = np.clip(rate, 0, 1)
    spread = (1 - strata.fraction) * truth * (1 - truth) * strata.besselian
    direct = float(np.sqrt(strata.weight**2 @ (spread / strata.respondents)))
    reach = float(scipy.special.stdtrit(df, (1 + level) / 2)) * se
    low, high, inside = np.clip([moment - reach, moment + reach, moment], 0, 1)
    return SensitiveRate(
        rate=float(inside),
        moment=moment,
        se=se,
        low=float(low),
        high=float(high),
        df=df,
        direct_se=direct,
        efficiency=(direct / se) ** 2 if se else 1.0,
        attention=attention,
    )
