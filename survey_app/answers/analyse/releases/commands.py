"""The commands of releases: computed again, verified, and the key that signs them."""
# What computes is loaded by the command that computes: the others start at once.
# ruff: noqa: PLC0415

from collections.abc import Callable
from pathlib import Path

import click

from survey_app.config import Settings, SiteSettings
from survey_app.errors import N_, InputError
from survey_app.storage.database import Database

Store = Callable[[], tuple[Database, SiteSettings]]
_existing = click.Path(exists=True, dir_okay=False, path_type=Path)


def add_release_commands(group: click.Group, store: Store) -> None:
    """Add what one does with a release to the statistician's commands."""
    group.add_command(_check_command(store))
    group.add_command(release_key)
    group.add_command(release_verify)


def _check_command(store: Store) -> click.Command:
    @click.command(name="release-check")
    @click.argument("file", type=_existing)
    def command(file: Path) -> None:
        """Compute the release in FILE again from the opened box, and compare the numbers."""
        from survey_app.answers.analyse.releases import service as releases

        database, _ = store()
        agreement = releases.check(database, file.read_bytes())
        _say(agreement.sentence, **agreement.values)

    return command


@click.command(name="release-key")
def release_key() -> None:
    """Print the public key that releases are verified with (PEM), and its fingerprint."""
    from survey_app.answers.analyse.releases.release_key import ReleaseKey

    key = ReleaseKey.of(Settings().of("analyse"))
    click.echo(key.pem.decode(), nl=False)
    click.echo(key.fingerprint, err=True)


@click.command(name="release-verify")
@click.argument("file", type=_existing)
@click.option("--key", type=_existing, required=True, help="The public key (PEM).")
@click.option("--signature", type=_existing, help="The signature, if it is not in FILE.sig.")
def release_verify(file: Path, key: Path, signature: Path | None) -> None:
    """Verify the signature of the release in FILE; no store is needed."""
    from survey_app.crypto import signatures
    from survey_app.documents.release import PEOPLE, read_signed

    signature = signature or file.with_name(f"{file.name}.sig")
    if not signature.exists():
        raise click.UsageError(f"There is no {signature}: name the signature with --signature.")
    try:
        public_key = signatures.read_public_pem(key.read_bytes())
    except signatures.SignatureError:
        raise InputError(N_("The file of the key holds no public Ed25519 key (PEM).")) from None
    release = read_signed(file.read_bytes(), signature.read_bytes(), public_key)
    _say(
        N_(
            "Release %(number)s of %(campaign)s is signed: made by %(maker)s on %(made_on)s, "
            "checked by %(checker)s on %(signed_on)s. Compare the key's fingerprint: "
            "%(fingerprint)s"
        ),
        **release.model_dump(include={"number", "campaign", *PEOPLE}, mode="json"),
        fingerprint=signatures.fingerprint(public_key),
    )


def _say(sentence: str, **values: object) -> None:
    """Print a sentence in the language of the terminal."""
    from survey_app.language import CHINESE, ENGLISH, catalogue

    chinese = Settings().lang.startswith("zh")
    click.echo(catalogue(CHINESE if chinese else ENGLISH).gettext(sentence) % values)
