"""How rows lie inside a store's pages: SQLite's by insertion, PostgreSQL's by transaction."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

_BTREE = {0x02: 12, 0x0A: 8, 0x0D: 8}
"""The pages that hold rows, and how long their heads are."""
_HEAP_PAGE, _HEAP_HEAD, _NORMAL = 8192, 24, 1


@dataclass(frozen=True)
class Row:
    """A row, or a version of one, between two places in a file.

    Attributes
    ----------
    turn
        What tells when it was put there. In PostgreSQL its transaction. In SQLite its place in its
        page's order of insertion, since a page is filled from its end; rows that a split put there
        lie in the order of their keys, and share one turn.
    """

    start: int
    end: int
    page: int
    turn: float


class Rows:
    """All rows of a file, to be asked for by place."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows = sorted(rows, key=lambda row: row.start)
        self._starts = [row.start for row in self._rows]

    def at(self, place: int) -> Row | None:
        """Give the row that a place in the file belongs to."""
        number = bisect_right(self._starts, place) - 1
        row = self._rows[number] if number >= 0 else None
        return row if row and place < row.end else None


def sqlite_rows(file: bytes) -> Iterator[Row]:
    """Read the rows of every B-tree page of a file.

    The file format is described at https://sqlite.org/fileformat2.html, section 1.6.
    """
    size = int.from_bytes(file[16:18]) if len(file) > 100 else 0
    size = 65536 if size == 1 else size
    for number in range(len(file) // size if size else 0):
        page = file[number * size : (number + 1) * size]
        head = 0 if number else 100
        if page[head] in _BTREE:
            yield from _cells(number, page, head)


def _cells(number: int, page: bytes, head: int) -> Iterator[Row]:
    count = int.from_bytes(page[head + 3 : head + 5])
    pointers = head + _BTREE[page[head]]
    places = [int.from_bytes(page[at : at + 2]) for at in range(pointers, pointers + 2 * count, 2)]
    if len(set(places)) < count or not all(pointers < place < len(page) for place in places):
        return  # what lies there only looks like a page of rows
    ascending, start = sorted(places), number * len(page)
    following = dict(zip(ascending, [*ascending[1:], len(page)], strict=False))
    for place, turn in zip(places, _turns(places), strict=True):
        yield Row(start + place, start + following[place], number, turn)


def _turns(places: Sequence[int]) -> list[float]:
    """Rank cells, which are listed in the order of their keys, from the page's end."""
    order = sorted(range(len(places)), key=lambda cell: -places[cell])
    split = 1
    while split < len(order) and order[split] > order[split - 1]:
        split += 1
    turns = [0.0] * len(places)
    for turn, cell in enumerate(order):
        turns[cell] = (split - 1) / 2 if turn < split > 2 else float(turn)
    return turns


def heap_rows(file: bytes) -> Iterator[Row]:
    """Read every version of a row, dead or alive, that a table's line pointers still name."""
    for start in range(0, len(file) - _HEAP_PAGE + 1, _HEAP_PAGE):
        page = file[start : start + _HEAP_PAGE]
        end = int.from_bytes(page[12:14], "little")
        for at in range(_HEAP_HEAD, min(end, _HEAP_PAGE) - 3, 4):
            pointer = int.from_bytes(page[at : at + 4], "little")
            place, state, length = pointer & 0x7FFF, (pointer >> 15) & 3, pointer >> 17
            if state == _NORMAL and length > _HEAP_HEAD and place + length <= _HEAP_PAGE:
                transaction = int.from_bytes(page[place : place + 4], "little")
                yield Row(start + place, start + place + length, start // _HEAP_PAGE, transaction)
