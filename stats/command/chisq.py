"""``chisq``: whether an item's rate depends on a domain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stats.association import homogeneity, rao_scott
from stats.command.output import write
from stats.command.sheets import Files, add_files, count_domains
from stats.command.strata import persons_left_out
from stats.design import Lonely
from stats.joint_counts import join_domains
from stats.rate_vector import joint_rates

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from stats.counting import Counts
    from stats.design import Design

HOMOGENEITY, RAO_SCOTT = "homogeneity", "rao-scott"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``chisq``."""
    add_files(parser)
    parser.add_argument("--item", action="append", required=True, help="a row of the result each")
    parser.add_argument("--by", required=True, help="a column of either file")
    parser.add_argument(
        "--method",
        choices=[HOMOGENEITY, RAO_SCOTT],
        default=HOMOGENEITY,
        help="homogeneity: by the rates' own limits; rao-scott: as R's svychisq",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print one row an item."""
    files = Files.of(options, by=options.by, items=options.item)
    respondents, counts = count_domains(files)
    design = files.design_of(respondents, Lonely(options.lonely))
    labels = np.array(design.labels(None if files.by else options.by))
    domains = dict(counts)
    if not files.by:
        domains = {
            name: counts[""].within(labels == name) for name in dict.fromkeys(labels.tolist())
        }
    of_method = _homogeneity if options.method == HOMOGENEITY else _rao_scott
    rows = [
        {
            "item": item,
            "by": options.by,
            "method": options.method,
            **of_method(design, domains, item, fpc=options.fpc),
            "not_represented": persons_left_out(options),
        }
        for item in options.item
    ]
    write(rows, options.format)
    return 0


def _homogeneity(
    design: Design, domains: Mapping[str, Counts], item: str, *, fpc: bool
) -> dict[str, float]:
    usable = {
        name: counts
        for name, counts in domains.items()
        if sum(int(answers.sum()) for answers in counts.answers_to(item))
    }
    if len(usable) < 2:
        raise ValueError(f"fewer than two domains answered {item!r}")
    test = homogeneity(joint_rates(design, join_domains(usable, item), fpc=fpc))
    return {"chi_square": test.chi_square, "df": test.df, "p": test.p}


def _rao_scott(
    design: Design, domains: Mapping[str, Counts], item: str, *, fpc: bool
) -> dict[str, float]:
    answers = [np.stack(domain.answers_to(item), axis=1) for domain in domains.values()]
    test = rao_scott(design, np.stack(answers, axis=2), fpc=fpc)
    return {
        "chi_square": test.chi_square,
        "f": test.f,
        "df": test.df[0],
        "df_denominator": test.df[1],
        "p": test.p,
    }
