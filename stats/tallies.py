"""Counts as estimation needs them: the sheets that a denominator admits, by answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from stats.counting import ANY
from stats.design import Design, DesignError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from stats.arrays import Floats
    from stats.counting import Counts


class Denominator(StrEnum):
    """Among whom a rate is taken; the rates are never to be confused."""

    VALID = "valid"
    """Among all valid sheets: where an item does not apply, there was no such contact."""
    ANSWERED = "answered"
    """Each item among the sheets it applies to; any contact has no rate of this kind."""
    DEALINGS = "dealings"
    """Among those with dealings: sheets to which the item (for any contact: some item) applies."""


@dataclass(frozen=True, eq=False)
class Tally:
    """Counts as estimation needs them; arrays (H, I) over the chosen items and any contact.

    Attributes
    ----------
    items : tuple of str, length I
    yes, no, unknown, refused, inapplicable : ndarray
        Sheets by answer; ``no`` and ``sheets`` as the denominator has them.
    sheets : ndarray
        All sheets that the denominator admits.
    assumed : ndarray
        Undetermined sheets among the no.
    """

    items: tuple[str, ...]
    yes: Floats
    no: Floats
    unknown: Floats
    refused: Floats
    inapplicable: Floats
    sheets: Floats
    assumed: Floats

    @property
    def answers(self) -> Floats:
        """Sheets with yes or no, or taken as no."""
        return self.yes + self.no

    @property
    def undetermined(self) -> Floats:
        """Sheets that leave the item open: can't remember, rather not say."""
        return self.unknown + self.refused

    @property
    def everyone(self) -> Floats:
        """Sheets with yes or no, or undetermined."""
        return self.answers + self.undetermined - self.assumed

    def within(self, rows: ArrayLike) -> Tally:
        """Keep the sheets of some rows and none of the others'; ``rows`` is bool, (H,)."""
        inside = np.asarray(rows, dtype=bool)[:, None]
        columns = {name: column for name, column in vars(self).items() if name != "items"}
        return Tally(
            self.items, **{name: np.where(inside, column, 0) for name, column in columns.items()}
        )

    @classmethod
    def of(
        cls,
        counts: Counts,
        items: Sequence[str] | None,
        denominator: Denominator,
        *,
        any_contact: bool,
    ) -> Tally:
        """Choose ``items`` (None: all) and put any contact behind them.

        One yes decides a sheet, one no does not: a sheet that leaves any contact undetermined is a
        no to it, as leaving it out would favour the yes.
        """
        if any_contact and denominator == Denominator.ANSWERED:
            raise ValueError(
                "any contact has no rate among answers: a sheet answers it by one yes, but not by "
                "one no; take it among valid sheets, or among those with dealings"
            )
        for item in items or ():
            if item not in counts.items:
                raise ValueError(f"no item {item!r} was counted")
        places = [counts.items.index(item) for item in (counts.items if items is None else items)]
        nothing = np.zeros_like(counts.any_yes)
        columns = [
            np.column_stack([column[:, places], *([last] if any_contact else [])]).astype(float)
            for column, last in (
                (counts.yes, counts.any_yes),
                (counts.no, counts.any_no),
                (counts.unknown, counts.any_undetermined),
                (counts.refused, nothing),
                (counts.inapplicable, counts.any_inapplicable),
            )
        ]
        yes, no, unknown, refusals, inapplicable = columns
        sheets = sum(columns, start=np.zeros_like(yes))
        no, sheets = _applied(denominator, no, inapplicable, sheets)
        assumed = np.zeros_like(no)
        if any_contact:
            assumed[:, -1] = unknown[:, -1]
        names = tuple(counts.items[at] for at in places) + ((ANY,) if any_contact else ())
        return cls(names, yes, no + assumed, unknown, refusals, inapplicable, sheets, assumed)


def _applied(
    denominator: Denominator, no: Floats, inapplicable: Floats, sheets: Floats
) -> tuple[Floats, Floats]:
    """Return the no and the sheets that the ``denominator`` admits."""
    match denominator:
        case Denominator.VALID:
            return no + inapplicable, sheets
        case Denominator.DEALINGS:
            return no, sheets - inapplicable
        case Denominator.ANSWERED:
            return no, sheets


def refuse_surplus(design: Design, tally: Tally) -> None:
    """Raise a `DesignError` if a stratum has fewer respondents than sheets were counted."""
    if len(tally.sheets) != len(design.stratum):
        raise DesignError(
            "",
            "has %(strata)d strata, the counts %(given)d",
            strata=len(design.stratum),
            given=len(tally.sheets),
        )
    surplus = (tally.sheets > design.respondents[:, None]).any(axis=1)
    if surplus.any():
        at = int(np.argmax(surplus))
        sheets, respondents = int(tally.sheets[at].max()), design.respondents[at]
        raise DesignError(
            design.stratum[at],
            "has %(sheets)d sheets from %(respondents)d respondents",
            sheets=sheets,
            respondents=respondents,
        )
