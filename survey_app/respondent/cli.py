"""The reference respondent's command."""

import csv
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from survey_app.config import Settings
from survey_app.errors import N_, SurveyError
from survey_app.language import CHINESE, ENGLISH
from survey_app.respondent.protocol import Outcome, Row, RowsError, play

_existing = click.Path(exists=True, dir_okay=False, path_type=Path)
_new_file = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command()
@click.option("--base", required=True, help="The server's root, or a campaign's page.")
@click.option("--input", "rows_file", type=_existing, required=True, help="CSV: code, and items.")
@click.option("--output", type=_new_file, required=True, help="CSV: code, receipt, error.")
@click.option("--concurrency", type=click.IntRange(1, 64), default=1, show_default=True)
@click.option(
    "--campaign", help="Only this one; else each code is looked up in all that take answers."
)
@click.option(
    "--patience",
    type=click.FloatRange(0),
    default=60,
    show_default=True,
    help="Seconds for which a server that is down is asked again.",
)
def respond(
    *,
    base: str,
    rows_file: Path,
    output: Path,
    concurrency: int,
    campaign: str | None,
    patience: float,
) -> None:
    """Play respondents over real HTTP: each row of the input casts one ballot."""
    _check_new(output)
    rows = read_rows(rows_file)
    locale = CHINESE if Settings().lang.startswith("zh") else ENGLISH
    progress = click.progressbar(length=len(rows), label="Answering", file=sys.stderr)
    with _receipts(output) as write, progress as bar:

        def done(outcome: Outcome) -> None:
            write(outcome)
            bar.update(1)

        outcomes = play(
            base,
            rows,
            campaign=campaign,
            concurrency=concurrency,
            patience=patience,
            locale=locale,
            on_progress=done,
        )
    failed = sum(not outcome.receipt for outcome in outcomes)
    click.echo(f"{len(rows) - failed} receipts, {failed} errors: {output}")
    if failed:
        sys.exit(1)


def read_rows(path: Path) -> list[Row]:
    """Read a CSV file of rows, with or without a byte order mark.

    Raises
    ------
    RowsError
        It is not a CSV file in UTF-8, has no rows, or its cells do not fit the columns.
    """
    try:
        reader = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")), strict=True)
        columns = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        rows: list[Row] = []
        for row in reader:
            if None in row:
                sentence = N_("%(file)s, line %(line)s has more cells than the header.")
                raise RowsError(sentence, file=path.name, line=reader.line_num)
            rows.append(row)
    except (UnicodeDecodeError, csv.Error):
        raise RowsError(N_("%(file)s is not a CSV file in UTF-8."), file=path.name) from None
    for name in columns:
        if columns.count(name) > 1:
            sentence = N_("%(file)s has the column “%(column)s” twice.")
            raise RowsError(sentence, file=path.name, column=name)
    if not rows:
        raise RowsError(N_("%(file)s has no rows."), file=path.name)
    return rows


def _check_new(output: Path) -> None:
    """Refuse to write over receipts: a ballot that was cast cannot be cast again."""
    for path in (output, _part(output)):
        if path.exists():
            raise RowsError(N_("%(file)s exists already: name another --output."), file=path)


def _part(output: Path) -> Path:
    return output.with_name(f"{output.name}.part")


@contextmanager
def _receipts(path: Path) -> Iterator[Callable[[Outcome], None]]:
    """Write outcomes as they come; the file takes its name when it is whole.

    What was written before an interruption stays beside it under the name ``….part``, for a ballot
    that was cast cannot be cast again.
    """
    part = _part(path)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("code", "receipt", "error"))

        def write(outcome: Outcome) -> None:
            writer.writerow((outcome.code, outcome.receipt, outcome.error))
            file.flush()

        try:
            yield write
        except SurveyError:  # the rows were refused as a whole: no ballot was cast
            part.unlink()
            raise
        os.fsync(file.fileno())
    part.replace(path)
