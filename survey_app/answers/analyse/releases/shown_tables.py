"""A release's tables filled in: rates and risks of one kind of posts, as readers will see them."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import itemgetter
from statistics import NormalDist

import numpy as np

from stats.disclosure import FLAT, PROBABILITY, SMALLEST, STEPS, CellForm, ReleaseTable
from stats.intervals import clopper_pearson
from stats.presentation import presentation
from survey_app.answers.analyse.releases.respondents import Integers
from survey_app.documents.design import RiskLevel, Thresholds
from survey_app.documents.release import Fate, RowOutcome
from survey_app.documents.results import (
    ANY,
    DENOMINATORS,
    CellKey,
    Difference,
    Domain,
    Note,
    Rate,
    Risk,
    Scope,
)


@dataclass(frozen=True, eq=False)
class ShownKind:
    """One kind of posts as a release shows it.

    Attributes
    ----------
    domains
        Those of the results, then other units.
    items
        Any contact first.
    places
        The row of the table for each domain; domains of the same strata share one.
    merged
        For each stratum that is shown only with others, the domain of these.
    table
        None where no sheet is valid.
    yes
        Of the groups.
    exposed
        Small groups that earlier releases expose.
    """

    domains: tuple[Domain, ...]
    items: tuple[str, ...]
    places: Mapping[str, int]
    merged: Mapping[str, str]
    table: ReleaseTable | None
    yes: Integers = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    exposed: tuple[str, ...] = ()

    @property
    def notes(self) -> Iterator[Note]:
        """Say which strata were taken together before the estimation, and with what."""
        for stratum, domain in self.merged.items():
            yield Note("merged", stratum, domain)

    @property
    def outcomes(self) -> Iterator[RowOutcome]:
        """Say what became of each domain."""
        for domain in self.domains:
            if domain.scope == Scope.STRATUM and domain.key in self.merged:
                yield RowOutcome(domain.id, Fate.MERGED, into=self.merged[domain.key])
            elif self.table is not None and domain.id in self.places:
                yield _outcome(self.table, self.places[domain.id], domain.id)

    @cached_property
    def rates(self) -> tuple[Rate, ...]:
        """Every cell as it is shown."""
        cells: dict[CellKey, Rate] = {}
        if self.table is not None:
            cells |= self._cells(self.table)
            cells |= self._of_all(self.table, cells)
        keys = (
            (domain, CellKey(domain.id, item, denominator))
            for domain in self.domains
            for item, denominator in itertools.product(self.items, DENOMINATORS)
        )
        return tuple(
            cells.get(key) or Rate(*key, hidden=True if domain.valid else None)
            for domain, key in keys
        )

    def _cells(self, table: ReleaseTable) -> Iterator[tuple[CellKey, Rate]]:
        figures, forms = table.figures(self.yes), table.bins(self.yes).form
        for domain, row in self.places.items():
            if table.sheets[row, 0] < SMALLEST:
                continue
            limits = self._limits(table, row)
            for (at, item), (among, denominator) in itertools.product(
                enumerate(self.items), enumerate(DENOMINATORS)
            ):
                cell = _Cell(table, row, at, among, CellForm(int(forms[row, at])))
                if cell.is_shown:
                    key = CellKey(domain, item, denominator)
                    yield key, cell.rate(key, float(figures[among][row, at]), limits[:, at])

    def _of_all(
        self, table: ReleaseTable, cells: Mapping[CellKey, Rate]
    ) -> Iterator[tuple[CellKey, Rate]]:
        """Give the rates of the whole kind as they follow from those of its post categories.

        So they tell nothing that these do not. Their limits are put together from theirs (MOVER).
        """
        [whole] = [domain for domain in self.domains if domain.scope == Scope.KIND]
        categories = [domain for domain in self.domains if domain.scope == Scope.CATEGORY]
        for (at, item), (among, denominator) in itertools.product(
            enumerate(self.items), enumerate(DENOMINATORS)
        ):
            parts = [
                (cells.get(CellKey(domain.id, item, denominator)), self.places[domain.id])
                for domain in categories
                if domain.valid
            ]
            persons = (table.rounding.most if among else table.rounding.persons)[:, at]
            rates = [(rate, float(persons[row])) for rate, row in parts if rate is not None]
            if len(rates) == len(parts):
                key = CellKey(whole.id, item, denominator)
                yield key, _together(key, rates, table.level)

    def _limits(self, table: ReleaseTable, row: int) -> Integers:
        yes, items = table.spread(row, self.yes), np.arange(len(self.items))
        return table.limits(row, items, yes, yes[:, np.zeros_like(items)])

    def risks(self, thresholds: Thresholds) -> Iterator[Risk]:
        """Give each post category's level by what is shown of it."""
        rates = {rate.key: rate for rate in self.rates}
        for domain in self.domains:
            rate = rates[CellKey(domain.id, ANY, "valid")]
            if self.table is None or domain.scope != Scope.CATEGORY or not rate.is_shown:
                continue
            steps = self._limits(self.table, self.places[domain.id])[4:, 0].tolist()
            medium, severe, high = (round(step * PROBABILITY, 2) for step in steps)
            share = next(x for x in (rate.rate, rate.below, rate.above) if x is not None)
            levels = (
                round(1 - medium, 2),
                round(medium - severe, 2),
                round(severe - high, 2),
                high,
            )
            above = (medium, severe, high)
            yield Risk(domain.id, share, level_of(rate, levels, thresholds), above, levels)


