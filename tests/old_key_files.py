"""Key files as release 0.1.0 wrote them."""

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import PrivateFormat, pkcs12


def old_file(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, passphrase: str) -> bytes:
    """Write a key as PKCS #12."""
    encryption = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(600_000)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .build(passphrase.encode())
    )
    return pkcs12.serialize_key_and_certificates(b"opening key", key, None, None, encryption)
