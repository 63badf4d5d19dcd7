"""Where the two stores of a survey lie: SQLite files, or PostgreSQL clusters."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection

from survey_app.config import Settings, Side, SiteSettings
from survey_app.schema import prepared
from tests.clusters import Cluster
from tests.linkage.field import owned
from tests.linkage.thief import PostgresThief, SqliteThief, Thief

SIDES: tuple[Side, ...] = ("identity", "answers")
Weakness = Callable[[Side, Connection], None]
