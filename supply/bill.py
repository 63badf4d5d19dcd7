"""The bill of materials: CycloneDX, with the digests of the lock and the licences."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from supply.licences import licence
from supply.locks import ROOT, RUNTIME, requirements
from survey_app.config import VERSION

BILL = ROOT / "sbom.json"


def write(path: Path = BILL) -> None:
    """Write the bill of materials, the same bytes for the same lock."""
    path.write_text(json.dumps(bill(), indent=2, sort_keys=True) + "\n", encoding="utf-8")


def bill() -> Mapping[str, Any]:
    """List what the lock holds, then add what it does not say."""
    document = _components()
    for component in document["components"]:
        component["licenses"] = [{"license": {"name": licence(component["name"])}}]
    direct = {
        canonicalize_name(requirement.name)
        for requirement in requirements(ROOT / "requirements.txt")
    }
    needs = [part["bom-ref"] for part in document["components"] if part["name"] in direct]
    document["metadata"]["component"]["version"] = VERSION
    root = document["metadata"]["component"]["bom-ref"]
    document["dependencies"] = [
        {"ref": root, "dependsOn": needs},
        *(dependency for dependency in document["dependencies"] if dependency["ref"] != root),
    ]
    return document


def _components() -> dict[str, Any]:
    # The tool warns of the root's missing dependencies, which are added above.
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", "requirements"]
    options = [f"--pyproject={ROOT / 'pyproject.toml'}", "--output-reproducible", str(RUNTIME)]
    listed = subprocess.run([*command, *options], capture_output=True, check=True, encoding="utf-8")
    return dict(json.loads(listed.stdout))
