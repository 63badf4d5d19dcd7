"""The operator's commands: a key for backups, a backup, and a side restored from it."""

from pathlib import Path

import click

from survey_app.accounts.passphrase import (
    ask_new_passphrase,
    ask_passphrase,
    make_key_files,
    renew_key_file,
)
from survey_app.config import Settings, SiteSettings
from survey_app.crypto import key_files, sealing
from survey_app.errors import N_
from survey_app.operate import backup as backups
from survey_app.sides import SIDES
from survey_app.storage.migrations import prepared

_existing = click.Path(exists=True, dir_okay=False, path_type=Path)
_any_file = click.Path(dir_okay=False, path_type=Path)
_side = click.argument("side", type=click.Choice(list(SIDES)))
_PROMPT = "Passphrase of the backup key"


@click.command(name="backup-key")
@click.argument("file", type=_any_file)
def backup_key(file: Path) -> None:
    """Make a key for backups: the private half goes to FILE, the public one to FILE.pem."""
    make_key_files(file, _PROMPT)
    click.echo(f"Keep {file} away from the servers, and give them {file}.pem.")


@click.command(name="rewrite-key")
@click.argument("file", type=_existing)
def rewrite_key(file: Path) -> None:
    """Put the key in FILE, of whichever form it is, under a new passphrase."""
    key = _recovered_key(file, ask_passphrase("Passphrase until now"))
    content = key_files.protect(key, ask_new_passphrase("New passphrase"))
    key_files.replace(file, content)
    click.echo(f"{file} is rewritten. Destroy every other copy of it.")


@click.command()
@_side
@click.argument("file", type=_any_file)
@click.option("--to", "public", type=_existing, required=True, help="The public key (PEM).")
def backup(side: str, file: Path, public: Path) -> None:
    """Put a snapshot of SIDE into FILE, in place of the one there, sealed to a public key.

    What respondents wrote is in it in batches: no two files tell who came between them.
    """
    settings = _settings(side)
    database = prepared(settings)
    backups.write(database, settings, public.read_bytes(), file)
    click.echo(f"Wrote {file}. It opens with the private half of the key only.")
    click.echo(SIDES[side].backup_lacks)


@click.command()
@_side
@click.argument("file", type=_existing)
@click.option("--key", type=_existing, required=True, help="The private key that was made.")
def restore(side: str, file: Path, key: Path) -> None:
    """Fill an empty SIDE from the backup in FILE."""
    passphrase = ask_passphrase(_PROMPT)
    private = _recovered_key(key, passphrase)
    renew_key_file(key, private, passphrase)
    settings = _settings(side)
    backups.restore(prepared(settings), settings, private, file)
    click.echo(f"Restored {side}; the log says so too.")
    click.echo(SIDES[side].after_restore)


def _settings(side: str) -> SiteSettings:
    return Settings().of(SIDES[side].staff_site.name)


def _recovered_key(path: Path, passphrase: str) -> sealing.OpeningKey:
    try:
        return key_files.recover(path.read_bytes(), passphrase)
    except key_files.KeyFileError:
        raise backups.BackupError(
            N_("The passphrase is wrong, or the file is not a key file.")
        ) from None
