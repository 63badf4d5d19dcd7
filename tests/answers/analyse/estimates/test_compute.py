"""Results: from counted sheets to tables, the same every time and never NaN."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import stats
from questionnaires import CODES
from survey_app.answers.analyse.estimates.compute import results, results_of
from survey_app.answers.analyse.estimates.counts import count
from survey_app.documents.design import Kind, RiskLevel
from survey_app.documents.results import Options, Scope, Weighting, from_json, to_json
from survey_app.errors import EstimateError, InputError
from tests.answers.analyse.boxes import box, filled_sheet
from tests.sites import design

PLAN = design()
CATEGORY = "post_category/business/Inspection 类"


def sheet(stratum="north", **answers):
    return filled_sheet(PLAN, stratum, **answers)


def three(north, south=None, office=None):
    return box(
        {
            "north": north,
            "south": south if south is not None else [sheet("south")] * 12,
            "office": office if office is not None else [sheet("office")] * 10,
        }
    )


def estimate(a_box, **options):
    return results(count(a_box, options.get("validity", "standard-1")), Options(**options))


def numbers(value):
    """Every number in a JSON document."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from numbers(part)
    elif isinstance(value, int | float):
        yield value


def test_both_denominators_stand_side_by_side():
    no_dealings = sheet() | {"dealings": 0}
    of = estimate(three([sheet(red_envelope=1)] * 4 + [sheet()] * 8 + [no_dealings] * 8, []))

    among_valid, dealings = of.rate(CATEGORY), of.rate(CATEGORY, denominator="dealings")
    assert (among_valid.yes, among_valid.n, among_valid.rate) == (4, 20, 0.2)
    assert (dealings.yes, dealings.n, dealings.rate) == (4, 12, pytest.approx(1 / 3))
    assert among_valid.inapplicable == 8


def test_rates_are_those_of_the_statistics_package():
    of = estimate(three([sheet(red_envelope=1)] * 4 + [sheet()] * 8, [sheet("south")] * 20))

    design_ = stats.Design(["north", "south"], [100, 100], [12, 20])
    answers_of_stratum = [[1, 0], [0, 0]]
    place = [0] * 12 + [1] * 20
    answers = [[answers_of_stratum[0][0]]] * 4 + [[0]] * 28
    expected = stats.rates(design_, stats.count(place, answers, ["x"], 2), any_contact=False)[0]
    rate = of.rate(CATEGORY, "red_envelope")
    assert (rate.rate, rate.se, rate.low, rate.high) == (
        expected.rate,
        expected.se,
        expected.low,
        expected.high,
    )


def test_undetermined_sheets_make_the_bounds_and_count_as_no():
    of = estimate(three([sheet(red_envelope=1)] * 2 + [sheet(banquet=9)] * 3 + [sheet()] * 5, []))

    rate = of.rate(CATEGORY)
    assert (rate.n, rate.rate, rate.undetermined) == (10, 0.2, 3)
    assert (rate.lower, rate.upper) == (pytest.approx(0.2), pytest.approx(0.5))


def test_sheets_with_too_few_answers_or_no_screening_are_not_valid():
    blank = dict.fromkeys(sheet(), None)
    few = blank | {"dealings": 1, "banquet": 0}
    unscreened = sheet() | {"dealings": None}
    outside = blank | {"dealings": 0}  # without dealings no item applies
    of = estimate(three([blank, few, unscreened, outside] + [sheet()] * 10, []))

    line = of.quality[0]
    assert (line.issued, line.ballots, line.opened, line.valid) == (30, 14, 14, 11)
    assert line.invalid == {"screening not answered": 1, "too few answers": 2}
    assert line.returned == pytest.approx(14 / 30)
    assert line.usable == pytest.approx(11 / 14)
    assert line.response == pytest.approx(11 / 30)


def test_all_no_is_never_excluded_and_flags_only_where_the_rules_say_so():
    items = [item.code for item in PLAN.questions(PLAN.strata[0]).items]
    north = [
        sheet(**dict.fromkeys(items, 1)),
        sheet(banquet=1) | {"dealings": 0},
        sheet(attention=1),
        *[sheet()] * 10,
    ]
    standard, strict = estimate(three(north)), estimate(three(north), validity="strict-1")

    assert standard.quality[0].flagged == {"all_yes": 1, "attention": 1, "contradiction": 1}
    assert (standard.quality[0].valid, standard.quality[0].excluded) == (13, 0)
    assert (strict.quality[0].valid, strict.quality[0].excluded) == (10, 3)
    assert strict.rate(CATEGORY).rate == 0
    before = next(r for r in strict.unfiltered if r.domain == CATEGORY and r.item == "any")
    assert before == standard.rate(CATEGORY)


def test_every_scope_is_there_in_the_order_of_the_design():
    of = estimate(three([sheet()] * 10))

    assert [domain.id for domain in of.of(Scope.STRATUM)] == [
        "stratum/business/north",
        "stratum/business/south",
        "stratum/non-business/office",
    ]
    assert [domain.population for domain in of.of(Scope.CATEGORY)] == [200, 100]
    assert of.kinds == [Kind.BUSINESS, Kind.NON_BUSINESS]
    assert len(of.rates) == 2 * (7 * 6 + 5 * 4)


