"""Rates by domain and item, with their errors, intervals and totals."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np

from stats import confidence, linearisation
from stats.intervals import Interval
from stats.linearisation import Partition, Ratio
from stats.presentation import Presentation, presentation
from stats.tallies import Denominator, Tally, refuse_surplus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from stats.arrays import Floats, Limits
    from stats.counting import Counts
    from stats.design import Design

ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Rate:
    """A domain's rate for one item; every field is finite, or None where there is no estimate.

    Attributes
    ----------
    domain, item : str
        ``"all"`` where there is one domain; ``"any"`` for any contact.
    n, yes : int
        Sheets whose answer determines the item, and the yes among them.
    unknown, refused, inapplicable : int
        Sheets that do not determine it: can't remember (8), rather not say (9), does not apply. For
        any contact ``unknown`` counts the undetermined, which are a no in the rate, and ``refused``
        is 0.
    population : float
        Persons in the domain; estimated where the domain cuts through strata.
    rate, se : float or None
        The Hájek ratio and its standard error; None without answers. The error is None too where
        lonely strata have no other to average over.
    low, high : float or None
        Confidence limits at ``level``.
    level : float
    interval : Interval
        The method used: ``DEFAULT`` names what it is in one stratum or several, and a method that
        has nothing to work with (at 0 and 1, say) gives way to what took its place.
    deff, deff_wr : float or None
        Design effect against simple random sampling without and with replacement; None where the
        simple random sample has no variance.
    df : int
        Answers less strata with answers.
    total : float
        Persons for whom the yes stand. Missing answers are not imputed.
    total_se : float or None
        Its standard error.
    lower, upper : float or None
        The rate with the undetermined (can't remember, rather not say) as no, as yes: bounds of
        the estimate, without sampling error. Any contact's rate is its ``lower``.
    outer_low, outer_high : float or None
        Limits that hold the rate with ``level`` whatever the undetermined would have said: the low
        limit of ``lower`` and the high limit of ``upper`` (of one stratum, by default, the exact
        ones), never within ``low`` and ``high``.
    presentation : Presentation or None
        Whether the rate may be shown; None if there is none.
    """

    domain: str
    item: str
    n: int
    yes: int
    unknown: int
    refused: int
    inapplicable: int
    population: float
    rate: float | None
    se: float | None
    low: float | None
    high: float | None
    level: float
    interval: Interval
    deff: float | None
    deff_wr: float | None
    df: int
    total: float
    total_se: float | None
    lower: float | None
    upper: float | None
    outer_low: float | None
    outer_high: float | None
    presentation: Presentation | None


def rates(
    design: Design,
    counts: Counts,
    *,
    by: str | None = None,
    items: Sequence[str] | None = None,
    any_contact: bool = True,
    denominator: Denominator = Denominator.VALID,
    interval: Interval = Interval.DEFAULT,
    level: float = 0.95,
    fpc: bool = True,
) -> tuple[Rate, ...]:
    """Estimate the rate of each item, and of any contact, in each domain.

    Parameters
    ----------
    design : Design
        H strata.
    counts : Counts
        Of the same strata; of some of the sheets where the domain cuts through strata.
    by : str, optional
        ``"stratum"`` or one of the design's groups; without it, one domain of all strata.
    items : sequence of str, optional
        Items to estimate; all of them without it.
    any_contact : bool
        Whether to add the item ``"any"``: yes if any item is yes, else no, also where answers are
        missing. One yes decides a sheet and one no does not, so that leaving the undetermined out
        would favour the yes; they are counted as ``unknown``, and ``upper`` has them as yes.
    denominator : Denominator
        Among whom the rates are taken.
    interval : Interval
    level : float
        Of confidence, between 0 and 1.
    fpc : bool
        Whether standard errors and intervals make use of the finite population.

    Returns
    -------
    tuple of Rate
        Domain by domain in the order of first appearance, item by item.

    Raises
    ------
    DesignError
        A stratum has no respondents, fewer than were counted, or one and ``design.lonely`` is FAIL.
    ValueError
        An item was not counted, any contact is asked for among answers, or the level is not
        between 0 and 1.

    References
    ----------
    .. [1] C.-E. Särndal, B. Swensson and J. Wretman, *Model Assisted Survey Sampling*, Springer,
       1992, sec. 5.6–5.8 and 10.3.
    .. [2] W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley, 1977, sec. 5A.13.
    .. [3] G. W. Imbens and C. F. Manski, "Confidence intervals for partially identified
       parameters", *Econometrica* 72 (2004), 1845-1857.

    Examples
    --------
    >>> design = Design(["city", "county"], population=[400, 600], respondents=[20, 30])
    >>> stratum = np.repeat([0, 1], [20, 30])
    >>> gift = np.concatenate([np.arange(20) < 4, np.arange(30) < 3])
    >>> counts = count(stratum, gift[:, None], ["gift"], strata=2)
    >>> for rate in rates(design, counts, by="stratum", any_contact=False):
    ...     print(f"{rate.domain}: {rate.rate:.3f} ({rate.low:.3f} to {rate.high:.3f})")
    city: 0.200 (0.075 to 0.420)
    county: 0.100 (0.030 to 0.258)
    >>> (rate,) = rates(design, counts, any_contact=False)
    >>> print(f"{rate.rate:.3f}, standard error {rate.se:.4f}, {rate.total:.0f} persons")
    0.140, standard error 0.0484, 140 persons
    >>> print(rate.presentation.decision, "-", rate.presentation.reason)
    suppress - interval wider than 130 % of the rate

    Twenty of 200 had contact, and 67 others cannot remember:

    >>> answers = np.repeat([1, 8, 0], [20, 67, 113])[:, None]
    >>> counts = count([0] * 200, answers, ["gift"], strata=1)
    >>> *_, contact = rates(Design(["all"], [2000], [200]), counts)
    >>> print(f"at least {contact.rate:.2f}, at most {contact.upper:.3f}")
    at least 0.10, at most 0.435
    >>> print(f"{contact.outer_low:.2f} to {contact.outer_high:.2f} with sampling error")
    0.06 to 0.50 with sampling error
    """
    refuse_level(level)
    part = Partition.of(design, by, fpc=fpc)
    tally = Tally.of(counts, items, denominator, any_contact=any_contact)
    refuse_surplus(design, tally)
    sample = _SampleOfPersons(part, Interval(interval), level)
    return estimates((ALL,) if by is None else part.names, sample, tally, level)


def refuse_level(level: float) -> None:
    """Raise a `ValueError` if a confidence level is not between 0 and 1."""
    if not 0 < level < 1:
        raise ValueError(f"a confidence level of {level:g} is not between 0 and 1: 95 % is 0.95")


class Sampling(Protocol):
    """What the way of sampling makes of a tally's (R, I) columns, for D domains."""

    @property
    def weight(self) -> Floats:
        """Persons for whom one sheet of each row stands, (R, 1)."""

    def total(self, column: Floats) -> Floats:
        """Sum the rows of each domain: (D, I)."""

    def population(self, sheets: Floats) -> Floats:
        """Estimate the persons in each domain from its sheets: (D, I)."""

    def ratio(self, yes: Floats, answers: Floats) -> Ratio:
        """Estimate rates and their variances: (D, I)."""

    def limits(self, ratios: Ratio) -> Limits:
        """Return confidence limits: (D, I)."""

    def highest(self, ratios: Ratio) -> Floats:
        """Return upper limits with at most half of 1 - level beyond them: (D, I)."""

    def methods(self, ratios: Ratio) -> NDArray[np.str_]:
        """Return the names of the methods that the limits are by: (D, I)."""


@dataclass(frozen=True, eq=False)
class _SampleOfPersons:
    """Persons drawn one by one in each stratum, which is a row."""

    part: Partition
    interval: Interval
    level: float

    @property
    def weight(self) -> Floats:
        return self.part.weight

    def total(self, column: Floats) -> Floats:
        return self.part.total(column)

    def population(self, sheets: Floats) -> Floats:
        # n and N are divided first so that a domain of whole strata has its exact population
        design = self.part.design
        return self.part.total(design.population[:, None] * (sheets / design.respondents[:, None]))

    def ratio(self, yes: Floats, answers: Floats) -> Ratio:
        return linearisation.ratio(self.part, yes, answers)

    def limits(self, ratios: Ratio) -> Limits:
        return confidence.limits(self.part, ratios, self.interval, self.level)

    def highest(self, ratios: Ratio) -> Floats:
        if self.interval in {Interval.DEFAULT, Interval.EXACT}:
            return confidence.highest(self.part, ratios, self.level)
        return self.limits(ratios)[1]

    def methods(self, ratios: Ratio) -> NDArray[np.str_]:
        return confidence.methods(self.part, ratios, self.interval)


def estimates(
    names: Sequence[str], sample: Sampling, tally: Tally, level: float
) -> tuple[Rate, ...]:
    """Estimate the rates of D named domains × I items.

    Parameters
    ----------
    names : sequence of str, length D
    sample : Sampling
        How the sheets of the tally's rows were drawn.
    tally : Tally
    level : float
        Of the sample's limits.
    """
    ratios = sample.ratio(tally.yes, tally.answers)
    return tuple(_rows(names, sample, tally, ratios, level))


def _divided(numerator: Floats, denominator: Floats) -> Floats:
    """Divide, NaN where the denominator is 0."""
    nothing = np.full(np.broadcast_shapes(numerator.shape, denominator.shape), np.nan)
    np.divide(numerator, denominator, out=nothing, where=denominator != 0)
    return nothing


def _columns(sample: Sampling, tally: Tally, ratios: Ratio) -> dict[str, Floats]:
    """Return the fields of D × I rates that are real numbers; NaN where there is no estimate."""
    low, high = sample.limits(ratios)
    everyone = sample.total(sample.weight * tally.everyone)
    lower = _divided(ratios.total, everyone)
    upper = _divided(sample.total(sample.weight * (tally.yes + tally.undetermined)), everyone)
    outer_low, outer_high = _outer(sample, tally, (low, high))
    someone = np.where(everyone > 0, 1.0, np.nan)
    simple = _divided(ratios.rate * (1 - ratios.rate), np.maximum(ratios.answers - 1, 0))
    deff_wr = _divided(ratios.variance, simple)
    where_answers = np.where(ratios.answers > 0, 1.0, np.nan)
    return {
        "rate": ratios.rate * where_answers,
        "se": np.sqrt(ratios.variance) * where_answers,
        "low": low * where_answers,
        "high": high * where_answers,
        "deff": _divided(deff_wr, 1 - _divided(ratios.answers, ratios.persons)),
        "deff_wr": deff_wr,
        "lower": lower,
        "upper": upper,
        "outer_low": np.fmin(outer_low, lower) * someone,
        "outer_high": np.fmax(outer_high, upper) * someone,
        "population": sample.population(tally.sheets),
        "total": ratios.total,
        "total_se": np.sqrt(ratios.total_variance),
    }


def _outer(sample: Sampling, tally: Tally, own: Limits) -> Limits:
    """Return limits that hold the rates with the undetermined as no, and as yes (D × I).

    Both have the full level. Between bounds that lie apart a rate can be missed on one side only,
    which Imbens and Manski's finer level makes use of; that has no room for discrete samples.
    """
    low, high = own
    is_open = sample.total(tally.undetermined) > 0
    if not is_open.any():
        return low, high
    everyone, yes = tally.everyone, tally.yes
    # The upper limit of the no mirrors the lower one of the yes.
    ends = sample.ratio(
        np.hstack([everyone - yes, yes + tally.undetermined]), np.hstack([everyone, everyone])
    )
    no, greatest = np.hsplit(sample.highest(ends), 2)
    least = 1 - no
    return (
        np.where(is_open, np.fmin(low, least), low),
        np.where(is_open, np.fmax(high, greatest), high),
    )


def _rows(
    names: Sequence[str], sample: Sampling, tally: Tally, ratios: Ratio, level: float
) -> Iterator[Rate]:
    reals = {
        name: [None if math.isnan(value) else value for value in column.ravel().tolist()]
        for name, column in _columns(sample, tally, ratios).items()
    }
    whole = {
        "n": ratios.answers,
        "yes": ratios.yes,
        "df": ratios.df,
        "unknown": sample.total(tally.unknown),
        "refused": sample.total(tally.refused),
        "inapplicable": sample.total(tally.inapplicable),
    }
    fields = reals | {name: column.astype(int).ravel().tolist() for name, column in whole.items()}
    fields["presentation"] = list(_presentations(ratios))
    fields["interval"] = list(map(Interval, sample.methods(ratios).ravel().tolist()))
    for (domain, item), *values in zip(
        itertools.product(names, tally.items), *fields.values(), strict=True
    ):
        row = dict(zip(fields, values, strict=True))
        yield Rate(domain=domain, item=item, level=level, **row)


def _presentations(ratios: Ratio) -> Iterator[Presentation | None]:
    size, width = confidence.presentable(ratios)
    columns = {
        "rate": ratios.rate,
        "answers": ratios.answers,
        "yes": ratios.yes,
        "df": ratios.df,
        "effective_size": size,
        "width": width,
    }
    for values in zip(*(column.ravel().tolist() for column in columns.values()), strict=True):
        row = dict(zip(columns, values, strict=True))
        yield presentation(**row) if row["answers"] else None
