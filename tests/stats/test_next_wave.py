"""The next wave is planned from what this one saw, and a stratum without a yes is not left out."""

import numpy as np
import pytest

from stats.allocation import Method, allocate, thin_strata
from stats.clusters import count_clusters
from stats.counting import count
from stats.design import Design
from stats.next_wave import next_wave
from stats.planning import PlanError
from stats.precision import Aim

DESIGN = Design(["city", "county"], [400, 600], [80, 60], issued=[100, 120])


def counts_of(*yes, sheets=(80, 60)):
    stratum = np.repeat([0, 1], sheets)
    place = np.concatenate([np.arange(size) for size in sheets])
    answers = (place < np.array(yes)[stratum])[:, None].astype(int)
    return count(stratum, answers, ["gift"], strata=2)


def test_a_stratum_without_a_yes_is_expected_near_the_rate_of_all_and_asked_again():
    wave = next_wave(DESIGN, counts_of(8, 0), "gift", Aim(0.02), total=200)

    common = (140 * 0.04 + 0.5) / 141
    assert wave.rate == pytest.approx([(8 + 2 * common) / 82, 2 * common / 62])
    assert wave.allocation.respondents.min() >= 10
    assert wave.allocation.respondents[0] > wave.allocation.respondents[1]


def test_no_yes_at_all_leaves_a_rate_to_plan_with():
    wave = next_wave(DESIGN, counts_of(0, 0), "any", Aim(0.02), method=Method.PROPORTIONAL)

    assert (wave.rate > 0).all()
    assert wave.precision.assurance >= 0.8


def test_as_many_are_asked_as_will_answer_at_this_waves_response():
    wave = next_wave(DESIGN, counts_of(8, 2), "gift", Aim(0.02), total=200)

    assert wave.response == pytest.approx([0.8, 0.5], abs=0.01)
    expected = wave.allocation.issued * wave.response
    assert expected == pytest.approx(wave.allocation.respondents, abs=1)


def test_strata_whose_sheets_come_from_companies_are_asked_the_more_for_it():
    design = Design(["firms", "staff"], [500, 500], [80, 80])
    stratum, yes = np.repeat([0, 1], 80), np.tile([1, 1, 1, 1, *[0] * 12], 10)
    company = np.concatenate([np.arange(80) // 4, np.arange(100, 180)])
    clusters = count_clusters(stratum, company, yes[:, None], ["gift"])
    counts = count(stratum, yes[:, None], ["gift"], strata=2)

    wave = next_wave(design, counts, "gift", Aim(0.05), clusters=clusters)
    alike = next_wave(design, counts, "gift", Aim(0.05))

    assert wave.deff == pytest.approx([4, 1])  # four of a company answer as one
    firms, staff = wave.allocation.respondents
    assert firms / staff == pytest.approx(2, abs=0.05)  # the root of the design effect
    assert wave.allocation.respondents.sum() > alike.allocation.respondents.sum()


def test_a_design_effect_leaves_a_sample_in_proportion_as_it_is():
    plain = allocate(["a", "b"], [300, 100], 40)
    clustered = allocate(["a", "b"], [300, 100], 40, deff=[4, 1])

    assert (plain.respondents == clustered.respondents).all()
    assert clustered.se > plain.se


def test_a_wave_that_nobody_answered_plans_nothing():
    with pytest.raises(PlanError, match="No one answered gift"):
        next_wave(DESIGN, counts_of(0, 0, sheets=(0, 0)), "gift", Aim(0.02))


def test_a_stratum_with_many_persons_and_few_sheets_is_thin():
    (thin,) = thin_strata(["city", "county"], [2681, 749], [1175, 8])

    assert (thin.stratum, thin.needed) == ("county", 20)
    assert not thin_strata(["city", "county"], [2681, 749], [40, 8])  # nearly in proportion
    assert not thin_strata(["city", "county"], [2000, 30], [500, 2])  # few persons
