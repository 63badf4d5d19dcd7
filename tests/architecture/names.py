"""Counts the names that a module binds, and those among them that say nothing of what they hold.

``python -m tests.architecture.names`` prints the share and the names counted most.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("survey_app", "stats", "questionnaires", "bench", "supply", "tests")
PRONOUNS = (
    "all another any both each every it none one other others some that these those this what "
    "which who"
)
PARTICIPLES = (
    "accepted added allowed altered answered asked asking beginning begun bound broken brought "
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


def bound(tree: ast.AST) -> Iterator[str]:
    """Every name that is bound: variables, parameters, fields, loops, aliases of imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name


def says_nothing(name: str) -> bool:
    """Whether a name is a participle or a pronoun and nothing beside."""
    return not name.startswith("__") and name.strip("_").lower() in EMPTY


def names(*folders: str) -> list[str]:
    """All names that are bound in some folders of the repository."""
    return [
        name
        for folder in folders
        for path in sorted((ROOT / folder).rglob("*.py"))
        for name in bound(ast.parse(path.read_text(encoding="utf-8")))
    ]


def share(*folders: str) -> float:
    """The share of names that say nothing among all that are bound."""
    every_name = names(*folders)
    return sum(map(says_nothing, every_name)) / len(every_name)


def summary() -> str:
    """The share in each folder and in all, and the names counted most."""
    empty = Counter(name.strip("_") for name in names(*FOLDERS) if says_nothing(name))
    lines = [f"{folder}: {share(folder):.2%}" for folder in FOLDERS]
    total = f"all: {empty.total()} names, {share(*FOLDERS):.2%}"
    often = ", ".join(f"{name} {number}" for name, number in empty.most_common(60))
    return "\n".join([*lines, total, often])


if __name__ == "__main__":
    print(summary())  # noqa: T201
