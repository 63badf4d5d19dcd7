"""The passphrase of a key, and the file under it, for commands."""

from pathlib import Path

import click
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from survey_app.config import Settings
from survey_app.crypto import key_files, passphrases
from survey_app.crypto.private_file import private_file
from survey_app.errors import N_, SurveyError


class PassphraseError(SurveyError):
    """A new passphrase is quickly guessed, or was not typed the same way twice."""

    code = "passphrase"
    sentence = N_("The two passphrases are not the same.")


def ask_passphrase(prompt: str, file: Path | None = None) -> str:
    """Take the passphrase from a file, the environment or the keyboard, in this order."""
    passphrase = _passphrase_at_hand(file)
    return (
        str(click.prompt(prompt, hide_input=True, err=True)) if passphrase is None else passphrase
    )


def ask_new_passphrase(prompt: str, file: Path | None = None) -> str:
    """Take a new passphrase as `ask_passphrase` does; at the keyboard, propose one of words.

    Raises
    ------
    PassphraseError
        It is quickly guessed, or was typed in two ways.
    """
    passphrase = _passphrase_at_hand(file)
    if passphrase is None:
        proposal = passphrases.propose()
        click.echo(f"A passphrase that is not guessed: {proposal}", err=True)
        click.echo("Write it down. Enter alone takes it; or type one of your own.", err=True)
        own = click.prompt(prompt, default="", show_default=False, hide_input=True, err=True)
        passphrase = own or proposal
        check_new(passphrase, click.prompt(f"{prompt}, once more", hide_input=True, err=True))
    check_new(passphrase, passphrase)
    return passphrase


def check_new(passphrase: str, repetition: str) -> None:
    """Refuse a new passphrase that is quickly guessed, or was typed in two ways.

    Raises
    ------
    PassphraseError
        The sentence says which.
    """
    if key_files.normal(passphrase) != key_files.normal(repetition):
        raise PassphraseError
    try:
        passphrases.check(passphrase)
    except passphrases.WeakPassphraseError:
        raise PassphraseError(
            N_(
                "This passphrase is quickly guessed: take the six words that are proposed, or at"
                " least 16 characters that are neither a row of keys nor the same again."
            )
        ) from None


def renew_key_file(path: Path, key: ec.EllipticCurvePrivateKey, passphrase: str) -> None:
    """Write a key file of the old form again in the new one, in its place, and tell."""
    try:
        if key_files.renew(path, key, passphrase):
            click.echo(
                f"{path} was of the old form, in which thousands of passphrases can be tried in a"
                " second: it is rewritten. Destroy every other copy of it. If its passphrase is"
                f" not made of words: python -m survey_app rewrite-key {path}",
                err=True,
            )
    except OSError:
        click.echo(f"{path} is of the old form, and cannot be rewritten there.", err=True)


def make_key_files(file: Path, prompt: str) -> tuple[ec.EllipticCurvePrivateKey, Path]:
    """Make a key: its private half goes to FILE under a new passphrase, the public to FILE.pem.

    Raises
    ------
    ClickException
        There is a file of one of these names.
    """
    public = file.with_name(f"{file.name}.pem")
    for path in (file, public):
        if path.exists():
            raise click.ClickException(f"{path} exists already.")
    passphrase = ask_new_passphrase(prompt)
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for path, content in ((file, key_files.protect(key, passphrase)), (public, pem)):
        with private_file(path) as new_file:
            new_file.write(content)
    return key, public


def _passphrase_at_hand(file: Path | None) -> str | None:
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    secret = Settings().passphrase
    return None if secret is None else secret.get_secret_value()
