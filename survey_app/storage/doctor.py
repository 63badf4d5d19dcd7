"""Ask a live PostgreSQL server for everything that would remember who came when.

An SQLite store has nothing to ask: its settings are made on every connection by the program. The
keys of the staff's site are looked at beside either.
"""

import sys
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import click
from sqlalchemy import Connection, NullPool, create_engine, text

from survey_app import secret_files
from survey_app.config import SiteSettings
from survey_app.errors import N_, SurveyError
from survey_app.sides import SIDES
from survey_app.storage.database import engine_url
from survey_app.storage.migrations import account_of


class LeakingServerError(SurveyError):
    """The database server keeps what no campaign may have kept."""

    code = "leaking_server"
    sentence = N_(
        "The database server would leak or lose ballots: %(names)s. "
        "See the command “doctor”; to go on all the same, name each with --accept."
    )


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a server."""

    name: str
    value: str
    allowed_value: str
    why: str


_COMMITS = "keeps the time of every commit"
_COPIES = "lets copies of the write-ahead log, which is in order of arrival, leave the server"
_KEEPS = "keeps what the write-ahead log said, which is in order of arrival"
_LOGS = "writes statements with their times to the log"
_MEETS = "writes the address and the moment of every connection to the log"
_LOSES = "may lose a ballot that was acknowledged"

_SETTINGS: dict[str, tuple[Collection[str], str]] = {
    "track_commit_timestamp": (("off",), _COMMITS),
    "wal_level": (("minimal",), _COPIES),
    "archive_mode": (("off",), _COPIES),
    "max_wal_senders": (("0",), _COPIES),
    "wal_recycle": (("off",), _KEEPS),
    "wal_keep_size": (("0",), _KEEPS),
    "summarize_wal": (("off",), _KEEPS),
    "log_connections": (("off", ""), _MEETS),
    "log_disconnections": (("off",), _MEETS),
    "log_statement": (("none",), _LOGS),
    "log_duration": (("off",), _LOGS),
    "log_min_duration_statement": (("-1",), _LOGS),
    "log_min_duration_sample": (("-1",), _LOGS),
    "log_transaction_sample_rate": (("0",), _LOGS),
    "log_parameter_max_length_on_error": (("0",), _LOGS),
    "log_error_verbosity": (("terse",), "writes rows that were refused to the log"),
    "log_lock_waits": (("off",), _LOGS),
    "log_executor_stats": (("off",), _LOGS),
    "log_statement_stats": (("off",), _LOGS),
    "fsync": (("on",), _LOSES),
    "full_page_writes": (("on",), _LOSES),
    "synchronous_commit": (("on", "remote_apply", "remote_write", "local"), _LOSES),
}
"""What each setting may be, and what it does otherwise. One that a server lacks is no fault."""

_OF_THE_SERVER = {
    "replication_slots": (
        "SELECT string_agg(slot_name::text, ', ') FROM pg_replication_slots",
        "none",
        _COPIES,
    ),
    # The setting that names them is hidden from ordinary accounts; what they brought with them,
    # settings of their own, is not.
    "preloaded_libraries": (
        (
            "SELECT string_agg(DISTINCT split_part(name, '.', 1), ', ') FROM pg_settings"
            " WHERE category = 'Customized Options' AND name NOT LIKE 'plpgsql.%'"
        ),
        "none",
        "may watch every statement, as auto_explain, pg_stat_statements and pgaudit do",
    ),
    "other_databases": (
        (
            "SELECT string_agg(datname::text, ', ') FROM pg_database WHERE NOT datistemplate"
            " AND datname NOT IN (current_database(), 'postgres')"
        ),
        "none",
        "shares its transaction numbers, which order the rows of both",
    ),
    "other_schemas": (
        (
            "SELECT string_agg(DISTINCT schemaname::text, ', ') FROM pg_tables WHERE schemaname"
            " NOT IN (current_schema(), 'pg_catalog', 'information_schema')"
        ),
        "none",
        "has tables whose transaction numbers order the rows of both",
    ),
}
_OF_ACCOUNTS = {
    "superuser": (
        (
            "SELECT rolname FROM pg_roles WHERE rolname = :account"
            " AND (rolsuper OR rolreplication OR rolbypassrls OR rolcreaterole OR rolcreatedb)"
        ),
        "an ordinary account",
        "may do anything on the server",
    ),
    "service_powers": (
        (
            "SELECT string_agg(rolname::text, ', ') FROM pg_roles"
            " WHERE rolname LIKE 'pg\\_%' AND pg_has_role(:account, oid, 'member')"
        ),
        "none",
        "may read or do what belongs to the server",
    ),
    "service_owns_tables": (
        (
            "SELECT string_agg(tablename::text, ', ') FROM pg_tables"
            " WHERE schemaname = current_schema() AND pg_has_role(:account, tableowner, 'member')"
        ),
        "none",
        "lets a site alter its tables: give it an account beside the owner's",
    ),
    "service_creates": (
        (
            "SELECT current_schema()"
            " WHERE has_schema_privilege(:account, current_schema(), 'create')"
        ),
        "no right",
        "lets a site make tables",
    ),
}
"""What the accounts of both sites are asked."""

_RIGHTS = text("""
    SELECT relname, privilege FROM pg_class,
        unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER']) privilege
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
        AND has_table_privilege(:account, pg_class.oid, privilege)
    UNION ALL
    SELECT relname, privilege || ' (' || attname || ')' FROM pg_class
        JOIN pg_attribute ON attrelid = pg_class.oid,
        unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) privilege
    WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
        AND attnum > 0 AND NOT attisdropped
        AND has_column_privilege(:account, pg_class.oid, attnum, privilege)
        AND NOT has_table_privilege(:account, pg_class.oid, privilege)
    UNION ALL
    SELECT proname, 'EXECUTE' FROM pg_proc
    WHERE pronamespace = current_schema()::regnamespace AND prosecdef
        AND has_function_privilege(:account, oid, 'EXECUTE')
