"""Bytes as text (base64url without padding: RFC 4648, section 5), and fields as bytes."""

import base64
import binascii
import hashlib
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema


def framed(*fields: str | bytes) -> bytes:
    """Join fields so that no two lists of them give the same bytes.

    Before each stands its length in bytes, as 4 bytes, big-endian. Text is UTF-8.
    """
    contents = [field.encode() if isinstance(field, str) else field for field in fields]
    return b"".join(len(content).to_bytes(4, "big") + content for content in contents)


def bind(edition: int, label: str, *fields: str | bytes) -> bytes:
    """Compose what is hashed, signed or sealed under a label, as an edition of the protocol does.

    The first edition joins the fields as they are, which is unambiguous only because each campaign
    and stratum has keys of its own; the second puts their lengths before them.
    """
    if edition == 1:
        contents = (field.encode() if isinstance(field, str) else field for field in fields)
        return f"{label}/v1".encode() + b"".join(contents)
    return framed(f"{label}/v{edition}", *fields)


def to_text(data: bytes) -> str:
    """Encode bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes:
    """Decode base64url without padding, in its one canonical form.

    Raises
    ------
    ValueError
        The text is not base64url, or another spelling of the same bytes.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64url") from None
    if to_text(data) != text:
        raise ValueError("not canonical base64url")
    return data


def fingerprint(key: bytes) -> str:
    """Give what people compare by telephone: 16 hexadecimal digits of SHA-256, in fours."""
    return in_fours(hashlib.sha256(key).digest()[:8])


def in_fours(digest: bytes) -> str:
    """Write a digest so that people can compare it: hexadecimal digits in groups of four."""
    digits = digest.hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


def _decoded(value: object) -> object:
    return from_text(value) if isinstance(value, str) else value


Base64 = Annotated[
    bytes,
    BeforeValidator(_decoded),
    PlainSerializer(to_text, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9_-]*$"}),
]
"""A pydantic field: bytes in Python, base64url in JSON."""
