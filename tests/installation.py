"""Both sides in one folder, as `make run` has them: real commands, a real server to be killed."""

import csv
import os
import signal
import socket
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import urllib3
import yaml
from sqlalchemy import Connection, text

from survey_app.answers.store.models import AnswersBase
from survey_app.identity.store.models import IdentityBase
from survey_app.storage.database import Database
from survey_app.storage.pool import unpack
from tests import processes
from tests.manifests import ABOUT
from tests.processes import Forked

ROOT = Path(__file__).parents[1]
PASSPHRASE = "a passphrase for tests only"
PATIENCE = 60
REFUSED_CLAIMS = "refused_claims"
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
NOW_OPEN = {"start": TODAY - timedelta(days=2), "end": TODAY + timedelta(days=30)}

_MODELS = {"identity": IdentityBase, "answers": AnswersBase}

Stratum = Mapping[str, Any]
Codes = dict[str, list[str]]
Row = tuple[Any, ...]


def stratum(name: str, kind: str = "business", **fields: Any) -> Stratum:
    """One stratum of a campaign file: its own unit, and one post category for each kind."""
    defaults = {
        "unit": f"Unit {name}",
        "post_category": f"Posts ({kind})",
        "population": 200,
        "sample": 20,
    }
    return {"id": name, "kind": kind, **defaults, **fields}


