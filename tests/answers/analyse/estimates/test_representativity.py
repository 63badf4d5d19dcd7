"""Who answered beside the frame, and suppositions on the others, from results."""

import pytest

from survey_app.answers.analyse.estimates.representativity import responses
from survey_app.documents.results import Scope
from tests.answers.analyse.boxes import estimate, sheet, three, two_by_two


def test_a_kind_is_compared_by_post_category_and_unit():
    (response,) = responses(estimate(two_by_two()))
    by_category = {line.category: line for line in response.even.categories}

    assert [line.variable for line in response.even.variables] == ["post_category", "unit"]
    # 24 of 40 answered for 120 persons, 16 of 30 for 80
    assert by_category["C"].response == pytest.approx((120 * 24 / 40 + 80 * 16 / 30) / 200)
    assert by_category["A"].issued_share == 90 / 180
    assert response.smallest == 16


def test_those_like_the_others_leave_the_rate_and_twice_as_many_raise_it():
    results = estimate(two_by_two())
    (response,) = responses(results)
    whole, first, _ = response.supposed

    for line in (whole, first):
        assert line.rates[2] == pytest.approx(results.rate(line.domain.id).rate)
    # C: a quarter of 24, 5 of 16; 16 of 40 and 14 of 30 silent
    twice = (120 * (24 / 40 + 2 * 16 / 40) * 6 / 24 + 80 * (16 / 30 + 2 * 14 / 30) * 5 / 16) / 200
    assert first.rates[4] == pytest.approx(twice)
    assert first.reached[0] == 0


def test_a_stratum_without_a_sheet_did_not_answer_and_is_supposed_with_its_neighbour():
    results = estimate(three([sheet(red_envelope=1)] * 4 + [sheet()] * 8, []))
    business, office = responses(results)
    silent = next(line for line in business.even.categories if line.category.startswith("south"))

    assert (silent.respondents, silent.response) == (0, 0)
    (line,) = business.supposed
    assert line.rates[2] == pytest.approx(1 / 3)
    assert line.rates[0] == pytest.approx(12 / 60 / 3)
    assert not office.is_compared
    assert office.supposed[0].reached == (None, None, None)


def test_where_nothing_is_valid_nothing_is_supposed():
    empty = [dict.fromkeys(sheet(), None)] * 12
    business, _ = responses(estimate(three(empty, empty)))

    assert business.supposed == ()
    assert business.bias is None


def test_more_sheets_than_were_planned_are_a_full_response():
    business, _ = responses(estimate(three([sheet()] * 36, [sheet("south")] * 31)))

    assert business.even.response == 1
    assert business.supposed[0].domain.scope == Scope.CATEGORY
    assert business.supposed[0].upper == 0
