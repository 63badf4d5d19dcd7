"""The statistician's commands."""
# What computes is loaded by the command that computes: the others start at once.
# ruff: noqa: PLC0415

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from survey_app.accounts.commands import add_commands
from survey_app.accounts.passphrase import ask_new_passphrase, ask_passphrase, renew_key_file
from survey_app.answers.analyse import tokens
from survey_app.answers.analyse.box import (
    contents,
    destruction,
    extension,
    handing_out,
    key_file,
    key_shares,
    service,
)
from survey_app.answers.analyse.box.closing import Grounds
from survey_app.answers.analyse.releases.commands import add_release_commands
from survey_app.answers.store.models import KeyName, Staff, TokenScope
from survey_app.config import Settings, SiteSettings
from survey_app.crypto.sealing import OpeningKey, generate_opening_key, public_bytes
from survey_app.documents.closing import ClosingStatement
from survey_app.documents.extension import ExtensionStatement
from survey_app.documents.manifest import Manifest, parse
from survey_app.storage import doctor
from survey_app.storage.database import Database
from survey_app.storage.migrations import prepared

existing = click.Path(exists=True, dir_okay=False, path_type=Path)
_PROMPT = "Passphrase of the opening key"
any_file = click.Path(dir_okay=False, path_type=Path)
passphrase_option = click.option(
    "--passphrase-file", type=existing, help="Read the passphrase from here, do not ask."
)


merge_option = click.option(
    "--merge",
    "merges",
    multiple=True,
    metavar="SMALL=INTO",
    help="Open a stratum merged with another of its post category.",
)
statement_option = click.option(
    "--statement",
    type=existing,
    help="The issuer's closing statement, without which no box opens before its latest day.",
)
leave_option = click.option(
    "--leave-sealed",
    is_flag=True,
    help="Do not ask: ballots of post categories that have too few are never opened.",
)


@click.group()
def analyse() -> None:
    """Accept manifests, open the box, estimate rates (answers side)."""


def store() -> tuple[Database, SiteSettings]:
    """Open the answers store until the command ends, with its tables brought up to date."""
    settings = Settings().of("analyse")
    database = prepared(settings)
    click.get_current_context().call_on_close(database.engine.dispose)
    return database, settings


@analyse.command()
@click.argument("manifest", type=existing)
@click.option(
    "--keeper", type=existing, help="The seal keeper's public key: without the keeper none opens."
)
@click.option(
    "--no-keeper",
    is_flag=True,
    help="There is no seal keeper: who holds the opening key can open a single ballot at any time.",
)
@click.option(
    "--shares-to",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the three shares of the key to files in this folder, do not show them in turn.",
)
@click.option("--key", type=any_file, help="Take the key in this key file, or a public half (PEM).")
@click.option(
    "--passphrase-key",
    is_flag=True,
    help="Make no shares but one file under a passphrase: one person then opens the box alone.",
)
@click.option("--output", type=any_file, help="Where to write the manifest with its sealing key.")
@passphrase_option
@doctor.accept_option
def accept(
    manifest: Path,
    shares_to: Path | None,
    key: Path | None,
    keeper: Path | None,
    output: Path | None,
    passphrase_file: Path | None,
    accepted_findings: tuple[str, ...],
    *,
    no_keeper: bool,
    passphrase_key: bool,
) -> None:
    """Accept MANIFEST for good, with the key to which answers will be sealed.

    The key is made as three shares of words, of which any two open the box.
    """
    database, settings = store()
    doctor.check(settings, accepted_findings)
    document = manifest.read_bytes().strip()
    design = parse(Manifest, document)
    campaign = design.campaign
    keeper_key = _keeper_key(design, keeper, no_keeper=no_keeper)
    with database.read() as session:
        service.check_new(session, campaign)
    if passphrase_key or key:
        path = key or settings.key_file(campaign)
        public = _public_key(path, passphrase_file, make=passphrase_key)
        words = str(path)
    else:
        public = _shared_key(campaign, shares_to)
        words = "three shares, of which any two open the box"
    with database.begin() as session:
        keys = service.BoxKeys.of(settings, campaign, public, keeper_key)
        published = service.accept(session, document, keys)
        output = output or Path(f"{campaign}.published.json")
        output.write_bytes(published.canonical())
    click.echo(f"Accepted. Opening key: {words}. Manifest with its sealing key: {output}")
    click.echo(f"Next: python -m survey_app manage publish {campaign} {output}")


