"""Long work on both staff sites: done by one process at a time, and followed by pages.

A page asks how far it is by ``static/progress.js``.
"""

import fcntl
import json
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from survey_app.config import SiteSettings
from survey_app.errors import SurveyError

_LOG = logging.getLogger(__name__)
STATE_WAITING, STATE_DONE, STATE_FAILED = "waiting", "done", "failed"
_LONGEST_PROBLEM, _LONGEST_VALUE = 2000, 300


def progress(
    state: str, finished_steps: int = 0, total: int = 0, words: str = ""
) -> dict[str, str | int]:
    """Answer a page: it is loaded again once the state is another than waiting.

    ``words`` are shown beside the bar, where the page has a place for them.
    """
    return {"state": state, "done": finished_steps, "total": total, "words": words}


class LoneWorker(ABC):
    """Does the long work of a site in a thread of its own, unless another process is at it.

    The process that holds the lock on a file works; the system releases the lock when the process
    ends, however it ends.
    """

    LOCK_FILE: str
    PULSE = 60
    """The seconds after which a process that serves looks whether anything waits."""

    def __init__(self, settings: SiteSettings) -> None:
        self._settings = settings
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._stopped = threading.Event()

    def nudge(self) -> None:
        """Start the worker thread if none is running."""
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self.work, daemon=True)
                self._thread.start()

    def watch(self) -> None:
        """Do what waits now and whenever its time comes, for as long as the process lives.

        So work goes on after a restart, or the end of another process, without any page.
        """
        threading.Thread(target=self._watch, daemon=True).start()

    def stop(self) -> None:
        """Watch no longer."""
        self._stopped.set()

    def _watch(self) -> None:
        while not self._stopped.is_set():
            try:
                self.work()
            except Exception as error:  # noqa: BLE001 - the store may be away: look again
                from survey_app.logs import where  # noqa: PLC0415 - what it loads is of servers

                _LOG.error("Long work could not be looked for", extra={"where": where(error)})
            self._stopped.wait(self.PULSE)

    def wait(self, seconds: float | None = None) -> None:
        """Wait for the worker thread to end."""
        if self._thread is not None:
            self._thread.join(seconds)

    def work(self) -> None:
        """Do all that waits, unless another process does."""
        with self._alone() as alone:
            if alone:
                self._work_off()

    @abstractmethod
    def _work_off(self) -> None:
        """Do all that waits."""

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        with self._settings.file(self.LOCK_FILE).open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def stored(problem: SurveyError) -> str:
    """Write down why work failed, as a row of the store keeps it."""
    values = {name: str(value)[:_LONGEST_VALUE] for name, value in problem.values.items()}
    return json.dumps([problem.sentence, values])[:_LONGEST_PROBLEM]


def problem_of(text: str) -> SurveyError | None:
    """Read what `stored` wrote; None where there is no problem."""
    if not text:
        return None
    sentence, values = json.loads(text)
    return SurveyError(sentence, **values)