def level_of(rate: Rate, levels: Sequence[float], thresholds: Thresholds) -> RiskLevel:
    """Give the level of a rate; of a bound that of all rates within it, or the most probable."""
    if rate.rate is not None:
        return thresholds.level(rate.rate)
    if rate.below is not None and rate.below <= thresholds.medium:
        return RiskLevel.LOW
    if rate.above is not None and rate.above >= thresholds.high:
        return RiskLevel.HIGH
    return max(zip(levels, RiskLevel, strict=True), key=itemgetter(0))[1]


def _outcome(table: ReleaseTable, row: int, domain: str) -> RowOutcome:
    step, holds_small = int(table.steps[row, 0]), bool(table.holds_small[row])
    if step < FLAT:
        fate = Fate.ROUNDED if step else Fate.SHOWN
        return RowOutcome(domain, fate, STEPS[step], holds_small=holds_small)
    fate = Fate.SMALL if table.sheets[row, 0] < SMALLEST else Fate.COMPLEMENTARY
    return RowOutcome(domain, fate, holds_small=holds_small)


@dataclass(frozen=True, eq=False)
class _Cell:
    """One cell of a table: among all valid sheets (0), or among those with dealings (1)."""

    table: ReleaseTable
    row: int
    item: int
    among: int
    form: CellForm

    @property
    def is_shown(self) -> bool:
        """Whether anything of it is."""
        rounding = self.table.rounding.of((self.row, self.item))
        return (
            self.form != CellForm.HIDDEN
            and self._answers[self.item] >= SMALLEST
            and not (self.among and bool(rounding.flat))
        )

    @property
    def _answers(self) -> Integers:
        answers = self.table.with_dealings if self.among else self.table.sheets
        return np.asarray(answers[self.row])

    @property
    def _grid(self) -> float:
        return float(self.table.grids(self.row, np.array([self.item]))[self.among][0])

    def rate(self, key: CellKey, figure: float, limits: Integers) -> Rate:
        """Write it as a rate of the results, with limits in steps of its grid."""
        n = int(self._answers[self.item])
        low, high = (
            round(min(max(steps * self._grid, 0), 1), 4)
            for steps in limits[2 * self.among :][:2].tolist()
        )
        step = None if self.table.steps[self.row, self.item] == FLAT else self._grid
        open_sheets = int(self._answers[0]) - n
        rate = Rate(*key, n=n, undetermined=open_sheets, low=low, high=high, step=step)
        rounded = round(figure, 4)
        if self.form == CellForm.BELOW:
            return replace(rate, below=rounded)
        if self.form == CellForm.ABOVE:
            return replace(rate, above=rounded)
        lower, upper = self._bounds(rounded)
        return _judged(
            replace(rate, rate=rounded, lower=lower, upper=upper),
            self.table.level,
            strata=int(self.table.members[self.row].sum()),
        )

    def _bounds(self, rate: float) -> tuple[float, float | None]:
        """Give the rate with the undetermined as no, as yes, as it follows from what is shown.

        How many sheets without a yes leave any contact open depends on the yes: it is not shown.
        """
        if self.item == 0:
            is_open = bool((self.table.sheets[self.row] < self.table.sheets[self.row, 0]).any())
            return rate, None if is_open else rate
        rounding = self.table.rounding
        persons = (rounding.most if self.among else rounding.persons)[self.row]
        determined = float(persons[self.item] / persons[0])
        return round(rate * determined, 3), round(min(rate * determined + 1 - determined, 1), 3)


