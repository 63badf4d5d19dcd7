"""Strata joined to their neighbours before anything is estimated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stats.design import Design, DesignError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stats.arrays import Integers
    from stats.counting import Counts


def collapse(design: Design, counts: Counts, into: Mapping[str, str]) -> tuple[Design, Counts]:
    """Join strata to named neighbours, before anything is estimated.

    The joined stratum has the populations, samples and counts of its parts together, and the
    neighbour's name and groups: its parts are then weighted alike.

    Parameters
    ----------
    design : Design
        H strata.
    counts : Counts
        Of the same H strata.
    into : mapping of str to str
        Which stratum joins which other.

    Returns
    -------
    tuple of Design and Counts
        Of the strata that remain, in their order.

    Raises
    ------
    DesignError
        A stratum is unknown, or its neighbour is itself to be joined to another.

    References
    ----------
    .. [1] W. G. Cochran, *Sampling Techniques*, 3rd ed., Wiley, 1977, sec. 5A.12.

    Examples
    --------
    >>> design = Design(["city", "island"], population=[400, 10], respondents=[20, 1])
    >>> counts = count([0] * 20 + [1], (np.arange(21) < 5)[:, None], ["gift"], strata=2)
    >>> design, counts = collapse(design, counts, {"island": "city"})
    >>> design.stratum, design.population, counts.yes
    (('city',), array([410]), array([[5]]))
    """
    for name in (*into, *into.values()):
        if name not in design.stratum:
            raise DesignError(name, "is to be collapsed, but the design lacks it")
    for name in into.values():
        if name in into:
            raise DesignError(name, "is to be collapsed, and cannot take in another")
    remaining = [at for at, name in enumerate(design.stratum) if name not in into]
    place = {design.stratum[at]: new for new, at in enumerate(remaining)}
    target = np.array([place[into.get(name, name)] for name in design.stratum])

    def summed(column: Integers) -> Integers:
        total = np.zeros((len(remaining), *column.shape[1:]), np.int64)
        np.add.at(total, target, column)
        return total

    return (
        Design(
            [design.stratum[at] for at in remaining],
            summed(design.population),
            summed(design.respondents),
            None if design.issued is None else summed(design.issued),
            groups={
                name: [labels[at] for at in remaining] for name, labels in design.groups.items()
            },
            lonely=design.lonely,
        ),
        counts.with_columns({name: summed(column) for name, column in counts.columns().items()}),
    )
