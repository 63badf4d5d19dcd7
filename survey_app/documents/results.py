"""The shape of results: immutable tables that pages, pictures, exports and releases all share.

::

    Results
    ├── campaign, title, reference_period, manifest (digest), merkle_root, options
    ├── domains: Domain        whole posts of a kind, post categories, units, strata; each with its
    │                          estimation strata, population, issued, ballots, valid
    ├── items: Item            the items of each kind's questionnaire, "any" (contact) first
    ├── quality: Quality       issued, returned, valid, by stratum, then by kind and over all
    ├── rates: Rate            domain × item × denominator, with error, interval, bounds, flags
    ├── unfiltered: Rate       the same of post categories before the preset excluded flagged sheets
    ├── differences: Difference    pairs of post categories of a kind, p adjusted over all
    ├── associations: Association  one rate in all post categories? for each kind
    ├── risks: Risk            a level for each post category, and how sure it is
    └── notes: Note            strata that were counted with a neighbour or have nothing to show

A `Rate` names its domain by `Domain.id`. Every number is finite or None; no dataclass changes once
made. `to_json` writes the same bytes for the same results, `from_json` reads them back equal.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

import stats
from survey_app.documents.design import Kind, Names, Period, RiskLevel

ANY = stats.ANY
ANY_LABEL = Names(zh="任一接触（腐败接触率）", en="Any contact (corruption-contact rate)")


class Scope(StrEnum):
    """What a domain is."""

    KIND = "kind"
    CATEGORY = "post_category"
    UNIT = "unit"
    STRATUM = "stratum"


class Weighting(StrEnum):
    """How sheets stand for those who did not answer."""

    STRATA = "strata"
    """Population over valid sheets, in each stratum."""
    CLASSES = "classes"
    """Those issued over valid sheets in each post category (a weighting class), then up to the
    stratum's population."""
    RAKED = "raked"
    """The strata's weights raked to the populations of units and of post categories."""


class Options(BaseModel):
    """What the statistician chose; stated under every table."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    validity: str = "standard-1"
    method: stats.Interval = stats.Interval.DEFAULT
    level: Annotated[float, Field(ge=0.5, le=0.999)] = 0.95
    fpc: bool = True
    weighting: Weighting = Weighting.STRATA
    adjustment: stats.Adjustment = stats.Adjustment.HOLM

    @property
    def method_used(self) -> stats.Interval:
        """The method of the limits: under other weights none rests on the strata's own rates."""
        if self.weighting == Weighting.STRATA or self.method not in stats.Interval.of_strata():
            return self.method
        return stats.Interval.NCHS


def domain_id(scope: Scope, kind: Kind, key: str) -> str:
    """Name a domain: the same in every result of the campaign."""
    return f"{scope}/{kind}/{key}"


Denominator = Literal["valid", "dealings"]
DENOMINATORS: tuple[Denominator, ...] = ("valid", "dealings")


class CellKey(NamedTuple):
    """Which cell of the tables: a domain's rate for one item among these sheets."""

    domain: str
    item: str
    denominator: Denominator

    def __str__(self) -> str:
        """Name the cell in the list of what earlier releases expose."""
        return f"{self.denominator} {self.item} {self.domain}"


@dataclass(frozen=True, slots=True)
class Domain:
    """A part of the population.

    Attributes
    ----------
    id
        ``scope/kind/key``, by `domain_id`.
    key
        The kind, the Chinese name of a post category or unit, the name of an opened stratum.
    strata
        The opened strata it is made of; merged ones joined by ``+``.
    """

    id: str
    scope: Scope
    kind: Kind
    key: str
    name: Names
    category: Names | None
    strata: tuple[str, ...]
    population: int
    issued: int
    ballots: int
    valid: int


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a kind's questionnaire."""

    kind: Kind
    code: str
    label: Names


@dataclass(frozen=True, slots=True)
class Rate:
    """A domain's rate for one item, among all valid sheets or among those with dealings.

    Where nothing can be estimated, only the first three fields are set.

    Attributes
    ----------
    n, yes
        Sheets that determine the item, and the yes among them.
    undetermined, inapplicable
        Can't remember, rather not say or blank; without dealings.
    lower, upper
        The rate with the undetermined as no, as yes, without sampling error. Any contact takes
        them as no.
    outer_low, outer_high
        Limits that hold whatever the undetermined would have said; in no release.
    step
        In a release, what the rate is rounded to.
    below, above
        In a release, where too few said yes (or no) to give the rate: it is less, or more, than
        this.
    hidden
        Whether a release keeps it back; it then has no number at all.
    population, total, total_se
        Persons in the domain (with dealings: estimated), and those for whom the yes stand.
    decision, reason, footnote
        By the NCHS standard; None where there is no rate.
    """

    domain: str
    item: str
    denominator: Denominator
    n: int = 0
    yes: int = 0
    undetermined: int = 0
    inapplicable: int = 0
    rate: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    df: int | None = None
    deff: float | None = None
    lower: float | None = None
    upper: float | None = None
    population: float = 0.0
    total: float = 0.0
    total_se: float | None = None
    decision: stats.Decision | None = None
    reason: stats.Reason | None = None
    footnote: bool = False
    outer_low: float | None = None
    outer_high: float | None = None
    step: float | None = None
    below: float | None = None
    above: float | None = None
    hidden: bool | None = None

    @property
    def key(self) -> CellKey:
        """Which cell of the tables it is."""
        return CellKey(self.domain, self.item, self.denominator)

    @property
    def is_bound(self) -> bool:
        """Whether a release gives a bound in the place of the rate."""
        return self.rate is None and self.low is not None

    @property
    def is_shown(self) -> bool:
        """Whether there is a rate, or the bound in its place."""
        return self.rate is not None or self.is_bound

    @property
    def is_least(self) -> bool:
        """Whether undetermined sheets are a no in it: any contact is at least as frequent."""
        return self.item == ANY and self.rate is not None and self.lower != self.upper

    @property
    def is_census(self) -> bool:
        """Whether all persons were asked, and all answered: it has no sampling error.

        A release gives no error; its limits, which are rounded outward, meet nowhere else.
        """
        has_bounds = self.rate is not None and self.lower is not None and not self.se
        return has_bounds and self.low == self.high and self.lower == self.upper


