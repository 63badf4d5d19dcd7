"""Counts the names that a module binds, and those among them that say nothing of what they hold.

``python -m tests.architecture.names`` prints the share and the names counted most, and with
``--places`` where each stands. A name that others read is no choice of the module's and is not
counted: `PUBLISHED` lists them with the reason, and so are left out

- the members of an enumeration, which are states and codes: a box is *closed*, an answer is
  *refused*, and each member's value stands in a column or a document;
- ``other`` in an operator's method (``__eq__``, ``__add__``): Python's own name of that operand.

``bound`` and ``bounds`` are nouns of this field, the ends of an interval, and do not belong to the
participles.
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
FOLDERS = ("survey_app", "stats", "questionnaires", "bench", "supply", "tests")
PRONOUNS = (
    "all another any both each every it none one other others some that these those this what "
    "which who"
)
PARTICIPLES = (
    "accepted added allowed altered answered asked asking beginning begun broken brought "
    "built called carried changed checked chosen claimed closed coming computed counted dealt "
    "defined done drawn dropped ended erased escaped fed filled finished fixed found given "
    "going gone guarded handed held hidden kept killed known lacking lasting left lost made "
    "making marked met missing moved named noted offered opened ordered paired placed played "
    "posted prepared quoted received refused rejected released removed renamed restored said "
    "saved saying seen sent served shared showing shown signed sought spent spoilt spoken "
    "stated stopped stored taken tampered thrown told tried typed understood unread used waited "
    "waiting walked wanted withheld working written"
)
EMPTY = frozenset(f"{PRONOUNS} {PARTICIPLES}".split())
PUBLISHED = {
    "survey_app/answers/store/models.py": {"spent": "a column"},
    "survey_app/documents/design.py": {
        "answered": "a key of the presets, which never change",
    },
    "survey_app/documents/results.py": {
        "ANY": "the item of any contact in documents and tables",
        "hidden": "a key of the results",
        "opened": "a key of the results",
        "other": "a key of the results' notes",
        "refused": "a key of the results",
        "what": "a key of the results' notes",
    },
    "survey_app/identity/store/models.py": {"done": "a column"},
    "stats/counting.py": {
        "ANY": "the item of any contact in documents and tables",
        "REFUSED": "the answer's code",
        "refused": "a column, of the answer's code",
    },
    "stats/rates.py": {
        "ALL": "the domain of all in tables",
        "refused": "a column, of the answer's code",
    },
    "stats/tallies.py": {"refused": "a column, of the answer's code"},
    "stats/response.py": {
        "other": "AAPOR's disposition O",
        "refused": "AAPOR's disposition R",
    },
}
"""Names that stand in a column, a document or a standard, by module, with the reason."""


class Binding(NamedTuple):
    """A name, and the line that binds it."""

    name: str
    line: int


def bindings(tree: ast.AST) -> Iterator[Binding]:
    """Every name that is bound: variables, parameters, fields, loops, aliases of imports."""
    ignored = _of_python_or_enumerations(tree)
    for node in ast.walk(tree):
        if node in ignored:
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield Binding(node.id, node.lineno)
        elif isinstance(node, ast.arg):
            yield Binding(node.arg, node.lineno)
        elif isinstance(node, ast.alias) and node.asname:
            yield Binding(node.asname, node.lineno)
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield Binding(node.name, node.lineno)


def _of_python_or_enumerations(tree: ast.AST) -> set[ast.AST]:
    nodes: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and _is_enumeration(node):
            nodes |= {name for line in node.body for name in ast.walk(line)}
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("__"):
            nodes |= {operand for operand in node.args.args if operand.arg == "other"}
    return nodes


def _is_enumeration(node: ast.ClassDef) -> bool:
    return any(ast.unparse(base).endswith("Enum") for base in node.bases)


def says_nothing(name: str) -> bool:
    """Whether a name is a participle or a pronoun and nothing beside."""
    return not name.startswith("__") and name.strip("_").lower() in EMPTY


def empty(path: Path) -> list[Binding]:
    """The names of a module that say nothing, but for those that others read."""
    published = PUBLISHED.get(path.relative_to(ROOT).as_posix(), {})
    return [
        binding
        for binding in _bindings_of(path)
        if says_nothing(binding.name) and binding.name not in published
    ]


def _bindings_of(path: Path) -> list[Binding]:
    return list(bindings(ast.parse(path.read_text(encoding="utf-8"))))


def modules(*folders: str) -> list[Path]:
    """The modules of some folders of the repository."""
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def share(*folders: str) -> float:
    """The share of names that say nothing among all that are bound."""
    paths = modules(*folders)
    return sum(len(empty(path)) for path in paths) / sum(len(_bindings_of(path)) for path in paths)


def summary() -> str:
    """The share in each folder and in all, and the names counted most."""
    counts = Counter(
        binding.name.strip("_") for path in modules(*FOLDERS) for binding in empty(path)
    )
    lines = [f"{folder}: {share(folder):.2%}" for folder in FOLDERS]
    total = f"all: {counts.total()} names, {share(*FOLDERS):.2%}"
    often = ", ".join(f"{name} {number}" for name, number in counts.most_common(60))
    return "\n".join([*lines, total, often])


def places() -> str:
    """Where each name stands that says nothing."""
    return "\n".join(
        f"{path.relative_to(ROOT)}:{binding.line}: {binding.name}"
        for path in modules(*FOLDERS)
        for binding in empty(path)
    )


if __name__ == "__main__":
    print(places() if "--places" in sys.argv else summary())  # noqa: T201
