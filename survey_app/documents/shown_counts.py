"""How a count of claims, ballots or refusals is shown: in tens until the close, then exactly.

A number that grows one by one tells when a person answered, and below ten it tells of a few
persons. Both sides ask here, whatever shows the number: a page, a file, a command, a log.
"""

from collections.abc import Iterable
from dataclasses import dataclass

GRAIN = 10


@dataclass(frozen=True)
class ShownCount:
    """A count as it may be shown: exact, or no more than a lower bound in whole tens."""

    count: int
    exact: bool

    @property
    def number(self) -> int | None:
        """The count for who reads numbers; None where fewer than ten are hidden."""
        return self.count if self.exact or self.count else None

    @property
    def text(self) -> str:
        """The count as it stands on pages and in commands: a bound says that it is one."""
        if self.exact:
            return f"{self.count}"
        return f"≥{self.count}" if self.count else f"<{GRAIN}"

    def share(self, total: int) -> float | None:
        """Compute the share of a total; like the count, a lower bound or hidden."""
        return self.count / total if total and self.number is not None else None


def show(count: int, *, is_closed: bool) -> ShownCount:
    """Round a count down to tens, unless nothing can be added to it any more."""
    return (
        ShownCount(count, exact=True)
        if is_closed
        else ShownCount(count // GRAIN * GRAIN, exact=False)
    )


def total(counts: Iterable[ShownCount]) -> ShownCount:
    """Add up what is shown, never what is hidden: the sum of lower bounds is one."""
    parts = list(counts)
    return ShownCount(sum(part.count for part in parts), all(part.exact for part in parts))
