"""How much room a text takes where a Chinese character takes two places."""

import unicodedata


def width(text: str) -> int:
    """Columns of a terminal, or a sheet, that a text takes."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
