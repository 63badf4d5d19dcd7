"""A manager who plans strata so small, or named so alike, that they single persons out."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.installation import NOW_OPEN, Installation, Stratum, stratum
from tests.linkage.measures import Tally
from tests.manifests import ABOUT

STRATA = 12
_NAME = {"zh": "北区", "en": "North"}
_SIZES: Mapping[str, Any] = {"sample": 10, "population": 20}
_UNSEEN = "\u200b"
"""A space of no width."""


def _strata(name: Callable[[int], Any] | None = None, **sizes: int) -> list[Stratum]:
    """Twelve strata, each with a name of its own unless a rule gives another."""
    names = {"unit": name} if name else {}
    return [
        stratum(
            f"s{number}",
            **{**_SIZES, **sizes, **{field: rule(number) for field, rule in names.items()}},
        )
        for number in range(STRATA)
    ]


def _with(ending: str) -> Callable[[int], Any]:
    return lambda number: {language: name + ending * number for language, name in _NAME.items()}


def designs() -> dict[str, list[Stratum]]:
    """Give plans by which a sheet's stratum says more of a person than the person can see."""
    return {
        "strata of one person": _strata(sample=1),
        "samples of nine": _strata(sample=9, population=100),
        "populations of ten": _strata(population=10),
        "twelve strata of one name": _strata(lambda _: _NAME),
        "one name in English alone": _strata(lambda number: _NAME | {"zh": f"北区{number}"}),
        "names that differ by spaces": _strata(_with(" ")),
        "names that differ by what is not seen": _strata(_with(_UNSEEN)),
    }


def attack(folder: Path) -> dict[str, Tally]:
    """Try every plan: of one that is taken, each stratum's persons are known by their stratum.

    A sound plan is tried first, so that none is refused for something else.
    """
    assert _is_taken(folder / "sound", _strata())
    return {
        name: Tally(STRATA * _is_taken(folder / str(number), strata), 0, STRATA)
        for number, (name, strata) in enumerate(designs().items())
    }


def _is_taken(folder: Path, strata: list[Stratum]) -> bool:
    installation = Installation(folder)
    design = {
        "campaign": "autumn",
        "title": {"zh": "调查", "en": "Survey"},
        **ABOUT,
        "window": dict(NOW_OPEN),
        "strata": [dict(member) for member in strata],
    }
    file = installation.folder / "autumn.yaml"
    file.write_text(yaml.safe_dump(design, allow_unicode=True), encoding="utf-8")
    creating, _, _ = installation.run("manage", "create", file)
    fixing, _, _ = installation.run("manage", "fix", "autumn")
    return creating == fixing == 0
