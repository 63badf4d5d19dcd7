"""The statistician's commands."""
# What computes is loaded by the command that computes: the others start at once.
# ruff: noqa: PLC0415

import sys
from pathlib import Path

import click

from survey_app.accounts.commands import add_commands
from survey_app.accounts.passphrase import ask_passphrase
from survey_app.answers.analyse import tokens
from survey_app.answers.analyse.box import key_file, key_shares, service
from survey_app.answers.store.models import Staff, TokenScope
from survey_app.config import Settings, SiteSettings
from survey_app.crypto.sealing import OpeningKey, public_bytes
from survey_app.documents.manifest import Manifest, parse
from survey_app.storage import doctor
from survey_app.storage.database import Database
from survey_app.storage.migrations import prepared

existing = click.Path(exists=True, dir_okay=False, path_type=Path)
any_file = click.Path(dir_okay=False, path_type=Path)
passphrase_option = click.option(
    "--passphrase-file", type=existing, help="Read the passphrase from here, do not ask."
)


@click.group()
def analyse() -> None:
    """Accept manifests, open the box, estimate rates (answers side)."""


def store() -> tuple[Database, SiteSettings]:
    """Open the answers store, with its tables brought up to date."""
    settings = Settings().of("analyse")
    return prepared(settings), settings


@analyse.command()
@click.argument("manifest", type=existing)
@click.option("--key", type=any_file, help="Key file to take (PKCS #12, or public PEM) or make.")
@click.option("--output", type=any_file, help="Where to write the manifest with its sealing key.")
@passphrase_option
@doctor.accept_option
def accept(
    manifest: Path,
    key: Path | None,
    output: Path | None,
    passphrase_file: Path | None,
    accepted_findings: tuple[str, ...],
) -> None:
    """Accept MANIFEST for good, with the key to which answers will be sealed."""
    database, settings = store()
    doctor.check(settings, accepted_findings)
    document = manifest.read_bytes().strip()
    campaign = parse(Manifest, document).campaign
    with database.read() as session:
        service.check_new(session, campaign)
    key = key or settings.key_file(campaign)
    with database.begin() as session:
        public = key_file.public_half(key) or _public_key(key, passphrase_file)
        keys = service.BoxKeys.of(settings, campaign, public)
        published = service.accept(session, document, keys)
        output = output or Path(f"{campaign}.published.json")
        output.write_bytes(published.canonical())
    click.echo(f"Accepted. Opening key: {key}. Manifest with its sealing key: {output}")
    click.echo(f"Next: python -m survey_app manage publish {campaign} {output}")


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
@click.option(
    "--merge",
    "merges",
    multiple=True,
    metavar="SMALL=INTO",
    help="Open a stratum merged with another of its post category.",
)
@passphrase_option
def open_(
    campaign: str,
    key: Path | None,
    share_files: tuple[Path, ...],
    merges: tuple[str, ...],
    passphrase_file: Path | None,
) -> None:
    """Close the box for good and open it: sealed answers become sheets, sorted."""
    from survey_app.answers.analyse.box.opening import open_box

    database, settings = store()
    pairs = _pairs(merges)
    with database.read() as session:
        service.check_unopened(session, campaign)
    if share_files:
        private = key_shares.combine([file.read_text(encoding="utf-8") for file in share_files])
    else:
        private = _private_key(key or settings.key_file(campaign), passphrase_file)
    with click.progressbar(length=1, label="Opening ballots", file=sys.stderr) as bar:

        def on_progress(ballots_done: int, ballots: int) -> None:
            bar.length = ballots
            bar.update(ballots_done - bar.pos)

        outcomes = open_box(
            database, settings.folder, campaign, pairs, private, on_progress, cluster=settings.dask
        )
    sealed = outcomes.pop(service.SEALED, 0)
    click.echo(f"Opened {outcomes[service.SHEET_KEPT]} of {outcomes.total()} ballots.")
    if sealed:
        click.echo(f"{sealed} ballots stay sealed: their post category has too few.")
    click.echo(f"Next: python -m survey_app analyse rates {campaign}")


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
    """Ask the answers side's database server for everything that would leak."""
    doctor.report(store()[1])


add_commands(analyse, store, Staff)


def _passphrase(file: Path | None, *, confirm: bool = False) -> str:
    return ask_passphrase("Passphrase of the opening key", file, confirm=confirm)


def _public_key(path: Path, passphrase_file: Path | None) -> bytes:
    """Take an existing key file, or make one."""
    if path.exists():
        return public_bytes(_private_key(path, passphrase_file))
    return key_file.make(path, _passphrase(passphrase_file, confirm=True))


def _private_key(path: Path, passphrase_file: Path | None) -> OpeningKey:
    return key_file.recover(path, _passphrase(passphrase_file))


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


@analyse.command(name="release-check")
@click.argument("file", type=existing)
def release_check(file: Path) -> None:
    """Compute the release in FILE again from the opened box, and compare the numbers."""
    from survey_app.answers.analyse.releases import service as releases
    from survey_app.language import CHINESE, ENGLISH, catalogue

    database, _ = store()
    with database.read() as session:
        agreement = releases.check(session, file.read_bytes())
    chinese = Settings().lang.startswith("zh")
    sentence = catalogue(CHINESE if chinese else ENGLISH).gettext(agreement.sentence)
    click.echo(sentence % agreement.values)
