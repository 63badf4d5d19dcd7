"""The command: ``python -m stats``."""

# A verb is loaded when it is called: what reads large files takes longer to load than the rest.
# ruff: noqa: PLC0415

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

VERBS: Final = {
    "rates": "rates with errors and intervals",
    "means": "how often: means of numbers, among all and among those with contact",
    "compare": "domains, items or waves against each other",
    "chisq": "Rao and Scott's test of association",
    "plan": "plan a sample",
    "response": "who answered, and what rates would be if the others were unlike them",
    "weights": "weight sheets",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; a refusal is one sentence on standard error, and exit code 2."""
    words = sys.argv[1:] if arguments is None else arguments
    parser = argparse.ArgumentParser(prog="python -m stats", description=__doc__)
    subparsers = parser.add_subparsers(required=True)
    for verb, summary in VERBS.items():
        subparser = subparsers.add_parser(verb, help=summary)
        if verb in words[:1]:
            _options(verb)(subparser)
    options = parser.parse_args(words)
    try:
        _refuse_percent(options)
        return int(options.run(options))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2


def _refuse_percent(options: argparse.Namespace) -> None:
    level = getattr(options, "level", 0.95)
    if 1 < level < 100:
        raise ValueError(f"--level {level:g}: write {level / 100:g} for {level:g} %.")


def _options(verb: str) -> Callable[[argparse.ArgumentParser], None]:
    """Return what adds a verb's options to its parser."""
    match verb:
        case "rates":
            from stats.command.rates import add_options
        case "means":
            from stats.command.means import add_options
        case "compare":
            from stats.command.compare import add_options
        case "chisq":
            from stats.command.chisq import add_options
        case "plan":
            from stats.command.plan import add_options
        case "response":
            from stats.command.response import add_options
        case _:
            from stats.command.weights import add_options
    return add_options


if __name__ == "__main__":
    sys.exit(main())
