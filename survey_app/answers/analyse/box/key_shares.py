"""The opening key as three lists of words of which any two open the box (SLIP-39)."""

from collections.abc import Sequence

import shamir_mnemonic
from cryptography.hazmat.primitives.asymmetric import ec

from survey_app.crypto import sealing
from survey_app.errors import N_, OpeningError

NEEDED, SHARES = 2, 3
REMARK = "#"
"""Begins a line of a sheet that is no part of its share."""
_KEY_BYTES = 32
_ROUNDS = 0  # the shares have no passphrase to be guessed


def split(key: sealing.OpeningKey) -> list[str]:
    """Write a key as shares of words.

    References
    ----------
    .. [1] SLIP-0039, *Shamir's Secret-Sharing for Mnemonic Codes*, SatoshiLabs, 2017.
    """
    secret = key.private_numbers().private_value.to_bytes(_KEY_BYTES, "big")
    groups = [(NEEDED, SHARES)]
    mnemonics = shamir_mnemonic.generate_mnemonics(1, groups, secret, iteration_exponent=_ROUNDS)
    return list(mnemonics[0])


def combine(shares: Sequence[str]) -> sealing.OpeningKey:
    """Put a key together again.

    Raises
    ------
    OpeningError
        They are too few, one was mistyped, or they are not of one key.
    """
    phrases = [phrase for phrase in map(_phrase, shares) if phrase]
    if len(set(phrases)) < NEEDED:
        raise OpeningError(reason=N_("two different shares are needed"))
    for number, share in enumerate(phrases, 1):
        try:
            shamir_mnemonic.Share.from_mnemonic(share)
        except shamir_mnemonic.MnemonicError:
            raise OpeningError(
                N_("Share %(number)s is not one: a word is missing or mistyped."), number=number
            ) from None
    try:
        secret = shamir_mnemonic.combine_mnemonics(list(dict.fromkeys(phrases))[:NEEDED])
        return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())
    except (shamir_mnemonic.MnemonicError, ValueError):
        raise OpeningError(reason=N_("the shares are not of one key")) from None


def _phrase(sheet: str) -> str:
    lines = (line for line in sheet.lower().splitlines() if not line.lstrip().startswith(REMARK))
    return " ".join(" ".join(lines).split())
