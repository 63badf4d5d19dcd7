"""The overseer's commands."""

import click
from survey_app.oversight.store.models import Audit, Post, Staff

from survey_app.accounts import audit
from survey_app.accounts.commands import add_commands
from survey_app.config import Settings
from survey_app.storage import doctor
from survey_app.storage.migrations import prepared


@click.group()
def oversee():
    """Look after posts (oversight side)."""


def store():
    settings = Settings().of("oversee")
    return prepared(settings), settings


@oversee.command()
@click.argument("post")
def register(post):
    """Register a POST."""
    database, _ = store()
    with database.begin() as session:
        session.add(Post(post=post))
        audit.record(session, Audit, "register", detail=post)


@oversee.command(name="doctor")
def doctor_():
    """Ask the side's database server for everything that would leak."""
    doctor.report(store()[1])


add_commands(oversee, store, Staff)