@analyse.command()
@click.argument("statement", metavar="FILE", type=existing)
def extend(statement: Path) -> None:
    """Take in the signed extension in FILE: the public pages then show the later last day."""
    database, _ = store()
    document = ExtensionStatement.read(statement.read_bytes())
    with database.begin() as session:
        last_day = extension.take_in(session, document.campaign, document)
    click.echo(f"Taken in. Respondents are told that {document.campaign} ends on {last_day}.")


@analyse.command()
@click.argument("campaign")
@click.option("--keeper", type=existing, required=True, help="The seal keeper's key file.")
@merge_option
@statement_option
@leave_option
@passphrase_option
def strip(
    campaign: str,
    keeper: Path,
    merges: tuple[str, ...],
    statement: Path | None,
    passphrase_file: Path | None,
    *,
    leave_sealed: bool,
) -> None:
    """Close the box for good and take the seal keeper's seals off, in memory.

    What is left is stored shuffled, without receipts; open it then with the opening key.
    """
    from survey_app.answers.analyse.box.opening import strip_box

    database, settings = store()
    pairs, grounds = _pairs(merges), _grounds(settings, statement)
    with database.read() as session:
        service.check_strip(session, campaign)
    private = key_file.recover(
        keeper, ask_passphrase("Passphrase of the seal keeper's key", passphrase_file)
    )
    with database.read() as session:
        service.check_strip(session, campaign, private)
    _confirm_left_sealed(database, campaign, pairs, grounds, leave_sealed=leave_sealed)
    with _bar("Taking seals off") as tell:
        outcomes = strip_box(
            database,
            settings.folder,
            campaign,
            pairs,
            private,
            grounds,
            tell,
            cluster=settings.dask,
        )
    refusals = outcomes.total() - outcomes[contents.SEALED]
    click.echo(f"The seal keeper's seals are off; {refusals} ballots were refused.")
    click.echo("Next, the seal keeper: python -m survey_app keeper destroy FILE")
    click.echo(f"then: python -m survey_app analyse open {campaign}")


@analyse.command(name="open")
@click.argument("campaign")
@click.option("--key", type=existing, help="The key file.")
@click.option(
    "--share",
    "share_files",
    multiple=True,
    type=existing,
    help="A file with one share of the key in words; give two.",
)
@merge_option
@statement_option
@click.option(
    "--before-the-last-day",
    is_flag=True,
    help="End a campaign of the first edition early: who answers later is refused.",
)
@leave_option
@passphrase_option
def open_(
    campaign: str,
    key: Path | None,
    share_files: tuple[Path, ...],
    merges: tuple[str, ...],
    statement: Path | None,
    passphrase_file: Path | None,
    *,
    before_the_last_day: bool,
    leave_sealed: bool,
) -> None:
    """Open the box: sealed answers become sheets, sorted.

    A box without a seal keeper is closed for good first; else its seals come off before (strip).
    """
    from survey_app.answers.analyse.box.opening import open_box

    database, settings = store()
    pairs = _pairs(merges)
    grounds = _grounds(settings, statement, before_the_last_day=before_the_last_day)
    with database.read() as session:
        manifest = service.check_open(session, campaign)
    private = _opening_key(key or settings.key_file(campaign), share_files, passphrase_file)
    with database.read() as session:
        service.check_open(session, campaign, private)
    if manifest.keeper_key is None:
        _confirm_left_sealed(database, campaign, pairs, grounds, leave_sealed=leave_sealed)
    with _bar("Opening ballots") as tell:
        outcomes = open_box(
            database,
            settings.folder,
            campaign,
            pairs,
            private,
            grounds,
            tell,
            cluster=settings.dask,
        )
    sealed = outcomes.pop(contents.SEALED, 0)
    click.echo(f"Opened {outcomes[contents.SHEET_KEPT]} of {outcomes.total()} ballots.")
    if sealed:
        click.echo(f"{sealed} ballots stay sealed: their post category has too few.")
    click.echo(f"Next: python -m survey_app analyse destroy-key {campaign}")
    if manifest.keeper_key is not None:
        click.echo(f"and: python -m survey_app analyse destroy-key {campaign} --keeper")
    click.echo(f"then: python -m survey_app analyse rates {campaign}")


