"""Whatever is killed under load: every acknowledged ballot is there exactly once, all get in."""

import os
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import SystemRandom

import pytest

from tests.clusters import Cluster
from tests.conftest import ENGINES, two_clusters, urls_of
from tests.durability.load import Respondents
from tests.installation import Installation, stratum

RANDOM = SystemRandom()
STRATA = [
    stratum("north", unit="North", population=400, sample=80),
    stratum("south", unit="South", population=100, sample=20),
]

Blow = Callable[[], None]


@pytest.fixture(params=ENGINES)
def clusters_or_none(request: pytest.FixtureRequest) -> Iterator[dict[str, Cluster]]:
    """Two clusters of the test's own, to be killed; none for SQLite, which the server carries."""
    if request.param == "sqlite":
        yield {}
        return
    with two_clusters() as pair:
        yield pair


@pytest.fixture
def respondents(installation: Installation, clusters_or_none: dict[str, Cluster]) -> Respondents:
    """A survey under way, and everybody whom it invited."""
    installation.urls = urls_of(clusters_or_none)
    respondents = Respondents.of(installation, "autumn", installation.campaign("autumn", STRATA))
    installation.serve()
    return respondents


def kill_server(installation: Installation) -> None:
    installation.kill()
    installation.serve()


def kill_worker(installation: Installation) -> None:
    """Kill one worker; the server that it worked for starts another."""
    assert installation.server
    first = installation.server.pid
    workers = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    os.kill(int(RANDOM.choice(workers)), signal.SIGKILL)


def kill_store(cluster: Cluster) -> None:
    cluster.kill()
    cluster.start()


def restart_stores(clusters: dict[str, Cluster]) -> None:
    for cluster in clusters.values():
        cluster.stop()
    for cluster in clusters.values():
        cluster.start()


def blows(installation: Installation, clusters: dict[str, Cluster]) -> list[Blow]:
    """Everything that is done to the two sides, in random order; at last the stores restart."""
    of_the_server: list[Blow] = [
        partial(kill_server, installation),
        *[partial(kill_worker, installation)] * 2,
    ]
    of_the_stores: list[Blow] = [
        partial(how, cluster)
        for cluster in clusters.values()
        for how in (kill_store, Cluster.kill_one)
    ]
    series = of_the_server + of_the_stores
    RANDOM.shuffle(series)
    return [*series, partial(restart_stores, clusters)]


def test_every_acknowledged_ballot_is_there_once_whatever_was_killed(
    respondents: Respondents, clusters_or_none: dict[str, Cluster]
) -> None:
    series = blows(respondents.installation, clusters_or_none)
    moments = sorted(RANDOM.sample(range(1, len(respondents.codes) - 20), len(series)))
    with respondents.answering() as under_way:
        for moment, blow in zip(moments, series, strict=True):
            respondents.wait_for(moment, under_way)
            acknowledged = set(respondents.receipts)
            blow()
            assert acknowledged <= set(respondents.stored_receipts()), (moment, blow)
        running = respondents.installation.server
        outcomes = under_way.result()

    assert running
    assert running.poll() is None, "the server that was there as the stores restarted went on"
    assert all(outcome.receipt for outcome in outcomes)
    assert sorted(respondents.stored_receipts()) == sorted(outcome.receipt for outcome in outcomes)
    assert respondents.number_of_claims() == len(respondents.codes)
