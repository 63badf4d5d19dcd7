"""A draft may lack anything, says what it lacks, and proposes where a small stratum goes."""

from datetime import date

import pytest

from survey_app.documents.design import Kind
from survey_app.errors import IncompleteError, SurveyError
from survey_app.identity.manage.campaigns.draft import (
    Draft,
    DraftStratum,
    check_planned,
    merge_strata,
    mergers,
    shipped,
    year_before,
)
from tests.manifests import ABOUT


def stratum(name, population=100, *, unit="北", category="检查", sample=20):
    fields = {"id": name, "kind": Kind.BUSINESS, "population": population, "sample": sample}
    return DraftStratum.model_validate(fields | {"unit": unit, "post_category": category})


def draft(**changes):
    fields = {
        "campaign": "spring",
        "title": {"zh": "春", "en": "Spring"},
        **ABOUT,
        "window": {"start": "2026-04-01", "end": "2026-04-30"},
        "reference_period": {"start": "2025-04-01", "end": "2026-03-31"},
        "questionnaires": shipped(),
        "strata": [stratum("north")],
    }
    return Draft.model_validate(fields | changes)


def test_a_draft_that_lacks_nothing_is_a_design():
    assert draft().design().strata[0].sample == 20


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"window": None}, "days on which answers"),
        ({"reference_period": None}, "reference period"),
        ({"strata": []}, "Enter the strata"),
        ({"strata": [stratum("north", 19, sample=5)]}, "fewer than 20 persons"),
        ({"strata": [stratum("north", sample=0)]}, "sample within its population"),
        ({"strata": [stratum("north"), stratum("north", unit="南")]}, "used twice"),
        (
            {"strata": [stratum("north"), stratum("south")]},
            "“north” and “south” have the same unit",
        ),
        ({"strata": [stratum("north", sample=9)]}, "“north” has a sample of 9"),
        ({"questionnaires": {}}, "questionnaire for the posts that have none"),
        ({"organiser": None}, "who asks"),
        ({"purpose": None}, "what the answers are used for"),
        ({"results": None}, "what becomes of the results"),
        ({"contact": None}, "whom they may ask"),
        ({"report_channel": None}, "where wrongdoing is reported"),
    ],
)
def test_what_a_draft_lacks_is_named(changes, sentence):
    with pytest.raises(IncompleteError, match=sentence):
        draft(**changes).design()


def test_a_rehearsal_need_not_tell_respondents_anything():
    texts = dict.fromkeys(ABOUT)

    assert draft(**texts, rehearsal=True).design().rehearsal
    assert not any("told" in check.fact for check in draft(rehearsal=True).checks())


def test_persons_may_be_drawn_before_all_texts_are_written():
    assert draft(results=None).planned_strata()[0].sample == 20
    with pytest.raises(IncompleteError, match="reference period"):
        draft(reference_period=None).planned_strata()


def test_what_is_not_planned_yet_or_to_be_merged_is_no_fault_of_the_plan():
    check_planned([stratum("north", sample=0), stratum("small", 12, unit="南", sample=5)])


def test_the_checklist_says_which_stratum_is_refused():
    [check] = [check for check in draft(strata=[stratum("n", sample=9)]).checks() if check.refusal]

    assert not check.passed
    assert "“n” has a sample of 9" in str(check.refusal)


def test_a_small_stratum_goes_to_the_smallest_of_its_category_that_suffices():
    small = stratum("small", 12)
    strata = [
        stratum("large", 300),
        stratum("middle", 50),
        stratum("elsewhere", 30, unit="南"),
        stratum("office", 25, category="人事"),
    ]

    [merger] = mergers([small, *strata])

    assert merger.into == strata[1]  # of its own unit before the smaller one elsewhere
    assert next(mergers([small, strata[3]])).into is None


def test_a_merged_stratum_has_the_names_persons_and_samples_of_both():
    strata = [stratum("small", 12, unit="东", sample=5), stratum("middle", 50)]

    [merged] = merge_strata(strata, "small", "middle")
    [unplanned] = merge_strata([strata[0], stratum("middle", 50, sample=0)], "small", "middle")
    [alike] = merge_strata([stratum("small", 12), strata[1]], "small", "middle")
    east = stratum("east", 12, unit={"zh": "东", "en": "East"})
    north = stratum("north", unit={"zh": "北", "en": "North"})
    [both_languages] = merge_strata([east, north], "east", "north")

    assert (merged.id, merged.population, merged.sample) == ("middle", 62, 25)
    assert (merged.unit.zh, merged.unit.en) == ("北、东", "北、东")
    assert (both_languages.unit.zh, both_languages.unit.en) == ("北、东", "North, East")
    assert (unplanned.sample, alike.unit.zh) == (0, "北")


@pytest.mark.parametrize(
    ("small", "into", "sentence"),
    [
        ("small", "nowhere", "no such two strata"),
        ("small", "small", "no such two strata"),
        ("small", "office", "one post category"),
        ("small", "long", "longer than 200"),
    ],
)
def test_strata_that_cannot_be_merged_stay_as_they_are(small, into, sentence):
    strata = [
        stratum("small", 12),
        stratum("office", category="人事"),
        stratum("long", unit="西" * 199),
    ]

    with pytest.raises(SurveyError, match=sentence):
        merge_strata(strata, small, into)


@pytest.mark.parametrize(
    ("first_day", "period"),
    [
        (date(2026, 12, 1), (date(2025, 12, 1), date(2026, 11, 30))),
        (date(2024, 2, 29), (date(2023, 3, 1), date(2024, 2, 28))),
    ],
)
def test_the_reference_period_is_the_year_before_the_window(first_day, period):
    assert (year_before(first_day).start, year_before(first_day).end) == period