def test_a_level_of_risk_comes_with_the_probability_of_every_level():
    of = estimate(three([sheet(red_envelope=1)] * 6 + [sheet()] * 14))

    risk = next(
        estimate_of_risk for estimate_of_risk in of.risks if estimate_of_risk.domain == CATEGORY
    )
    assert risk.level == RiskLevel.HIGH
    assert 1 > risk.above[0] > risk.above[1] > risk.above[2] > 0.5
    assert sum(risk.levels) == pytest.approx(1)


def test_differences_are_between_categories_of_one_questionnaire_only():
    strata_of_units = design().strata
    strata = [s.model_copy(update={"post_category": s.unit}) for s in strata_of_units]
    plan = design(strata=strata)
    of = estimate(
        box(
            {
                "north": [filled_sheet(plan, "north", red_envelope=1)] * 6
                + [filled_sheet(plan, "north")] * 9,
                "south": [filled_sheet(plan, "south")] * 15,
                "office": [filled_sheet(plan, "office")] * 15,
            },
            plan,
        )
    )

    (pair,) = of.differences
    assert (pair.first, pair.second) == (
        "post_category/business/north 单位",
        "post_category/business/south 单位",
    )
    assert pair.estimate == pytest.approx(0.4)
    assert pair.p is not None
    assert pair.adjusted_p == pytest.approx(pair.p)
    assert len(of.associations) == 1


def test_a_stratum_without_a_valid_sheet_is_counted_with_its_neighbour():
    of = estimate(
        three([sheet(red_envelope=1)] * 5 + [sheet()] * 5, [dict.fromkeys(sheet(), None)])
    )

    assert [(n.what, n.subject, n.other) for n in of.notes] == [("joined", "south", "north")]
    assert of.rate(CATEGORY).population == 200
    assert of.rate("stratum/business/south").rate is None


def test_a_campaign_without_a_single_valid_sheet_has_tables_and_no_numbers():
    of = estimate(three([], [], []))

    assert {rate.rate for rate in of.rates} == {None}
    assert [note.what for note in of.notes] == ["empty", "empty"]
    assert not of.risks
    assert not of.differences


def test_a_sealed_category_is_told():
    of = estimate(box({"north": [sheet()] * 20, "south": [sheet()] * 20}, PLAN, {"office": 3}))

    assert [(note.what, note.subject) for note in of.notes] == [("sealed", "office")]
    assert of.quality[2].ballots == 3
    assert of.quality[-1].opened == 40


@pytest.mark.parametrize("weighting", Weighting)
def test_equal_response_gives_the_same_rate_under_every_weighting(weighting):
    a_box = three([sheet(red_envelope=1)] * 5 + [sheet()] * 10, [sheet("south")] * 15)

    rate = estimate(a_box, weighting=weighting).rate(CATEGORY)

    assert rate.rate == pytest.approx(1 / 6)
    assert (rate.n, rate.yes) == (30, 5)
    assert rate.se is not None
    assert rate.low is not None
    assert rate.high is not None
    assert rate.low < 1 / 6 < rate.high


def test_a_weighting_that_cannot_be_made_is_refused_in_words():
    with pytest.raises(EstimateError, match="cannot be made"):
        estimate(three([sheet()]), weighting="raked")
    with pytest.raises(EstimateError, match="finite population"):
        estimate(three([sheet()] * 9), weighting="classes", fpc=False)


def test_unknown_rules_are_refused():
    with pytest.raises(InputError, match="no validity rules"):
        count(three([sheet()]), "none")


def test_the_same_box_and_options_give_the_same_bytes_and_are_remembered():
    a_box, again = three([sheet()] * 10), three([sheet()] * 10)

    first, second = results_of(a_box, Options()), results_of(again, Options())

    assert first is second
    assert to_json(first) == to_json(estimate(again))
    assert from_json(to_json(first)) == first


answers = st.fixed_dictionaries(
    dict.fromkeys(sheet(), st.sampled_from([None, *CODES])),
)


@settings(max_examples=60)
@given(
    st.lists(answers, max_size=12),
    st.lists(answers, max_size=3),
    st.lists(st.sampled_from([0, 1]), max_size=2),
    st.sampled_from(list(Weighting)),
    st.sampled_from(["standard-1", "strict-1", "lenient-1"]),
    st.sampled_from(list(stats.Interval)),
)
def test_no_sheets_whatever_make_a_nan(north, south, office, weighting, validity, method):
    a_box = three(north, south, [sheet("office", bribery=code) for code in office])
    try:
        of = estimate(a_box, weighting=weighting, validity=validity, method=method)
    except EstimateError:
        assert weighting != Weighting.STRATA
        return

    document = json.loads(to_json(of), parse_constant=pytest.fail)
    assert all(math.isfinite(number) for number in numbers(document))
    assert from_json(to_json(of)) == of
    for rate in of.rates:
        if rate.rate is not None:
            assert rate.low is not None
            assert rate.high is not None
            assert 0 <= rate.low <= rate.rate <= rate.high <= 1
