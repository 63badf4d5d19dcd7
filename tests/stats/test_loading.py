"""What a program loads that uses the statistics, or asks for their help."""

import json
import subprocess
import sys

PARTS = ("numpy", "scipy.special", "scipy.optimize", "scipy.sparse", "scipy.stats", "pyarrow")
PROGRAM = f"""
import contextlib, io, json, sys
def loaded():
    return [part for part in {PARTS!r} if part in sys.modules]
import stats.disclosure, stats.__main__
steps = [loaded()]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as text:
    stats.__main__.main(["--help"])
assert "sample" in text.getvalue()
steps.append(loaded())
stats.sample_size(300, margin=0.1)
steps.append(loaded())
print(json.dumps(steps))
"""


def test_scipys_parts_and_arrow_are_loaded_by_what_uses_them_only():
    command = [sys.executable, "-c", PROGRAM]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    imported, helped, planned = json.loads(run.stdout)

    assert imported == helped == ["numpy"]
    assert planned == ["numpy", "scipy.special"]
