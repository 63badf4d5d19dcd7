"""The product's own backups of both sides, for one who has their keys or only sees the files."""

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization

from survey_app.config import SiteSettings
from survey_app.crypto import chunks, sealing
from survey_app.operate import backup
from survey_app.storage.database import Database


@dataclass
class Backups:
    """All backups of one side, in their order."""

    settings: SiteSettings
    store: Database
    folder: Path
    key: sealing.OpeningKey = field(default_factory=sealing.generate_opening_key)
    files: list[Path] = field(default_factory=list)

    def make(self) -> None:
        """Make another backup, and keep the earlier ones as well."""
        public = self.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.files.append(self.folder / f"{self.settings.side}-{len(self.files)}.backup")
        backup.write(self.store, self.settings, public, self.files[-1])

    @property
    def sizes(self) -> list[int]:
        return [file.stat().st_size for file in self.files]

    def present(self, identifiers: Collection[bytes]) -> list[set[bytes]]:
        """Tell which values each backup holds."""
        return [self._held(file, identifiers) for file in self.files]

    def _held(self, path: Path, identifiers: Collection[bytes]) -> set[bytes]:
        with path.open("rb") as file:
            file.read(len(backup._MAGIC))
            content = b"".join(chunks.read(file, self.key, backup._info(self.settings.side)))
        return {value for value in identifiers if value.hex().encode() in content}
