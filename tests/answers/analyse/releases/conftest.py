"""An installation whose box was opened: made once, and copied for each test."""

import shutil

import pytest

from survey_app import create_app
from survey_app.accounts import add_account
from survey_app.answers.store.models import Staff
from survey_app.config import Settings
from tests.answers.analyse.releases.releasing import CHECKER
from tests.sites import design, open_box, serving

SHEETS: dict[str, list[set[str]]] = {
    "north": [{"red_envelope"}] * 6 + [set()] * 20,
    "south": [{"banquet"}] * 3 + [set()] * 15,
    "office": [set()] * 14,
}
PASSWORD = "a password of its own"


@pytest.fixture(scope="session")
def opened_installation(tmp_path_factory):
    folder = tmp_path_factory.mktemp("opened")
    with serving("analyse", folder) as site:
        open_box(site, design(), SHEETS)
        with site.extensions["store"].begin() as session:
            add_account(session, Staff, CHECKER, PASSWORD, "checker")
    return folder


@pytest.fixture
def site(opened_installation, tmp_path):
    """The statisticians' site on a copy of the installation, with a maker and a checker."""
    shutil.copytree(opened_installation, tmp_path, dirs_exist_ok=True)
    site = create_app("analyse", Settings(instance=tmp_path, totp=False).of("analyse"))
    yield site
    site.extensions["store"].engine.dispose()


@pytest.fixture
def store(site):
    return site.extensions["store"]
