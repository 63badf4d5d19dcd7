"""The command: ``python -m stats``."""

import argparse
import sys
from collections.abc import Sequence

from stats.command import chisq, compare, plan, rates, weights


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; what cannot be done is one sentence on standard error, and 2."""
    parser = argparse.ArgumentParser(prog="python -m stats", description=__doc__)
    subparsers = parser.add_subparsers(required=True)
    for verb in (rates, compare, chisq, plan, weights):
        verb.add(subparsers)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
