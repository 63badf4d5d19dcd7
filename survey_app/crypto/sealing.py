"""Sealed answers: HPKE base mode (RFC 9180) with the suite of its appendix A.3.

DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. A sealed answer is ``enc ‖ ct``.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec

_SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)
ENC_BYTES = 65
TAG_BYTES = 16

OpeningKey = ec.EllipticCurvePrivateKey


class SealingError(ValueError):
    """A key or a sealed answer does not fit."""


def sealed_length(answers: int) -> int:
    """Length in bytes of ``answers`` bytes once sealed."""
    return ENC_BYTES + answers + TAG_BYTES


def generate_opening_key() -> OpeningKey:
    """Make the statistician's private key."""
    return ec.generate_private_key(ec.SECP256R1())


def public_bytes(key: OpeningKey | ec.EllipticCurvePublicKey) -> bytes:
    """Give the public key as an uncompressed point (65 bytes; RFC 9180, section 7.1.1)."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    return public.public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )


def load_public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    """Read an uncompressed point, refusing one off the curve.

    Raises
    ------
    SealingError
        The bytes are not a point of P-256 in this form.
    """
    if len(point) != ENC_BYTES:  # a compressed point is one too, and has another hash
        raise SealingError("not an uncompressed point of P-256")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        raise SealingError("not a point of P-256") from None


def read_public_pem(content: bytes) -> ec.EllipticCurvePublicKey:
    """Read a public key from a PEM file.

    Raises
    ------
    SealingError
        The file holds no public key on the curve P-256.
    """
    try:
        key = serialization.load_pem_public_key(content)
    except ValueError:
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise SealingError("no public key on the curve P-256")
    return key


def seal(public_key: ec.EllipticCurvePublicKey, info: bytes, answers: bytes) -> bytes:
    """SealBase (RFC 9180, section 6.1), as ``enc ‖ ct``."""
    return _SUITE.encrypt(answers, public_key, info)


def open_sealed(key: OpeningKey, info: bytes, sealed: bytes) -> bytes:
    """OpenBase (RFC 9180, section 6.1).

    Raises
    ------
    SealingError
        Sealed to another key, moved from another credential, or altered.
    """
    try:
        return _SUITE.decrypt(sealed, key, info)
    except (InvalidTag, ValueError):
        raise SealingError("the sealed answers do not open") from None
