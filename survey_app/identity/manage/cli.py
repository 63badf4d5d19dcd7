"""The survey manager's commands."""

import csv
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from survey_app.accounts import Actor, acting, acting_as
from survey_app.accounts.actor import COMMAND
from survey_app.accounts.commands import add_commands
from survey_app.accounts.staff import ask_password
from survey_app.config import Settings, SiteSettings
from survey_app.crypto.credentials import check_code
from survey_app.crypto.private_file import private_file
from survey_app.errors import N_, SurveyError
from survey_app.identity.manage.campaigns import (
    campaign_file,
    extension,
    proposals,
    putting_away,
    schedule,
    service,
)
from survey_app.identity.manage.campaigns.proposals import Action
from survey_app.identity.manage.campaigns.schedule import Schedule
from survey_app.identity.manage.campaigns.strata_block import is_turned_by_spreadsheets
from survey_app.identity.manage.invitations import code_lists, lost_codes, named_lists
from survey_app.identity.manage.invitations.list_requests import ListForm, ListRequest
from survey_app.identity.manage.jobs import queue
from survey_app.identity.manage.jobs.worker import Worker
from survey_app.identity.manage.roster import persons, rows
from survey_app.identity.store.models import CodeList, Roster, Staff, Step
from survey_app.identity.store.queries import find_campaign
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
    database, settings = store()
    design = campaign_file.read(file)
    for doubt in schedule.doubts(Schedule.of(design), settings.today()):
        click.echo(f"Warning: {doubt}", err=True)
    for stratum in design.strata:
        if is_turned_by_spreadsheets(stratum.id):
            warning = f"spreadsheets turn the identifier “{stratum.id}” into a number or a date."
            click.echo(f"Warning: {warning}", err=True)
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
    schedule.check_ahead(Schedule.of(design), settings.today())
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
    click.echo(f"Published. Check code on cards and pages: {check_code(manifest.root)}")
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
@click.option(
    "--second-manager", "second", help="The account of the manager who confirms a list with names."
)
@click.option(
    "--password-file", type=existing, help="Read that manager's password from here, do not ask."
)
def invite(
    campaign: str,
    roster_file: Path | None,
    output: Path | None,
    second: str | None,
    password_file: Path | None,
    *,
    replace: bool,
) -> None:
    """Make codes for strata without any: one for each person drawn, elsewhere anonymous cards.

    The codes are written once, to a CSV file; the store keeps only an HMAC of each, and the
    persons encrypted. A list with persons beside codes takes a second manager, who signs in here.
    """
    database, settings = store()
    output = output or Path(f"{campaign}.codes.csv")
    if output.exists():
        raise click.ClickException(f"{output} exists already: name another --output.")
    confirming = _sign_in(database, settings, second, password_file) if second else None
    if roster_file:
        _check_two(confirming)
        _import_sample(database, settings, campaign, roster_file)
    with database.read() as session:
        manifest = service.published_manifest(session, campaign)
        request = code_lists.request_for_all(session, manifest, replace=replace)
        total = code_lists.check(session, campaign, request)
        names = named_lists.has_names(session, campaign, request)
    if names:
        request = _confirmed(database, campaign, request, total, _check_two(confirming))
    content = _write_list(database, settings, campaign, request, total, output)
    click.echo(f"Wrote {total} codes, the only time they are shown, to {output}")
    # Counted in the list: the store's codes would tell how many were claimed before it was made.
    codes_listed = Counter(row[0] for row in _rows_of(content))
    for stratum in manifest.strata:
        if stratum.id in request.strata:
            number, sample = codes_listed[stratum.id], stratum.sample
            click.echo(f"  {stratum.id}: {number} codes (the design's sample: {sample})")


