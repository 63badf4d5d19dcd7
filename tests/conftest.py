"""What tests share: an installation of its own for a test, and surveys under way."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import hypothesis
import pytest

from survey_app.respondent.protocol import Ballot
from tests.clusters import Cluster
from tests.installation import TODAY, Installation, stratum
from tests.public import Survey

BUSINESS = [
    stratum("north", unit="North", population=200, sample=120),
    stratum("south", unit="South", population=100, sample=40),
]
STAFF = stratum("staff", "non-business", population=60, sample=40)
BEFORE = {"start": TODAY + timedelta(days=10), "end": TODAY + timedelta(days=20)}
AFTER = {"start": TODAY - timedelta(days=20), "end": TODAY - timedelta(days=10)}

# How long an example takes says more of the machine's load than of the program.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation for one test, nothing on it yet and its server not started."""
    own = Installation(tmp_path / "installation")
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
        installation = Installation(tmp_path_factory.mktemp("shared") / "installation")
        if request.param == "postgresql":
            installation.urls = urls_of(stack.enter_context(two_clusters()))
        stack.callback(installation.stop)
        codes = installation.campaign("autumn", [*BUSINESS, STAFF])
        installation.start()
        yield Survey(installation, "autumn", codes)


@pytest.fixture(scope="session")
def other(survey: Survey) -> Survey:
    """Another survey on the same server, with a stratum of the same name."""
    codes = survey.installation.campaign("spring", [BUSINESS[0]])
    return replace(survey, name="spring", codes=codes)


@pytest.fixture(scope="session")
def too_early(survey: Survey) -> Survey:
    """A survey whose window has not begun."""
    codes = survey.installation.campaign("next-year", [STAFF], window=BEFORE)
    return replace(survey, name="next-year", codes=codes)


@pytest.fixture(scope="session")
def too_late(survey: Survey) -> Survey:
    """A survey whose window has passed."""
    codes = survey.installation.campaign("last-year", [STAFF], window=AFTER)
    return replace(survey, name="last-year", codes=codes)


@pytest.fixture(scope="session")
def opened(survey: Survey) -> tuple[Survey, Ballot, Ballot]:
    """A survey closed and opened; a ballot that is in the box, and one that came too late.

    Of its eleven ballots in the box one has an answer that no questionnaire knows.
    """
    codes = survey.installation.campaign("closed", [BUSINESS[0]])
    closed = replace(survey, name="closed", codes=codes)
    late = closed.ballot(closed.credential())
    good = [closed.ballot(closed.credential()) for _ in range(10)]
    odd = closed.ballot(closed.credential(), answers=bytes([0, 0, 0, 7, 0, 0, 0, 0]))
    for ballot in (*good, odd):
        assert closed.cast(ballot).status == 201
    closed.installation.close_and_open("closed")
    return closed, good[0], late
