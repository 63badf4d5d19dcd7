"""Blind signatures: RSABSSA-SHA384-PSS-Randomized of RFC 9474.

Client: `prepare`, `blind`, `finalize`. Issuer: `generate_key`, `blind_sign`. Anyone: `verify`.
The public exponent is always 65537, so a public key is its modulus.
"""

import hashlib
import secrets
from dataclasses import dataclass
from functools import lru_cache

import gmpy2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from gmpy2 import mpz

MODULUS_BITS = 2048
MODULUS_BYTES = MODULUS_BITS // 8
EXPONENT = 65537
PREFIX_BYTES = 32
SALT_BYTES = 48
_HASH_BYTES = hashlib.sha384().digest_size


class BlindSignatureError(ValueError):
    """A step of the protocol was given something that does not fit it."""


@dataclass(frozen=True)
class SigningKey:
    """An issuer's private key, with what the Chinese remainder theorem needs."""

    n: mpz
    d: mpz
    p: mpz
    q: mpz
    d_p: mpz
    d_q: mpz
    q_inv: mpz

    @classmethod
    def from_numbers(cls, p: int, q: int, d: int) -> "SigningKey":
        """Derive the whole key from its two primes and its private exponent."""
        p_, q_, d_ = mpz(p), mpz(q), mpz(d)
        return cls(p_ * q_, d_, p_, q_, d_ % (p_ - 1), d_ % (q_ - 1), gmpy2.invert(q_, p_))

    @classmethod
    def from_der(cls, der: bytes) -> "SigningKey":
        """Read the PKCS #8 form that `generate_key` wrote."""
        key = serialization.load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise BlindSignatureError("not an RSA key")
        numbers = key.private_numbers()
        return cls.from_numbers(numbers.p, numbers.q, numbers.d)

    @property
    def modulus(self) -> bytes:
        """The public key, big-endian."""
        return int(self.n).to_bytes((int(self.n).bit_length() + 7) // 8, "big")


@dataclass(frozen=True)
class Blinded:
    """What a client keeps between `blind` and `finalize` (RFC 9474, section 4.2)."""

    message: bytes
    blinded: bytes
    inverse: mpz


def generate_key() -> bytes:
    """Make a signing key for one campaign and stratum, as PKCS #8 DER."""
    key = rsa.generate_private_key(EXPONENT, MODULUS_BITS)
    return key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def prepare(message: bytes, prefix: bytes | None = None) -> bytes:
    """PrepareRandomize: put 32 random bytes before the message (RFC 9474, section 4.1)."""
    return (prefix or secrets.token_bytes(PREFIX_BYTES)) + message


def blind(
    modulus: bytes, message: bytes, *, salt: bytes | None = None, inverse: int | None = None
) -> Blinded:
    """Blind a prepared message (RFC 9474, section 4.2).

    Parameters
    ----------
    modulus
        The issuer's public key.
    message
        The output of `prepare`.
    salt, inverse
        Given only by the published test vectors; otherwise random.

    Raises
    ------
    BlindSignatureError
        The message has a factor in common with the modulus.
    """
    n = mpz(int.from_bytes(modulus, "big"))
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    encoded = _emsa_pss_encode(message, n.bit_length() - 1, salt)
    m = mpz(int.from_bytes(encoded, "big"))
    if gmpy2.gcd(m, n) != 1:
        raise BlindSignatureError("the message is not coprime to the modulus")
    r_inverse = mpz(inverse) if inverse is not None else _random_unit(n)
    r = gmpy2.invert(r_inverse, n)
    blinded = m * gmpy2.powmod(r, EXPONENT, n) % n
    return Blinded(message, int(blinded).to_bytes(len(modulus), "big"), r_inverse)


def check_blinded(modulus: bytes, blinded: bytes) -> None:
    """Refuse a blinded message that no honest client makes (RFC 9474, section 4.3, step 1).

    Raises
    ------
    BlindSignatureError
        It has not the modulus' length, or is not below the modulus.
    """
    if len(blinded) != len(modulus):
        raise BlindSignatureError("the blinded message has the wrong length")
    if blinded >= modulus:
        raise BlindSignatureError("the blinded message is not below the modulus")


def blind_sign(key: SigningKey, blinded: bytes) -> bytes:
    """Sign a blinded message without learning it (RFC 9474, section 4.3).

    The exponentiation is gmpy2's side-channel silent one, on a base blinded once more, and
    ``s^e = m`` is checked before anything leaves: a faulty CRT half would reveal a factor.
    """
    check_blinded(key.modulus, blinded)
    m = mpz(int.from_bytes(blinded, "big"))
    mask = _random_unit(key.n)
    masked = m * gmpy2.powmod(mask, EXPONENT, key.n) % key.n
    s_p = gmpy2.powmod_sec(masked % key.p, key.d_p, key.p)
    s_q = gmpy2.powmod_sec(masked % key.q, key.d_q, key.q)
    s = s_q + key.q * ((s_p - s_q) * key.q_inv % key.p)
    s = s * gmpy2.invert(mask, key.n) % key.n
    if gmpy2.powmod(s, EXPONENT, key.n) != m:
        raise BlindSignatureError("signing failed its own check")
    return int(s).to_bytes(len(blinded), "big")


def finalize(modulus: bytes, state: Blinded, blind_signature: bytes) -> bytes:
    """Unblind the issuer's answer and verify the result (RFC 9474, section 4.4).

    Raises
    ------
    BlindSignatureError
        The issuer signed with another key than the published one, or not what was asked.
    """
    if len(blind_signature) != len(modulus):
        raise BlindSignatureError("the blind signature has the wrong length")
    n = mpz(int.from_bytes(modulus, "big"))
    s = mpz(int.from_bytes(blind_signature, "big")) * state.inverse % n
    signature = int(s).to_bytes(len(modulus), "big")
    verify(modulus, state.message, signature)
    return signature


def verify(modulus: bytes, message: bytes, signature: bytes) -> None:
    """Verify RSASSA-PSS with SHA-384 and a 48-byte salt (RFC 9474, section 4.5).

    Raises
    ------
    BlindSignatureError
        The signature is not one of this key over this message.
    """
    scheme = padding.PSS(padding.MGF1(hashes.SHA384()), SALT_BYTES)
    try:
        _public_key(modulus).verify(signature, message, scheme, hashes.SHA384())
    except InvalidSignature:
        raise BlindSignatureError("the signature does not fit the key and message") from None


@lru_cache(maxsize=1024)
def _public_key(modulus: bytes) -> rsa.RSAPublicKey:
    return rsa.RSAPublicNumbers(EXPONENT, int.from_bytes(modulus, "big")).public_key()


def _random_unit(n: mpz) -> mpz:
    while True:
        candidate = mpz(secrets.randbelow(int(n) - 1) + 1)
        if gmpy2.gcd(candidate, n) == 1:
            return candidate


def _emsa_pss_encode(message: bytes, bits: int, salt: bytes) -> bytes:
    """EMSA-PSS-ENCODE with SHA-384 and MGF1 (RFC 8017, section 9.1.1)."""
    length = (bits + 7) // 8
    digest = hashlib.sha384(message).digest()
    h = hashlib.sha384(bytes(8) + digest + salt).digest()
    block = bytes(length - len(salt) - len(h) - 2) + b"\x01" + salt
    masked = bytearray(a ^ b for a, b in zip(block, _mgf1(h, len(block)), strict=True))
    masked[0] &= 0xFF >> (8 * length - bits)
    return bytes(masked) + h + b"\xbc"


def _mgf1(seed: bytes, length: int) -> bytes:
    """MGF1 with SHA-384 (RFC 8017, appendix B.2.1)."""
    counters = range(-(-length // _HASH_BYTES))
    stream = b"".join(hashlib.sha384(seed + i.to_bytes(4, "big")).digest() for i in counters)
    return stream[:length]
