"""What the statistics refuse is told in the reader's language, every word of it."""

import re

import pytest

import stats
from survey_app.answers.analyse.estimates.nonresponse import _refusal
from survey_app.documents.design import BothNames, Kind
from survey_app.errors import SurveyError
from survey_app.identity.manage.campaigns import sample_plan
from survey_app.identity.manage.campaigns.draft import DraftStratum
from survey_app.language import CHINESE, ENGLISH, in_words


def stratum(population):
    names = BothNames(zh="甲", en="A")
    kind = Kind.BUSINESS
    return DraftStratum(id="1", unit=names, post_category=names, kind=kind, population=population)


def wish(**changes):
    fields = {"margin": None, "budget": None, "response": 1.0, "rate": 0.5}
    return sample_plan.PlanRequest(**fields | changes, method=stats.Method.PROPORTIONAL)


@pytest.mark.parametrize("design", [{"budget": 3}, {"budget": 900}, {"budget": 50, "rate": 2.0}])
def test_a_plan_that_is_not_possible_is_refused_in_the_readers_language(design):
    with pytest.raises(SurveyError) as caught:
        sample_plan.plan([stratum(100)], wish(**design))

    assert not re.search("[A-Za-z]", in_words(caught.value, CHINESE))
    assert in_words(caught.value, ENGLISH) == str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        stats.DesignError("1", "has %(sampled)g sampled, and a variance takes 2", sampled=1.0),
        stats.DesignError("", "has no strata"),
        stats.WeightingError(
            "Sheets have %(variable)s %(category)s, which the margin lacks.", "unit"
        ),
        stats.WeightingError("No sheet answers this item."),
    ],
)
def test_a_weighting_that_is_not_possible_is_refused_in_the_readers_language(error):
    assert not re.search("[A-Za-z]", in_words(_refusal(error), CHINESE))
    assert "%" not in in_words(_refusal(error), ENGLISH)
