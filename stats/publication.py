"""What a release shows of counts: the tables of one kind of posts, whatever was answered.

What is hidden, taken together and rounded in a `ReleaseTable` follows from numbers of respondents;
the yes enter only when it is filled in. So it can be filled in for answers that no one gave as
well, and whatever gives the same numbers cannot be told apart by a reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from stats.confidence import exceedance, limits
from stats.design import Design, Lonely
from stats.intervals import Interval
from stats.linearisation import Partition, ratio
from stats.rounding import FEW, STEPS, Bins, CellForm, Rounding

if TYPE_CHECKING:
    from stats.arrays import Floats, Integers, Mask

FLAT: Final = len(STEPS)
"""In the place of a step's index: nothing is shown that depends on the yes."""
SMALLEST: Final = 10
"""A group of fewer respondents is not described."""
PROBABILITY: Final = 0.05
"""To which probabilities are rounded."""
_FLAT: Final = 0.01  # to which limits are rounded that do not depend on the yes
_NEAR: Final = 1e-9
_SHEET: Final = 1e-6  # of a sheet: what sums of weights may lack


@dataclass(frozen=True, eq=False)
class Groups:
    """Respondents with dealings, in A groups that no table tells apart, and their answers.

    Respondents without dealings are a no by definition: a `ReleaseTable` counts them apart.

    Attributes
    ----------
    stratum : ndarray of int, shape (A,)
        Index of each group's stratum.
    answers, yes : ndarray of int, shape (A, I)
        Respondents who answered each item with yes or no, and with yes; any contact is column 0,
        and at most the sum of the others.

    Examples
    --------
    >>> answers = np.array([[40, 40], [6, 6]])
    >>> groups = disclosure.Groups(np.array([0, 1]), answers, yes=np.array([[8, 8], [2, 2]]))
    >>> groups.answers.shape
    (2, 2)
    """

    stratum: Integers
    answers: Integers
    yes: Integers

    def __post_init__(self) -> None:
        """Refuse counts that cannot be."""
        if self.answers.shape != self.yes.shape or self.answers.ndim != 2:
            raise ValueError("Answers and yes must have one shape of groups by items.")
        if np.any(self.yes < 0) or np.any(self.yes > self.answers):
            raise ValueError("No group can have more yes than answers, or fewer than none.")


