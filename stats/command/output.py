"""Results as a table, CSV or JSON on standard output, and a line of progress on a terminal."""

import csv
import json
import math
import sys
from collections.abc import Mapping, Sequence

FORMATS = ("table", "csv", "json")


def write(rows: Sequence[Mapping[str, object]], form: str) -> None:
    """Print rows of one shape to standard output, in one of ``FORMATS``.

    JSON knows no infinity and no NaN: both are null there.
    """
    if form == "json":
        finite = [{key: _finite(cell) for key, cell in row.items()} for row in rows]
        document = json.dumps(finite, ensure_ascii=False, indent=1, allow_nan=False)
        print(document)  # noqa: T201 - the command's output
        return
    if form == "csv":
        writer = csv.DictWriter(sys.stdout, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return
    texts = [list(rows[0]), *([_short(cell) for cell in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    for text in texts:
        line = "  ".join(cell.rjust(width) for cell, width in zip(text, widths, strict=True))
        print(line)  # noqa: T201 - the command's output


def _finite(cell: object) -> object:
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _short(cell: object) -> str:
    if cell is None:
        return ""
    return f"{cell:.6g}" if isinstance(cell, float) else str(cell)


def note(text: str) -> None:
    """Say on standard error what was assumed, or what must be known with the results."""
    sys.stderr.write(f"{text}\n")


def progress(text: str) -> None:
    """Show ``text`` as the one line of progress on a terminal."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()
