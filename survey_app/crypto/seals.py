"""The seals of a ballot: the statisticians' alone, or inside the seal keeper's.

With a keeper neither party opens a ballot without the other. The keeper's seal binds the ballot to
its credential; the statisticians' seal does not, so that what is left when the keeper's is stripped
leads to no receipt.
"""

from dataclasses import dataclass

from survey_app.crypto import sealing
from survey_app.crypto.encoding import bind


@dataclass(frozen=True)
class Seals:
    """How the ballots of one stratum are sealed."""

    edition: int
    campaign: str
    stratum: str
    sealing_key: bytes
    keeper_key: bytes | None = None

    def length(self, answers: int) -> int:
        """Length in bytes of ``answers`` bytes once sealed."""
        inner = sealing.sealed_length(answers)
        return inner if self.keeper_key is None else sealing.sealed_length(inner)

    def seal(self, spent_hash: bytes, answers: bytes) -> bytes:
        """Seal answers for the credential whose hash is ``spent_hash``."""
        if self.keeper_key is None:
            return _to(self.sealing_key, self._outer_info(spent_hash), answers)
        return _to(
            self.keeper_key,
            self._outer_info(spent_hash),
            _to(self.sealing_key, self._inner_info, answers),
        )

    def strip(self, keeper: sealing.OpeningKey, spent_hash: bytes, sealed: bytes) -> bytes:
        """Take the keeper's seal off.

        Raises
        ------
        SealingError
            Sealed to another key, moved from another credential, or altered.
        """
        return sealing.open_sealed(keeper, self._outer_info(spent_hash), sealed)

    def open_inner(self, key: sealing.OpeningKey, inner: bytes) -> bytes:
        """Open what the keeper has stripped.

        Raises
        ------
        SealingError
            It is of another stratum, or was altered.
        """
        return sealing.open_sealed(key, self._inner_info, inner)

    def open(self, key: sealing.OpeningKey, spent_hash: bytes, sealed: bytes) -> bytes:
        """Open a ballot of a campaign without a keeper.

        Raises
        ------
        SealingError
            Sealed to another key, moved from another credential, or altered.
        """
        return sealing.open_sealed(key, self._outer_info(spent_hash), sealed)

    @property
    def _inner_info(self) -> bytes:
        return bind(self.edition, "inner", self.campaign, self.stratum)

    def _outer_info(self, spent_hash: bytes) -> bytes:
        label = "ballot" if self.keeper_key is None else "outer"
        return bind(self.edition, label, self.campaign, self.stratum, spent_hash)


def _to(public_key: bytes, info: bytes, content: bytes) -> bytes:
    return sealing.seal(sealing.load_public_key(public_key), info, content)
