"""A plan reaches the margin it was made for, and says why when it cannot."""

from dataclasses import replace

import pytest

import stats
from stats.allocation import Method
from survey_app.documents.design import Kind
from survey_app.documents.design_rules import SMALLEST_SAMPLE
from survey_app.errors import SurveyError
from survey_app.identity.manage.campaigns.draft import DraftStratum
from survey_app.identity.manage.campaigns.sample_plan import (
    MethodError,
    PlanRequest,
    margins,
    plan,
)


def stratum(name, population, category="检查"):
    names = {"zh": name, "en": name}
    fields = {"id": name, "unit": names, "kind": Kind.BUSINESS, "population": population}
    return DraftStratum.model_validate(fields | {"post_category": {"zh": category, "en": category}})


def request(**changes):
    fields = {"margin": None, "budget": None, "response": 1.0, "rate": 0.5}
    return PlanRequest(**fields | {"method": Method.PROPORTIONAL} | changes)


STRATA = [stratum("north", 400), stratum("south", 600), stratum("office", 300, "人事")]


def test_the_margin_during_fieldwork_is_that_of_the_interval_that_the_results_will_show():
    reached = margins([1000, 400, 600], [278, 100, 200], ["检查", "人事", "人事"])

    for name, population, respondents in (
        ("检查", [1000], [278]),
        ("人事", [400, 600], [100, 200]),
    ):
        displayed = stats.planned_precision(population, respondents, stats.Aim(0.5), draws=1000)
        assert reached[name] == pytest.approx(displayed.extent, rel=0.01)


def test_a_census_has_no_margin_and_a_stratum_without_answers_has_no_known_one():
    assert margins([400, 600], [400, 600], ["检查", "检查"]) == {"检查": 0}
    assert margins([400, 600, 20], [100, 0, 20], ["检查", "检查", "人事"]) == {
        "检查": None,
        "人事": 0,
    }


@pytest.mark.parametrize("response", [1.0, 0.6])
def test_each_post_category_reaches_the_margin(response):
    planned = plan(STRATA, request(margin=0.05, response=response))

    assert [category.category.zh for category in planned.categories] == ["检查", "人事"]
    for category in planned.categories:
        assert category.margin == pytest.approx(0.05, abs=0.002)
        assert category.margin <= 0.05 + 1e-9
        assert category.invited * response == pytest.approx(category.respondents, abs=2)


def test_a_budget_is_spent_on_respondents_in_proportion_to_the_population():
    planned = plan(STRATA, request(budget=130))

    assert [share.stratum.id for share in planned.strata] == ["north", "south", "office"]
    assert [share.respondents for share in planned.strata] == [40, 60, 30]
    assert sum(share.invited for share in planned.strata) == 130


@pytest.mark.parametrize("aim", [{"everybody": True}, {"budget": 1481}])
def test_everybody_is_invited_to_the_last_person(aim):
    strata = [stratum("many", 1406), stratum("station", 36), stratum("office", 39, "人事")]

    planned = plan(strata, request(response=0.6, **aim))

    assert [share.invited for share in planned.strata] == [1406, 36, 39]
    assert planned.total.invited == 1481
    assert planned.total.respondents == 843 + 21 + 23


def test_no_more_are_invited_than_the_number_that_was_named():
    strata = [stratum(f"unit{at}", 101 + at, f"c{at}") for at in range(9)]

    for budget in (300, 301, 307):
        invited = plan(strata, request(budget=budget, response=0.6)).total.invited
        assert budget - 2 <= invited <= budget


def test_a_category_that_cannot_reach_the_margin_is_named_and_invited_whole():
    strata = [stratum("inspection", 900), stratum("purchasing", 120, "采购")]

    planned = plan(strata, request(margin=0.05, response=0.6))

    (short,) = planned.short
    assert (short.category.zh, short.invited, short.respondents) == ("采购", 120, 72)
    assert short.margin == pytest.approx(0.075, abs=0.002)
    assert planned.categories[0].margin <= 0.05 + 1e-9


def test_neyman_follows_the_rates_expected_of_post_categories_and_is_refused_without():
    strata = [stratum("inspection", 1000), stratum("office", 1000, "人事")]
    rates = {"人事": 0.02}
    neyman = request(budget=400, method=Method.NEYMAN)

    shares = plan(strata, replace(neyman, rates=rates)).strata

    # in proportion to the root of p (1 - p)
    assert shares[0].invited / shares[1].invited == pytest.approx(0.5 / 0.14, rel=0.03)
    assert plan(strata, replace(neyman, rates=rates)).rate == pytest.approx(0.26)
    for without_effect in (neyman, request(margin=0.05, method=Method.NEYMAN, rates=rates)):
        with pytest.raises(MethodError):
            plan(strata, without_effect)


def test_several_contacts_of_one_company_take_more_invitations_of_external_ones_only():
    strata = [stratum("north", 2000), stratum("office", 2000, "人事")]
    strata[1] = strata[1].model_copy(update={"kind": Kind.NON_BUSINESS})

    alone, companies = (
        plan(strata, request(margin=0.05, contacts=contacts, alike=0.2)) for contacts in (1, 3)
    )

    invited = [[share.invited for share in planned.strata] for planned in (alone, companies)]
    assert 1.2 < invited[1][0] / invited[0][0] < 1.4
    assert invited[1][1] == invited[0][1]


def test_a_plan_says_which_fall_the_next_survey_would_show():
    planned = plan([stratum("many", 3000), stratum("few", 60)], request(budget=600, rate=0.1))

    assert planned.visible == pytest.approx(0.06, abs=0.015)
    assert planned.strata[1].margin > planned.strata[0].margin
    assert not planned.thin


def test_a_plan_warns_of_a_stratum_with_many_persons_and_few_answers():
    strata = [stratum("many", 5000), *(stratum(f"few{at}", 60) for at in range(20))]

    (thin,) = plan(strata, request(budget=215, method=Method.POWER)).thin

    assert (thin.stratum.id, thin.percent, thin.respondents, thin.needed) == ("many", 81, 15, 20)


@pytest.mark.parametrize("response", [0.05, 0.09, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("method", Method)
def test_no_stratum_is_invited_in_too_small_a_number_to_hide_in(response, method):
    strata = [stratum("small", 20), stratum("large", 5000)]
    aim = request(margin=0.3, response=response)
    if method is Method.NEYMAN:
        strata[1] = stratum("large", 5000, "人事")
        aim = request(budget=900, response=response, rates={"人事": 0.1})

    planned = plan(strata, replace(aim, method=method))

    for share in planned.strata:
        assert share.invited >= SMALLEST_SAMPLE


@pytest.mark.parametrize(
    ("strata", "changes", "sentence"),
    [
        ([], {"budget": 10}, "no strata yet"),
        ([stratum("small", 19)], {"budget": 10}, "fewer than 20"),
        (STRATA, {}, "Name a margin"),
        (STRATA, {"budget": 20}, "not possible"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_with_its_reason(strata, changes, sentence):
    with pytest.raises(SurveyError, match=sentence):
        plan(strata, request(**changes))
