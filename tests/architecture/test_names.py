"""Names say what they hold: participles and pronouns alone become fewer, and never more."""

import ast

import pytest

from tests.architecture.names import (
    FOLDERS,
    PUBLISHED,
    ROOT,
    bindings,
    says_nothing,
    share,
    summary,
)

CEILING = 0.001
"""The share of names that may say nothing: to be lowered whenever `names` prints less."""


def test_no_more_names_say_nothing_than_before():
    assert share(*FOLDERS) <= CEILING, summary()


@pytest.mark.parametrize(
    "source",
    [
        "found = 1",
        "def count(told): pass",
        "for one, row in rows: pass",
        "lambda given: 1",
        "import json as said",
        "class Sheet:\n    wanted: int = 0",
        "try: pass\nexcept OSError as raised: pass\nwith store as shown: pass",
        "match row:\n    case [*others]: pass",
        "_kept = 1",
        "if (seen := 1): pass",
    ],
)
def test_a_name_that_says_nothing_is_counted_wherever_it_is_bound(source):
    assert [says_nothing(binding.name) for binding in bindings(ast.parse(source))].count(True) == 1


@pytest.mark.parametrize("name", ["found_rows", "release", "foundation", "__all__", "strata"])
def test_a_name_that_says_what_it_holds_is_not_counted(name):
    assert not says_nothing(name)


@pytest.mark.parametrize(
    "source",
    [
        "class Step(StrEnum):\n    CLOSED = 'closed'",
        "class Tally:\n    def __add__(self, other): return self",
    ],
)
def test_states_and_operands_are_not_counted(source):
    assert not any(says_nothing(binding.name) for binding in bindings(ast.parse(source)))


@pytest.mark.parametrize("module", PUBLISHED)
def test_every_published_name_is_bound_where_the_list_says(module):
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))

    assert PUBLISHED[module].keys() <= {binding.name for binding in bindings(tree)}
