"""Texts that a spreadsheet must show and never compute."""

import re

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?[0-9][0-9 ().-]*")


def harmless(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula; numbers stay."""
    suspect = text.startswith(_STARTS_A_FORMULA) or text.lstrip().startswith(_STARTS_A_FORMULA)
    return f"'{text}" if suspect and not _NUMBER.fullmatch(text) else text