@analyse.command(name="destroy-key")
@click.argument("campaign")
@click.option("--keeper", is_flag=True, help="The seal keeper's key: it needs no more than words.")
@click.option("--yes", is_flag=True, help="Every copy is destroyed: do not ask.")
def destroy_key(campaign: str, *, keeper: bool, yes: bool) -> None:
    """Destroy the opening key of an opened box here, and say that no copy is left elsewhere."""
    database, settings = store()
    key = KeyName.KEEPER if keeper else KeyName.OPENING
    with database.read() as session:
        destruction.check_destroyable(session, campaign, key)
    if not yes:
        question = "Are all copies of the key destroyed: files, paper, at least two of the shares?"
        click.confirm(question, abort=True)
    with database.begin() as session:
        file = None if keeper else settings.key_file(campaign)
        destruction.destroy_key(session, campaign, key, settings.today(), file)
    click.echo(f"The {key} key of {campaign} is destroyed; the log says who said so.")


@analyse.command()
@click.argument("campaign")
@click.option("--format", "form", type=click.Choice(["table", "csv"]), default="table")
def rates(campaign: str, form: str) -> None:
    """Print the rates of a campaign whose box was opened."""
    from survey_app.answers.analyse.box.reading import opened_box
    from survey_app.answers.analyse.estimates.compute import results_of
    from survey_app.answers.analyse.exports.rates import rates_csv
    from survey_app.answers.analyse.exports.terminal import rates_table
    from survey_app.documents.results import Options

    database, _ = store()
    with database.read() as session:
        results = results_of(opened_box(session, campaign), Options())
    click.echo(rates_csv(results) if form == "csv" else rates_table(results), nl=False)


@analyse.command(name="doctor")
def doctor_() -> None:
    """Ask the server for what would leak, and the machine for what reports need.

    A missing program is no reason to fail: it is named, and what needs it is refused.
    """
    from survey_app.answers.analyse.exports import machine

    for sentence in machine.absences():
        click.echo(sentence)
    doctor.report(store()[1])


add_commands(analyse, store, Staff)
add_release_commands(analyse, store)


def _shared_key(campaign: str, folder: Path | None) -> bytes:
    """Make a key, hand its shares out, and keep nothing but its public half."""
    key = generate_opening_key()
    shares = key_shares.split(key)
    if folder is None:
        handing_out.show_in_turn(campaign, shares)
    else:
        for path in handing_out.write_sheets(folder, campaign, shares):
            click.echo(f"Give {path} to a person who has no other share.")
    return public_bytes(key)


def _public_key(path: Path, passphrase_file: Path | None, *, make: bool) -> bytes:
    """Take an existing key file, or make one."""
    if path.exists():
        return key_file.public_half(path) or public_bytes(_private_key(path, passphrase_file))
    if not make:
        raise click.UsageError(f"There is no {path}: --passphrase-key makes it.")
    click.echo("With this file and its passphrase one person opens the box alone.", err=True)
    click.echo("If either is lost, no one ever opens it.", err=True)
    return key_file.make(path, ask_new_passphrase(_PROMPT, passphrase_file))


