"""What tests share: a laptop of its own for a test, and surveys under way for those that ask."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from survey_app.respondent.protocol import Ballot
from tests.clusters import Cluster
from tests.laptop import TODAY, Laptop, stratum
from tests.public import Survey

BUSINESS = [
    stratum("north", unit="North", population=200, sample=120),
    stratum("south", unit="South", population=100, sample=40),
]
STAFF = stratum("staff", "non-business", population=60, sample=40)
BEFORE = {"start": TODAY + timedelta(days=10), "end": TODAY + timedelta(days=20)}
AFTER = {"start": TODAY - timedelta(days=20), "end": TODAY - timedelta(days=10)}


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    """A laptop for one test, nothing on it yet and its server not started."""
    own = Laptop(tmp_path / "laptop")
    yield own
    own.stop()


ENGINES = ["sqlite", "postgresql"]
SIDES = ("identity", "answers")


@contextmanager
def two_clusters() -> Iterator[dict[str, Cluster]]:
    """A private PostgreSQL cluster for each side."""
    clusters = {side: Cluster() for side in SIDES}
    try:
        yield clusters
    finally:
        for cluster in clusters.values():
            cluster.remove()


def urls_of(clusters: dict[str, Cluster]) -> dict[str, str]:
    """The settings that choose these clusters."""
    return {
        f"SURVEY_{side.upper()}_{kind}": url
        for side, cluster in clusters.items()
        for kind, url in (("URL", cluster.service_url), ("OWNER_URL", cluster.owner_url))
    }


@pytest.fixture(scope="session")
def clusters() -> Iterator[dict[str, Cluster]]:
    """Two clusters that tests share, each emptied for whoever asks."""
    with two_clusters() as both:
        yield both


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine of the stores that a module's tests make: on PostgreSQL they begin empty."""
    with _chosen(request) as name:
        yield name


@pytest.fixture(params=ENGINES)
def own_engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine of the stores that one test makes: on PostgreSQL they begin empty."""
    with _chosen(request) as name:
        yield name


@contextmanager
def _chosen(request: pytest.FixtureRequest) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "postgresql":
            both: dict[str, Cluster] = request.getfixturevalue("clusters")
            for cluster in both.values():
                cluster.drop_others()
                cluster.empty()
            for name, url in urls_of(both).items():
                patch.setenv(name, url)
        yield str(request.param)


@pytest.fixture(scope="session", params=ENGINES)
def survey(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Survey]:
    """A survey that all tests may send what they like, on a server that runs."""
    with ExitStack() as stack:
        laptop = Laptop(tmp_path_factory.mktemp("shared") / "laptop")
        if request.param == "postgresql":
            laptop.urls = urls_of(stack.enter_context(two_clusters()))
        stack.callback(laptop.stop)
        codes = laptop.campaign("autumn", [*BUSINESS, STAFF])
        laptop.start()
        yield Survey(laptop, "autumn", codes)


@pytest.fixture(scope="session")
def other(survey: Survey) -> Survey:
    """Another survey on the same server, with a stratum of the same name."""
    codes = survey.laptop.campaign("spring", [BUSINESS[0]])
    return replace(survey, name="spring", codes=codes)


@pytest.fixture(scope="session")
def too_early(survey: Survey) -> Survey:
    """A survey whose window has not begun."""
    codes = survey.laptop.campaign("next-year", [STAFF], window=BEFORE)
    return replace(survey, name="next-year", codes=codes)


@pytest.fixture(scope="session")
def too_late(survey: Survey) -> Survey:
    """A survey whose window has passed."""
    codes = survey.laptop.campaign("last-year", [STAFF], window=AFTER)
    return replace(survey, name="last-year", codes=codes)


@pytest.fixture(scope="session")
def opened(survey: Survey) -> tuple[Survey, Ballot, Ballot]:
    """A survey closed and opened; a ballot that is in the box, and one that came too late.

    Of its eleven ballots in the box one has an answer that no questionnaire knows.
    """
    codes = survey.laptop.campaign("closed", [BUSINESS[0]])
    closed = replace(survey, name="closed", codes=codes)
    late = closed.ballot(closed.credential())
    good = [closed.ballot(closed.credential()) for _ in range(10)]
    odd = closed.ballot(closed.credential(), answers=bytes([0, 0, 0, 7, 0, 0, 0, 0]))
    for ballot in (*good, odd):
        assert closed.cast(ballot).status == 201
    closed.laptop.close_and_open("closed")
    return closed, good[0], late