""")
"""Each right of an account to a table, a column, or a function that runs as its owner."""
_READ = "may be read by the public site's account, or by others; “prepare” moves files"
_READ_KEYS = "may be read by others, who could then sign releases and sessions: chmod 600"
_CUT = "signs nothing any more: take the file from a backup"
_APART = ("public_account", "public_rights", "staff_files", "staff_keys", "cut_keys")
accept_option = click.option(
    "--accept",
    "accepted_findings",
    multiple=True,
    type=click.Choice([*_SETTINGS, *_OF_THE_SERVER, *_OF_ACCOUNTS, *_APART]),
    metavar="NAME",
    help="Begin although the doctor names this; may be repeated.",
)


def findings(settings: SiteSettings) -> list[Finding]:
    """List what is wrong with a side's server, with its accounts there, and with its folders."""
    address = engine_url(settings.database_url)
    if address.get_backend_name() == "sqlite":
        return [*_keys(settings)]
    # Not by way of `Database`: what it sets for itself would hide what the server is set to.
    engine = create_engine(address, poolclass=NullPool)
    with engine.connect() as connection:
        return [
            *_settings(connection),
            *_query(connection, _OF_THE_SERVER),
            *_accounts(connection, settings),
            *_files(settings),
            *_keys(settings),
        ]


def report(settings: SiteSettings) -> None:
    """Print the findings, one line each; any finding ends the command with exit code 1."""
    faults = findings(settings)
    for fault in faults:
        click.echo(f"{fault.name} is {fault.value}, must be {fault.allowed_value}: {fault.why}")
    if faults:
        sys.exit(1)
    click.echo("Nothing was found that would leak or lose a ballot.")


def check(settings: SiteSettings, accepted_findings: Collection[str]) -> None:
    """Refuse to begin a campaign on a server that leaks.

    Raises
    ------
    LeakingServerError
        There is a finding that was not accepted by its name.
    """
    names = [fault.name for fault in findings(settings) if fault.name not in accepted_findings]
    if names:
        raise LeakingServerError(names=", ".join(names))


def _settings(connection: Connection) -> Iterable[Finding]:
    rows = connection.execute(
        text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)"),
        {"names": list(_SETTINGS)},
    )
    for name, value in rows:
        allowed_values, why = _SETTINGS[name]
        if value not in allowed_values:
            yield Finding(name, value, " or ".join(allowed_values), why)


def _query(
    connection: Connection, questions: dict[str, tuple[str, str, str]], **parameters: str
) -> Iterable[Finding]:
    for name, (question, allowed_value, why) in questions.items():
        value = connection.execute(text(question), parameters).scalar()
        if value is not None:
            yield Finding(name, str(value), allowed_value, why)


def _accounts(connection: Connection, settings: SiteSettings) -> Iterable[Finding]:
    """Look at the staff site's account, and at the public site's, which may do much less."""
    staff = connection.execute(text("SELECT current_user")).scalar_one()
    yield from _query(connection, _OF_ACCOUNTS, account=staff)
    site = SIDES[settings.side].public_site
    if site is None:
        return
    public = account_of(settings.public_url)
    query = text("SELECT 1 FROM pg_roles WHERE rolname = :account AND rolname <> current_user")
    if connection.execute(query, {"account": public}).scalar() is None:
        why = f"lets a hole in “{site.name}” read all that staff may"
        yield Finding("public_account", public or "none", f"another one than {staff}", why)
        return
    yield from _query(connection, _OF_ACCOUNTS, account=public)
    allowed_rights = {(table, right) for table, rights in site.rights for right in rights}
    rights = {(row[0], row[1]) for row in connection.execute(_RIGHTS, {"account": public})}
    if excess := sorted(rights - allowed_rights):
        value = ", ".join(f"{right} on {table}" for table, right in excess)
        why = f"is more than “{site.name}” needs: “prepare” takes it away"
        yield Finding("public_rights", value, "none of this", why)


def _files(settings: SiteSettings) -> Iterable[Finding]:
    """Look for files of the staff that another account than theirs may read."""
    if not settings.site.for_staff:
        return
    side_folder = settings.shared_folder
    places = [folder for folder in (side_folder, settings.folder) if folder.exists()]
    modes = {folder: folder.stat().st_mode for folder in places}
    open_paths = [
        folder for folder in places if modes[folder] & (0o007 if folder == side_folder else 0o077)
    ]
    if modes.get(side_folder, 0) & 0o077:
        open_paths += [
            path
            for path in sorted(side_folder.glob("*.key"))
            if not SIDES[settings.side].shares(path.stem)
        ]
    if open_paths:
        value = ", ".join(map(str, open_paths))
        yield Finding("staff_files", value, "for the staff's account alone", _READ)


def _keys(settings: SiteSettings) -> Iterable[Finding]:
    """Look for keys in the staff's folder that are cut off, or read by other accounts."""
    if not settings.site.for_staff:
        return
    paths = sorted(settings.folder.glob("*.key"))
    if open_paths := [path for path in paths if path.stat().st_mode & 0o077]:
        value = ", ".join(map(str, open_paths))
        yield Finding("staff_keys", value, "of mode 0600", _READ_KEYS)
    if spoilt_paths := [path for path in paths if not _is_whole(path)]:
        value = ", ".join(map(str, spoilt_paths))
        yield Finding("cut_keys", value, "32 bytes in hexadecimal digits", _CUT)


def _is_whole(path: Path) -> bool:
    try:
        secret_files.read(path)
    except (OSError, ValueError):
        return False
    return True
