"""What tests share: an installation of its own for a test, and surveys under way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from survey_app.respondent.protocol import SignedBallot
from tests.clusters import Cluster
from tests.installation import TODAY, Installation, Stratum, stratum
from tests.public import Survey

BUSINESS = [
    stratum("north", unit="North", population=300, sample=220),
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
    own.kill()  # it is thrown away: nothing is lost by not stopping in good order


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
        for kind, url in (
            ("URL", cluster.service_url),
            ("OWNER_URL", cluster.owner_url),
            ("PUBLIC_URL", cluster.public_url),
        )
    }


@pytest.fixture(scope="session")
def clusters() -> Iterator[dict[str, Cluster]]:
    """Two clusters that tests share, each emptied for the test that asks."""
    with two_clusters() as pair:
        yield pair


@pytest.fixture(scope="module", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine of the stores that a module's tests make: on PostgreSQL they begin empty."""
    with _engine_of(request) as name:
        yield name


@pytest.fixture(params=ENGINES)
def own_engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine of the stores that one test makes: on PostgreSQL they begin empty."""
    with _engine_of(request) as name:
        yield name


@contextmanager
def _engine_of(request: pytest.FixtureRequest) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "postgresql":
            pair: dict[str, Cluster] = request.getfixturevalue("clusters")
            for cluster in pair.values():
                cluster.drop_others()
                cluster.empty()
            for name, url in urls_of(pair).items():
                patch.setenv(name, url)
        yield str(request.param)


ONE_ENGINE = {"browser", "respondent"}
"""Folders whose tests are about what asks the server, which no engine changes."""


LONGEST = (
    "docs/test_commands.py",
    "browser/test_box_to_release.py",
    "durability/test_kills.py",
    "durability/test_disks.py",
    "linkage/test_linkage.py",
    "production/test_production.py",
    "browser/test_payloads.py",
    "browser/test_console.py",
    "operate/test_backup.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest: no worker is left with one when others are done."""
    files = [*LONGEST, ""]
    items.sort(key=lambda item: [item.path.as_posix().endswith(file) for file in files].index(True))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask for the shared survey on both engines, or on one where the engine is no matter."""
    if "survey_engine" in metafunc.fixturenames:
        one_engine = ONE_ENGINE & set(metafunc.definition.path.parts)
        engines = ENGINES[:1] if one_engine else ENGINES
        metafunc.parametrize("survey_engine", engines, indirect=True, scope="session")


@pytest.fixture(scope="session")
def survey_engine(request: pytest.FixtureRequest) -> str:
    """The engine of the shared survey's stores."""
    return str(request.param)


@dataclass
class Surveys:
    """The surveys that share an engine's server: each made when first asked for, and kept."""

    installation: Installation
    by_name: dict[str, Survey] = field(default_factory=dict)

    def get(
        self,
        name: str,
        strata: Sequence[Stratum],
        window: Mapping[str, Any] | None = None,
        latest_end: date | None = None,
    ) -> Survey:
        if name not in self.by_name:
            codes = self.installation.campaign(name, strata, window=window, latest_end=latest_end)
            self.by_name[name] = Survey(self.installation, name, codes)
        return self.by_name[name]

    @cached_property
    def opened_survey(self) -> tuple[Survey, SignedBallot, SignedBallot]:
        survey = self.get("closed", BUSINESS[:1])
        late = survey.ballot(survey.credential())
        good = [survey.ballot(survey.credential()) for _ in range(10)]
        unreadable = survey.ballot(survey.credential(), answers=bytes([0, 0, 0, 7, 0, 0, 0, 0]))
        for ballot in (*good, unreadable):
            assert survey.cast(ballot).status == 201
        survey.installation.close_and_open("closed")
        return survey, good[0], late


@pytest.fixture(scope="session")
def engines(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[str], Surveys]]:
    """Give each engine one server for the whole session, started when first asked for."""
    with ExitStack() as stack:

        @cache
        def start(engine: str) -> Surveys:
            installation = Installation(tmp_path_factory.mktemp("shared") / "installation")
            if engine == "postgresql":
                installation.urls = urls_of(stack.enter_context(two_clusters()))
            surveys = Surveys(installation)
            surveys.get("autumn", [*BUSINESS, STAFF])
            stack.callback(installation.stop)
            installation.start()
            return surveys

        yield start


@pytest.fixture(scope="session")
def surveys(engines: Callable[[str], Surveys], survey_engine: str) -> Surveys:
    """The surveys of the test's engine."""
    return engines(survey_engine)


@pytest.fixture(scope="session")
def survey(surveys: Surveys) -> Survey:
    """A survey that all tests may send what they like, on a server that runs."""
    return surveys.by_name["autumn"]


@pytest.fixture(scope="session")
def other_survey(surveys: Surveys) -> Survey:
    """Another survey on the same server, with a stratum of the same name."""
    return surveys.get("spring", BUSINESS[:1])


@pytest.fixture(scope="session")
def too_early(surveys: Surveys) -> Survey:
    """A survey whose window has not begun."""
    return surveys.get("next-year", [STAFF], BEFORE)


@pytest.fixture(scope="session")
def too_late(surveys: Surveys) -> Survey:
    """A survey whose window has passed."""
    return surveys.get("last-year", [STAFF], AFTER)


@pytest.fixture(scope="session")
def past_its_last_day(surveys: Surveys) -> Survey:
    """A survey whose last day has passed, and which might have been extended to a later one."""
    return surveys.get("may-end", [STAFF], AFTER, TODAY + timedelta(days=20))


@pytest.fixture(scope="session")
def opened_survey(surveys: Surveys) -> tuple[Survey, SignedBallot, SignedBallot]:
    """A survey closed and opened; a ballot that is in the box, and one that came too late.

    Of its eleven ballots in the box one has an answer that no questionnaire knows.
    """
    return surveys.opened_survey
