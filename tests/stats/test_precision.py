"""The sizes planned are those at which the interval that is shown is as narrow as asked."""

import numpy as np
import pytest

from stats.confidence import limits
from stats.design import Design
from stats.intervals import Interval
from stats.linearisation import Partition, ratio
from stats.planned_samples import equivalent
from stats.planning import PlanError, sample_size
from stats.precision import Aim, Extent, assured_allocation, assured_size, planned_precision


def share_kept(population, size, positive, aim, draws=4000):
    """Draw samples of one stratum, and look at the intervals that are shown of them."""
    yes = np.random.default_rng(5).hypergeometric(positive, population - positive, size, draws)
    part = Partition.of(Design(["all"], [population], [size]), None, fpc=True)
    counts = yes[None, :].astype(float)
    low, high = limits(
        part, ratio(part, counts, np.full_like(counts, size)), Interval.DEFAULT, 0.95
    )
    rate = counts / size
    extent = high - rate if aim.extent is Extent.UPPER else (high - low) / 2
    return float((extent <= aim.margin + 1e-12).mean())


def test_the_normal_size_for_2_points_at_3_percent_is_kept_in_half_of_samples_only():
    size = sample_size(1000, rate=0.03, margin=0.02).respondents

    assert size == 219
    assert planned_precision(1000, size, Aim(0.02), rate=0.03).assurance < 0.55


@pytest.mark.parametrize(
    ("population", "rate", "aim"),
    [
        (1000, 0.03, Aim(0.02)),
        (1000, 0.5, Aim(0.05)),
        (300, 0.1, Aim(0.06, extent=Extent.UPPER)),
        (5000, 0.02, Aim(0.01, assurance=0.9)),
    ],
)
def test_a_size_keeps_its_margin_as_surely_as_asked(population, rate, aim):
    size = assured_size(population, aim, rate=rate)

    share = share_kept(population, size.respondents, round(population * rate), aim)

    assert size.assurance >= aim.assurance
    assert share == pytest.approx(size.assurance, abs=0.02)


def test_a_much_smaller_size_would_not_do():
    size = assured_size(1000, Aim(0.02), rate=0.03).respondents

    assert planned_precision(1000, int(size * 0.9), Aim(0.02), rate=0.03).assurance < 0.8


def test_groups_are_planned_each_by_itself():
    strata, group = ["a", "b", "c"], ["x", "x", "y"]

    plan = assured_allocation(strata, [400, 600, 300], Aim(0.05), group=group, rate=0.1)

    assert list(plan.precision) == ["x", "y"]
    assert all(precision.assurance >= 0.8 for precision in plan.precision.values())
    alone = assured_allocation(["c"], [300], Aim(0.05), rate=0.1)
    assert plan.respondents[2] == alone.respondents[0]


def test_a_design_effect_takes_more_sheets_and_none_in_a_census():
    assert equivalent([1000, 200], [100, 200], 1.5).tolist() == [68, 200]
    assert assured_size(1000, Aim(0.05), deff=1.5).respondents > 350


def test_a_margin_that_all_answers_cannot_keep_is_refused_with_the_group():
    with pytest.raises(PlanError, match="north: even 30 answers"):
        assured_allocation(["a", "b"], [40, 20], Aim(0.05), group=["north", "north"], response=0.5)


@pytest.mark.parametrize("figures", [{"margin": 5}, {"margin": 0.1, "level": 5}])
def test_percentages_are_no_shares(figures):
    with pytest.raises(PlanError, match=r"give 0\.05 for 5 %"):
        Aim(**figures)
