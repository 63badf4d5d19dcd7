"""``python -m bench.coverage [table …]``: simulate, and write docs/methodology.md's tables."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.coverage import (
    association,
    clusters,
    differences,
    exceedance,
    guard,
    intervals,
    lists,
    means,
    peers,
    planning,
    single,
    undetermined,
    waves,
    zero,
)
from bench.coverage.runs import Absent

if TYPE_CHECKING:
    from collections.abc import Callable

TABLES: Final[dict[str, Callable[[int | None], str]]] = {
    "clusters": clusters.table,
    "intervals": intervals.table,
    "peers": peers.table,
    "zero": zero.table,
    "single": single.table,
    "undetermined": undetermined.table,
    "exceedance": exceedance.table,
    "differences": differences.table,
    "waves": waves.table,
    "association": association.table,
    "lists": lists.table,
    "means": means.table,
    "planning": planning.table,
    "guard": guard.table,
}
_PAGE: Final = Path("docs/methodology.md")


def main() -> None:
    """Replace the tables that were named, or all."""
    parser = argparse.ArgumentParser(prog="python -m bench.coverage", description=__doc__)
    parser.add_argument("table", nargs="*", help="all without one")
    parser.add_argument("--draws", type=int, help="of each design; the page has the default's")
    options = parser.parse_args()
    for name in options.table or TABLES:
        start = time.monotonic()
        try:
            _replace(name, TABLES[name](options.draws))
        except Absent as error:
            print(f"{name}: left as it is: {error}")
        else:
            print(f"{name}: {time.monotonic() - start:.0f} s")


def _replace(name: str, table: str) -> None:
    page = _PAGE.read_text(encoding="utf-8")
    begin, end = f"<!-- table {name} -->", f"<!-- end of {name} -->"
    before, _, rest = page.partition(begin)
    _, _, after = rest.partition(end)
    _PAGE.write_text(f"{before}{begin}\n\n{table}\n\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
