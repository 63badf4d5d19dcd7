"""Counting sheets: what every estimate needs of the answers, in one pass over them."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from stats.arrays import Integers, frozen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

NO: Final = 0
YES: Final = 1
UNKNOWN: Final = 8
REFUSED: Final = 9
BLANK: Final = -1
ANY: Final = "any"

CODES: Final = (NO, YES, UNKNOWN, REFUSED, BLANK)
_BYTES: Final = 256
_BLOCK: Final = 1 << 16  # sheets whose cells stay in the cache
_CODE_BYTES: Final = np.array(CODES, np.int8).view(np.uint8)


class AnswerError(ValueError):
    """A sheet that cannot be counted.

    Attributes
    ----------
    sheet : int
        Its row among those counted, from 0.
    item : str
        The item at fault; empty where the stratum is.
    """

    def __init__(self, sheet: int, item: str, reason: str) -> None:
        super().__init__(f"sheet {sheet + 1}: {reason}")
        self.sheet = sheet
        self.item = item
        self.reason = reason


@dataclass(frozen=True, eq=False)
class Counts:
    """Sheets by stratum, item and answer: sufficient for every rate of the design.

    Attributes
    ----------
    items : tuple of str, length I
    yes, no, unknown, refused, inapplicable : ndarray of int, shape (H, I)
        Sheets with the answers 1, 0, 8 (can't remember), 9 (rather not say) and blank (does not
        apply).
    any_yes, any_no, any_undetermined, any_inapplicable : ndarray of int, shape (H,)
        *Any contact*: sheets with a yes; sheets to which some item applies, and whose answers are
        all no; sheets without a yes where some answer is 8 or 9; sheets to which no item applies.
    """

    items: tuple[str, ...]
    yes: Integers
    no: Integers
    unknown: Integers
    refused: Integers
    inapplicable: Integers
    any_yes: Integers
    any_no: Integers
    any_undetermined: Integers
    any_inapplicable: Integers

    def columns(self) -> dict[str, Integers]:
        """Return the arrays by name, each with H rows."""
        return {name: value for name, value in vars(self).items() if name != "items"}

    def with_columns(self, columns: Mapping[str, Integers]) -> Counts:
        """Return counts of the same items with these arrays."""
        return Counts(self.items, **{name: frozen(column) for name, column in columns.items()})

    def answers_to(self, item: str) -> tuple[Integers, Integers]:
        """Return the yes and the no to an item, each of shape (H,).

        For ``"any"`` every valid sheet without a yes is a no, as ``rates`` has it.

        Raises
        ------
        ValueError
            The item was not counted.
        """
        if item == ANY:
            return self.any_yes, self.any_no + self.any_undetermined + self.any_inapplicable
        if item not in self.items:
            raise ValueError(f"no item {item!r} was counted")
        at = self.items.index(item)
        return self.yes[:, at], self.no[:, at]

    def within(self, strata: ArrayLike) -> Counts:
        """Keep the counts of some strata and none of the others'; ``strata`` is bool, (H,)."""
        inside = np.asarray(strata, dtype=bool)
        return self.with_columns(
            {
                name: np.where(inside if column.ndim == 1 else inside[:, None], column, 0)
                for name, column in self.columns().items()
            }
        )

    def __add__(self, other: Counts) -> Counts:
        """Count the sheets of both, of the same strata and items."""
        if self.items != other.items:
            raise ValueError("counts of different items cannot be added")
        columns, other_columns = self.columns(), other.columns()
        return self.with_columns({name: columns[name] + other_columns[name] for name in columns})


