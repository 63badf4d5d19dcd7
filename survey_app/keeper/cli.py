"""The seal keeper's commands, for a machine that is no server of the survey."""

from pathlib import Path

import click

from survey_app.accounts.passphrase import make_key_files
from survey_app.crypto.encoding import fingerprint
from survey_app.crypto.private_file import destroy_file
from survey_app.crypto.sealing import public_bytes


@click.group()
def keeper() -> None:
    """Make and destroy the key of a seal keeper, who belongs to neither side."""


@keeper.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def make(file: Path) -> None:
    """Make a key for one campaign: the private half in FILE, the public one in FILE.pem."""
    key, public = make_key_files(file, "Passphrase of the seal keeper's key")
    click.echo(public.read_text(), nl=False)
    click.echo(f"Fingerprint: {fingerprint(public_bytes(key))}")
    click.echo(f"Give {public} to the statisticians, and keep {file} until they strip the seals:")
    click.echo("  python -m survey_app analyse accept campaign.manifest.json --keeper KEY.pem")
    click.echo("Without it no ballot of the campaign is ever opened. Keep a copy in a safe.")


@keeper.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="The seals are off: do not ask.")
def destroy(file: Path, *, yes: bool) -> None:
    """Destroy the key in FILE, once the seals are off; copies of it elsewhere are yours to end."""
    if not yes:
        click.confirm("Are the seals off? Without the key nothing can be stripped.", abort=True)
    destroy_file(file)
    click.echo(f"{file} is destroyed. Destroy its copies too, then let the statisticians say so:")
    click.echo("  python -m survey_app analyse destroy-key CAMPAIGN --keeper")
