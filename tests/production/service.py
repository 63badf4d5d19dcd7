"""One site as its unit starts it: gunicorn with the shipped settings, and its own side's only."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import urllib3

from survey_app.sides import SIDE_OF, SITES
from tests.installation import PATIENCE, ROOT


@dataclass
class Service:
    """A site's master process and its workers."""

    folder: Path
    site: str
    port: int
    internal_port: int
    server: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.site}-{self.port}.log"

    def launch(self, environment: Mapping[str, str]) -> None:
        """Start it with what the units give it: one account of the store, and no owner's."""
        role = "" if SITES[self.site].for_staff else "_PUBLIC"
        address = f"SURVEY_{SIDE_OF[self.site].name.upper()}{role}_URL"
        names = {"PATH", "LANG", "TMPDIR", "PYTHONPATH", address}
        names |= {"SURVEY_INSTANCE", "SURVEY_RESPOND_URL", "SURVEY_ISSUE_URL", "SURVEY_TOTP"}
        own = {
            "SURVEY_SITES": self.site,
            "PORT": str(self.port),
            "RUNTIME_DIRECTORY": str(self.folder),
            "SURVEY_INTERNAL_PORT": str(self.internal_port),
            "SURVEY_WORKERS": "1" if self.site in {"manage", "analyse"} else "2",
        }
        self.spawn({name: environment[name] for name in names if name in environment} | own)

    def spawn(self, environment: Mapping[str, str], application: str = "wsgi:app") -> None:
        """Let gunicorn serve an application under the shipped configuration."""
        with self.log.open("wb") as log:
            self.server = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", application],
                cwd=ROOT,
                env=dict(environment),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def wait(self) -> None:
        """Wait until it is ready, by its own word."""
        assert self.server
        end = time.monotonic() + PATIENCE
        while not self._is_ready():
            assert self.server.poll() is None, self.log.read_text()
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.1)

    def ask(self, path: str) -> urllib3.BaseHTTPResponse:
        """Ask on the internal port."""
        url = f"http://127.0.0.1:{self.internal_port}{path}"
        return urllib3.request("GET", url, retries=False, timeout=PATIENCE)

    def resident_mebibytes(self) -> list[float]:
        """The memory of each worker."""
        assert self.server
        children = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text()
        sizes = []
        for worker in children.split():
            status = Path(f"/proc/{worker}/status").read_text().split("VmRSS:")[1]
            sizes.append(int(status.split()[0]) / 1024)
        return sizes

    def kill(self) -> None:
        """Kill master and workers without a word of warning."""
        self.signal(signal.SIGKILL)
        self.end()

    def reload(self) -> None:
        """Do what `systemctl reload` does."""
        assert self.server
        self.server.send_signal(signal.SIGHUP)

    def signal(self, how: signal.Signals) -> None:
        if self.server is not None:
            os.killpg(self.server.pid, how)

    def end(self) -> None:
        """Wait until it is gone."""
        if self.server is not None:
            self.server.wait(PATIENCE)
            self.server = None

    def _is_ready(self) -> bool:
        try:
            return self.ask("/readyz").status == 200
        except urllib3.exceptions.HTTPError:
            return False


def stop(services: Iterable[Service]) -> None:
    """Stop all in good order, at the same time."""
    for service in services:
        service.signal(signal.SIGTERM)
    for service in services:
        service.end()
