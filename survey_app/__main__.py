"""The commands of all roles: ``python -m survey_app``."""

import sys

import click

from survey_app.answers.analyse.cli import analyse
from survey_app.config import Settings
from survey_app.errors import StoreUnavailableError, SurveyError
from survey_app.identity.manage.cli import manage
from survey_app.language import CHINESE, ENGLISH, in_words
from survey_app.operate.cli import backup, backup_key, restore
from survey_app.operate.demo import prepare
from survey_app.respondent.cli import respond
from survey_app.storage.database import UNAVAILABLE


class Commands(click.Group):
    """A group whose refusals are one sentence in the caller's language, and exit code 2."""

    def invoke(self, context: click.Context) -> object:
        """Run the command; a refusal ends it without a traceback."""
        try:
            return super().invoke(context)
        except (SurveyError, *UNAVAILABLE) as raised:
            error = raised if isinstance(raised, SurveyError) else StoreUnavailableError()
            chinese = Settings().lang.startswith("zh")
            click.echo(in_words(error, CHINESE if chinese else ENGLISH), err=True)
            sys.exit(2)


@click.group(cls=Commands)
def main() -> None:
    """Run anonymous surveys of contact with corruption, from the design to the rates."""


for command in (prepare, manage, analyse, respond, backup_key, backup, restore):
    main.add_command(command)

if __name__ == "__main__":
    main(prog_name="python -m survey_app")
