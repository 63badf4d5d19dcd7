"""The programs that tests start are here, or named with the package that brings them."""

import subprocess
import sys

from supply.locks import ROOT
from supply.programs import missing


def test_every_program_is_on_this_machine():
    assert [str(program) for program in missing()] == []


def test_what_a_bare_machine_lacks_is_named_with_its_packages(tmp_path):
    listing = "from supply.programs import missing; print(*missing(), sep='\\n')"
    bare = {"PATH": str(tmp_path), "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    lines = subprocess.check_output(
        [sys.executable, "-c", listing], env=bare, encoding="utf-8"
    ).splitlines()

    assert {
        "Chromium (Debian: chromium)",
        "curl (Debian: curl)",
        "node (Debian: nodejs)",
        "R with its package survey (Debian: r-base-core r-cran-survey)",
        "soffice (Debian: libreoffice-writer-nogui libreoffice-calc-nogui)",
    } <= set(lines)
