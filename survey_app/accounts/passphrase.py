"""The passphrase of a key, for commands."""

from pathlib import Path

import click

from survey_app.config import Settings


def ask_passphrase(prompt: str, file: Path | None = None, *, confirm: bool = False) -> str:
    """Take the passphrase from a file, the environment or the keyboard, in this order."""
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    secret = Settings().passphrase
    if secret is not None:
        return secret.get_secret_value()
    return str(click.prompt(prompt, hide_input=True, confirmation_prompt=confirm, err=True))
