"""The check of speed fails on what has become worse, measured in floors, and on nothing else."""

import json

import pytest

from bench import starts
from bench.check import comparable, worse
from bench.service_speed import RESULTS

COMMITTED = {"ballots_8": 2.0, "ballots_cpu": 3.0, "signing": 1.2}


def test_what_stays_or_gets_better_is_not_worse():
    assert worse(COMMITTED, COMMITTED) == {}
    assert worse(COMMITTED, {name: ratio / 2 for name, ratio in COMMITTED.items()}) == {}


def test_up_to_30_percent_is_noise():
    assert worse(COMMITTED, {name: ratio * 1.29 for name, ratio in COMMITTED.items()}) == {}


def test_what_is_worse_by_more_is_named_with_its_factor():
    measured = COMMITTED | {"ballots_cpu": 4.5}

    assert worse(COMMITTED, measured) == {"ballots_cpu": 1.5}


def test_a_ratio_that_was_not_measured_does_not_pass():
    with pytest.raises(KeyError):
        worse(COMMITTED, {"signing": 1.2})


def test_rates_are_compared_on_as_many_cores_only_and_processor_time_everywhere():
    assert comparable(COMMITTED, same_cores=True) == COMMITTED
    assert comparable(COMMITTED, same_cores=False) == {"ballots_cpu": 3.0, "signing": 1.2}


def test_the_committed_results_have_every_ratio():
    committed = json.loads(RESULTS.read_text(encoding="utf-8"))["ratios"]

    assert set(committed) == {
        "signing",
        *(f"{work}_{load}" for work in ("respondents", "ballots") for load in ("8", "32", "cpu")),
        *(f"start_{command}_cpu" for command in starts.STARTS),
    }
