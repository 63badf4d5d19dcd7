"""``make attack``: attack many surveys on both engines, and print what every attacker learned."""

import sys
from collections.abc import Iterator

import click
import numpy as np

from tests.conftest import two_clusters
from tests.linkage.arrivals import back_to_back, office_days
from tests.linkage.harness import (
    Result,
    Setting,
    attack_stores,
    best,
    has_limit,
    largest_share,
    measured,
    over_the_limit,
)
from tests.linkage.stores import WEAKNESSES, Clusters

SURVEYS = 2
ENGINES = ("sqlite", "postgresql")
LINE = "{:<11} {:<13} {:>2}  {:<30} {:<32} {:>7} {:>7} {:>7}"


def settings() -> Iterator[Setting]:
    for engine in ENGINES:
        for timetable in (back_to_back, office_days):
            for strata in (1, 8):
                yield Setting(engine, timetable, strata)


def show(setting: Setting, results: Result) -> None:
    """Print a line for each moment and kind of trace: the attacker who learned most by it."""
    survey = setting.timetable.__name__.replace("_", " ")
    for moment, kind, attacker, tally in best(results):
        limit = f"{largest_share(moment, tally):.3f}" if has_limit(moment, attacker) else "none"
        learned = (f"{tally.share:.3f}", f"{tally.chance:.3f}", limit)
        click.echo(LINE.format(setting.engine, survey, setting.strata, moment, kind, *learned))


def main(seed: int) -> bool:
    """Measure, print, and say whether all limits were kept and all weaknesses found."""
    rng, holds = np.random.default_rng(seed), True
    click.echo(f"Seed {seed}; {SURVEYS} surveys of 200 people in each setting.")
    heads = ("moment", "attacker sorts ballots by", "linked", "chance", "limit")
    click.echo(LINE.format("engine", "order", "H", *heads))
    with two_clusters() as clusters:
        for setting in settings():
            results, beyond = measured(setting, clusters, rng, SURVEYS)
            show(setting, results)
            for moment, attacker in beyond:
                click.echo(f"EXCEEDS ITS LIMIT: {moment}: {attacker}")
            holds = holds and not beyond
        for engine in ENGINES:
            holds = _all_caught(engine, clusters, rng) and holds
    return holds


def _all_caught(engine: str, clusters: Clusters, rng: np.random.Generator) -> bool:
    caught = True
    for weakness, evidence in WEAKNESSES[engine].items():
        setting = Setting(engine, office_days, 1, 200, weakness)
        beyond = {
            (moment, attacker): tally
            for (moment, attacker), tally in over_the_limit(
                attack_stores(setting, clusters, rng)
            ).items()
            if {attacker.kind, attacker.pairing} & set(evidence)
        }
        tally = max(beyond.values(), key=lambda candidate: candidate.share, default=None)
        caught = caught and tally is not None
        verdict = (
            f"caught: {tally.share:.3f} linked, {tally.chance:.3f} by chance" if tally else "MISSED"
        )
        click.echo(f"Known to be bad on {engine}: {weakness}: {verdict}")
    return caught


if __name__ == "__main__":
    engines_option = (
        int(sys.argv[1]) if len(sys.argv) > 1 else int(np.random.default_rng().integers(1 << 31))
    )
    sys.exit(0 if main(engines_option) else 1)
