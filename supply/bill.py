"""The bill of materials: CycloneDX, with the digests of the lock and the licences."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from supply.licences import licence
from supply.locks import ROOT, RUNTIME, asked_for
from survey_app.config import VERSION

BILL = ROOT / "sbom.json"


def write(path: Path = BILL) -> None:
    """Write the bill of materials, the same bytes for the same lock."""
    path.write_text(json.dumps(bill(), indent=2, sort_keys=True) + "\n", encoding="utf-8")


def bill() -> Mapping[str, Any]:
    """List what the lock holds, then add what it does not say."""
    made = _listed()
    for component in made["components"]:
        component["licenses"] = [{"license": {"name": licence(component["name"])}}]
    direct = {canonicalize_name(one.name) for one in asked_for(ROOT / "requirements.txt")}
    needs = [part["bom-ref"] for part in made["components"] if part["name"] in direct]
    made["metadata"]["component"]["version"] = VERSION
    root = made["metadata"]["component"]["bom-ref"]
    made["dependencies"] = [
        {"ref": root, "dependsOn": needs},
        *(one for one in made["dependencies"] if one["ref"] != root),
    ]
    return made


def _listed() -> dict[str, Any]:
    # The tool warns of the root's missing dependencies, which are added above.
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements"]
    options = [f"--pyproject={ROOT / 'pyproject.toml'}", "--output-reproducible", str(RUNTIME)]
    listed = subprocess.run([*command, *options], capture_output=True, check=True, encoding="utf-8")
    return dict(json.loads(listed.stdout))
