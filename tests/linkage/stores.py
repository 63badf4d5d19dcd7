"""Where the two stores of a survey lie: SQLite files or PostgreSQL clusters, sound or weakened."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from survey_app.config import Settings, SiteSettings
from survey_app.storage import database, pool
from survey_app.storage.migrations import prepared
from tests.clusters import Cluster
from tests.linkage.copiers import PostgresCopier, SqliteCopier, StoreCopier
from tests.linkage.simulation import owned
from tests.linkage.traces import LOG, PAGE

SIDES = ("identity", "answers")
Clusters = Mapping[str, Cluster]
_COLUMNS = ("column", "rowid")
_NOTES = ("autoincrement key", "timestamp")
_MARK = 32
"""Bytes at the beginning of what waits that stand for the person in this store."""


@dataclass(frozen=True)
class Weakness:
    """What is known to be bad, and by which traces or pairing it must be caught."""

    evidence: tuple[str, ...]
    people: int = 200
    surveys: int = 1


WEAKNESSES: dict[str, dict[str, Weakness]] = {
    "sqlite": {
        "autoincrement key": Weakness(_COLUMNS),
        "timestamp": Weakness(_COLUMNS),
        "write-ahead log": Weakness((LOG,)),
        "no pool": Weakness((PAGE,), people=20, surveys=4),
    },
    "postgresql": {
        "autoincrement key": Weakness(_COLUMNS),
        "timestamp": Weakness(_COLUMNS),
        "no pool": Weakness(("xmin",)),
        "one cluster": Weakness(("constant lag",)),
    },
}


@dataclass(frozen=True)
class Places:
    """Two prepared stores, and who copies each."""

    settings: Mapping[str, SiteSettings]
    copiers: Mapping[str, StoreCopier]


@contextmanager
def places(engine: str, clusters: Clusters, weakness: str = "") -> Iterator[Places]:
    """Two empty stores on an engine; a weakness is built in if one is named."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        if weakness == "write-ahead log":
            pragmas = ("journal_mode=WAL", *database._PRAGMAS[1:])
            stack.enter_context(patch.object(database, "_PRAGMAS", pragmas))
        if weakness in ("no pool", "one cluster"):
            stack.enter_context(patch.object(pool, "add", _straight_on))
        folder = Path(name)
        settings_of_sides = (
            _on_sqlite(folder) if engine == "sqlite" else _on_postgres(folder, clusters, weakness)
        )
        if weakness in _NOTES:
            stack.enter_context(patch.object(pool, "add", _noting(weakness)))
        for settings in settings_of_sides.settings.values():
            prepared(settings).engine.dispose()
            if weakness in _NOTES:
                with owned(settings) as store, store.engine.begin() as connection:
                    _make_notebook(connection, weakness)
        yield settings_of_sides


def _straight_on(*arguments: Any) -> list[bytes]:
    """Let nothing wait."""
    *_, record = arguments
    return [record]


def _on_sqlite(folder: Path) -> Places:
    settings = _settings(Settings(instance=folder))
    stores = {side: folder / side / f"{side}.sqlite" for side in SIDES}
    return Places(
        settings, {side: SqliteCopier(stores[side], folder / f"{side} copied") for side in SIDES}
    )


def _on_postgres(folder: Path, clusters: Clusters, weakness: str) -> Places:
    for cluster in clusters.values():
        cluster.empty()
    urls: dict[str, Any] = {
        f"{side}_{kind}": url
        for side, cluster in clusters.items()
        for kind, url in (("url", cluster.service_url), ("owner_url", cluster.owner_url))
    }
    settings = _settings(Settings(instance=folder, **urls))
    if weakness != "one cluster":
        return Places(settings, {side: PostgresCopier(clusters[side]) for side in SIDES})
    one_cluster, answers = clusters["identity"], settings["answers"]
    one_cluster.add_database("second")
    settings_there = replace(
        answers,
        database_url=one_cluster.service_url.replace("/survey", "/second"),
        owner_url=one_cluster.owner_url.replace("/survey", "/second"),
    )
    copiers: dict[str, StoreCopier] = {
        "identity": PostgresCopier(one_cluster),
        "answers": PostgresCopier(one_cluster, "second"),
    }
    return Places({"identity": settings["identity"], "answers": settings_there}, copiers)


def _settings(settings: Settings) -> dict[str, SiteSettings]:
    return {"identity": settings.of("issue"), "answers": settings.of("respond")}


def _make_notebook(connection: Connection, weakness: str) -> None:
    """Make the table in which a careless developer numbers arrivals, or stamps them with the time.

    What arrives is noted at once, before it waits in a pool.
    """
    postgres = connection.dialect.name == "postgresql"
    key = "serial" if postgres else "integer"
    number = "" if weakness == "timestamp" else f"number {key} PRIMARY KEY,"
    blob = "bytea" if postgres else "blob"
    run: Callable[[str], object] = connection.exec_driver_sql
    run(f"CREATE TABLE arrival ({number} mark {blob} UNIQUE, moment double precision)")
    run("CREATE TABLE clock (minute double precision)")
    run("INSERT INTO clock VALUES (0)")
    if postgres:
        run("GRANT ALL ON arrival, clock TO PUBLIC")
        run("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO PUBLIC")


def _noting(weakness: str) -> Callable[..., list[bytes]]:
    """Let arrivals wait, and note them."""
    add: Callable[..., list[bytes]] = pool.add
    moment = "(SELECT minute FROM clock)" if weakness == "timestamp" else "NULL"
    note = text(f"INSERT INTO arrival (mark, moment) VALUES (:mark, {moment})")

    def add_and_note(session: Session, *arguments: Any) -> list[bytes]:
        *_, record = arguments
        session.execute(note, {"mark": record[:_MARK]})
        return add(session, *arguments)

    return add_and_note