@dataclass(frozen=True, eq=False)
class ReleaseTable:
    """How one release shows D domains × I items of one kind of posts.

    Attributes
    ----------
    design : Design
        H strata with their populations and valid sheets.
    bystanders : ndarray of int, shape (H,)
        Valid sheets without dealings.
    stratum : ndarray of int, shape (A,)
        Of each group.
    answers : ndarray of int, shape (A, I)
        Of each group, 0 where its sheets are not valid here.
    members : ndarray of bool, shape (D, H)
        The strata of each domain.
    steps : ndarray of int, shape (D, I)
        Of each cell, index into `STEPS`, or `FLAT`.
    together : ndarray of int, shape (H,)
        Strata of one number are taken together before anything is estimated.
    holds_small : ndarray of bool, shape (D,)
        Whether a small group lies in the domain.
    judged : ndarray of bool, shape (D,)
        Whether probabilities are shown of it, and a bound by numbers of respondents where nothing
        else is.
    method, level, fpc
        Of the confidence limits.
    thresholds : tuple of float
        For the probability that any contact reaches them.
    """

    design: Design
    bystanders: Integers
    stratum: Integers
    answers: Integers
    members: Mask
    steps: Integers
    together: Integers
    holds_small: Mask
    judged: Mask
    method: Interval = Interval.DEFAULT
    level: float = 0.95
    fpc: bool = True
    thresholds: tuple[float, ...] = ()
    _parts: dict[int, Partition] = field(default_factory=dict, init=False)

    def with_steps(self, steps: Integers) -> ReleaseTable:
        """Return the table rounded to other steps."""
        return replace(self, steps=steps)

    @cached_property
    def sheet_weight(self) -> Floats:
        """Persons for whom a sheet of each stratum stands, (H,)."""
        persons, sheets = (
            np.bincount(self.together, column, len(self.together))[self.together]
            for column in (self.design.population, self.design.respondents)
        )
        return np.asarray(persons / np.maximum(sheets, 1))

    @cached_property
    def weight(self) -> Floats:
        """Persons for whom a sheet of each group stands in each domain, (D, A)."""
        weight = self.sheet_weight[self.stratum] * (self.answers[:, 0] > 0)
        return self.members[:, self.stratum] * weight

    @cached_property
    def with_dealings(self) -> Integers:
        """Answers of those with dealings, (D, I)."""
        return np.asarray((self.weight > 0).astype(np.int64) @ self.answers)

    @cached_property
    def sheets(self) -> Integers:
        """Answers of all valid sheets, (D, I)."""
        return self.with_dealings + (self.members @ self.bystanders)[:, None]

    @cached_property
    def rounding(self) -> Rounding:
        """How the D × I cells are rounded."""
        most = self.weight @ self.answers
        shape = most.shape
        few = FEW * self.weight.max(axis=1, initial=0.0)[:, None]
        return Rounding(
            most + (self.members @ (self.sheet_weight * self.bystanders))[:, None],
            most,
            np.broadcast_to(few, shape),
            np.append(STEPS, _FLAT)[self.steps],
            np.broadcast_to(self.holds_small[:, None], shape),
            np.broadcast_to(np.arange(shape[1]) == 0, shape),
            (most <= 0) | (~self.holds_small & (self.steps[:, 0] < FLAT))[:, None],
            self.steps == FLAT,
            (self.sheets >= SMALLEST) & (self.judged[:, None] | (self.steps < FLAT)),
        )

    def bins(self, yes: Integers) -> Bins:
        """Return which weighted numbers are shown as the groups' ``yes`` (A, I) are; (D, I)."""
        weighted = self.weight @ yes
        return self.rounding.bins(weighted, weighted[:, :1])

    def figures(self, yes: Integers) -> tuple[Floats, Floats]:
        """Return the figures of the groups' ``yes``: among all, and among those with dealings."""
        weighted = self.weight @ yes
        return self.rounding.figures(weighted, weighted[:, :1])

    @cached_property
    def _valid_in(self) -> Floats:
        """Which stratum each group belongs to, if its sheets are valid here, (H, A)."""
        strata = np.arange(len(self.design.stratum))[:, None]
        return np.asarray((self.stratum == strata) & (self.answers[:, 0] > 0), dtype=float)

    def spread(self, domain: int, columns: Integers) -> Floats:
        """Sum what groups have by strata taken together in a domain: (…, A, I) to (…, H', I)."""
        return np.asarray(self._together_in(domain) @ (self._valid_in @ columns))

    def _together_in(self, domain: int) -> Floats:
        """Which strata are taken together in a domain, (H', H)."""
        labels = self._labels(domain)[:, None]
        return np.asarray((self.together == labels) & self.members[domain], dtype=float)

    def _labels(self, domain: int) -> Integers:
        return np.unique(self.together[self.members[domain]])

    def is_composed(self, domain: int) -> bool:
        """Whether limits depend on how the yes are spread over the domain's strata."""
        return len(self._labels(domain)) > 1

    def grids(self, domain: int, items: Integers) -> tuple[Floats, Floats]:
        """Return what limits are rounded to: among all, and among those with dealings."""
        cells = self.rounding.of((domain, items))
        wide = cells.step * cells.persons / np.where(cells.most > 0, cells.most, 1)
        place = np.minimum(np.searchsorted(np.array(STEPS) + _NEAR, wide), len(STEPS) - 1)
        return cells.step, np.where(cells.holds_small, np.array(STEPS)[place], cells.step)

    def limits(self, domain: int, items: Integers, yes: Floats, any_yes: Floats) -> Integers:
        """Return limits of one domain in steps of its grids, and probabilities in theirs.

        Parameters
        ----------
        domain : int
        items : ndarray of int, shape (J,)
        yes, any_yes : ndarray, shape (H', J)
            Yes to each of these items, and to any contact, as `spread` gives them.

        Returns
        -------
        ndarray of int, shape (4 + T, J)
            Low and high among all, then among those with dealings; then the probability that any
            contact reaches each of the T thresholds, 0 for another item.
        """
        everyone, among = self._answers(domain, items)
        least, middle, greatest = self._samples(domain, items, (yes, any_yes), among)
        low, high = self._limits(
            domain,
            np.hstack([least, greatest, least, greatest]),
            np.hstack([everyone, everyone, among, among]),
        )
        ends = low[0], high[1], low[2], high[3]
        grids = np.repeat(self.grids(domain, items), 2, axis=0)
        rounded = (np.floor, np.ceil, np.floor, np.ceil)
        nudges = (_NEAR, -_NEAR, _NEAR, -_NEAR)
        rows = [
            up_or_down(end / grid + nudge)
            for up_or_down, end, grid, nudge in zip(rounded, ends, grids, nudges, strict=True)
        ]
        for chance in self._chances(domain, middle[:, items == 0], everyone[:, items == 0]):
            row = np.zeros(len(items))
            row[items == 0] = chance
            rows.append(row)
        return np.array(rows).astype(np.int64)

    def _limits(self, domain: int, yes: Floats, answers: Floats) -> tuple[Floats, Floats]:
        """Return limits of four samples side by side (H', 4 J): (4, J)."""
        part = self._part(domain)
        low, high = limits(part, ratio(part, yes, answers), self.method, self.level)
        return low.reshape(4, -1), high.reshape(4, -1)

    def _chances(self, domain: int, yes: Floats, answers: Floats) -> list[Floats]:
        if not yes.shape[1] or not self.judged[domain]:
            return [np.zeros(yes.shape[1])] * len(self.thresholds)
        part = self._part(domain)
        ratios = ratio(part, yes, answers)
        chances = (exceedance(part, ratios, threshold)[0] for threshold in self.thresholds)
        return [np.round(np.nan_to_num(chance) / PROBABILITY) for chance in chances]

    def _answers(self, domain: int, items: Integers) -> tuple[Floats, Floats]:
        """Return answers by stratum (H, J): of all valid sheets, and of those with dealings."""
        among = self.spread(domain, self.answers[:, items])
        return among + self._together_in(domain) @ self.bystanders[:, None], among

    def _samples(
        self, domain: int, items: Integers, yes: tuple[Floats, Floats], among: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Return samples of the least, the middle and the greatest rate that are shown alike.

        They are the sample seen, scaled; where a bound is shown, all strata have one rate.
        """
        sample_yes, contacts = yes
        weight = self.sheet_weight[self._labels(domain), None]
        total = (weight * sample_yes).sum(axis=0)
        cells = self.rounding.of((domain, items))
        bins = cells.bins(total, (weight * contacts).sum(axis=0))
        low, high = np.maximum(bins.low, 0), np.minimum(bins.high, cells.most)
        if len(sample_yes) == 1:
            least = np.ceil(low / weight[0] - _SHEET)
            greatest = np.floor(high / weight[0] + _SHEET)
            return least[None], np.round((least + greatest) / 2)[None], greatest[None]
        even = np.isin(bins.form, (CellForm.BELOW, CellForm.ABOVE))
        exact = ~cells.holds_small & ~even

        def sample(edge: Floats) -> Floats:
            alike = among * edge / np.where(cells.most > 0, cells.most, 1)
            scaled = sample_yes * np.where(exact, 1, edge / np.where(total > 0, total, 1))
            return np.clip(np.where(even, alike, scaled), 0, among)

        samples = sample(low), sample((low + high) / 2), sample(high)
        if (self._part(domain).unsampled > 0).sum() > 1:
            return samples
        # One stratum alone was not fully counted: its limits are those of whole sheets.
        least, middle, greatest = samples
        return np.floor(least + _SHEET), np.rint(middle), np.ceil(greatest - _SHEET)

    def _part(self, domain: int) -> Partition:
        if domain not in self._parts:
            column = self.design.respondents[:, None].astype(float)
            sheets = (self._together_in(domain) @ column)[:, 0]
            persons = np.rint(sheets * self.sheet_weight[self._labels(domain)])
            names = [str(at) for at in range(len(sheets))]
            design = Design(names, persons, sheets, lonely=Lonely.ADJUST)
            self._parts[domain] = Partition.of(design, None, fpc=self.fpc)
        return self._parts[domain]
