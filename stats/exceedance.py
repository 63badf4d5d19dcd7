"""How sure it is that a rate reaches a threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import scipy

from stats import confidence
from stats.linearisation import Partition, ratio
from stats.rates import ALL
from stats.tallies import Denominator, Tally, refuse_surplus
from stats.weighted_rates import attempt, common_variance, domains

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stats.arrays import Floats
    from stats.counting import Counts
    from stats.design import Design
    from stats.weighted_rates import WeightedRate
    from stats.weighting_classes import ClassWeights
    from stats.weights import Weights

_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Exceedance:
    """How sure it is that a domain's rate of one item reaches each of T thresholds.

    A probability is that of a reader to whom all rates were equally likely beforehand. Where all
    persons were asked it is 0 or 1, and 1 at the threshold itself.

    Attributes
    ----------
    domain, item : str
        As a ``Rate`` names them.
    thresholds : tuple of float, length T
    rate : float or None
        The estimate; None without answers.
    probability : tuple of float, length T, or None
        That the rate is as great as each threshold, or greater.
    lower, upper : tuple of float, length T, or None
        The same with the undetermined as no, as yes. Any contact takes them as no.
    """

    domain: str
    item: str
    thresholds: tuple[float, ...]
    rate: float | None
    probability: tuple[float, ...] | None
    lower: tuple[float, ...] | None
    upper: tuple[float, ...] | None


def exceedance(
    design: Design,
    counts: Counts,
    thresholds: Sequence[float],
    *,
    by: str | None = None,
    items: Sequence[str] | None = None,
    any_contact: bool = True,
    denominator: Denominator = Denominator.VALID,
    fpc: bool = True,
) -> tuple[Exceedance, ...]:
    """Return the probability that each rate reaches each threshold.

    All rates are taken to be equally likely beforehand. In one stratum it is exact; over several it
    is the tail of the default interval's test of the threshold, with half of the sample's chance.
    It knows the design and the finite population at rates of 0 and 1 too.

    Parameters
    ----------
    design, counts, by, items, any_contact, denominator, fpc
        As for ``rates``.
    thresholds : sequence of float, length T
        Rates between 0 and 1.

    Returns
    -------
    tuple of Exceedance
        Domain by domain and item by item, as ``rates`` gives them.

    Raises
    ------
    DesignError
        As for ``rates``.
    ValueError
        A threshold is not between 0 and 1, an item was not counted, or any contact is asked for
        among answers.

    References
    ----------
    .. [1] C. Franco, R. J. A. Little, T. A. Louis and E. V. Slud, "Comparative study of confidence
       intervals for proportions in complex sample surveys", *Journal of Survey Statistics and
       Methodology* 7, 2019.

    Examples
    --------
    >>> design = Design(["city", "county"], population=[400, 600], respondents=[20, 30])
    >>> answers = np.concatenate([np.arange(20) < 4, np.arange(30) < 3])[:, None]
    >>> counts = count(np.repeat([0, 1], [20, 30]), answers, ["gift"], strata=2)
    >>> (gift,) = exceedance(design, counts, [0.02, 0.3], any_contact=False)
    >>> gift.probability[0] > 0.99, gift.probability[1] < 0.01
    (True, True)
    """
    levels = _between_0_and_1(thresholds)
    part = Partition.of(design, by, fpc=fpc)
    tally = Tally.of(counts, items, denominator, any_contact=any_contact)
    refuse_surplus(design, tally)
    ratios = [ratio(part, yes, sheets) for yes, sheets in _readings(tally)]
    rate = np.where(ratios[0].answers > 0, ratios[0].rate, np.nan)
    probabilities = [
        np.reshape(
            [confidence.exceedance(part, reading, threshold) for threshold in levels],
            (len(levels), *rate.shape),
        )
        for reading in ratios
    ]
    names = (ALL,) if by is None else part.names
    return tuple(
        _row(domain, item, levels, rate[at, place], [p[:, at, place] for p in probabilities])
        for at, domain in enumerate(names)
        for place, item in enumerate(tally.items)
    )


def weighted_exceedance(
    weights: Weights | ClassWeights,
    counts: Counts,
    thresholds: Sequence[float],
    *,
    by: str | None = None,
    items: Sequence[str] | None = None,
    any_contact: bool = True,
    denominator: Denominator = Denominator.VALID,
    fpc: bool = True,
) -> tuple[Exceedance, ...]:
    """Return the probability that each rate reaches each threshold, under weights.

    It is the upper tail of a beta distribution with n* p + ½ and n* (1 - p) + ½. The effective size
    n* is p (1 - p) / V, and at most what the sample would have if the rate were the same in all
    cells; this is the size at rates of 0 and 1.

    Parameters
    ----------
    weights, counts, by, items, any_contact, denominator, fpc
        As for ``weighted_rates``.
    thresholds : sequence of float, length T
        Rates between 0 and 1.

    Returns
    -------
    tuple of Exceedance
        Domain by domain and item by item, as ``weighted_rates`` gives them. Probabilities are None
        too where a variance cannot be estimated.

    Raises
    ------
    WeightingError
        As for ``weighted_rates``.
    ValueError
        A threshold is not between 0 and 1, or as for ``weighted_rates``.

    References
    ----------
    .. [1] L. D. Brown, T. T. Cai and A. DasGupta, "Interval estimation for a binomial proportion",
       *Statistical Science* 16, 2001, sec. 4.3.

    Examples
    --------
    >>> cells = Cells.of({"city": 1000}, ["city"] * 2, {"age": ["young", "old"]}, [20, 40])
    >>> raked = rake(cells, {"age": {"young": 500, "old": 500}})
    >>> answers = np.array([1] * 8 + [0] * 12 + [1] * 4 + [0] * 36)[:, None]
    >>> counts = count(np.repeat([0, 1], [20, 40]), answers, ["gift"], strata=2)
    >>> (gift,) = weighted_exceedance(raked, counts, [0.1, 0.25], any_contact=False)
    >>> [round(probability, 2) for probability in gift.probability]
    [1.0, 0.51]
    """
    levels = _between_0_and_1(thresholds)
    tally = Tally.of(counts, items, denominator, any_contact=any_contact)
    return tuple(
        _weighted_row(weights, domain, within, place, levels, fpc=fpc)
        for domain, within in domains(weights, tally, by)
        for place in range(len(within.items))
    )


def _between_0_and_1(thresholds: Sequence[float]) -> tuple[float, ...]:
    for threshold in thresholds:
        if not 0 <= threshold <= 1:
            raise ValueError(f"a threshold of {threshold:g} is not between 0 and 1")
    return tuple(thresholds)


def _readings(tally: Tally) -> tuple[tuple[Floats, Floats], ...]:
    """Return the yes and the sheets of the rate, and with the undetermined as no, as yes."""
    return (
        (tally.yes, tally.answers),
        (tally.yes, tally.everyone),
        (tally.yes + tally.undetermined, tally.everyone),
    )


def _row(
    domain: str,
    item: str,
    thresholds: tuple[float, ...],
    rate: float,
    probabilities: Sequence[Floats],
) -> Exceedance:
    own, as_no, as_yes = probabilities
    return Exceedance(
        domain,
        item,
        thresholds,
        rate=None if np.isnan(rate) else float(rate),
        probability=_present(own),
        lower=_present(np.fmin(own, as_no)),
        upper=_present(np.fmax(own, as_yes)),
    )


def _present(probabilities: Floats) -> tuple[float, ...] | None:
    return None if np.isnan(probabilities).any() else tuple(probabilities.tolist())


def _weighted_row(
    weights: Weights | ClassWeights,
    domain: str,
    tally: Tally,
    place: int,
    thresholds: tuple[float, ...],
    *,
    fpc: bool,
) -> Exceedance:
    columns = [(yes[:, place], sheets[:, place]) for yes, sheets in _readings(tally)]
    estimates = [attempt(weights, yes, sheets - yes, fpc=fpc) for yes, sheets in columns]
    probabilities = [
        _tails(weights, estimate, sheets, thresholds, fpc=fpc)
        for estimate, (_, sheets) in zip(estimates, columns, strict=True)
    ]
    rate = np.nan if estimates[0] is None else estimates[0].rate
    return _row(domain, tally.items[place], thresholds, rate, probabilities)


def _tails(
    weights: Weights | ClassWeights,
    estimate: WeightedRate | None,
    sheets: Floats,
    thresholds: tuple[float, ...],
    *,
    fpc: bool,
) -> Floats:
    levels = np.array(thresholds)
    if estimate is None:
        return np.full_like(levels, np.nan)
    if math.isclose(estimate.n, estimate.population, rel_tol=_ROUNDING):
        return (estimate.rate >= levels * (1 - _ROUNDING)).astype(float)
    size = _effective_size(weights, estimate, sheets, fpc=fpc)
    yes, no = size * estimate.rate, size * (1 - estimate.rate)
    return np.asarray(1 - scipy.special.betainc(yes + 0.5, no + 0.5, levels))


def _effective_size(
    weights: Weights | ClassWeights, estimate: WeightedRate, sheets: Floats, *, fpc: bool
) -> float:
    """Return p (1 - p) / V, and at most the size at a common rate; the sheets without any V."""
    inner = 0 < estimate.rate < 1
    rate = estimate.rate if inner else 0.5
    common = common_variance(weights, sheets, rate, fpc=fpc)
    variance = max(common, estimate.se**2 if inner else 0.0)
    return rate * (1 - rate) / variance if variance > 0 else float(estimate.n)
