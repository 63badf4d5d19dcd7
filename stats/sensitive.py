"""Rates of sensitive questions asked through a device that hides each answer."""

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from stats.arrays import Floats


class DeviceError(ValueError):
    """The device carries no information, or the counts cannot have come from it."""


@dataclass(frozen=True)
class Device:
    """A device by which a person whose true answer is y says yes with chance ``base + slope y``.

    Attributes
    ----------
    name : str
    base, slope : float

    Raises
    ------
    DeviceError
        The chances lie outside 0 to 1, or do not depend on the true answer.

    Examples
    --------
    >>> die = Device("die", base=1 / 6, slope=2 / 3)
    >>> round(float(die.yes(0.3)), 4)
    0.3667
    """

    name: str
    base: float
    slope: float

    def __post_init__(self) -> None:
        if not (self.slope and 0 <= self.base <= 1 and 0 <= self.base + self.slope <= 1):
            raise DeviceError(
                f"These probabilities make no {self.name} device that tells anything."
            )

    def yes(self, rate: ArrayLike) -> Floats:
        """Return the chance of a yes where ``rate`` of the persons would truly say yes."""
        return np.asarray(self.base + self.slope * np.asarray(rate), dtype=np.float64)

    def noise(self, rate: ArrayLike) -> Floats:
        """Return the variance the device adds to one person's answer, averaged over persons."""
        never, always = self.base, self.base + self.slope
        ends = np.array([never * (1 - never), always * (1 - always)]) / self.slope**2
        return np.asarray(ends[0] + (ends[1] - ends[0]) * np.asarray(rate), dtype=np.float64)


def warner(p: float) -> Device:
    """Ask for the statement with chance ``p``, for its contrary otherwise.

    References
    ----------
    .. [1] S. L. Warner, "Randomized response", *J. Am. Stat. Assoc.* 60 (1965), 63-69.

    Examples
    --------
    >>> warner(0.75)
    Device(name='Warner', base=0.25, slope=0.5)
    """
    return Device("Warner", 1 - p, 2 * p - 1)


def crosswise(p: float) -> Device:
    """Ask whether both or neither hold: the statement, and one that holds with chance ``p``.

    References
    ----------
    .. [1] J.-W. Yu, G.-L. Tian and M.-L. Tang, "Two new models for survey sampling with sensitive
       characteristic", *Metrika* 67 (2008), 251-263.

    Examples
    --------
    >>> crosswise(0.25)
    Device(name='crosswise', base=0.75, slope=-0.5)
    """
    return Device("crosswise", 1 - p, 2 * p - 1)


def forced_response(truth: float, yes: float) -> Device:
    """Ask for the truth with chance ``truth``, for a yes with chance ``yes``, for a no otherwise.

    References
    ----------
    .. [1] G. Blair, K. Imai and Y.-Y. Zhou, "Design and analysis of the randomized response
       technique", *J. Am. Stat. Assoc.* 110 (2015), 1304-1319, sec. 2.

    Examples
    --------
    >>> device = forced_response(truth=0.75, yes=0.125)
    >>> device.base, device.slope
    (0.125, 0.75)
    """
    return Device("forced response", yes, truth)


def unrelated_question(p: float, prevalence: float) -> Device:
    """Ask the question with chance ``p``, an unrelated one of known ``prevalence`` otherwise.

    References
    ----------
    .. [1] B. G. Greenberg et al., "The unrelated question randomized response model", *J. Am.
       Stat. Assoc.* 64 (1969), 520-539.

    Examples
    --------
    >>> device = unrelated_question(0.75, prevalence=0.5)
    >>> device.base, device.slope
    (0.125, 0.75)
    """
    return Device("unrelated question", (1 - p) * prevalence, p)


@dataclass(frozen=True)
class SensitiveRate:
    """A rate estimated through a device.

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
    strata = _Strata.of(respondents, population)
    share = strata.share(yes)
    rate = (share - device.base) / device.slope
    spread = share * (1 - share) * strata.besselian / device.slope**2
    variance = spread - strata.fraction * (spread - device.noise(rate))
    return strata.estimate(rate, variance, level)


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
    strata = _Strata.of(respondents, population)
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
    return strata.estimate(rate, spread - strata.fraction * truth, level, attention)


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
    samples = _Strata.of(respondents, [1, 1], finite=False)
    share = samples.share(yes)
    inverse = np.linalg.inv(chances)
    variance = share * (1 - share) / (samples.respondents - 1)
    return inverse @ share, (inverse * variance) @ inverse.T


@dataclass(frozen=True)
class _Strata:
    """Respondents, share of the population and sampling fraction of H strata."""

    respondents: Floats
    weight: Floats
    fraction: Floats

    @classmethod
    def of(
        cls, respondents: ArrayLike, population: ArrayLike | None, *, finite: bool = True
    ) -> "_Strata":
        sizes = np.atleast_1d(np.asarray(respondents, dtype=np.float64))
        if np.any(sizes < 2):
            raise DeviceError("Every stratum needs at least 2 respondents.")
        if population is None:
            if sizes.size > 1:
                raise DeviceError("Several strata need their populations.")
            return cls(sizes, np.ones(1), np.zeros(1))
        people = np.broadcast_to(np.asarray(population, dtype=np.float64), sizes.shape)
        if finite and np.any(people < sizes):
            raise DeviceError("A stratum has more respondents than persons.")
        return cls(sizes, people / people.sum(), sizes / people)

    @property
    def besselian(self) -> Floats:
        """The factor n / (n - 1), which makes the variance of a sample unbiased."""
        return self.respondents / (self.respondents - 1)

    def share(self, counts: ArrayLike) -> Floats:
        share = np.atleast_1d(np.asarray(counts, dtype=np.float64)) / self.respondents
        if np.any((share < 0) | (share > 1)):
            raise DeviceError("More answers were yes than there are respondents.")
        return share

    def estimate(
        self, rate: Floats, variance: Floats, level: float, attention: float = 1.0
    ) -> SensitiveRate:
        """Combine the strata's rates and the variances of one answer in each."""
        moment = float(self.weight @ rate)
        se = float(np.sqrt(self.weight**2 @ (np.maximum(variance, 0) / self.respondents)))
        truth = np.clip(rate, 0, 1)
        spread = (1 - self.fraction) * truth * (1 - truth) * self.besselian
        direct = float(np.sqrt(self.weight**2 @ (spread / self.respondents)))
        df = int(self.respondents.sum()) - self.respondents.size
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
