"""What is said of a rate that is not reliable: why, and how to have a reliable one next time."""

from dataclasses import replace

import pytest

import stats
from survey_app.answers.analyse.exports.rate_words import CENSUS
from survey_app.answers.analyse.exports.reliability import (
    advice,
    decision,
    explanation,
    has_level,
    reason,
)
from survey_app.documents.results import ANY, Rate, Scope
from tests.answers.analyse.boxes import estimate, sheet, three, two_by_two


@pytest.fixture(scope="module")
def few():
    """Two units of one post category: 2 of 20 yes, and 9 of 20."""
    yes, no = sheet(red_envelope=1), sheet()
    return estimate(three([yes] * 2 + [no] * 18, [yes] * 9 + [no] * 11))


def what_next(rate, results):
    """The advice, which there must be."""
    words = advice(rate, results)
    assert words
    return words


def test_an_unreliable_rate_says_how_many_answers_would_do_and_how_many_to_ask(few):
    north = few.of(Scope.STRATUM)[0]
    rate = few.rate(north.id)
    enough = stats.reliable_size(rate.rate, north.population, deff=1)
    words = what_next(rate, few)

    assert enough > rate.n
    if enough * north.issued / north.valid <= north.population:
        assert f"{enough} answers" in words.en
        assert f"约需 {enough} 份答卷（本次 20 份）" in words.zh
    else:
        assert f"ask all {north.population} persons" in words.en


def test_a_neighbour_of_its_sort_is_named_where_both_together_are_enough():
    results = estimate(two_by_two())
    first, second = results.of(Scope.UNIT)
    rate = replace(results.rate(first.id), n=20, decision=stats.Decision.SUPPRESS)
    rate = replace(rate, rate=0.3, low=0.1, high=0.4, reason=stats.Reason.FEW_ANSWERS, deff=None)

    assert (
        f"merge it with “{second.name.en}” ({20 + 52} answers together)"
        in what_next(rate, results).en
    )
    kind = replace(rate, domain=results.of(Scope.KIND)[0].id)
    assert "merge" not in what_next(kind, results).en


def test_only_all_persons_are_enough_where_the_population_is_small(few):
    north = few.of(Scope.STRATUM)[0]
    rate = replace(few.rate(north.id), rate=0.03, low=0.0, high=0.15)

    assert what_next(rate, few).en.startswith(f"ask all {north.population} persons")
    assert "全数调查" in what_next(rate, few).zh


def test_a_rate_without_a_yes_is_told_what_would_have_shown_one():
    results = estimate(three([sheet()] * 35))
    north = results.of(Scope.STRATUM)[0]
    why = explanation(results.rate(north.id), results)
    size = stats.detection_size(north.population, results.thresholds[0])

    assert why
    assert "only the limits count" in why.en
    assert f"{size} answers" in why.en or "ask all" in why.en


def test_a_full_count_is_flagged_as_one_and_has_a_level_at_any_size(few):
    rate = few.rate(few.of(Scope.CATEGORY)[0].id)
    census = replace(rate, n=20, se=0.0, low=rate.rate, high=rate.rate, lower=0.1, upper=0.1)

    assert decision(census) == CENSUS
    assert explanation(census, few) is None
    assert has_level(census)
    assert not has_level(replace(rate, n=29))


@pytest.mark.parametrize(
    ("n", "below", "high", "flag", "why"),
    [
        (200, 0.02, 0.03, "Reliable", None),
        (100, 0.05, 0.06, "Needs review", "a bound stands for the rate"),
        (100, 0.04, 0.08, "Unreliable", "interval wider than 1.3 times the rate"),
        (40, 0.15, 0.31, "Unreliable", "interval of 30 percentage points or more"),
        (29, 0.04, 0.05, "Unreliable", "fewer than 30 answers"),
    ],
)
def test_a_bound_is_judged_by_what_it_shows(few, n, below, high, flag, why):
    domain = few.of(Scope.CATEGORY)[0].id
    rate = Rate(domain, ANY, "valid", n=n, low=0.0, high=high, below=below)
    words, because = decision(rate), reason(rate)

    assert words
    assert words.en == flag
    assert (because.en if because else None) == why