@manage.command()
@click.argument("campaign")
@click.argument("stratum")
@click.argument("holder")
@click.option("--output", type=new_file, help="Where to write the code.")
@click.option("--second-manager", "second", help="The account of the manager who confirms.")
@click.option(
    "--password-file", type=existing, help="Read that manager's password from here, do not ask."
)
def replace(
    campaign: str,
    stratum: str,
    holder: str,
    output: Path | None,
    second: str | None,
    password_file: Path | None,
) -> None:
    """Replace one lost code: of HOLDER, a person of the roster or the number of a card.

    The new code does not work if the lost one was used; which it is, is not shown.
    """
    database, settings = store()
    output = output or Path(f"{campaign}.code.csv")
    if output.exists():
        raise click.ClickException(f"{output} exists already: name another --output.")
    confirming = _sign_in(database, settings, second, password_file) if second else None
    with database.read() as session:
        manifest = service.published_manifest(session, campaign)
        key = settings.secret("roster")
        request = lost_codes.request_for(session, key, manifest, stratum, holder, ListForm.CSV)
        total = code_lists.check(session, campaign, request)
    if request.persons:
        request = _confirmed(database, campaign, request, total, _check_two(confirming))
    _write_list(database, settings, campaign, request, total, output)
    click.echo(f"Wrote one code, the only time it is shown, to {output}")


@manage.command()
@click.argument("campaign")
def refused(campaign: str) -> None:
    """Count, in tens, the claims of CAMPAIGN that were refused: many may be tries of codes."""
    from survey_app.identity.manage.fieldwork import progress  # noqa: PLC0415 - loads numpy

    database, _ = store()
    with database.read() as session:
        claims = progress.refused_claims(session, campaign)
    click.echo(f"Refused claims of {campaign}: {claims.text}")


@manage.command()
def work() -> None:
    """Do all waiting jobs, and erase the persons whose day has come (for a timer)."""
    Worker(*store()).work()


@manage.command()
@click.argument("campaign")
def erase(campaign: str) -> None:
    """Erase the persons of a campaign's roster, down to the bytes on disk."""
    database, settings = store()
    with database.begin() as session:
        in_fieldwork = find_campaign(session, campaign).step == Step.PUBLISHED
        two_managers = settings.two_managers and in_fieldwork
        is_agreed = proposals.agreed(session, campaign, Action.ERASE, two_managers=two_managers)
        if is_agreed:
            persons.erase(session, campaign)
    if not is_agreed:
        _wait_for_another()
        return
    database.vacuum()
    click.echo(f"Erased. Nothing in the store names a person of {campaign}.")


@manage.command()
@click.argument("campaign")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--output", type=new_file, help="Where to write the signed extension.")
def extend(campaign: str, day: datetime, output: Path | None) -> None:
    """Let codes of CAMPAIGN be good until DAY, and sign it: the latest last day is the limit."""
    database, settings = store()
    output = output or Path(f"{campaign}.extension.json")
    two_managers, detail = settings.two_managers, day.date().isoformat()
    with database.begin() as session:
        extension.check(session, campaign, day.date(), settings.today())
        action = Action.EXTEND
        is_agreed = proposals.agreed(session, campaign, action, detail, two_managers=two_managers)
        if is_agreed:
            key = service.closing_key(settings, campaign)
            statement = extension.extend(session, campaign, day.date(), settings.today(), key)
            output.write_bytes(statement.canonical())
    if not is_agreed:
        _wait_for_another()
        return
    click.echo(f"Extended. Codes of {campaign} are good until the end of {statement.last_day}.")
    click.echo(f"Next: python -m survey_app analyse extend {output}")


@manage.command()
@click.argument("campaign")
def pause(campaign: str) -> None:
    """Sign no new credential for CAMPAIGN until it is resumed; ballots go on."""
    database, _ = store()
    with database.begin() as session:
        putting_away.pause(session, campaign)
    click.echo(f"Paused. Respondents of {campaign} read so, and lose nothing.")
    click.echo(f"Next: python -m survey_app manage resume {campaign}")


