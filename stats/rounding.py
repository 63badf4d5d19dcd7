"""How rates are rounded for readers: to steps, and to bounds where few said yes or no.

Which weighted numbers of yes are shown alike follows from numbers of respondents alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from stats.arrays import Floats, Integers, Mask

STEPS: Final = (0.001, 0.005, 0.01, 0.02, 0.05)
"""To which a rate may be rounded, the finest first."""
BOUNDS: Final = (0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 1.0)
"""Below which a rate is said to be, where few said yes."""
FEW: Final = 3.5
"""Sheets of the heaviest stratum that a bound leaves open: three persons' yes fit below it."""
_WIDEST: Final = 0.5
_NEAR: Final = 1e-9


class CellForm(IntEnum):
    """How a cell is shown."""

    HIDDEN = 0
    """Not at all."""
    ZERO = 1
    """A rate of exactly 0."""
    BELOW = 2
    """That the rate is less than a bound; of a `flat` cell, by numbers of respondents alone."""
    RATE = 3
    """A rate rounded to a step."""
    ABOVE = 4
    """That it is more than one."""


@dataclass(frozen=True, eq=False)
class Bins:
    """Which weighted numbers of yes are shown as this one is; arrays of the cells' shape.

    Attributes
    ----------
    low, high : ndarray
        Limits, both inclusive.
    form : ndarray of int
        A `CellForm`.
    """

    low: Floats
    high: Floats
    form: Integers


@dataclass(frozen=True, eq=False)
class Rounding:
    """How cells are rounded; arrays of one shape.

    Attributes
    ----------
    persons, most : ndarray
        Weighted answers of all valid sheets, and of those with dealings: the greatest yes.
    few : ndarray
        Weighted yes that a bound leaves open.
    step : ndarray
        Of `STEPS`, in shares of ``persons``.
    holds_small : ndarray of bool
        Whether a small group lies in the cell: then the rate among those with dealings is that of
        the rounded one among all.
    contact : ndarray of bool
        Whether the cell is of any contact.
    tells_none : ndarray of bool
        Whether it is shown that there was no contact at all, in all the row's cells; else an item
        without a yes is shown as one with few.
    flat : ndarray of bool
        Whether nothing is shown that depends on the yes.
    described : ndarray of bool
        Whether it has enough respondents.
    """

    persons: Floats
    most: Floats
    few: Floats
    step: Floats
    holds_small: Mask
    contact: Mask
    tells_none: Mask
    flat: Mask
    described: Mask

    def of(self, place: tuple[int | Integers, ...]) -> Rounding:
        """Return the rounding of some of the cells."""
        return Rounding(**{name: column[place] for name, column in vars(self).items()})

    @property
    def _size(self) -> Floats:
        return np.where(self.persons > 0, self.persons, 1.0)

    @property
    def below(self) -> Floats:
        """The weighted yes under which only a bound is shown."""
        width = self.step * self._size
        return (np.ceil(self.few / width - 0.5 - _NEAR) + 0.5) * width

    @property
    def above(self) -> Floats:
        """The weighted yes from which only a bound is shown."""
        width = self.step * self._size
        return (np.floor((self.most - self.few) / width - 0.5 + _NEAR) + 0.5) * width

    def bins(self, yes: Floats, any_yes: Floats) -> Bins:
        """Return which numbers of yes are shown as the weighted ``yes`` are.

        Parameters
        ----------
        yes, any_yes : ndarray
            Weighted yes to each cell's item, and to any contact.
        """
        near = _NEAR * self._size
        flat, below, above = self._is_flat, self.below, self.above
        low, high = self._interval(yes)
        form = np.select(
            [
                ~self.described,
                self.tells_none & (any_yes <= near),
                flat & (self.most > _WIDEST * self.persons),
                flat | (yes < below - near),
                yes >= above - near,
            ],
            [CellForm.HIDDEN, CellForm.ZERO, CellForm.HIDDEN, CellForm.BELOW, CellForm.ABOVE],
            CellForm.RATE,
        )
        below = np.where(flat, self.most + near * 4, below)
        # Limits belong to the upper of two neighbours.
        least_yes = np.where(self.tells_none & self.contact & ~flat, near * 2, -near)
        lows = [-near, -near, least_yes, np.maximum(low, below) - near, above - near]
        highs = [self.most + near, near, below - near * 2, np.minimum(high, above) - near * 2]
        return Bins(
            np.choose(form, np.broadcast_arrays(*lows)),
            np.choose(form, np.broadcast_arrays(*highs, self.most + near)),
            form,
        )

    @property
    def _is_flat(self) -> Mask:
        return np.asarray(self.flat | (self.below >= self.above))

    def _interval(self, yes: Floats) -> tuple[Floats, Floats]:
        """Return the limits between which the rates of ``yes`` are rounded alike."""
        low, high = _rounded(yes, self.step * self._size)
        own_low, own_high = _rounded(yes, np.where(self.most > 0, self.step * self.most, 1))
        return (
            np.where(self.holds_small, low, np.maximum(low, own_low)),
            np.where(self.holds_small, high, np.minimum(high, own_high)),
        )

    def figures(self, yes: Floats, any_yes: Floats) -> tuple[Floats, Floats]:
        """Return the rates, or bounds, among all valid sheets and among those with dealings."""
        form = self.bins(yes, any_yes).form
        most = np.where(self.most > 0, self.most, 1.0)
        rate = np.floor(yes / (self.step * self._size) + 0.5 + _NEAR) * self.step
        own = np.floor(yes / (self.step * most) + 0.5 + _NEAR) * self.step
        derived = np.round(np.minimum(rate * self._size / most, 1), 3)
        among = np.where(self.holds_small, derived, own)
        return self._figure(form, rate, self._size), self._figure(form, among, most)

    def _figure(self, form: Integers, rate: Floats, persons: Floats) -> Floats:
        flat = _bound(self.most / persons + _NEAR * 2)
        below = np.where(self._is_flat, flat, _bound(self.below / persons))
        above = self.above / persons
        hundredths = np.floor(np.clip(above, 0, 1) * 100 + _NEAR) / 100
        nothing = np.full_like(rate, np.nan)
        return np.choose(form, [nothing, np.zeros_like(rate), below, rate, hundredths])


def _rounded(yes: Floats, width: Floats) -> tuple[Floats, Floats]:
    middle = np.floor(yes / width + 0.5 + _NEAR)
    return (middle - 0.5) * width, (middle + 0.5) * width


def _bound(share: Floats) -> NDArray[np.float64]:
    """Return the least of `BOUNDS` that is not below a share."""
    place = np.searchsorted(np.array(BOUNDS) + _NEAR, share)
    return np.array(BOUNDS)[np.minimum(place, len(BOUNDS) - 1)]
