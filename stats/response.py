"""Response rates as AAPOR defines them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from stats.arrays import Floats, frozen


class ResponseError(ValueError):
    """Dispositions that no survey can have; the sentence names the stratum."""


@dataclass(frozen=True, eq=False)
class Dispositions:
    """What became of the persons issued in H strata.

    Attributes
    ----------
    stratum : tuple of str, length H
    complete, partial : ndarray, shape (H,)
        Persons with a complete, with a partial interview.
    refused, not_contacted, other : ndarray, shape (H,)
        Eligible persons without one, by reason.
    unknown : ndarray, shape (H,)
        Persons not known to be eligible (AAPOR's UH and UO together).
    ineligible : ndarray, shape (H,)
    """

    stratum: tuple[str, ...]
    complete: Floats
    partial: Floats
    refused: Floats
    not_contacted: Floats
    other: Floats
    unknown: Floats
    ineligible: Floats

    @classmethod
    def of(cls, stratum: Sequence[str], complete: ArrayLike, **counts: ArrayLike) -> "Dispositions":
        """Build from counts by name; those left out are 0.

        Raises
        ------
        ResponseError
            A count is negative, or a stratum has no person who is or may be eligible.
        """
        names = tuple(stratum)
        by_name = {"complete": complete, **counts}
        arrays = {
            field.name: _persons(names, field.name, by_name.pop(field.name, 0))
            for field in fields(cls)[1:]
        }
        if by_name:
            raise ResponseError(f"AAPOR knows no disposition {next(iter(by_name))}.")
        dispositions = cls(names, **arrays)
        for name, persons in zip(names, dispositions.eligible + dispositions.unknown, strict=True):
            if not persons:
                raise ResponseError(f"Stratum {name}: no one was issued who may be eligible.")
        return dispositions

    @property
    def eligible(self) -> Floats:
        """Those known to be eligible, shape (H,)."""
        return self.complete + self.partial + self.refused + self.not_contacted + self.other

    def pooled(self, weight: ArrayLike = 1.0) -> "Dispositions":
        """Sum the strata, each person counting ``weight`` (AAPOR's weighted response rate)."""
        sums = {
            field.name: np.atleast_1d(np.sum(np.multiply(getattr(self, field.name), weight)))
            for field in fields(self)[1:]
        }
        return type(self)(("all",), **sums)


@dataclass(frozen=True, eq=False)
class ResponseRates:
    """AAPOR's six response rates of H strata, shares from 0 to 1.

    Attributes
    ----------
    stratum : tuple of str, length H
    eligibility : ndarray, shape (H,)
        The share e of the unknown taken as eligible in RR3 and RR4.
    rr1, rr2 : ndarray, shape (H,)
        All of the unknown taken as eligible; complete interviews, and with partial ones.
    rr3, rr4 : ndarray, shape (H,)
        The share e taken as eligible.
    rr5, rr6 : ndarray, shape (H,)
        None taken as eligible; 0 where no person is known to be eligible.
    """

    stratum: tuple[str, ...]
    eligibility: Floats
    rr1: Floats
    rr2: Floats
    rr3: Floats
    rr4: Floats
    rr5: Floats
    rr6: Floats


def response_rates(
    dispositions: Dispositions, eligibility: ArrayLike | None = None
) -> ResponseRates:
    """Compute RR1 to RR6 for each stratum; give ``dispositions.pooled()`` for the whole.

    Parameters
    ----------
    dispositions : Dispositions
    eligibility : array_like of float, shape (H,) or scalar, optional
        Share of the unknown that is eligible; by default the share among those known (CASRO).

    Returns
    -------
    ResponseRates

    Raises
    ------
    ResponseError
        ``eligibility`` lies outside 0 to 1.

    References
    ----------
    .. [1] American Association for Public Opinion Research, *Standard Definitions: Final
       Dispositions of Case Codes and Outcome Rates for Surveys*, 10th ed., 2023.

    Examples
    --------
    >>> dispositions = Dispositions.of(["city"], complete=[60], refused=20, unknown=20)
    >>> shares = response_rates(dispositions)
    >>> shares.rr1, shares.rr5
    (array([0.6]), array([0.75]))
    """
    d = dispositions
    resolved = d.eligible + d.ineligible
    # Where nothing is known all unknown count as eligible, which makes RR3 the cautious RR1.
    share = _ratio(d.eligible, resolved, empty=1.0) if eligibility is None else eligibility
    e = np.broadcast_to(np.asarray(share, dtype=np.float64), resolved.shape)
    if np.any((e < 0) | (e > 1)):
        raise ResponseError("The share of eligible among the unknown must lie between 0 and 1.")
    numerators = d.complete, d.complete + d.partial
    rates = [
        _ratio(numerator, d.eligible + share_of_unknown * d.unknown)
        for share_of_unknown in (1.0, e, 0.0)
        for numerator in numerators
    ]
    return ResponseRates(d.stratum, e, *rates)


def _ratio(part: Floats, whole: Floats, empty: float = 0.0) -> Floats:
    ratio = np.divide(part, whole, out=np.full_like(whole, empty), where=whole > 0)
    return frozen(ratio)


def _persons(names: tuple[str, ...], disposition: str, counts: ArrayLike) -> Floats:
    values = np.asarray(counts, dtype=np.float64)
    if values.shape not in {(), (len(names),)}:
        raise ResponseError(
            f"There are {values.size} counts of {disposition} for {len(names)} strata."
        )
    array = frozen(np.broadcast_to(values, len(names)))
    for name, count in zip(names, array, strict=True):
        if not 0 <= count < np.inf:
            raise ResponseError(f"Stratum {name}: {disposition} cannot be {count:g} persons.")
    return array
