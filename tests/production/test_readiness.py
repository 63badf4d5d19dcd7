"""A service is ready only with its store, its tables and its secrets."""

from contextlib import contextmanager

import pytest

from survey_app.config import Settings
from survey_app.sides import SITES
from survey_app.storage.migrations import downgrade, prepared
from survey_app.web.internal_port import readiness_of
from tests.sites import serving

READY = {"store": True, "migrations": True, "keys": True}


@contextmanager
def site(name, folder):
    with serving(name, folder):
        settings = Settings(instance=folder).of(name)
        settings.settle()
        yield settings


@pytest.mark.parametrize("name", SITES)
def test_a_site_with_everything_is_ready(name, tmp_path):
    with site(name, tmp_path) as settings:
        assert readiness_of(settings) == READY


def test_a_store_that_lacks_a_migration_is_told(tmp_path):
    with site("respond", tmp_path) as settings:
        database = prepared(settings)
        downgrade(database, "answers", "-1")
        database.engine.dispose()

        assert readiness_of(settings) == READY | {"migrations": False}


def test_a_store_that_does_not_answer_is_told(tmp_path):
    url = "postgresql://service:secret@127.0.0.1:1/answers"
    settings = Settings(instance=tmp_path, answers_url=url).of("respond")
    settings.settle()

    assert readiness_of(settings) == {"store": False, "migrations": False, "keys": True}


@pytest.mark.parametrize("content", [None, "", "not hexadecimal", "00ff"])
@pytest.mark.parametrize(
    ("name", "key"),
    [("issue", "codes"), ("manage", "roster"), ("respond", "receipts"), ("analyse", "session")],
)
def test_a_secret_that_is_lost_or_cut_off_is_reported_and_not_replaced(
    name, key, content, tmp_path
):
    with site(name, tmp_path) as settings:
        path = settings.secret_file(key)
        path.unlink()
        if content is not None:
            path.write_text(content)

        assert readiness_of(settings) == READY | {"keys": False}
        assert path.exists() == (content is not None)
