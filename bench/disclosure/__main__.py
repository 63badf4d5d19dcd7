"""``python -m bench.disclosure``: make and attack the releases of random campaigns, and count."""

from __future__ import annotations

import argparse
import time

from bench.disclosure import every_world
from bench.disclosure.campaigns import random_campaign
from bench.disclosure.simulation import Tally, attack


def main() -> None:
    """Print what the attackers learned, and what readers can read."""
    parser = argparse.ArgumentParser(prog="python -m bench.disclosure", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--campaigns", type=int, default=200)
    parser.add_argument("--strata", type=int, default=40, help="the most of a campaign")
    parser.add_argument("--every-world", action="store_true", help="of tiny campaigns instead")
    options = parser.parse_args()
    if options.every_world:
        for row in every_world.table():
            print(row, flush=True)
        return
    start = time.monotonic()
    tally = Tally()
    for seed in range(options.first, options.first + options.campaigns):
        campaign = random_campaign(seed, options.strata)
        before = len(tally.recoveries)
        attack(campaign, tally)
        for recovery in tally.recoveries[before:][:3]:
            print(recovery)
        print(
            f"seed {seed}: {len(campaign.box.piles)} strata, {len(campaign.options)} releases, "
            f"{len(tally.recoveries) - before} recovered; {tally.targets} groups so far, "
            f"{time.monotonic() - start:.0f} s",
            flush=True,
        )
    _print(tally)


def _print(tally: Tally) -> None:
    cells = tally.cells.total()
    print(f"{tally.campaigns} campaigns, {tally.releases} releases in {tally.seconds:.0f} s")
    print(f"{tally.targets} groups attacked, {len(tally.recoveries)} recovered")
    print(f"{tally.undecided} undecided; all worlds tried of {tally.enumerated} kinds of posts")
    for fate, number in sorted(tally.cells.items()):
        print(f"{fate}: {number} of {cells} cells ({number / cells:.1%})")
    print(
        f"{tally.share_readable:.1%} of {tally.categories} post categories of 10 answers and more "
        "have a rate or a bound"
    )


if __name__ == "__main__":
    main()