@dataclass
class Installation:
    """One folder with an instance in it, and at most one server on one port."""

    folder: Path
    port: int = 0
    urls: Mapping[str, str] = field(default_factory=dict)
    """The stores' addresses, if they are not SQLite's, and other settings."""
    server: Forked | None = None
    totp: str = "off"
    day: str = ""
    """The day that it is for commands; today if empty."""
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.port = self.port or free_port()
        self.log = self.folder / "server.log"
        self.tmp.mkdir(parents=True)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def instance(self) -> Path:
        return self.folder / "instance"

    @property
    def tmp(self) -> Path:
        return self.folder / "tmp"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if "SURVEY_" not in name}
        return inherited | {
            "SURVEY_INSTANCE": str(self.instance),
            "SURVEY_PASSPHRASE": PASSPHRASE,
            "SURVEY_TOTP": self.totp,
            processes.DAY: self.day,
            "PORT": str(self.port),
            "TMPDIR": str(self.tmp),
            "PYTHONPATH": str(ROOT),
            "LANG": "C.UTF-8",
            **self.urls,
        }

    def run(self, *arguments: object) -> tuple[int, str, str]:
        """Run a command, whatever comes of it: exit code, output, errors."""
        process = self.spawn(*arguments)
        output, errors = process.communicate(timeout=240)
        return process.wait(0), output, errors

    def spawn(self, *arguments: object) -> Forked:
        """Start a command in the installation's folder."""
        words = [str(argument) for argument in arguments]
        return processes.command(words, self.folder, self.environment)

    def cli(self, *arguments: object) -> str:
        """Run a command that must succeed, and return its output."""
        code, output, errors = self.run(*arguments)
        assert code == 0, f"{arguments} ended with {code}\n{output}\n{errors}{self.server_log()}"
        return output

    def chain(self, *commands: tuple[object, ...]) -> str:
        """Run commands that must succeed one after the other."""
        return "".join(self.cli(*command) for command in commands)

    def staff(self, password: str, *names: str, role: str = "manager") -> None:
        """Make accounts of the identity side."""
        file = self.folder / "password.txt"
        file.write_text(password, encoding="utf-8")
        self.chain(
            *(("manage", "staff", name, "--role", role, "--password-file", file) for name in names)
        )

    def start(self) -> None:
        """Do what `make run` does, and wait until the server answers."""
        self.cli("prepare")
        self.serve()

    def prepare_apart(self) -> None:
        """Prepare each side by itself, as their units do: without a demo."""
        urls = self.urls
        for side in _MODELS:
            self.urls = {**urls, "SURVEY_SITES": side}
            self.cli("prepare")
        self.urls = urls

    def serve(self) -> None:
        """Start the server on what is there, and wait until it answers."""
        arguments = ["-c", "gunicorn.conf.py", "wsgi:app"]
        self.server = processes.server(arguments, ROOT, self.environment, self.log)
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.server.poll() is None, f"the server ended{self.server_log()}"
            assert time.monotonic() < end, f"the server does not answer{self.server_log()}"
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill the server and all its workers without a word of warning."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Stop the server in good order, if one is running."""
        self._end(signal.SIGTERM)

    def server_log(self) -> str:
        """The end of the server's log, for the message of a failure."""
        log = self.log.read_text(errors="replace") if self.log.exists() else ""
        return f"\n--- server ---\n{log[-4000:]}"

    def campaign(
        self,
        name: str,
        strata: Iterable[Stratum],
        *,
        questionnaires: Mapping[str, str] | None = None,
        window: Mapping[str, Any] | None = None,
        latest_end: date | None = None,
        roster: Path | None = None,
    ) -> Codes:
        """Take a campaign from a file to its codes, by the commands; codes by stratum."""
        invite: tuple[object, ...] = ("manage", "invite", name, "--output", f"{name}.codes.csv")
        if roster:
            self.staff("a second password", "second")
            signs_in = ("--second-manager", "second", "--password-file", "password.txt")
            invite += ("--roster", roster, *signs_in)
        self.publish(
            *(name, strata, invite),
            questionnaires=questionnaires,
            window=window,
            latest_end=latest_end,
        )
        codes: Codes = {}
        for row in self.invitations(name):
            codes.setdefault(row["stratum"], []).append(row["code"])
        return codes

    def publish(
        self,
        name: str,
        strata: Iterable[Stratum],
        *then: tuple[object, ...],
        questionnaires: Mapping[str, str] | None = None,
        window: Mapping[str, Any] | None = None,
        latest_end: date | None = None,
        keeper: str | None = None,
    ) -> None:
        """Take a campaign from a file to where codes can be made."""
        sealing = ("--keeper", keeper) if keeper else ("--no-keeper",)
        design: dict[str, Any] = {
            "campaign": name,
            "title": {"zh": f"调查 {name}", "en": f"Survey {name}"},
            **ABOUT,
            "window": dict(window or NOW_OPEN),
            "strata": [dict(member) for member in strata],
        }
        if questionnaires:
            design["questionnaires"] = dict(questionnaires)
        if latest_end:
            design["latest_end"] = latest_end
        file = self.folder / f"{name}.yaml"
        file.write_text(yaml.safe_dump(design, allow_unicode=True), encoding="utf-8")
        manifest, published = f"{name}.manifest.json", f"{name}.published.json"
        self.cli("manage", "create", file)
        # Days that are over are fixed on their first day: on a later one they would be refused.
        self.day = min(TODAY, design["window"]["start"]).isoformat()
        self.cli("manage", "fix", name, "--output", manifest)
        self.day = ""
        self.chain(
            ("analyse", "accept", manifest, *sealing, "--passphrase-key", "--output", published),
            ("manage", "publish", name, published),
            *then,
        )

    def invitations(self, name: str) -> list[dict[str, str]]:
        """The rows of the file of codes that `manage invite` wrote."""
        return read_csv(self.folder / f"{name}.codes.csv")

    def close_and_open(self, name: str, *options: str) -> str:
        """End a campaign on both sides; returns what the opening says."""
        self.cli("manage", "close", name)
        return self.cli("analyse", "open", name, "--leave-sealed", *self.grounds(name), *options)

    def grounds(self, name: str) -> tuple[object, ...]:
        """The options that let a box be closed before its last day."""
        statement = self.folder / f"{name}.closing.json"
        return ("--statement", statement) if statement.exists() else ("--before-the-last-day",)

    def rates(self, name: str) -> list[dict[str, str]]:
        """The rates of an opened campaign, as its CSV gives them."""
        return list(
            csv.DictReader(self.cli("analyse", "rates", name, "--format", "csv").splitlines())
        )

    def ballots(self, name: str) -> Counter[tuple[str, str]]:
        """Stratum and receipt of every ballot in the box, of those that wait too."""
        rows = self._with_pool("answers", "SELECT stratum, receipt FROM ballot", name)
        return Counter((stratum, record[:32].hex()) for stratum, record in rows)

    def receipts(self, name: str) -> list[str]:
        """The receipts of all ballots in the box."""
        return [receipt for _, receipt in self.ballots(name).elements()]

    def claims(self, name: str) -> int:
        """How many codes the issuer has signed for."""
        rows = self._with_pool("identity", "SELECT stratum, claimed_for FROM invitation", name)
        return sum(record != bytes(32) for _, record in rows)

    def _with_pool(self, side: str, query: str, name: str) -> list[tuple[str, bytes]]:
        """Rows of a table, and the records that wait: in one statement, for they move."""
        of_campaign = "WHERE campaign = :campaign"
        table = f"{query.replace('SELECT', 'SELECT 0,')} {of_campaign}"
        pool = f"SELECT 1, stratum, records FROM pool {of_campaign}"
        rows = self.rows(side, f"{table} UNION ALL {pool}", campaign=name)
        return [
            (stratum, record)
            for in_pool, stratum, content in rows
            for record in (unpack([content]) if in_pool else [bytes(content)])
        ]

    def rows(self, side: str, query: str, **values: object) -> list[Row]:
        """Look into a store behind the program's back."""
        with self._inside(side) as connection:
            return _rows(connection, query, values)

    def change(self, side: str, statement: str) -> None:
        """Change a store behind the program's back."""
        with self._inside(side) as connection:
            connection.execute(text(statement))
            connection.commit()

    @contextmanager
    def _inside(self, side: str) -> Iterator[Connection]:
        url = self.urls.get(f"SURVEY_{side.upper()}_OWNER_URL")
        store = Database(url or f"sqlite:///{self.instance / side / side}.sqlite")
        try:
            with store.engine.connect() as connection:
                yield connection
        finally:
            store.engine.dispose()

    def tables(self, side: str) -> dict[str, list[Row]]:
        """All rows of a store by table, sorted: nothing is said about how they lie."""
        names = ["alembic_version", *_MODELS[side].metadata.tables]
        with self._inside(side) as connection:
            return {
                name: sorted(_rows(connection, f"SELECT * FROM {name}", {}), key=repr)
                for name in names
            }

    def stored_rows(self) -> list[str]:
        """Everything in both stores, to see that a refusal changed nothing but its count."""
        return [
            repr({name: rows for name, rows in self.tables(side).items() if name != REFUSED_CLAIMS})
            for side in _MODELS
        ]

    def _answers(self) -> bool:
        try:
            reply = urllib3.request("GET", f"{self.base}/respond/campaigns.json", retries=False)
        except urllib3.exceptions.HTTPError:
            return False
        return reply.status == 200

    def _end(self, how: signal.Signals) -> None:
        if self.server is not None:
            os.killpg(self.server.pid, how)
            self.server.wait(timeout=PATIENCE)
            self.server = None


def _rows(connection: Connection, query: str, values: Mapping[str, object]) -> list[Row]:
    return [tuple(row) for row in connection.execute(text(query), values)]


def write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write rows whose columns may differ; a cell that a row lacks is empty."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    """Read a CSV file of this program's making."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
