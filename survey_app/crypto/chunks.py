"""Large files to a public key: a fresh AES-256-GCM key sealed by HPKE, then numbered chunks.

The last chunk is marked (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015),
so chunks that were cut off, moved or left out are found out.
"""

import os
from collections.abc import Iterable, Iterator
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from survey_app.crypto import sealing

CHUNK = 1 << 20
_KEY_BYTES, _COUNTER_BYTES = 32, 11
_SEALED_KEY = sealing.sealed_length(_KEY_BYTES)


def write(
    file: IO[bytes], public: ec.EllipticCurvePublicKey, info: bytes, content: Iterable[bytes]
) -> None:
    """Encrypt a stream of bytes to a public key."""
    key = os.urandom(_KEY_BYTES)
    file.write(sealing.seal(public, info, key))
    cipher, number, buffer = AESGCM(key), 0, bytearray()
    for piece in content:
        buffer += piece
        while len(buffer) > CHUNK:
            file.write(cipher.encrypt(_nonce(number, last=False), bytes(buffer[:CHUNK]), info))
            del buffer[:CHUNK]
            number += 1
    file.write(cipher.encrypt(_nonce(number, last=True), bytes(buffer), info))


def read(file: IO[bytes], private: sealing.OpeningKey, info: bytes) -> Iterator[bytes]:
    """Decrypt what `write` wrote, chunk by chunk.

    Raises
    ------
    SealingError
        Another key, other information, or bytes that were altered, moved or cut off.
    """
    cipher = AESGCM(sealing.open_sealed(private, info, file.read(_SEALED_KEY)))
    size = CHUNK + sealing.TAG_BYTES
    number, chunk = 0, file.read(size)
    while chunk:
        following = file.read(size)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), chunk, info)
        except InvalidTag:
            raise sealing.SealingError("a chunk was altered, moved or cut off") from None
        number, chunk = number + 1, following
    if number == 0:
        raise sealing.SealingError("there is no chunk")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(_COUNTER_BYTES, "big") + bytes([last])