def count(
    stratum: ArrayLike,
    answers: ArrayLike,
    items: Sequence[str],
    strata: int,
    *,
    within: ArrayLike | None = None,
) -> Counts:
    """Count the answers of n sheets to I items by stratum, in one pass.

    Parameters
    ----------
    stratum : array_like of int, shape (n,)
        Index of each sheet's stratum.
    answers : array_like of int8, shape (n, I)
        1, 0, 8 (can't remember), 9 (rather not say) or ``BLANK`` (does not apply).
    items : sequence of str, length I
    strata : int
        Number of strata H.
    within : array_like of bool, shape (n,), optional
        Count only these sheets: a domain that cuts through strata, say those with dealings. The
        design remains that of all sheets, and ``rates`` gives the domain's Hájek ratio.

    Returns
    -------
    Counts

    Raises
    ------
    AnswerError
        A stratum is out of range, or an answer is none of the five.
    ValueError
        The shapes do not agree.

    Examples
    --------
    >>> answers = [[YES, UNKNOWN], [NO, BLANK], [NO, NO], [BLANK, BLANK]]
    >>> counts = count([0, 0, 1, 1], answers, ["gift", "fee"], strata=2)
    >>> counts.yes
    array([[1, 0],
           [0, 0]])
    >>> counts.any_yes, counts.any_no, counts.any_inapplicable
    (array([1, 0]), array([1, 1]), array([0, 1]))
    """
    place = np.asarray(stratum)
    table = np.asarray(answers, dtype=np.int8)
    if table.shape != (len(place), len(items)):
        raise ValueError(
            f"answers of shape {table.shape} for {len(place)} sheets, {len(items)} items"
        )
    _refuse_stratum(place, strata)
    if within is not None:
        inside = np.asarray(within, dtype=bool)
        place, table = place[inside], table[inside]
    names = tuple(items)
    blocks = (
        _tally(place[first : first + _BLOCK], table[first : first + _BLOCK], names, strata, first)
        for first in range(0, max(len(place), 1), _BLOCK)
    )
    return functools.reduce(operator.add, blocks)


def _refuse_stratum(place: NDArray[np.integer], strata: int) -> None:
    if len(place) and (place.min() < 0 or place.max() >= strata):
        sheet = int(np.argmax((place < 0) | (place >= strata)))
        raise AnswerError(sheet, "", f"its stratum {place[sheet]} is none of the {strata}")


def _tally(
    place: NDArray[np.integer],
    table: NDArray[np.int8],
    items: tuple[str, ...],
    strata: int,
    first: int,
) -> Counts:
    """Count one block of sheets, of which ``first`` is the first one's number."""
    cells = np.empty((len(items), strata, len(CODES)), np.int64)
    yes, undetermined, applies = (np.zeros(len(table), bool) for _ in range(3))
    # One bincount over stratum × byte counts all codes of an item at once, and finds the unknown
    # ones too: a comparison for each code would pass over the block five times.
    start = place.astype(np.intp) * _BYTES
    cell = np.empty_like(start)
    for at, item in enumerate(items):
        byte = np.ascontiguousarray(table[:, at]).view(np.uint8)
        by_byte = np.bincount(np.add(start, byte, out=cell), minlength=strata * _BYTES).reshape(
            strata, _BYTES
        )
        cells[at] = by_byte[:, _CODE_BYTES]
        if cells[at].sum() < len(byte):
            sheet = int(np.argmax(~np.isin(byte, _CODE_BYTES)))
            raise AnswerError(
                first + sheet, item, f"item {item!r} has the unknown code {table[sheet, at]}"
            )
        yes |= byte == YES
        undetermined |= (byte == UNKNOWN) | (byte == REFUSED)
        applies |= byte == NO
    # Any contact of a sheet: a yes outweighs what is undetermined, and that outweighs a no.
    worst = np.maximum(np.maximum(3 * yes.view(np.uint8), 2 * undetermined.view(np.uint8)), applies)
    any_contact = np.bincount(place.astype(np.intp) * 4 + worst, minlength=strata * 4)
    inapplicable_sheets, no, undetermined_sheets, contact = any_contact.reshape(strata, 4).T
    by_code = {
        name: frozen(cells[:, :, state].T)
        for state, name in enumerate(("no", "yes", "unknown", "refused", "inapplicable"))
    }
    return Counts(
        items,
        **by_code,
        any_yes=frozen(contact),
        any_no=frozen(no),
        any_undetermined=frozen(undetermined_sheets),
        any_inapplicable=frozen(inapplicable_sheets),
    )
