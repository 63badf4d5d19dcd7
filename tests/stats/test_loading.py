"""What a program loads that uses the statistics, or asks for their help."""

import subprocess
import sys

import pytest

PRINT_MODULES = "\nimport sys; print('\\n' + '\\n'.join(sys.modules))"
HELP = """
import contextlib
from stats.__main__ import main
with contextlib.suppress(SystemExit):
    main(["--help"])
"""


def loaded(program):
    """Run a Python program; return the modules that it has loaded at its end."""
    command = [sys.executable, "-c", program + PRINT_MODULES]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines())


@pytest.mark.parametrize("program", ["import stats.disclosure", HELP], ids=["import", "help"])
def test_scipys_parts_and_arrow_are_loaded_by_what_uses_them_only(program):
    modules = loaded(program)

    assert "stats.rates" in modules
    assert not {"scipy.special", "scipy.optimize", "scipy.sparse", "scipy.stats"} & modules
    assert "pyarrow" not in modules


def test_a_quantile_loads_the_special_functions_and_nothing_more():
    modules = loaded("import stats; stats.sample_size(300, margin=0.1)")

    assert "scipy.special" in modules
    assert not {"scipy.optimize", "scipy.stats"} & modules
