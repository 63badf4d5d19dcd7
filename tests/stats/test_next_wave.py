"""The next wave is planned from what this one saw, and a stratum without a yes is not left out."""

import numpy as np
import pytest

from stats.allocation import Method, thin_strata
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


def test_a_wave_that_nobody_answered_plans_nothing():
    with pytest.raises(PlanError, match="No one answered gift"):
        next_wave(DESIGN, counts_of(0, 0, sheets=(0, 0)), "gift", Aim(0.02))


def test_a_stratum_with_many_persons_and_few_sheets_is_thin():
    (thin,) = thin_strata(["city", "county"], [2681, 749], [1175, 8])

    assert (thin.stratum, thin.needed) == ("county", 20)
    assert not thin_strata(["city", "county"], [2681, 749], [40, 8])  # nearly in proportion
    assert not thin_strata(["city", "county"], [2000, 30], [500, 2])  # few persons
