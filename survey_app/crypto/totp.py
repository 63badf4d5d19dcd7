"""One-time codes of an authenticator app: TOTP (RFC 6238) with the parameters every app knows."""

import hmac
import os
import re
from base64 import b32encode

from cryptography.hazmat.primitives import constant_time
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

SECRET_BYTES = 20  # RFC 4226, section 4, R6: 160 bits are recommended
STEP_SECONDS = 30  # RFC 6238, section 5.2
_DIGITS = 6
_DRIFT = 1  # one step each way: RFC 6238, section 5.2, allows for slow clocks and fingers


class TotpError(ValueError):
    """The code is not one of now, or was used."""


class SpentCodeError(TotpError):
    """The code was right, and was used before."""


def new_secret() -> bytes:
    """Draw the secret that the app and the account share."""
    return os.urandom(SECRET_BYTES)


def code_at(secret: bytes, moment: float) -> str:
    """Compute the code that an app shows at a moment (seconds since 1970)."""
    return _totp(secret).generate(int(moment)).decode()


def check(secret: bytes, code: str, moment: float, last_mark: bytes = b"") -> bytes:
    """Check a code, and return the mark of its step, to be given as ``last_mark`` the next time.

    The mark is an HMAC of the step, so that storing it stores no moment.

    Raises
    ------
    SpentCodeError
        Its step is not after the one that was used (RFC 6238, section 5.2: a code is good once).
    TotpError
        The code is wrong.
    """
    digits = re.sub(r"\s", "", code).encode()
    now = int(moment) // STEP_SECONDS
    steps = range(now - _DRIFT, now + _DRIFT + 1)
    spent_steps = [step for step in steps if hmac.compare_digest(_mark(secret, step), last_mark)]
    last_spent = max(spent_steps, default=-1)
    for step in reversed(steps):
        expected = _totp(secret).generate(step * STEP_SECONDS)
        if constant_time.bytes_eq(expected, digits):
            if step <= last_spent:
                raise SpentCodeError("the code was used")
            return _mark(secret, step)
    raise TotpError("the code is wrong")


def text(secret: bytes) -> str:
    """Write a secret as apps take it when it is typed: base32 in groups of four."""
    letters = b32encode(secret).decode().rstrip("=")
    return " ".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def uri(secret: bytes, account: str, issuer: str) -> str:
    """Write a secret as the ``otpauth:`` link that a QR code carries."""
    return _totp(secret).get_provisioning_uri(account, issuer)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, _DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - RFC 6238's own, under HMAC


def _mark(secret: bytes, step: int) -> bytes:
    return hmac.digest(secret, b"used step/v1/%d" % step, "sha256")
