"""Write the figures of ``results.json`` into both threat models, between their markers.

``python -m tests.linkage.tables`` does it without measuring again.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from tests.installation import ROOT
from tests.linkage.results import Line, Results, Weakness
from tests.linkage.words import CELLS, HEADS, WORDS

PAGES = {"en": ROOT / "docs/threat-model.md", "zh": ROOT / "docs/threat-model.zh.md"}
BLOCK = re.compile(
    r"(<!-- attack: (\w+), made by tests\.linkage\.tables -->\n).*?(<!-- end -->)", re.DOTALL
)


def write(results: Results) -> None:
    """Put the figures into both pages."""
    for language, page in PAGES.items():
        text = page.read_text(encoding="utf-8")
        page.write_text(with_tables(text, results, language), encoding="utf-8")


def with_tables(text: str, results: Results, language: str) -> str:
    """Give a page with each of its tables made anew."""
    tables = {
        "run": [_run(results, HEADS[language])],
        "order": list(_order(results.order, language)),
        "insiders": list(_insiders(results.insiders, language)),
        "weaknesses": list(_weaknesses(results.weaknesses, language)),
    }
    return BLOCK.sub(lambda block: block[1] + "\n".join([*tables[block[2]], ""]) + block[3], text)


def _run(results: Results, heads: Mapping[str, str]) -> str:
    words = heads["parts"] if results.minutes is None else heads["run"]
    return words.format(minutes=results.minutes, seed=results.seed)


def _order(lines: Sequence[Line], language: str) -> Iterator[str]:
    """A row for each engine, moment and number of strata; a column for each number of ballots."""
    sizes = sorted({line.people for line in lines})
    yield from _head([*HEADS[language]["order"].split("|"), *map(str, sizes)])
    kinds = dict.fromkeys((line.engine, line.attacker) for line in lines)
    rows: dict[tuple[str, str, int], dict[int, Line]] = {
        (*kind, strata): {} for kind in kinds for strata in sorted({line.strata for line in lines})
    }
    for line in lines:
        rows[line.engine, line.attacker, line.strata][line.people] = line
    for (engine, attacker, strata), by_size in ((key, row) for key, row in rows.items() if row):
        cells = [_cell(by_size.get(size), language) for size in sizes]
        yield _row([CELLS[engine], _words(attacker, language), str(strata), *cells])


def _cell(line: Line | None, language: str) -> str:
    if line is None:
        return ""
    limit = CELLS[language] if line.limit is None else f"{line.limit:.2f}"
    share = f"{line.linked:.2f}"
    return f"{_marked(share, line)} ({limit})"


def _marked(share: str, line: Line) -> str:
    return f"**{share}**" if line.beyond else share


def _insiders(lines: Sequence[Line], language: str) -> Iterator[str]:
    yield from _head(HEADS[language]["insiders"].split("|"))
    for line in lines:
        limit = CELLS[language] if line.limit is None else f"{line.limit:.3f}"
        figures = [_marked(f"{line.linked:.3f}", line), f"{line.chance:.3f}", limit]
        engine = CELLS[line.engine] if line.engine else ""
        yield _row([_words(line.attacker, language), engine, *figures, str(line.people)])


def _weaknesses(weaknesses: Sequence[Weakness], language: str) -> Iterator[str]:
    yield from _head(HEADS[language]["weaknesses"].split("|"))
    for weakness in weaknesses:
        words = _words(weakness.weakness, language)
        figures = [f"{weakness.linked:.3f}", f"{weakness.chance:.3f}"]
        yield _row([CELLS[weakness.engine], words, *figures])


def _words(name: str, language: str) -> str:
    words: Mapping[str, str] = WORDS[name]
    return words[language]


def _head(names: Sequence[str]) -> Iterator[str]:
    yield _row([name.strip() for name in names])
    yield _row(["---"] * len(names))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    write(Results.read())
