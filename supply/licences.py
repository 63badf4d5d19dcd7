"""The table of licences, read from the metadata of what is installed."""

from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from supply.locks import ROOT, RUNTIME, versions

TABLE = ROOT / "docs" / "licences.md"

_HEAD = """# Licences

Every package that the program runs with, under the terms that its own metadata states.
Made by `make licences` from `requirements.lock`.

| package | version | licence |
| --- | --- | --- |
"""
_NOT_A_LICENCE = ("", "UNKNOWN", "OSI Approved")


class NoLicenceError(Exception):
    """A package is not installed, or states no licence."""


def write(path: Path = TABLE) -> None:
    """Write the table of licences."""
    path.write_text(table(), encoding="utf-8")


def table() -> str:
    """Make the table of licences, as a page."""
    return _HEAD + "".join(_lines(versions(RUNTIME)))


def licence(package: str) -> str:
    """Read the licence that a package states: an expression, else classifiers, else free words.

    Raises
    ------
    NoLicenceError
        It is not installed, or states none.
    """
    try:
        metadata = distribution(package).metadata
    except PackageNotFoundError:
        raise NoLicenceError(f"{package} is not installed.") from None
    classified = [
        value.rpartition(" :: ")[2]
        for value in metadata.get_all("Classifier") or []
        if value.startswith("License ::")
    ]
    words = str(metadata.json.get("license") or "").partition("\n")[0].strip()
    candidates = (
        str(metadata.json.get("license_expression") or ""),
        ", ".join(sorted(classified)),
        words,
    )
    for candidate in candidates:
        if candidate not in _NOT_A_LICENCE:
            return candidate
    raise NoLicenceError(f"{package} states no licence.")


def _lines(locked: Mapping[str, list[str]]) -> Iterator[str]:
    for package, its in locked.items():
        yield f"| {package} | {', '.join(its)} | {licence(package)} |\n"
