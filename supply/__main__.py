"""The commands: ``python -m supply``."""

import argparse
import sys
from collections.abc import Callable, Mapping

from supply import bill, licences, programs, scripts
from supply.audit import audit


def main() -> int:
    """Run one verb."""
    parser = argparse.ArgumentParser(prog="python -m supply", description=main.__doc__)
    parser.add_argument("verb", choices=_VERBS)
    return _VERBS[parser.parse_args().verb]()


def _audit() -> int:
    result = audit()
    sys.stdout.write(f"{result}\n")
    return result.exit_code


def _sbom() -> int:
    bill.write()
    sys.stdout.write(f"Wrote {bill.BILL.name}.\n")
    return 0


def _licences() -> int:
    licences.write()
    sys.stdout.write(f"Wrote {licences.TABLE.name}.\n")
    return 0


def _programs() -> int:
    try:
        programs.provide()
    except programs.ProgramsMissingError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _scripts() -> int:
    scripts.write()
    sys.stdout.write(f"Wrote {scripts.TARGET.name}/.\n")
    return 0


_VERBS: Mapping[str, Callable[[], int]] = {
    "audit": _audit,
    "licences": _licences,
    "programs": _programs,
    "sbom": _sbom,
    "scripts": _scripts,
}

if __name__ == "__main__":
    sys.exit(main())
