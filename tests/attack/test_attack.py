"""An attacker with the documents alone recovers what the old rules gave away, and nothing today."""

from pathlib import Path

import pytest

from bench.disclosure.campaigns import random_campaign
from bench.disclosure.every_world import TinyCampaign, TinyStratum, tell_apart
from bench.disclosure.simulation import Tally, attack
from survey_app.documents.results import Options
from tests.attack.knowledge import ANY, Knowledge, Part
from tests.attack.programs import Programs
from tests.attack.published import Publication
from tests.attack.targets import targets
from tests.attack.worlds import Worlds

OLD = Path(__file__).with_name("old_rules.json").read_bytes()
"""A release of format 2: strata of 48 (of 420) and of 9 (of 40) in one post category."""
ITEMS = (ANY, "red_envelope", "banquet", "favour_asked")
TRUTH = {ANY: 3, "red_envelope": 2, "banquet": 0, "favour_asked": 1}
"""What the 9 said."""


def of_the_old_release():
    rules = frozenset({"standard-1"})
    parts = [Part("s0", True, rules, 48, (48,) * 4), Part("s1", True, rules, 9, (9,) * 4)]
    knowledge = Knowledge("business", ITEMS, {"s0": 420, "s1": 40}, tuple(parts))
    release = Publication.read(1, OLD, knowledge)
    return knowledge, list(release.statements()), targets(knowledge, [release])


def test_a_release_of_the_old_rules_gives_its_small_stratum_away():
    knowledge, statements, groups = of_the_old_release()
    worlds = Worlds(knowledge, statements, with_limits=True)

    assert {ITEMS[group.item]: set(worlds.left(group).counts) for group in groups} == {
        item: {yes} for item, yes in TRUTH.items()
    }


def test_programs_learn_from_the_rates_what_trying_every_world_does():
    knowledge, statements, groups = of_the_old_release()
    programs, worlds = (
        Programs(knowledge, statements),
        Worlds(knowledge, statements, with_limits=False),
    )

    for group in groups:
        assert programs.left(group).counts <= worlds.left(group).counts
        assert TRUTH[ITEMS[group.item]] in worlds.left(group).counts
    assert {len(programs.left(group).counts) for group in groups} == {1, 2, 3}


@pytest.mark.parametrize("seed", [2, 12, 16, 18])
def test_nothing_is_recovered_from_releases_of_today(seed):
    tally = Tally()
    attack(random_campaign(seed, most_strata=4), tally)

    assert not tally.recoveries, "\n".join(map(str, tally.recoveries))
    assert not tally.undecided
    assert tally.targets


@pytest.mark.parametrize(
    ("large", "small", "options"),
    [(11, 3, (Options(),)), (10, 1, (Options(), Options(level=0.9)))],
)
def test_who_knows_the_method_and_its_code_cannot_tell_a_small_stratum(large, small, options):
    strata = (TinyStratum("C", "A", 60, large), TinyStratum("C", "B", 20, small))
    outcome = tell_apart(TinyCampaign("two strata", strata, options=options))

    assert outcome.targets
    assert outcome.violations == 0, outcome.example
