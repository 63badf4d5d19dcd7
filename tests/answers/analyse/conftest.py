"""A box full of ballots, collecting still."""

import pytest

from tests.sites import accept, ballot, design, serving

FULL_BOX: dict[str, list[set[str]]] = {
    "north": [{"red_envelope"}] * 4 + [set()] * 9,
    "south": [set()] * 12,
    "office": [set()] * 11,
}


@pytest.fixture
def site(tmp_path):
    with serving("analyse", tmp_path) as site:
        yield site


@pytest.fixture
def box(site, tmp_path):
    """A campaign with a full box: its store, its folder, its key."""
    published, key = accept(site, design())
    fill(site, published)
    return site.extensions["store"], tmp_path, key


def fill(site, published, sheets_of=FULL_BOX):
    """Put ballots in a box."""
    with site.extensions["store"].begin() as session:
        for stratum, sheets in sheets_of.items():
            session.add_all(ballot(published, stratum, yes) for yes in sheets)
