"""Backups of one side: one snapshot of its store and its secrets, sealed to a public key.

A backup is JSON lines, encrypted: a head, one line for each row (tables in the order of their
references, rows by their key), an end that counts them, and blanks: its size tells no number. It
keeps no order of arrival, and of what respondents wrote it takes whole batches (`storage.copies`).
"""

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NoReturn

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import MetaData, Table, insert, select
from sqlalchemy.orm import Session

from survey_app import composition
from survey_app.accounts import audit
from survey_app.config import SiteSettings
from survey_app.crypto import chunks, sealing
from survey_app.crypto.private_file import private_file
from survey_app.errors import N_, SurveyError
from survey_app.secret_files import make_folder, share
from survey_app.storage.database import Database
from survey_app.storage.migrations import (
    VERSION_TABLE,
    downgrade,
    prepared,
    revision_of,
    revisions,
    upgrade,
)

_MAGIC = b"survey backup 1\n"
_AT_ONCE = 1000
_SMALLEST = 1 << 20
_NOT_SAVED = {"session"}
"""The secret that a restored side draws again: every session ends."""


class BackupError(SurveyError):
    """A backup cannot be made, or cannot be restored here."""

    code = "backup"


def write(database: Database, settings: SiteSettings, public: bytes, path: Path) -> None:
    """Put one snapshot of a side into a file, in place of the one that is there.

    Which rows it may hold is committed first: a backup that is interrupted and made again takes the
    same batches.
    """
    key = public_key(public)
    with database.begin() as session:
        composition(settings.side).copying().mark(session)
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with private_file(partial) as file:
            file.write(_MAGIC)
            with database.read() as session:
                chunks.write(file, key, _info(settings.side), _padded(_lines(session, settings)))
        os.utime(partial, (0, 0))  # the day it was made on does not leave this machine
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def restore(
    database: Database, settings: SiteSettings, private: sealing.OpeningKey, path: Path
) -> None:
    """Fill an empty side from a backup; how many rows it had is shown nowhere.

    The whole file is read and checked before anything is written. The rows come in one transaction,
    and the secrets before its end: an interrupted restore can be resumed.

    Raises
    ------
    BackupError
        The store or its folder is not empty, the file is not a whole backup of this side under
        this key, or a newer program made it.
    """
    head = _checked(settings.side, private, path)
    _check_empty(database, settings, head["secrets"])
    downgrade(database, settings.side, "base")
    upgrade(database, settings.side, head["revision"])
    lines = _read(settings.side, private, path)
    next(lines)
    with database.begin() as session:
        tables = {table.name: table for table in _tables(session)}
        for name, batch in _batches(lines):
            rows_of = [_row(tables[name], values) for values in batch]
            # Returning lets one statement insert many rows: what counts them runs once for each.
            session.execute(insert(tables[name]).returning(*tables[name].primary_key), rows_of)
        _write_secrets(settings, head["secrets"])
    prepared(settings).engine.dispose()
    with database.begin() as session:
        audit.record(session, composition(settings.side).staff().AUDIT, "restore")


def public_key(pem: bytes) -> ec.EllipticCurvePublicKey:
    """Read the key that backups are sealed to.

    Raises
    ------
    BackupError
        It is no public key on the curve P-256.
    """
    try:
        return sealing.read_public_pem(pem)
    except sealing.SealingError:
        raise BackupError(N_("The file holds no public key on the curve P-256.")) from None


def _info(side: str) -> bytes:
    return b"backup/v1" + side.encode()


def _lines(session: Session, settings: SiteSettings) -> Iterator[bytes]:
    yield _line(
        {
            "revision": revision_of(session.connection()),
            "secrets": {
                name: content
                for name, content in _secrets_in(settings).items()
                if name not in _NOT_SAVED
            },
        }
    )
    count = 0
    copied_rows = composition(settings.side).copying().rows
    for table in _tables(session):
        query = copied_rows(table).order_by(*table.primary_key)
        query = query.execution_options(yield_per=_AT_ONCE)
        for row in session.execute(query):
            count += 1
            yield _line([table.name, [_saved(value) for value in row]])
    yield _line({"rows": count})


def _padded(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Add blanks after the last line, up to a power of two."""
    size = 0
    for line in lines:
        size += len(line)
        yield line
    blanks = max(_SMALLEST, 1 << (size - 1).bit_length()) - size
    yield from (b" " * min(_SMALLEST, blanks - at) for at in range(0, blanks, _SMALLEST))


def _tables(session: Session) -> list[Table]:
    metadata = MetaData()
    metadata.reflect(session.connection())
    return [table for table in metadata.sorted_tables if table.name != VERSION_TABLE]


def _line(content: object) -> bytes:
    return json.dumps(content).encode() + b"\n"


def _saved(value: object) -> object:
    return {"hex": value.hex()} if isinstance(value, bytes) else value


def _row(table: Table, values: list[Any]) -> dict[str, object]:
    plain = (bytes.fromhex(v["hex"]) if isinstance(v, dict) else v for v in values)
    return dict(zip(table.columns.keys(), plain, strict=True))


def _checked(side: str, private: sealing.OpeningKey, path: Path) -> dict[str, Any]:
    lines = _read(side, private, path)
    head, last, count = next(lines, None), None, -1
    for last in lines:  # noqa: B007 - the last one is used
        count += 1
    if not isinstance(head, dict) or last != {"rows": count}:
        _refuse_file()
    if head["revision"] not in revisions(side):
        raise BackupError(N_("A newer version of this program made the backup: use that one."))
    return head


def _read(side: str, private: sealing.OpeningKey, path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            _refuse_file()
        rest = b""
        try:
            for chunk in chunks.read(file, private, _info(side)):
                *lines, rest = (rest + chunk).split(b"\n")
                yield from map(json.loads, lines)
        except sealing.SealingError:
            _refuse_file()


def _refuse_file() -> NoReturn:
    raise BackupError(
        N_("The file is not a whole backup of this side, or was made for another key.")
    ) from None


def _check_empty(database: Database, settings: SiteSettings, secrets_of: dict[str, str]) -> None:
    """Refuse a side with anything in it but secrets of this very backup."""
    with database.read() as session:
        full = any(session.execute(select(table).limit(1)).first() for table in _tables(session))
    if full or not _secrets_in(settings).items() <= secrets_of.items():
        raise BackupError(N_("Something is kept here already: restore into an empty instance."))


def _batches(lines: Iterator[Any]) -> Iterator[tuple[str, list[list[Any]]]]:
    """Group rows that follow each other and belong to one table, so many at a time."""
    rows = (line for line in lines if isinstance(line, list))
    for name, same in groupby(rows, key=itemgetter(0)):
        while batch := [values for _, values in islice(same, _AT_ONCE)]:
            yield name, batch


def _secrets_in(settings: SiteSettings) -> dict[str, str]:
    """Read the secrets of both sites of a side."""
    folders = (settings.shared_folder, settings.folder)
    files = (file for folder in folders for file in sorted(folder.glob("*.key")))
    return {file.stem: file.read_text() for file in files}


def _write_secrets(settings: SiteSettings, contents: dict[str, str]) -> None:
    for name, content in contents.items():
        path = settings.secret_file(name)
        make_folder(path.parent)
        partial = path.with_suffix(".restored")
        partial.unlink(missing_ok=True)
        with private_file(partial) as file:
            file.write(content.encode())
        if path.parent == settings.shared_folder:
            share(partial)
        partial.replace(path)
