"""The process that commands and servers are forked from finds all that it is to load."""

from importlib.util import find_spec

import pytest

from tests.processes import LOADED


@pytest.mark.parametrize("name", LOADED)
def test_a_module_that_is_loaded_beforehand_exists(name):
    assert find_spec(name)
