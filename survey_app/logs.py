"""What the server writes to its log: structured lines in which no person and no answer can stand.

A line keeps a message's own words and drops what would be filled in; of an error it keeps type and
frames. What still looks like a code, an address, a path or a key is masked, wherever it came from.
"""

import logging
import re
import traceback

import structlog
from structlog.typing import EventDict, WrappedLogger

_FIELDS = ("level", "logger", "event", "where")
_MASK = "…"
_TELLING = re.compile(
    r"""
      \b(?:https?|postgres(?:ql)?|smtps?)(?:\+\w+)?://\S*  # an address, with a secret
    | \S+@\S+\.\S+                                  # of mail
    | \b\d{1,3}(?:\.\d{1,3}){3}\b                   # IPv4
    | (?<![\w.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?!\w)  # IPv6
    | (?<!\w)(?:[0-9A-Za-z]{4}[-\s]?){3}[0-9A-Za-z]{4}(?!\w)  # an invitation code, as it is typed
    | [\w+/=-]{22,}                                 # keys, signatures, receipts, digests
    | (?<![\w.])/[^\s,;'"]+                         # a path
    | (?P<quote>['"“])[^'"”]+['"”]                  # whatever is quoted
    """,
    re.VERBOSE,
)


def where(error: BaseException) -> str:
    """Name an exception's type and the frames it passed, and nothing of what it says."""
    frames = " > ".join(
        f"{frame.filename}:{frame.lineno}:{frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    )
    place = f"{type(error).__module__}.{type(error).__qualname__} at {frames}"
    return f"{place}, because of {where(error.__cause__)}" if error.__cause__ else place


def formatter() -> logging.Formatter:
    """Make lines of JSON out of any logger's records."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name],
        processors=[_own_words, structlog.processors.JSONRenderer(ensure_ascii=False)],
    )


def write_to_standard_error() -> None:
    """Let everything that a library logs pass through the same formatter."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)


def _own_words(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Keep what the program says of itself, and mask what may have come from outside."""
    record: logging.LogRecord = event["_record"]
    line: EventDict = {**event, "event": _TELLING.sub(_MASK, str(record.msg))}
    error = event.get("exc_info")
    if error:
        line["where"] = where(error[1])
    elif "where" in record.__dict__:
        line["where"] = record.__dict__["where"]
    return {name: line[name] for name in _FIELDS if name in line}
