"""Known faults of what is locked, as far as an index of them can be asked."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supply.locks import DEVELOPMENT

SOUND, FAULTY, INCOMPLETE = 0, 1, 2
_ASK = ("pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json")


@dataclass(frozen=True)
class Audit:
    """What the index said of each package."""

    audited: int
    faults: Sequence[str]
    not_audited: Sequence[str]

    @property
    def exit_code(self) -> int:
        """Faults weigh more than packages that could not be asked about."""
        if self.faults:
            return FAULTY
        return INCOMPLETE if self.not_audited or not self.audited else SOUND

    def __str__(self) -> str:
        """One line for each fault, and one on how much was asked."""
        lines = [*self.faults]
        if not self.audited:
            lines.append("Nothing was audited: no index of known faults can be reached from here.")
        elif self.not_audited:
            lines.append(f"Audited {self.audited} packages; not known to the index:")
            lines.append("  " + ", ".join(self.not_audited))
        else:
            lines.append(f"Audited {self.audited} packages; known faults: {len(self.faults)}.")
        return "\n".join(lines)


def audit() -> Audit:
    """Ask about every package of the lock for development, which holds the other."""
    command = [sys.executable, "-m", *_ASK, f"--requirement={DEVELOPMENT}"]
    process = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    return read_output(process.stdout)


def read_output(output: str) -> Audit:
    """Read what pip-audit said; without an index it says nothing, or skips every package."""
    packages = json.loads(output)["dependencies"] if output.strip() else []
    audited = [package for package in packages if "skip_reason" not in package]
    return Audit(
        audited=len(audited),
        faults=[_line(package, fault) for package in audited for fault in package["vulns"]],
        not_audited=[package["name"] for package in packages if "skip_reason" in package],
    )


def _line(package: Mapping[str, Any], fault: Mapping[str, Any]) -> str:
    mended = ", ".join(fault["fix_versions"]) or "no version yet"
    return f"{package['name']} {package['version']}: {fault['id']}, mended by {mended}"
