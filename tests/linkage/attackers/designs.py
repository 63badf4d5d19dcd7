"""A manager who plans strata so small, or so named, that a stratum is a person."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.installation import NOW_OPEN, Installation, stratum
from tests.linkage.measures import Tally

STRATA = 12
_WORDS = {"zh": "北区", "en": "North"}


def _shared(**names: Any) -> list[Mapping[str, Any]]:
    return [
        stratum(
            f"s{number}",
            sample=1,
            population=20,
            **{name: value(number) for name, value in names.items()},
        )
        for number in range(STRATA)
    ]


def designs() -> dict[str, list[Mapping[str, Any]]]:
    """Give plans by which whoever opens the box learns what each person answered."""
    numbered = [stratum(f"s{number}", sample=1, population=20) for number in range(STRATA)]
    return {
        "strata of one under one name": _shared(unit=lambda _: _WORDS),
        "one name in English alone": _shared(
            unit=lambda number: {"zh": f"北区{number}", "en": "North"}
        ),
        "names that differ by spaces": _shared(
            unit=lambda number: {"zh": "北区" + " " * number, "en": "North" + " " * number}
        ),
        "names that differ by what is not seen": _shared(
            unit=lambda number: {
                "zh": "北区" + "\u200b" * number,
                "en": "North" + "\u200b" * number,
            }
        ),
        "samples of one": numbered,
        "populations of ten": [
            stratum(f"s{number}", sample=10, population=10) for number in range(STRATA)
        ],
        "samples of nine": [
            stratum(f"s{number}", sample=9, population=100) for number in range(STRATA)
        ],
    }


def attack(folder: Path) -> dict[str, Tally]:
    """Try every plan: of one that is taken, each stratum's persons are known by their stratum."""
    return {
        name: Tally(STRATA * _is_taken(folder / str(number), strata), 0, STRATA)
        for number, (name, strata) in enumerate(designs().items())
    }


def _is_taken(folder: Path, strata: list[Mapping[str, Any]]) -> bool:
    installation = Installation(folder)
    design = {
        "campaign": "autumn",
        "title": {"zh": "调查", "en": "Survey"},
        "window": dict(NOW_OPEN),
        "strata": [dict(member) for member in strata],
    }
    file = installation.folder / "autumn.yaml"
    file.write_text(yaml.safe_dump(design, allow_unicode=True), encoding="utf-8")
    creating, _, _ = installation.run("manage", "create", file)
    fixing, _, _ = installation.run("manage", "fix", "autumn")
    return creating == fixing == 0
