"""Intervals of one stratum: coverage and width computed over all numbers of yes."""

from __future__ import annotations

from typing import Final

import numpy as np
import scipy

from bench.coverage.runs import markdown
from stats.hypergeometric import blaker, exact

LEVELS: Final = (0.90, 0.95, 0.99)
POPULATIONS: Final = (
    (30, 10),
    (30, 25),
    (60, 20),
    (100, 12),
    (100, 60),
    (150, 36),
    (300, 20),
    (300, 60),
    (300, 240),
    (600, 100),
    (1000, 50),
    (1000, 200),
    (2000, 60),
    (3000, 300),
)


def table(_: int | None) -> str:
    """Give a row for each level: the least coverage, and how much shorter Blaker's are."""
    rows = []
    for level in LEVELS:
        least, shorter = np.array([compare(*sizes, level) for sizes in POPULATIONS]).T
        shares = (f"{shorter.mean():.1%}", f"{shorter.min():.1%} to {shorter.max():.1%}")
        rows.append([f"{level:.0%}", f"{least.min():.4f}", *shares])
    return markdown(("level", "least coverage of blaker", "shorter than exact", "from, to"), rows)


def compare(persons: int, sheets: int, level: float) -> tuple[float, float]:
    """Return the least coverage of Blaker's limits, and the part by which they are shorter.

    Widths are averaged over the populations alike, as many of each number of yes.
    """
    yes = np.arange(sheets + 1.0)
    sample = yes, np.full_like(yes, sheets), np.full_like(yes, persons)
    low, high = blaker(*sample, level)
    outer_low, outer_high = exact(*sample, level)
    positive = np.arange(persons + 1)[:, None]
    chance = scipy.stats.hypergeom.pmf(np.arange(sheets + 1), persons, positive, sheets)
    rate = positive / persons
    covered = (low <= rate + 1e-12) & (rate <= high + 1e-12)
    width, outer = chance @ (high - low), chance @ (outer_high - outer_low)
    return float((chance * covered).sum(axis=1).min()), float(1 - width.sum() / outer.sum())
