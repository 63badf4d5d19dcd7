"""Simulations over two processes, and their Markdown."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence


class Absent(Exception):  # noqa: N818 - a state of the machine
    """A program that a table compares with is not on the machine."""


_Job = TypeVar("_Job")
_Outcome = TypeVar("_Outcome")


def spread(
    simulate: Callable[[_Job, np.random.Generator], _Outcome], jobs: Iterable[_Job], seed: int
) -> list[_Outcome]:
    """Simulate every job with random numbers of its own, whichever process takes it."""
    queue = list(jobs)
    generators = [np.random.default_rng([seed, at]) for at in range(len(queue))]
    with ProcessPoolExecutor(min(2, os.cpu_count() or 1)) as pool:
        return list(pool.map(simulate, queue, generators, chunksize=4))


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
