"""Processes of the program, forked from one that has loaded it: a fork costs a tenth of a start.

That a process loads what it needs, and no more, is tested where one starts by itself: the docs'
commands, the production services, ``tests/architecture``.
"""

import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import mkdtemp

LOADED = [
    "alembic.autogenerate",
    "alembic.command",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "psycopg",
    "survey_app.__main__",
    "survey_app.accounts.flask_login",
    "survey_app.answers.analyse.box.opening",
    "survey_app.answers.analyse.cli",
    "survey_app.answers.analyse.exports.terminal",
    "survey_app.answers.analyse.views",
    "survey_app.answers.composition",
    "survey_app.answers.respond.views",
    "survey_app.identity.composition",
    "survey_app.identity.issue.views",
    "survey_app.identity.manage.cli",
    "survey_app.identity.manage.views",
    "survey_app.keeper.cli",
    "survey_app.operate.cli",
    "survey_app.operate.demo",
    "survey_app.operate.prepare",
    "survey_app.operate.rehearsal",
    "survey_app.respondent.cli",
    "survey_app.storage.migrations",
    "survey_app.web.application",
    __name__,
]
DAY = "DAY_OF_TESTS"
"""Names the day that it is for a command, in its environment."""
LOADER = multiprocessing.get_context("forkserver")
LOADER.set_forkserver_preload(LOADED)


@dataclass
class Forked:
    """A command or a server, as far as tests ask for ``subprocess.Popen``."""

    process: ForkServerProcess
    outputs: Sequence[Path]

    @property
    def pid(self) -> int:
        assert self.process.pid
        return self.process.pid

    def poll(self) -> int | None:
        return self.process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait until it ended; its exit code."""
        self.process.join(timeout)
        code = self.process.exitcode
        assert code is not None, f"process {self.pid} has not ended after {timeout} seconds"
        return code

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Wait until it ended; what it wrote to standard output and to standard error."""
        self.wait(timeout)
        output, errors = (path.read_text(encoding="utf-8") for path in self.outputs)
        return output, errors


def command(arguments: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Forked:
    """Start ``python -m survey_app`` with these arguments in a folder."""
    place = Path(mkdtemp(prefix="outputs-", dir=folder))
    outputs = [place / "output", place / "errors"]
    return _start(_run_command, arguments, folder, environment, outputs)


def server(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], log: Path
) -> Forked:
    """Start ``python -m gunicorn`` with these arguments, in a process group of its own."""
    return _start(_run_server, arguments, folder, environment, [log, log])


def _start(
    run: Callable[[list[str], Path, dict[str, str], list[Path]], None],
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    outputs: list[Path],
) -> Forked:
    task = (list(arguments), folder, dict(environment), outputs)
    process = LOADER.Process(target=run, args=task)
    process.start()
    return Forked(process, outputs)


def _run_command(
    arguments: list[str], folder: Path, environment: dict[str, str], outputs: list[Path]
) -> None:
    _settle(folder, environment, outputs)
    from survey_app import config  # noqa: PLC0415 - by the process that is forked
    from survey_app.__main__ import main  # noqa: PLC0415 - by the process that is forked

    if environment.get(DAY):
        day = date.fromisoformat(environment[DAY])
        config.SiteSettings.today = lambda *_: day  # type: ignore[method-assign]
    main(arguments, prog_name="python -m survey_app")


def _run_server(
    arguments: list[str], folder: Path, environment: dict[str, str], outputs: list[Path]
) -> None:
    os.setsid()
    _settle(folder, environment, outputs)
    sys.argv = ["gunicorn", *arguments]
    from gunicorn.app import wsgiapp  # noqa: PLC0415 - by the process that is forked

    wsgiapp.run()


def _settle(folder: Path, environment: dict[str, str], outputs: list[Path]) -> None:
    """Take the place of a process that was started with this folder, environment and output."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(outputs, start=1):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
