"""The survey manager's commands."""

import sys
from pathlib import Path

import click

from survey_app.accounts import acting
from survey_app.accounts.commands import add_commands
from survey_app.config import Settings, SiteSettings
from survey_app.crypto.private_file import private_file
from survey_app.identity.manage.campaigns import campaign_file, service
from survey_app.identity.manage.invitations import code_lists
from survey_app.identity.manage.invitations.code_lists import ListRequest
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.jobs.worker import Worker
from survey_app.identity.manage.roster import persons, rows
from survey_app.identity.store import queries
from survey_app.identity.store.models import CodeList, Roster, Staff, Step
from survey_app.storage import doctor
from survey_app.storage.database import Database
from survey_app.storage.migrations import prepared

existing = click.Path(exists=True, dir_okay=False, path_type=Path)
new_file = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.group()
def manage() -> None:
    """Plan campaigns, make keys, invite (identity side)."""


def store() -> tuple[Database, SiteSettings]:
    """Open the identity store until the command ends, with its tables brought up to date."""
    settings = Settings().of("manage")
    database = prepared(settings)
    click.get_current_context().call_on_close(database.engine.dispose)
    return database, settings


@manage.command()
@click.argument("file", type=existing)
def create(file: Path) -> None:
    """Store the campaign designed in FILE (YAML)."""
    database, _ = store()
    design = campaign_file.read(file)
    with database.begin() as session:
        service.create(session, design)
    click.echo(f"Created the campaign {design.campaign} with {len(design.strata)} strata.")
    click.echo(f"Next: python -m survey_app manage fix {design.campaign}")


@manage.command()
@click.argument("campaign")
def confirm(campaign: str) -> None:
    """Confirm, as a second manager, the current design of CAMPAIGN."""
    database, _ = store()
    with database.begin() as session:
        service.confirm(session, campaign)
    click.echo(f"Confirmed by {acting().name}. Another manager can fix the design now.")
    click.echo(f"Next: python -m survey_app manage fix {campaign}")


@manage.command()
@click.argument("campaign")
@click.option("--output", type=new_file, help="Where to write the manifest.")
@doctor.accept_option
def fix(campaign: str, output: Path | None, accepted_findings: tuple[str, ...]) -> None:
    """Fix the design, make each stratum's signing key, and write the manifest."""
    database, settings = store()
    doctor.check(settings, accepted_findings)
    output = output or Path(f"{campaign}.manifest.json")
    with database.read() as session:
        service.check_step(session, campaign, Step.DRAFT)
        if settings.two_managers:
            service.check_confirmed(session, campaign)
        design = service.design_of(session, campaign)
    new_keys = service.make_keys(design, settings.secret("issuer"))
    label = "Making keys"
    with click.progressbar(new_keys, len(design.strata), label=label, file=sys.stderr) as bar:
        keys = list(bar)
    with database.begin() as session:
        manifest = service.fix(
            session,
            campaign,
            keys,
            service.Issuer.of(settings, campaign),
            two_managers=settings.two_managers,
        )
        output.write_bytes(manifest.canonical())
    click.echo(f"Fixed. The manifest for the statisticians is {output}")
    click.echo(f"Next: python -m survey_app analyse accept {output}")


@manage.command()
@click.argument("campaign")
@click.argument("published", type=existing)
def publish(campaign: str, published: Path) -> None:
    """Store the manifest that the statisticians PUBLISHED: codes can be claimed from now on."""
    database, _ = store()
    with database.begin() as session:
        manifest = service.publish(session, campaign, published.read_bytes())
    click.echo(f"Published. Digest for links and cards: {manifest.digest}")
    click.echo(f"Next: python -m survey_app manage invite {campaign}")


@manage.command()
@click.argument("campaign")
@click.option(
    "--roster",
    "roster_file",
    type=existing,
    help="CSV or XLSX of persons drawn elsewhere: columns stratum, person, for e-mail address.",
)
@click.option("--output", type=new_file, help="Where to write the codes.")
@click.option("--replace", is_flag=True, help="Replace codes that are not used yet, too.")
def invite(campaign: str, roster_file: Path | None, output: Path | None, *, replace: bool) -> None:
    """Make codes for strata without any: one for each person drawn, elsewhere anonymous cards.

    The codes are written once, to a CSV file; the store keeps only an HMAC of each, and the
    persons encrypted.
    """
    database, settings = store()
    output = output or Path(f"{campaign}.codes.csv")
    if output.exists():
        raise click.ClickException(f"{output} exists already: name another --output.")
    if roster_file:
        _import_sample(database, settings, campaign, roster_file)
    with database.read() as session:
        manifest = service.published_manifest(session, campaign)
        request = code_lists.request_for_all(session, manifest, replace=replace)
        total = code_lists.check(session, campaign, request)
    job = _make_list(database, settings, campaign, request, total)
    with database.begin() as session:
        fetched = code_lists.fetch(session, settings.secret("roster"), campaign, job)
        with private_file(output) as file:
            file.write(fetched.content)
        counts = queries.count_codes(session, campaign)
    database.scrub(CodeList)
    click.echo(f"Wrote {total} codes, the only time they are shown, to {output}")
    for stratum in manifest.strata:
        if stratum.id in request.strata:
            number, sample = counts[stratum.id], stratum.sample
            click.echo(f"  {stratum.id}: {number} codes (the design's sample: {sample})")


@manage.command()
def work() -> None:
    """Do all waiting jobs, and erase the persons whose day has come (for a timer)."""
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
    """Destroy the signing keys: no credential can be signed any longer."""
    database, _ = store()
    with database.begin() as session:
        service.close(session, campaign)
    database.vacuum()
    click.echo(f"Closed. The signing keys of {campaign} are destroyed.")


@manage.command(name="doctor")
def doctor_() -> None:
    """Check the identity side's database server for everything that would leak."""
    doctor.report(store()[1])


add_commands(manage, store, Staff)


def _import_sample(
    database: Database, settings: SiteSettings, campaign: str, roster_file: Path
) -> None:
    with database.begin() as session:
        manifest = service.published_manifest(session, campaign)
        code_lists.check_none_waits(session, campaign)
        sample = rows.read_sample(roster_file, manifest.strata)
        key = settings.secret("roster")
        persons.import_sample(session, key, campaign, roster_file.name, sample)
    database.scrub(Roster)


def _make_list(
    database: Database, settings: SiteSettings, campaign: str, request: ListRequest, total: int
) -> str:
    """Make a list of codes, to be fetched by the job's name."""
    job = queue.new_name()
    with click.progressbar(length=total, label="Making codes", file=sys.stderr) as bar:

        def show(codes_made: int, _: int) -> None:
            bar.update(codes_made - bar.pos)

        code_lists.make(database, settings, campaign, job, request, show, lambda _: None)
        bar.update(total - bar.pos)
    return job
