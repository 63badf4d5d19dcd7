"""Results: from counted sheets to tables, the same every time and never NaN."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stats
from questionnaires import CODES
from survey_app.answers.analyse.estimates.compute import results_of
from survey_app.documents.results import Options, Weighting, from_json, to_json
from survey_app.errors import EstimateError
from tests.answers.analyse.boxes import box, estimate, sheet, three


def numbers(value):
    """Every number in a JSON document."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from numbers(part)
    elif isinstance(value, int | float):
        yield value


def test_a_campaign_without_a_single_valid_sheet_has_tables_and_no_numbers():
    results = estimate(three([], [], []))

    assert {rate.rate for rate in results.rates} == {None}
    assert [note.what for note in results.notes] == ["empty", "empty"]
    assert not results.risks
    assert not results.differences


def test_a_sealed_stratum_is_noted_with_its_ballots():
    ballot_box = box({"north": [sheet()] * 20, "south": [sheet()] * 20}, sealed={"office": 3})

    notes = estimate(ballot_box).notes

    assert [(note.what, note.subject, note.ballots) for note in notes] == [("sealed", "office", 3)]


def test_the_same_box_and_options_give_the_same_bytes_and_are_remembered():
    first, second = (results_of(three([sheet()] * 10), Options()) for _ in range(2))

    assert first is second
    assert to_json(first) == to_json(estimate(three([sheet()] * 10)))


answers = st.fixed_dictionaries(
    dict.fromkeys(sheet(), st.sampled_from([None, *CODES])),
)


@settings(max_examples=40)
@given(
    st.lists(answers, max_size=12),
    st.lists(answers, max_size=3),
    st.lists(st.sampled_from([0, 1]), max_size=2),
    st.sampled_from(list(Weighting)),
    st.sampled_from(["standard-1", "strict-1", "lenient-1"]),
    st.sampled_from(list(stats.Interval)),
)
def test_no_sheets_whatever_make_a_nan(north, south, office, weighting, validity, method):
    ballot_box = three(north, south, [sheet("office", bribery=code) for code in office])
    try:
        results = estimate(ballot_box, weighting=weighting, validity=validity, method=method)
    except EstimateError:
        assert weighting != Weighting.STRATA
        return

    document = json.loads(to_json(results), parse_constant=pytest.fail)
    assert all(math.isfinite(number) for number in numbers(document))
    assert from_json(to_json(results)) == results
    for rate in results.rates:
        if rate.rate is not None:
            assert rate.low is not None
            assert rate.high is not None
            assert 0 <= rate.low <= rate.rate <= rate.high <= 1