def _together(key: CellKey, parts: Sequence[tuple[Rate, float]], level: float) -> Rate:
    """Put a rate together from those of parts with so many persons each."""
    if len(parts) == 1:
        [(rate, _)] = parts
        return replace(rate, domain=key.domain)
    persons = sum(weight for _, weight in parts) or 1
    shares = [
        (_middle(rate), rate.low or 0.0, rate.high or 0.0, weight / persons)
        for rate, weight in parts
    ]
    share = sum(middle * weight for middle, _, _, weight in shares)
    below = np.hypot.reduce([(middle - low) * weight for middle, low, _, weight in shares])
    above = np.hypot.reduce([(high - middle) * weight for middle, _, high, weight in shares])
    rate = Rate(
        *key,
        n=sum(part.n for part, _ in parts),
        undetermined=sum(part.undetermined for part, _ in parts),
        rate=round(share, 3),
        step=max(part.step or STEPS[0] for part, _ in parts),
        low=round(max(share - float(below), 0), 3),
        high=round(min(share + float(above), 1), 3),
    )
    bounds = [
        None
        if any(end is None for end in ends)
        else sum(end * weight for end, (*_, weight) in zip(ends, shares, strict=True))
        for ends in zip(*((part.lower, part.upper) for part, _ in parts), strict=True)
    ]
    lower, upper = (None if end is None else round(end, 3) for end in bounds)
    return _judged(replace(rate, lower=lower, upper=upper), level, strata=len(parts))


def _middle(rate: Rate) -> float:
    """Give a rate, or the middle of what its bound leaves open."""
    if rate.rate is not None:
        return rate.rate
    return rate.below / 2 if rate.below is not None else (1 + (rate.above or 0.0)) / 2


def _judged(rate: Rate, level: float, *, strata: int) -> Rate:
    """Judge a rate by the NCHS standard, from what is shown of it alone.

    The effective size is what limits so wide apart would have; the standard's own width is larger.
    """
    share, width = rate.rate or 0.0, (rate.high or 0.0) - (rate.low or 0.0)
    error = width / 2 / NormalDist().inv_cdf((1 + level) / 2)
    effective = min(share * (1 - share) / error**2, rate.n) if error and share else float(rate.n)
    low, high = clopper_pearson(np.array(share), np.array(effective), 0.95)
    judgement = presentation(
        share,
        answers=rate.n,
        yes=min(max(round(share * rate.n), 1), rate.n - 1) if share else 0,
        df=rate.n - strata,
        effective_size=effective,
        width=float(high - low) if width else 0.0,
    )
    return replace(
        rate,
        decision=judgement.decision,
        reason=judgement.reason,
        footnote=judgement.footnote,
    )


def differences(domains: Sequence[Domain], rates: Sequence[Rate]) -> Iterator[Difference]:
    """Compare the post categories' rates of any contact, by what is shown of them.

    The limits are put together from the rates' own (MOVER); they are those of one comparison.
    """
    by_domain = {rate.domain: rate for rate in rates if rate.key[1:] == (ANY, "valid")}
    categories = [
        d for d in domains if d.scope == Scope.CATEGORY and by_domain[d.id].rate is not None
    ]
    for first, second in itertools.combinations(categories, 2):
        if first.kind == second.kind:
            yield _difference(by_domain[first.id], by_domain[second.id])


def _difference(first: Rate, second: Rate) -> Difference:
    share, low, high = ((x or 0.0) for x in (first.rate, first.low, first.high))
    minus, minus_low, minus_high = ((x or 0.0) for x in (second.rate, second.low, second.high))
    estimate = share - minus
    return Difference(
        first.domain,
        second.domain,
        round(estimate, 3),
        None,
        round(estimate - float(np.hypot(share - low, minus_high - minus)), 3),
        round(estimate + float(np.hypot(high - share, minus - minus_low)), 3),
        None,
        None,
    )
