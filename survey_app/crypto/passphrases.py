"""Passphrases of keys: proposed as words, and refused where they are quickly guessed."""

import secrets

from shamir_mnemonic.wordlist import WORDLIST

from survey_app.crypto.key_files import normal

WORDS = 6
"""Words of a proposed passphrase: 10 bits each, of the 1,024 words of SLIP-39."""
_FEWEST_WORDS = 5
_SHORTEST = 16
_FEWEST_STEPS = 12
_SHORTEST_PATTERN = 3
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_RUNS = (*_ROWS, *(row[::-1] for row in _ROWS))


class WeakPassphraseError(ValueError):
    """The passphrase is quickly guessed."""


def propose() -> str:
    """Draw the words of a new passphrase."""
    return " ".join(secrets.choice(WORDLIST) for _ in range(WORDS))


def check(passphrase: str) -> None:
    """Refuse a passphrase that is neither words of the list nor long without a pattern.

    Raises
    ------
    WeakPassphraseError
        It has fewer than 5 different words of the list; and fewer than 16 characters, or fewer
        than 12 that do not follow from those before by repetition or along a row of the keyboard.
    """
    text = normal(passphrase).lower()
    words = set(text.split())
    if len(words) >= _FEWEST_WORDS and words <= _LISTED:
        return
    if len(text) < _SHORTEST or _steps(text) < _FEWEST_STEPS:
        raise WeakPassphraseError("the passphrase is quickly guessed")


_LISTED = frozenset(WORDLIST)


def _steps(text: str) -> int:
    """Count the steps that write a text: one for a character, a run, or a piece once more."""
    steps = at = 0
    while at < len(text):
        length = _SHORTEST_PATTERN
        while at + length <= len(text) and _follows(text[:at], text[at : at + length]):
            length += 1
        at += length - 1 if length > _SHORTEST_PATTERN else 1
        steps += 1
    return steps


def _follows(before: str, piece: str) -> bool:
    return piece in before or len(set(piece)) == 1 or any(piece in run for run in _RUNS)
