"""The commands of all roles: ``python -m survey_app``."""
# A command is loaded when it is called: none waits for what another one needs.
# ruff: noqa: PLC0415

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NoReturn

import click
from click.exceptions import Abort, Exit

from survey_app import composition
from survey_app.errors import StoreUnavailableError, SurveyError
from survey_app.sides import SIDE_OF, SITES


@dataclass(frozen=True)
class Listed:
    """One command as the list of commands has it: what it does, and how to load it."""

    help: str
    load: Callable[[], click.Command]


class Commands(click.Group):
    """Commands whose refusals are one sentence in the caller's language, and exit code 2."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Name all commands, loaded or not."""
        return list(COMMANDS)

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Load one command."""
        return COMMANDS[name].load() if name in COMMANDS else None

    def format_commands(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])

    def invoke(self, context: click.Context) -> object:
        """Run the command; a refusal ends it without a traceback."""
        try:
            return super().invoke(context)
        except SurveyError as error:
            _refuse(error)
        except (click.ClickException, Exit, Abort):
            raise
        except Exception as error:
            from survey_app.storage.database import UNAVAILABLE

            if not isinstance(error, UNAVAILABLE):
                raise
            _refuse(StoreUnavailableError())


def _refuse(error: SurveyError) -> NoReturn:
    from survey_app.config import Settings
    from survey_app.language import CHINESE, ENGLISH, in_words

    chinese = Settings().lang.startswith("zh")
    click.echo(in_words(error, CHINESE if chinese else ENGLISH), err=True)
    sys.exit(2)


def _prepare() -> click.Command:
    from survey_app.operate.prepare import prepare

    return prepare


def _respond() -> click.Command:
    from survey_app.respondent.cli import respond

    return respond


def _keeper() -> click.Command:
    from survey_app.keeper.cli import keeper

    return keeper


def _backup_key() -> click.Command:
    from survey_app.operate.cli import backup_key

    return backup_key


def _rewrite_key() -> click.Command:
    from survey_app.operate.cli import rewrite_key

    return rewrite_key


def _backup() -> click.Command:
    from survey_app.operate.cli import backup

    return backup


def _restore() -> click.Command:
    from survey_app.operate.cli import restore

    return restore


def _commands_of(site: str) -> click.Command:
    return composition(SIDE_OF[site].name).commands(site)


COMMANDS: Mapping[str, Listed] = {
    "prepare": Listed(
        "Make secrets and stores, load the demo if there is no campaign, and say where to go.",
        _prepare,
    ),
    **{
        site.name: Listed(site.commands, partial(_commands_of, site.name))
        for site in SITES.values()
        if site.commands
    },
    "respond": Listed(
        "Play respondents over real HTTP: each row of the input casts one ballot.", _respond
    ),
    "keeper": Listed(
        "Make and destroy the key of a seal keeper, who belongs to neither side.", _keeper
    ),
    "backup-key": Listed(
        "Make a key for backups: the private half goes to FILE, the public one to FILE.pem.",
        _backup_key,
    ),
    "rewrite-key": Listed(
        "Put the key in FILE, of whichever form it is, under a new passphrase.",
        _rewrite_key,
    ),
    "backup": Listed(
        "Put a snapshot of SIDE into FILE, in place of the one there, sealed to a public key.",
        _backup,
    ),
    "restore": Listed("Fill an empty SIDE from the backup in FILE.", _restore),
}


@click.group(cls=Commands)
def main() -> None:
    """Run anonymous surveys of contact with corruption, from the design to the rates."""


if __name__ == "__main__":
    main(prog_name="python -m survey_app")