def _opening_key(
    path: Path, share_files: tuple[Path, ...], passphrase_file: Path | None
) -> OpeningKey:
    """Take the shares that are named, else the key file, else let two shares be typed."""
    if share_files:
        return key_shares.combine([file.read_text(encoding="utf-8") for file in share_files])
    if path.exists():
        return _private_key(path, passphrase_file)
    return key_shares.combine(handing_out.ask_for_shares())


def _private_key(path: Path, passphrase_file: Path | None) -> OpeningKey:
    passphrase = ask_passphrase(_PROMPT, passphrase_file)
    key = key_file.recover(path, passphrase)
    renew_key_file(path, key, passphrase)
    return key


@contextmanager
def _bar(label: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many ballots are done."""
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def tell(ballots_done: int, ballots: int) -> None:
            bar.length = ballots
            bar.update(ballots_done - bar.pos)

        yield tell


def _keeper_key(design: Manifest, keeper: Path | None, *, no_keeper: bool) -> bytes | None:
    """Read the seal keeper's public key; that there is none must be said."""
    if design.edition > 1 and (keeper is None) != no_keeper:
        raise click.UsageError(
            "Name the seal keeper's public key (--keeper PEM), or say that there is no seal keeper"
            " (--no-keeper): then who holds the opening key can open a single ballot."
        )
    return key_file.public_half_of(keeper.read_bytes()) if keeper else None


def _grounds(
    settings: SiteSettings, statement: Path | None, *, before_the_last_day: bool = False
) -> Grounds:
    document = ClosingStatement.read(statement.read_bytes()) if statement else None
    return Grounds(settings.today(), document, before_the_last_day)


def _confirm_left_sealed(
    database: Database,
    campaign: str,
    merges: Mapping[str, str],
    grounds: Grounds,
    *,
    leave_sealed: bool,
) -> None:
    """Close the box, and say which of its ballots will never be opened before any of them is."""
    from survey_app.answers.analyse.box.opening import close_and_plan

    groups = close_and_plan(database, campaign, merges, grounds)
    losses = {stratum: ballots for stratum, ballots in groups.sealed.items() if ballots}
    for stratum, ballots in losses.items():
        click.echo(
            f"{stratum}: {ballots} ballots stay sealed for ever; too few in the post category"
        )
    if losses and not leave_sealed:
        click.confirm("Go on without them? They can never be opened.", abort=True, err=True)


def _pairs(merges: tuple[str, ...]) -> dict[str, str]:
    pairs = dict(merge.partition("=")[::2] for merge in merges)
    if not all(pairs.values()):
        raise click.UsageError("Write --merge SMALL=INTO with the ids of two strata.")
    return pairs


@analyse.command()
@click.argument("label")
@click.option(
    "--scope",
    type=click.Choice([scope.value for scope in TokenScope]),
    default=TokenScope.RELEASES.value,
    show_default=True,
)
@click.option("--days", type=click.IntRange(1, tokens.LONGEST_DAYS), default=90, show_default=True)
@click.option("--revoke", is_flag=True, help="Revoke the token LABEL.")
def token(label: str, scope: str, days: int, *, revoke: bool) -> None:
    """Make a token of the API for the program LABEL, and print it this once."""
    database, settings = store()
    with database.begin() as session:
        if revoke:
            tokens.revoke(session, label)
            line = f"The token {label} is revoked."
        else:
            line = tokens.make(session, label, TokenScope(scope), settings.today(), days)
    click.echo(line)


@analyse.command(name="tokens")
def tokens_() -> None:
    """List the tokens of the API: label, scope, last day."""
    database, _ = store()
    with database.read() as session:
        for row in tokens.list_tokens(session):
            click.echo(f"{row.label}\t{row.scope}\t{row.last_day}")
