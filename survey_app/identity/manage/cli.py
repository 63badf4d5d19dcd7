"""The survey manager's commands."""

import csv
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click

from survey_app.accounts import acting
from survey_app.accounts.commands import add_commands
from survey_app.config import Settings, SiteSettings
from survey_app.documents.spreadsheets import harmless
from survey_app.identity.manage.campaigns import campaign_file, service
from survey_app.identity.manage.invitations import list_files
from survey_app.identity.manage.jobs.worker import Worker
from survey_app.identity.manage.roster import persons
from survey_app.identity.manage.roster import rows as roster
from survey_app.identity.store.models import Staff, Step
from survey_app.storage import doctor
from survey_app.storage.database import Database
from survey_app.storage.migrations import prepared

existing = click.Path(exists=True, dir_okay=False, path_type=Path)
new_file = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.group()
def manage() -> None:
    """Plan campaigns, make keys, hand out codes (identity side)."""


def store() -> tuple[Database, SiteSettings]:
    """Open the identity store, with its tables brought up to date."""
    settings = Settings().of("manage")
    return prepared(settings), settings


@manage.command()
@click.argument("file", type=existing)
def create(file: Path) -> None:
    """Store the campaign designed in FILE (YAML)."""
    database, _ = store()
    design = campaign_file.read(file)
    with database.begin() as session:
        service.create(session, design)
    click.echo(f"Created the campaign {design.campaign} with {len(design.strata)} strata.")
    click.echo(f"Next: python -m survey_app manage open {design.campaign}")


@manage.command()
@click.argument("campaign")
def confirm(campaign: str) -> None:
    """Confirm, as a second manager, that CAMPAIGN may open with its design as it stands."""
    database, _ = store()
    with database.begin() as session:
        service.confirm(session, campaign)
    click.echo(f"Confirmed by {acting().name}. Another manager can open it now.")
    click.echo(f"Next: python -m survey_app manage open {campaign}")


@manage.command(name="open")
@click.argument("campaign")
@click.option("--output", type=new_file, help="Where to write the manifest.")
@doctor.despite_option
def open_(campaign: str, output: Path | None, despite: tuple[str, ...]) -> None:
    """Fix the design, make each stratum's signing key, and write the manifest."""
    database, settings = store()
    doctor.check(settings, despite)
    output = output or Path(f"{campaign}.manifest.json")
    with database.read() as session:
        service.check_step(session, campaign, Step.DRAFT)
        if settings.two_managers:
            service.check_confirmed(session, campaign)
        design = service.design_of(session, campaign)
    made = service.make_keys(design, settings.secret("issuer"))
    label = "Making keys"
    with click.progressbar(made, len(design.strata), label=label, file=sys.stderr) as keys:
        pairs = list(keys)
    with database.begin() as session:
        manifest = service.open_campaign(
            session, campaign, pairs, settings.issue_url, two_managers=settings.two_managers
        )
        output.write_bytes(manifest.canonical())
    click.echo(f"Opened. The manifest for the statisticians is {output}")
    click.echo(f"Next: python -m survey_app analyse accept {output}")


@manage.command()
@click.argument("campaign")
@click.argument("published", type=existing)
def publish(campaign: str, published: Path) -> None:
    """Take the manifest that the statisticians PUBLISHED, and hand out credentials from now on."""
    database, _ = store()
    with database.begin() as session:
        manifest = service.publish(session, campaign, published.read_bytes())
    click.echo(f"Published. Digest for links and cards: {manifest.digest}")
    click.echo(f"Next: python -m survey_app manage invite {campaign}")


@manage.command()
@click.argument("campaign")
@click.option("--roster", "roster_file", type=existing, help="CSV with columns stratum, person.")
@click.option("--output", type=new_file, help="Where to write the codes.")
def invite(campaign: str, roster_file: Path | None, output: Path | None) -> None:
    """Make invitation codes: one for each row of the roster, anonymous cards for other strata.

    The codes are written once, to a CSV file; the store keeps only an HMAC of each.
    """
    database, settings = store()
    output = output or Path(f"{campaign}.codes.csv")
    with database.begin() as session:
        manifest = service.published_manifest(session, campaign)
        persons = roster.read(roster_file, manifest.strata) if roster_file else None
        invited = service.invite(session, settings.secret("codes"), campaign, persons)
        link = partial(settings.link, campaign, digest=manifest.digest)
        _write_once(output, invited, link)
    click.echo(f"Wrote {len(invited)} codes, the only time they are shown, to {output}")
    made = Counter(one.stratum for one in invited)
    for stratum in manifest.strata:
        click.echo(
            f"  {stratum.id}: {made[stratum.id]} codes (the design's sample: {stratum.sample})"
        )


@manage.command()
def work() -> None:
    """Do the long work that waits, and erase the persons whose day has come (for a timer)."""
    Worker(*store()).work()


@manage.command()
@click.argument("campaign")
def erase(campaign: str) -> None:
    """Erase the persons of a campaign's roster, down to the bytes on disk."""
    database, _ = store()
    with database.begin() as session:
        persons.erase(session, campaign)
    database.vacuum()
    click.echo(f"Erased. Nothing in the store names a person of {campaign}.")


@manage.command()
@click.argument("campaign")
def close(campaign: str) -> None:
    """Destroy the signing keys: from now on no credential can be made."""
    database, _ = store()
    with database.begin() as session:
        service.close(session, campaign)
    database.vacuum()
    click.echo(f"Closed. The signing keys of {campaign} are destroyed.")


@manage.command(name="doctor")
def doctor_() -> None:
    """Ask the identity side's database server for everything that would leak."""
    doctor.report(store()[1])


add_commands(manage, store, Staff)


def _write_once(path: Path, codes: Sequence[service.Invited], link: Callable[[str], str]) -> None:
    """Write the codes to a new file of the owner's, on disk before the store commits."""
    rows = [list_files.row(one, link) for one in codes]
    plain = all(cell.isascii() for row in rows for cell in row.values())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.ClickException(f"{path} exists already: name another --output.") from None
    # Spreadsheets need the mark to read Chinese; where there is none, others read on without it.
    with os.fdopen(descriptor, "w", encoding="ascii" if plain else "utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(c for row in rows for c in row)))
        writer.writeheader()
        with click.progressbar(rows, label="Writing codes", file=sys.stderr) as shown:
            writer.writerows({name: harmless(cell) for name, cell in row.items()} for row in shown)
        file.flush()
        os.fsync(file.fileno())
