"""How sure it is that a rate reaches a threshold."""

from __future__ import annotations

import math

import scipy


def exceedance(
    rate: float, threshold: float, *, answers: int, std_error: float, census: bool = False
) -> float:
    """Return the probability that a rate reaches a threshold: is as great, or greater.

    Jeffreys' posterior with the effective sample size p(1 - p) / V, at most the answers: a beta
    distribution with n_eff p + ½ and n_eff (1 - p) + ½.

    Parameters
    ----------
    rate : float
        Estimate p.
    threshold : float
        Between 0 and 1.
    answers : int
        Sheets that the estimate rests on, at least 1.
    std_error : float
        Root of V; where it is 0 the effective size is the answers.
    census : bool
        All persons were asked and answered: the rate is known, and the probability 0 or 1.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        There are no answers, or a rate or threshold outside of [0, 1].

    References
    ----------
    .. [1] L. D. Brown, T. T. Cai and A. DasGupta, "Interval estimation for a binomial proportion",
       *Statistical Science* 16, 2001, sec. 4.3.
    .. [2] C. Franco, R. J. A. Little, T. A. Louis and E. V. Slud, "Comparative study of confidence
       intervals for proportions in complex sample surveys", *Journal of Survey Statistics and
       Methodology* 7, 2019.

    Examples
    --------
    >>> round(exceedance(0.14, 0.10, answers=50, std_error=0.05), 3)
    0.826
    """
    if answers < 1 or not 0 <= rate <= 1 or not 0 <= threshold <= 1:
        raise ValueError("a probability needs answers, and a rate and threshold from 0 to 1")
    if census or (not std_error and 0 < rate < 1):
        return float(rate >= threshold)
    spread, variance = rate * (1 - rate), std_error**2
    size = spread / variance if 0 < spread < answers * variance else answers
    beta = scipy.special.betainc(size * rate + 0.5, size * (1 - rate) + 0.5, threshold)
    return 1 - float(beta) if math.isfinite(beta) else float(rate >= threshold)