@dataclass(frozen=True, slots=True)
class Quality:
    """What became of the sheets of one stratum, or of several together.

    Attributes
    ----------
    domain
        A stratum's or kind's `Domain.id`; empty over all.
    issued, ballots, opened, valid
        发放, 回收, opened, 有效.
    refused, invalid, flagged
        Sheets by reason; a sheet may carry several flags.
    excluded
        Valid but for a flag that the preset excludes.
    returned, usable, response
        回收率 (ballots of issued), 有效率 (valid of ballots), AAPOR RR1 (valid of issued).
    """

    domain: str
    issued: int
    ballots: int
    opened: int
    valid: int
    refused: dict[str, int]
    invalid: dict[str, int]
    flagged: dict[str, int]
    excluded: int
    returned: float | None
    usable: float | None
    response: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two post categories' rates of any contact among valid sheets.

    A release gives no error and no p-value: its limits follow from those of the rates.
    """

    first: str
    second: str
    estimate: float
    se: float | None
    low: float
    high: float
    p: float | None
    adjusted_p: float | None


@dataclass(frozen=True, slots=True)
class Association:
    """The test that any contact does not depend on the post category."""

    kind: Kind
    chi_square: float
    df: int
    p: float


@dataclass(frozen=True, slots=True)
class Risk:
    """A post category's level of risk by the campaign's thresholds.

    Attributes
    ----------
    above
        The probability that the rate reaches each threshold, from medium to high, if all rates
        were thought equally likely beforehand; undetermined sheets are a no.
    levels
        The probability of each level, from low to high; they sum to 1.
    above_at_most
        ``above`` with undetermined sheets as yes; None where there are none, and in a release.
    """

    domain: str
    rate: float
    level: RiskLevel
    above: tuple[float, float, float]
    levels: tuple[float, float, float, float]
    above_at_most: tuple[float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What a reader of the tables has to know about a stratum or post category.

    ``what`` is ``joined`` (no valid sheet: counted with ``other``), ``lonely`` (a single valid
    sheet), ``empty`` (a post category without any valid sheet), ``sealed`` (too few to open, so
    many ``ballots``) or, in a release, ``merged`` (taken together with others before anything was
    estimated; ``other`` is the domain of these).
    """

    what: Literal["joined", "lonely", "empty", "sealed", "merged"]
    subject: str
    other: str = ""
    ballots: int | None = None


@dataclass(frozen=True)
class Results:
    """Everything that was estimated from one campaign under one choice of options."""

    campaign: str
    title: Names
    reference_period: Period
    manifest: str
    merkle_root: str
    options: Options
    thresholds: tuple[float, float, float]
    domains: tuple[Domain, ...]
    items: tuple[Item, ...]
    quality: tuple[Quality, ...]
    rates: tuple[Rate, ...]
    unfiltered: tuple[Rate, ...]
    differences: tuple[Difference, ...]
    associations: tuple[Association, ...]
    risks: tuple[Risk, ...]
    notes: tuple[Note, ...]

    @cached_property
    def by_id(self) -> dict[str, Domain]:
        """Domains by their id."""
        return {domain.id: domain for domain in self.domains}

    @cached_property
    def labels(self) -> dict[tuple[Kind, str], Names]:
        """Labels of items by kind and code."""
        return {(item.kind, item.code): item.label for item in self.items}

    @cached_property
    def _rates(self) -> dict[CellKey, Rate]:
        return {rate.key: rate for rate in self.rates}

    def rate(self, domain: str, item: str = ANY, denominator: Denominator = "valid") -> Rate:
        """Find one rate."""
        return self._rates[CellKey(domain, item, denominator)]

    def of(self, scope: Scope, kind: Kind | None = None) -> list[Domain]:
        """List the domains of a scope (and kind), in the design's order."""
        return [d for d in self.domains if d.scope == scope and kind in {None, d.kind}]

    def items_of(self, kind: Kind) -> list[Item]:
        """List a kind's items, any contact first."""
        return [item for item in self.items if item.kind == kind]

    @property
    def kinds(self) -> list[Kind]:
        """The kinds of posts there are."""
        return [domain.kind for domain in self.of(Scope.KIND)]


_JSON = TypeAdapter(Results)


def to_json(results: Results) -> bytes:
    """Write results as JSON: floats in full, fields in the order of their declaration."""
    return _JSON.dump_json(results)


def from_json(document: bytes) -> Results:
    """Read what `to_json` wrote."""
    return _JSON.validate_json(document)
