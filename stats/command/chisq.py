"""``chisq``: whether an item's rate depends on a domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stats.association import rao_scott
from stats.command.output import write
from stats.command.sheets import Files, add_files, count_domains
from stats.command.strata import persons_left_out
from stats.design import Lonely

if TYPE_CHECKING:
    import argparse


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``chisq``."""
    add_files(parser)
    parser.add_argument("--item", action="append", required=True, help="a row of the result each")
    parser.add_argument("--by", required=True, help="a column of either file")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one row an item."""
    files = Files.of(options, by=options.by, items=options.item)
    respondents, counts = count_domains(files)
    design = files.design_of(respondents, Lonely(options.lonely))
    labels = np.array(design.labels(None if files.by else options.by))
    domains = list(counts.values())
    if not files.by:
        domains = [counts[""].within(labels == name) for name in dict.fromkeys(labels.tolist())]
    rows = []
    for item in options.item:
        answers = [np.stack(domain.answers_to(item), axis=1) for domain in domains]
        association = rao_scott(design, np.stack(answers, axis=2), fpc=options.fpc)
        rows.append(
            {
                "item": item,
                "by": options.by,
                "chi_square": association.chi_square,
                "f": association.f,
                "df": association.df[0],
                "df_denominator": association.df[1],
                "p": association.p,
                "not_represented": persons_left_out(options),
            }
        )
    write(rows, options.format)
    return 0
