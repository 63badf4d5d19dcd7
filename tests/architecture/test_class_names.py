"""A class's name means one thing in the whole program."""

import ast
from collections import defaultdict
from pathlib import Path

import pytest

from tests.architecture.names import modules

PROGRAM = ("survey_app", "stats", "questionnaires")
ALIKE = {
    "Audit": "each side's own log of what its staff did: the wall forbids a shared one",
    "Ballot": "a ballot as it is posted and as it is stored; the first is a schema of the API",
    "Campaign": "each side's own row of one campaign: the wall forbids a shared one",
    "Lockout": "each side's own count of failed sign-ins: the wall forbids a shared one",
    "Pool": "each side's own table of what waits: the wall forbids a shared one",
    "Rate": "one rate, estimated by the statistics and written into the results",
    "Staff": "each side's own accounts: the wall forbids shared ones",
}
"""Names of several classes that mean the same, with the reason why they are several."""


def places(*folders: str) -> dict[str, list[Path]]:
    """The modules that define each class."""
    paths = defaultdict(list)
    for path in modules(*folders):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                paths[node.name].append(path)
    return paths


def test_no_two_classes_share_a_name_unless_they_mean_the_same():
    repeated = {name: paths for name, paths in places(*PROGRAM).items() if len(paths) > 1}

    assert repeated.keys() - ALIKE.keys() == set(), repeated


@pytest.mark.parametrize("name", ALIKE)
def test_every_name_on_the_list_is_shared(name):
    assert len(places(*PROGRAM)[name]) > 1
