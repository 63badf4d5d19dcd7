"""Everything that is tried on one engine, with what it comes to."""

from collections.abc import Iterator
from typing import TypeVar

import click
import numpy as np

from tests.conftest import two_clusters
from tests.linkage import attacks
from tests.linkage.arrivals import Rng, back_to_back, office_days
from tests.linkage.harness import (
    DURING,
    Result,
    Setting,
    attack_stores,
    best,
    caught,
    limit_of,
    measured,
)
from tests.linkage.measures import Attacker, Tally
from tests.linkage.results import Line, Results, Weakness
from tests.linkage.stores import WEAKNESSES, Clusters

SURVEYS = {5: 12, 10: 8, 20: 6, 40: 3, 131: 2, 200: 2}
"""How many surveys are held of each number of ballots."""
ENGINES = ("sqlite", "postgresql")
FEWEST_IN_STRATA = 20
Measured = TypeVar("Measured", Line, Weakness)


def settings(engine: str) -> Iterator[tuple[Setting, int]]:
    """Every kind of survey that is robbed, and how many of each."""
    for people, surveys in SURVEYS.items():
        yield Setting(engine, back_to_back, 1, people), surveys
        if people >= FEWEST_IN_STRATA:
            yield Setting(engine, office_days, 8, people), surveys


def by_order(engine: str, clusters: Clusters, rng: Rng) -> Iterator[Line]:
    """Rob every kind of survey; gives the attacker who learned most, by moment."""
    for setting, surveys in settings(engine):
        results, _ = measured(setting, clusters, rng, surveys)
        for attacker, (evidence, limit_key, tally) in _best_of_rows_and_files(results).items():
            limit = limit_of(*limit_key)
            yield Line.of(
                attacker,
                engine,
                tally,
                limit,
                people=setting.people,
                strata=setting.strata,
                by=evidence,
            )


def _best_of_rows_and_files(
    results: Result,
) -> dict[str, tuple[str, tuple[str, Attacker], Tally]]:
    """Keep the best by rows and, where the files of a live server are not promised, by those."""
    winners: dict[str, tuple[str, tuple[str, Attacker], Tally]] = {}
    for moment, kind, attacker, tally in best(results):
        files = moment == DURING and not attacker.on_rows
        name = f"{moment}, by files" if files else moment
        if name not in winners or tally.share > winners[name][2].share:
            winners[name] = (f"{kind}: {attacker.pairing}", (moment, attacker), tally)
    return winners


def weaknesses(engine: str, clusters: Clusters, rng: Rng) -> Iterator[Weakness]:
    """Build in what is known to be bad, and see whether it is caught."""
    for name, weakness in WEAKNESSES[engine].items():
        setting = Setting(engine, office_days, 1, weakness.people, name)
        results = attack_stores(setting, clusters, rng, weakness.surveys)
        tally = caught(results, weakness.evidence) or Tally()
        yield Weakness(name, engine, round(tally.share, 3), round(tally.chance, 3))


def on_engine(engine: str, seed: int) -> Results:
    """Try everything on one engine."""
    rng = np.random.default_rng([seed, ENGINES.index(engine)])
    with two_clusters() as clusters:
        return Results(
            seed,
            minutes=None,
            order=list(_shown(by_order(engine, clusters, rng))),
            insiders=list(_shown(attacks.lines(engine, clusters, rng))),
            weaknesses=list(_shown(weaknesses(engine, clusters, rng))),
        )


def _shown(measured_lines: Iterator[Measured]) -> Iterator[Measured]:
    for line in measured_lines:
        click.echo(line)
        yield line
