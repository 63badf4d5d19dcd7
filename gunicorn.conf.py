"""The server: local, a few threads, and a log in which no visitor can be recognised."""

import sys
import tempfile
from pathlib import Path

from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger

from survey_app.config import Settings
from survey_app.web import where

_settings = Settings()


class QuietLogger(Logger):  # type: ignore[misc]
    """Gunicorn's log without what it quotes of requests: lines, headers, addresses."""

    def warning(self, msg: str, *args: object, **kwargs: object) -> None:
        """Keep to the fact that a request was refused: the message quotes it."""
        if msg.startswith("Invalid request"):
            super().warning("A request that is not HTTP was refused.")
        else:
            super().warning(msg, *args, **kwargs)

    def exception(self, msg: object, *_args: object, **_kwargs: object) -> None:
        """Log the frames of an error, which quote nothing, in place of its message."""
        error = sys.exc_info()[1]
        super().error("Unexpected error: %s", where(error) if error else type(msg).__name__)


bind = f"127.0.0.1:{_settings.port}"
worker_class = "gthread"
workers = 2
threads = 4
graceful_timeout = 20
accesslog = None
loglevel = "warning"
logger_class = QuietLogger
control_socket_disable = True
# The workers' heartbeat touches a file: in memory where the system has such a place.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else tempfile.gettempdir()  # noqa: S108


def when_ready(_server: Arbiter) -> None:
    """Say that requests are answered from now on."""
    sys.stderr.write(f"ready: http://{bind}/\n")
