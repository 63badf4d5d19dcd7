"""Respondents played against both sides, which are served for as long as it takes."""

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from werkzeug.serving import WSGIRequestHandler, make_server

from survey_app import mounted
from survey_app.config import Settings
from survey_app.respondent.protocol import Row, play


def rehearse(settings: Settings, campaign: str, rows: Sequence[Row]) -> None:
    """Let invented respondents answer a campaign, over HTTP as all do."""
    label = "Playing the demo's respondents"
    with (
        _served(settings) as base,
        click.progressbar(length=len(rows), label=label, file=sys.stderr) as bar,
    ):
        outcomes = play(
            base, rows, campaign=campaign, concurrency=2, on_progress=lambda _: bar.update(1)
        )
    for outcome in outcomes:
        if not outcome.receipt:
            raise click.ClickException(outcome.error)


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Write no line for each of hundreds of requests."""


@contextmanager
def _served(settings: Settings) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, mounted(settings), threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
