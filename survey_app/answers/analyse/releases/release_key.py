"""The key that signs releases: one of the answers side, made at first use."""

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from survey_app.config import SiteSettings
from survey_app.crypto import signatures


@dataclass(frozen=True)
class ReleaseKey:
    """The key, and what others verify its signatures with."""

    private: Ed25519PrivateKey

    @classmethod
    def of(cls, settings: SiteSettings) -> "ReleaseKey":
        """Derive it from the site's secret."""
        secret = settings.secret("releases")
        return cls(signatures.side_key(secret, signatures.RELEASES))

    @property
    def pem(self) -> bytes:
        """The public key, as OpenSSL reads it."""
        return signatures.public_pem(self.private)

    @property
    def fingerprint(self) -> str:
        """What is compared by telephone before the public key is trusted."""
        return signatures.fingerprint(signatures.public_bytes(self.private))
