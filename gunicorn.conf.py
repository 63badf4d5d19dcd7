"""The server: on loopback behind a web server, with a log in which no visitor can be recognised."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.config import Config
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker

from survey_app import logs
from survey_app.config import Settings
from survey_app.sides import SITES

_settings = Settings()
_staff = any(SITES[name].for_staff for name in _settings.site_names)
# The workers' heartbeat touches a file: in memory where the system has such a place.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir()  # noqa: S108


class QuietLogger(Logger):  # type: ignore[misc]
    """Gunicorn's log without what it quotes of requests: lines, headers, addresses."""

    def setup(self, cfg: Config) -> None:
        """Write lines of JSON that passed the scrubber."""
        super().setup(cfg)
        logs.write_to_standard_error()
        for handler in self.error_log.handlers:
            handler.setFormatter(logs.formatter())

    def warning(self, msg: str, *args: object, **kwargs: object) -> None:
        """Keep to the fact that a request was refused: the message quotes it."""
        if msg.startswith("Invalid request"):
            msg, args = "A request that is not HTTP was refused.", ()
        super().warning(msg, *args, **kwargs)


bind = [f"127.0.0.1:{_settings.port}"]
if _settings.internal_port:
    bind.append(f"127.0.0.1:{_settings.internal_port}")
    # Counts of all workers meet in files that live in memory only; read at the first import.
    # Under systemd they lie in the unit's folder, which goes with the unit however it ends.
    _memory = os.environ.get("RUNTIME_DIRECTORY", worker_tmp_dir)
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:  # else this is a reload
        _counts = tempfile.mkdtemp(prefix="survey-counts-", dir=_memory)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = _counts

worker_class = "gthread"
# Public sites compute: a worker for each core. Staff sites wait for few people and need memory.
workers = _settings.workers or (2 if _staff else os.cpu_count() or 2)
threads = 4
# Each worker loads the program itself, so that HUP brings in a new version without a lost request.
preload_app = False
timeout = 60
graceful_timeout = 20
keepalive = 75  # longer than the web server keeps an idle connection: it never meets a closed one
max_requests = 20_000
max_requests_jitter = 5_000
limit_request_line = 2048
limit_request_fields = 50
accesslog = None
loglevel = "warning"
logger_class = QuietLogger
control_socket_disable = True


def when_ready(_server: Arbiter) -> None:
    """Say that requests are answered from now on."""
    sys.stderr.write(f"ready: http://{bind[0]}/\n")


def child_exit(_server: Arbiter, worker: Worker) -> None:
    """Forget what only a living worker has to tell."""
    if _settings.internal_port:
        from prometheus_client import multiprocess  # noqa: PLC0415 - after the setting above

        multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Arbiter) -> None:
    """Leave no counts behind."""
    if _settings.internal_port:
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
