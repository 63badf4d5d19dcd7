"""No thief of both stores links people to answers; `make attack` is the long form."""

import numpy as np
import pytest

from tests.linkage.arrivals import back_to_back, office_days
from tests.linkage.harness import (
    AFTER_CLOSE,
    DURING,
    Setting,
    attack_stores,
    best,
    caught,
    measured,
)
from tests.linkage.stores import WEAKNESSES
from tests.linkage.traces import LOG

WEAK = [(engine, weakness) for engine, weaknesses in WEAKNESSES.items() for weakness in weaknesses]
SMALL = [(back_to_back, 1, 20, 2), (office_days, 8, 60, 2)]


@pytest.fixture
def rng():
    return np.random.default_rng()


@pytest.mark.parametrize(("timetable", "strata", "people", "surveys"), SMALL)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_no_attacker_learns_more_than_is_promised(
    engine, timetable, strata, people, surveys, clusters, rng
):
    setting = Setting(engine, timetable, strata, people)

    results, beyond = measured(setting, clusters, rng, surveys)

    assert not beyond
    assert len(results) > 200


@pytest.mark.parametrize(("engine", "weakness"), WEAK)
def test_a_store_known_to_be_bad_is_caught(engine, weakness, clusters, rng):
    badness = WEAKNESSES[engine][weakness]
    setting = Setting(engine, back_to_back, 1, min(badness.people, 60), weakness)

    tally = caught(attack_stores(setting, clusters, rng, badness.surveys), badness.evidence)

    assert tally
    assert tally.share > 0.3


def test_a_live_write_ahead_log_tells_the_order_and_none_is_left_at_the_close(clusters, rng):
    results = attack_stores(Setting("postgresql", back_to_back, 1, 60), clusters, rng, 1)

    shares = {(moment, kind): tally.share for moment, kind, _, tally in best(results)}
    assert shares[DURING, f"{LOG} (files)"] > 0.5
    assert (AFTER_CLOSE, f"{LOG} (files)") not in shares
