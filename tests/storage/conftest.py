"""A cluster for the tests of PostgreSQL, emptied for each of them."""

import pytest

from survey_app.config import Settings
from survey_app.storage.database import Database
from survey_app.storage.migrations import prepared
from tests.clusters import Cluster
from tests.conftest import ENGINES
from tests.storage.ballots import new_sqlite


@pytest.fixture(scope="session")
def cluster():
    own = Cluster()
    yield own
    own.remove()


@pytest.fixture
def settings(cluster, tmp_path):
    """Settings of the answers side, whose store is there and empty."""
    cluster.drop_others()
    cluster.empty()
    urls = {
        "answers_url": cluster.service_url,
        "answers_owner_url": cluster.owner_url,
        "answers_public_url": cluster.public_url,
    }
    settings = Settings(instance=tmp_path, **urls).of("analyse")
    prepared(settings).engine.dispose()
    return settings


@pytest.fixture
def store(settings, cluster):
    """A store of one campaign that collects."""
    database = Database(settings.database_url)
    with cluster.connect() as connection:
        connection.execute("INSERT INTO campaign VALUES ('spring', 'collecting', '')")
    yield database
    database.engine.dispose()


@pytest.fixture
def sqlite(tmp_path):
    """A store of one campaign that collects, in a file."""
    with new_sqlite(tmp_path / "answers.sqlite") as database:
        yield database


@pytest.fixture(params=ENGINES)
def box(request):
    """A store of one campaign that collects, on either engine."""
    return request.getfixturevalue("store" if request.param == "postgresql" else "sqlite")
