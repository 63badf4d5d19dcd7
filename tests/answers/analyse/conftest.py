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
    store = site.extensions["store"]
    with store.begin() as session:
        for stratum, sheets in FULL_BOX.items():
            session.add_all(ballot(published, stratum, yes) for yes in sheets)
    return store, tmp_path, key