@manage.command()
@click.argument("campaign")
def resume(campaign: str) -> None:
    """Let codes of CAMPAIGN be used again."""
    database, _ = store()
    with database.begin() as session:
        putting_away.resume(session, campaign)
    click.echo(f"Resumed: codes of {campaign} can be used again.")


@manage.command()
@click.argument("campaign")
@click.option("--output", type=new_file, help="Where to write the signed closing statement.")
def close(campaign: str, output: Path | None) -> None:
    """Destroy the signing keys, and sign the counts: the box does not open early without them."""
    database, settings = store()
    with database.begin() as session:
        service.check_step(session, campaign, Step.PUBLISHED)
        two_managers = settings.two_managers
        is_agreed = proposals.agreed(session, campaign, Action.CLOSE, two_managers=two_managers)
        if is_agreed:
            service.close(session, campaign, service.closing_key(settings, campaign))
        statement = find_campaign(session, campaign).closing
    if not is_agreed:
        _wait_for_another()
        return
    database.vacuum()
    click.echo(f"Closed. The signing keys of {campaign} are destroyed.")
    if statement is not None:
        output = output or Path(f"{campaign}.closing.json")
        output.write_bytes(statement)
        click.echo(f"Closing statement for the statisticians: {output}")


@manage.command()
@click.argument("campaign")
@click.argument("digits", metavar="ROOT")
def root(campaign: str, digits: str) -> None:
    """Record the ROOT over the receipts that the answers side has published: both publish it."""
    database, _ = store()
    with database.begin() as session:
        service.record_root(session, campaign, service.read_root(digits))
    click.echo(f"Recorded: both sides publish the root of {campaign}.")


@manage.command(name="doctor")
def doctor_() -> None:
    """Check the identity side's database server for everything that would leak."""
    doctor.report(store()[1])


add_commands(manage, store, Staff)


def _wait_for_another() -> None:
    click.echo("Asked for. Another manager has to agree, by the same command or on the page.")


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


def _rows_of(list_of_codes: bytes) -> Iterable[list[str]]:
    _, *rows = csv.reader(list_of_codes.decode("utf-8-sig").splitlines())
    return rows


def _sign_in(
    database: Database, settings: SiteSettings, name: str, password_file: Path | None
) -> Actor:
    """Let a second manager sign in with their own password and code."""
    from survey_app.accounts.sign_in import SignIn  # noqa: PLC0415 - makes a hash when it is loaded

    prompt = partial(click.prompt, hide_input=True, err=True)
    password = ask_password(password_file) if password_file else prompt(f"Password of {name}")
    code = prompt("Code of the authenticator app") if settings.totp else ""
    sign_in = SignIn(database, Staff, settings)
    account = sign_in.enter(name, password, code)
    if account.role != "manager" or sign_in.must_enrol(account):
        raise SurveyError(
            N_("“%(account)s” is not a survey manager with an authenticator."), account=name
        )
    return Actor(account.username, COMMAND)


def _check_two(confirming: Actor | None) -> Actor:
    if confirming is None:
        raise SurveyError(
            N_("A list with names takes a second survey manager: give --second-manager NAME.")
        )
    return confirming


def _confirmed(
    database: Database, campaign: str, request: ListRequest, total: int, confirming: Actor
) -> ListRequest:
    """Ask for a list with names, and have the second manager confirm it."""
    with database.begin() as session:
        number = named_lists.ask(session, campaign, request, total).number
        with acting_as(confirming):
            return named_lists.confirm(session, campaign, number)


def _write_list(
    database: Database,
    settings: SiteSettings,
    campaign: str,
    request: ListRequest,
    total: int,
    output: Path,
) -> bytes:
    """Make a list of codes and write it to a file; gives its content."""
    job = _make_list(database, settings, campaign, request, total)
    with database.begin() as session:
        fetched = code_lists.fetch(session, settings.secret("roster"), campaign, job)
        with private_file(output) as file:
            file.write(fetched.content)
        code_lists.destroy(session, campaign, job)
    database.scrub(CodeList)
    return fetched.content


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
