"""Text broken into lines, Chinese between any two characters, other words as wholes."""

import re
from collections.abc import Callable, Iterator

Width = Callable[[str], float]

ELLIPSIS = "…"
_WIDE = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f"
_PIECES = re.compile(f"(?:[0-9]+[年月日])+|[{_WIDE}]|[^{_WIDE}\\s]+|\\s+")
_SEGMENTS = re.compile("(?:https?://)?[^/]*/?")
_NEVER_FIRST = frozenset("，。、；：？！）》」』】〉”’…·,.;:?!)]}/")


def wrap(text: str, width: Width, room: float) -> list[str]:
    """Break a text into lines that fit into a room; an empty text has none."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, width, room):
        if not line or width((line + piece).rstrip()) <= room:
            line = line + piece if line else piece.lstrip()
            continue
        if piece in _NEVER_FIRST and len(line) > 1:
            line, piece = line[:-1], line[-1] + piece  # noqa: PLW2901 - a mark keeps its character
        lines.append(line.rstrip())
        line = piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def cut(lines: list[str], most: int, width: Width, room: float) -> list[str]:
    """Keep so many lines; the last of them shows that there were more."""
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width(last + ELLIPSIS) > room:
        last = last[:-1]
    return [*lines[: most - 1], last + ELLIPSIS]


def segments(address: str) -> list[str]:
    """List the parts of an address after which a line may end: host, then folders."""
    return [segment for segment in _SEGMENTS.findall(address) if segment]


def _pieces(text: str, width: Width, room: float) -> Iterator[str]:
    """Yield what must stand together, in parts where even that is too wide."""
    for piece in _PIECES.findall(text):
        for segment in [piece] if width(piece) <= room else segments(piece):
            yield from _parts(segment, width, room)


def _parts(word: str, width: Width, room: float) -> Iterator[str]:
    """Cut a word that is too wide for any line."""
    part = ""
    for character in word:
        if part and width(part + character) > room:
            yield part
            part = ""
        part += character
    yield part
