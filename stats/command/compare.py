"""``compare``: two domains of one item, two items, or two waves."""

from __future__ import annotations

import argparse
import itertools
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stats.command.csv_files import read_strata
from stats.command.output import note, write
from stats.command.sheets import Files, add_files, count_domains
from stats.command.strata import persons_left_out
from stats.comparison import ContrastMethod, difference, log_odds_ratio, relative
from stats.design import Lonely
from stats.joint_counts import count_joint, join_domains
from stats.multiplicity import Adjustment, adjust
from stats.rate_vector import RateVector, independent, joint_rates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stats.comparison import Contrast
    from stats.counting import Counts
    from stats.design import Design

MEASURES = {"difference": difference, "ratio": relative, "log-odds-ratio": log_odds_ratio}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``compare``."""
    add_files(parser)
    parser.add_argument("--item", action="append", required=True, help="one, or several to compare")
    parser.add_argument("--by", help="a column of either file: its values are compared in pairs")
    parser.add_argument("--against-design", type=Path, help="the design of an earlier wave")
    parser.add_argument("--against-sheets", type=Path, help="its sheets")
    parser.add_argument("--measure", choices=list(MEASURES), default="difference")
    parser.add_argument(
        "--method",
        type=ContrastMethod,
        choices=list(ContrastMethod),
        default=ContrastMethod.HYBRID,
        help="hybrid: limits from the rates' own intervals; wald: as R's svycontrast",
    )
    parser.add_argument(
        "--adjust", type=Adjustment, choices=list(Adjustment), default=Adjustment.HOLM
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one row a pair: the later against the earlier."""
    rates = _rates(options)
    pairs = [(later, earlier) for earlier, later in itertools.combinations(rates.labels, 2)]
    if not pairs:
        raise ValueError("compare needs two items, two values of --by, or an earlier wave")
    contrasts = _contrasts(rates, pairs, options)
    p_values = [contrast.p for contrast in contrasts.values() if contrast.p is not None]
    adjusted = iter(adjust(p_values, options.adjust).tolist())
    left_out = sum(map(persons_left_out, _later_and_earlier(options)))
    rows = [
        {
            "first": first,
            "second": second,
            "measure": options.measure,
            "method": options.method,
            **asdict(contrast),
            "p_adjusted": None if contrast.p is None else next(adjusted),
            "not_represented": left_out,
        }
        for (first, second), contrast in contrasts.items()
    ]
    write(rows, options.format)
    return 0


def _contrasts(
    rates: RateVector, pairs: Sequence[tuple[str, str]], options: argparse.Namespace
) -> dict[tuple[str, str], Contrast]:
    """Compare each pair; say which have no such measure, and refuse if none has."""
    contrasts, refusals = {}, {}
    for pair in pairs:
        try:
            contrasts[pair] = MEASURES[options.measure](rates, *pair, method=options.method)
        except ValueError as refusal:
            refusals[pair] = str(refusal)
    if not contrasts:
        raise ValueError(next(iter(refusals.values())))
    for (first, second), reason in refusals.items():
        note(f"{first} and {second} are not compared: {reason}")
    return contrasts


def _rates(options: argparse.Namespace) -> RateVector:
    waves = options.against_design, options.against_sheets
    if any(waves):
        return _waves(options)
    if options.by is None:
        return _items(options)
    if len(options.item) > 1:
        raise ValueError("compare takes one --item together with --by")
    files = Files.of(options, by=options.by, items=options.item)
    respondents, counts = count_domains(files)
    design = files.design_of(respondents, Lonely(options.lonely))
    domains = counts if files.by else _groups(design, counts[""], options.by)
    joint = join_domains(domains, options.item[0])
    return joint_rates(design, joint, level=options.level, fpc=options.fpc)


def _groups(design: Design, counts: Counts, by: str) -> Mapping[str, Counts]:
    labels = design.labels(by)
    return {
        name: counts.within([label == name for label in labels]) for name in dict.fromkeys(labels)
    }


def _waves(options: argparse.Namespace) -> RateVector:
    """Put the earlier wave before the later."""
    if options.against_design is None or options.against_sheets is None:
        raise ValueError("an earlier wave is --against-design together with --against-sheets")
    if options.by is not None or len(options.item) > 1:
        raise ValueError("waves are compared by one --item, without --by")
    later, earlier = _later_and_earlier(options)
    return independent(_wave(earlier, "earlier"), _wave(later, "later"))


def _later_and_earlier(options: argparse.Namespace) -> list[argparse.Namespace]:
    """Return the options of both waves: a stratum that one lacks is joined in the other alone."""
    waves = [options]
    if options.against_design is not None:
        earlier = {"design": options.against_design, "sheets": options.against_sheets}
        waves.append(argparse.Namespace(**{**vars(options), **earlier}))
        strata = [set(read_strata(wave.design)) for wave in waves]
        return [
            _of_own_strata(wave, own, strata[0] | strata[1])
            for wave, own in zip(waves, strata, strict=True)
        ]
    return waves


def _of_own_strata(
    options: argparse.Namespace, own: set[str], either: set[str]
) -> argparse.Namespace:
    """Drop the joined and the left out strata that the other wave alone has."""
    foreign = either - own
    strata = {
        "leave_out": [name for name in options.leave_out if name not in foreign],
        "collapse": [
            pair
            for pair in options.collapse
            if not any(pair.startswith(f"{name}=") for name in foreign)
        ],
    }
    return argparse.Namespace(**{**vars(options), **strata})


def _wave(options: argparse.Namespace, label: str) -> RateVector:
    files = Files.of(options, by=None, items=options.item)
    respondents, counts = count_domains(files)
    design = files.design_of(respondents, Lonely(options.lonely))
    joint = join_domains({label: counts[""]}, options.item[0])
    return joint_rates(design, joint, level=options.level, fpc=options.fpc)


def _items(options: argparse.Namespace) -> RateVector:
    files = Files.of(options, by=None, items=options.item)
    strata = len(files.columns["stratum"])
    respondents = np.zeros(strata, np.int64)
    joint = None
    for sheets in files.read():
        respondents += np.bincount(sheets.place, minlength=strata)
        counts = count_joint(sheets.place, sheets.answers, files.items, strata)
        joint = counts if joint is None else joint + counts
    design = files.design_of(respondents, Lonely(options.lonely))
    if joint is None:
        raise AssertionError
    return joint_rates(design, joint, level=options.level, fpc=options.fpc)
