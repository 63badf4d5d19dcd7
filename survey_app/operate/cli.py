"""The operator's commands: a key for backups, a backup, and a side restored from it."""

from pathlib import Path

import click
from cryptography.hazmat.primitives import serialization

from survey_app.accounts.passphrase import ask_passphrase
from survey_app.config import Settings, SiteSettings
from survey_app.crypto import sealing
from survey_app.crypto.private_file import private_file
from survey_app.errors import N_
from survey_app.operate import backup as backups
from survey_app.sides import SIDES
from survey_app.storage.migrations import prepared

_existing = click.Path(exists=True, dir_okay=False, path_type=Path)
_any_file = click.Path(dir_okay=False, path_type=Path)
_side = click.argument("side", type=click.Choice(list(SIDES)))
_SHORTEST = 8


@click.command(name="backup-key")
@click.argument("file", type=_any_file)
def backup_key(file: Path) -> None:
    """Make a key for backups: the private half goes to FILE, the public one to FILE.pem."""
    passphrase = _passphrase(confirm=True)
    if len(passphrase) < _SHORTEST:
        raise backups.BackupError(N_("The passphrase is shorter than 8 characters."))
    key = sealing.generate_opening_key()
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for path, content in (
        (file, sealing.protect_key(key, passphrase)),
        (file.with_name(f"{file.name}.pem"), public),
    ):
        _write_new(path, content)
    click.echo(f"Keep {file} away from the servers, and give them {file}.pem.")


@click.command()
@_side
@click.argument("file", type=_any_file)
@click.option("--to", "public", type=_existing, required=True, help="The public key (PEM).")
def backup(side: str, file: Path, public: Path) -> None:
    """Put one snapshot of SIDE into FILE, in place of the one there, sealed to a public key."""
    settings = _settings(side)
    database = prepared(settings)
    backups.write(database, settings, public.read_bytes(), file)
    click.echo(f"Wrote {file}. It opens with the private half of the key only.")


@click.command()
@_side
@click.argument("file", type=_existing)
@click.option("--key", type=_existing, required=True, help="The private key that was made.")
def restore(side: str, file: Path, key: Path) -> None:
    """Fill an empty SIDE from the backup in FILE."""
    try:
        private = sealing.recover_key(key.read_bytes(), _passphrase())
    except sealing.SealingError:
        raise backups.BackupError(
            N_("The passphrase is wrong, or the file is not a key file.")
        ) from None
    settings = _settings(side)
    rows = backups.restore(prepared(settings), settings, private, file)
    click.echo(f"Restored {rows} rows; the log says so too.")
    click.echo(SIDES[side].after_restore)


def _settings(side: str) -> SiteSettings:
    return Settings().of(SIDES[side].staff_site.name)


def _passphrase(*, confirm: bool = False) -> str:
    return ask_passphrase("Passphrase of the backup key", confirm=confirm)


def _write_new(path: Path, content: bytes) -> None:
    try:
        with private_file(path) as file:
            file.write(content)
    except FileExistsError:
        raise click.ClickException(f"{path} exists already.") from None
