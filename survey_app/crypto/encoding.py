"""Bytes as text: base64url without padding (RFC 4648, section 5)."""

import base64
import binascii
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema


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


def _decoded(value: object) -> object:
    return from_text(value) if isinstance(value, str) else value


Base64 = Annotated[
    bytes,
    BeforeValidator(_decoded),
    PlainSerializer(to_text, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z0-9_-]*$"}),
]
"""A pydantic field: bytes in Python, base64url in JSON."""
