"""A design: none that is impossible, one spelling, one digest, and levels at their thresholds."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from survey_app.documents.design import (
    CampaignDesign,
    Document,
    Kind,
    Names,
    Period,
    RiskLevel,
    Stratum,
    Thresholds,
)
from survey_app.errors import ClosedError, NotYetOpenError
from tests.documents.plans import Edit, design, edited, stratum

DIGEST = "zbm31Ng_QYeo0cPCQ4X_tWGX4mUVz-npzsxrcuiqqRA"
PLAN = CampaignDesign[Stratum].model_validate(design())


class Card(Document):
    """A document of three lines."""

    zh: str
    number: int
    day: date


IMPOSSIBLE: dict[str, tuple[Edit, str]] = {
    "sample above population": (
        lambda d: d["strata"][0].update(sample=101),
        "the sample 101 is larger than the population 100",
    ),
    "population below 20": (
        lambda d: d["strata"][0].update(population=19, sample=10),
        "the population 19 is below 20",
    ),
    "nobody sampled": (lambda d: d["strata"][0].update(sample=0), "greater than or equal to 1"),
    "a population that is no number": (
        lambda d: d["strata"][0].update(population="100"),
        "valid integer",
    ),
    "unknown kind": (lambda d: d["strata"][0].update(kind="other"), "'business' or 'non-business'"),
    "id used twice": (lambda d: d["strata"].append(stratum("north")), "'north' is used twice"),
    "id with capitals": (lambda d: d["strata"][0].update(id="North"), "pattern"),
    "no strata": (lambda d: d.update(strata=[]), "at least 1 item"),
    "no questionnaire": (
        lambda d: d["questionnaires"].pop("non-business"),
        "no questionnaire is named for non-business",
    ),
    "category of two kinds": (
        lambda d: d["strata"].append(stratum("more", "non-business", post_category="business")),
        "both business and non-business",
    ),
    "window backwards": (
        lambda d: d.update(window={"start": "2026-09-30", "end": "2026-09-01"}),
        "it ends on 2026-09-01, before it starts on 2026-09-30",
    ),
    "unknown field": (lambda d: d.update(colour="red"), "Extra inputs"),
    "the address of a page": (lambda d: d.update(campaign="login"), "is the address of a page"),
    "more strata than are counted": (
        lambda d: d.update(strata=[stratum(f"s{at}") for at in range(2001)]),
        "at most 2000 items",
    ),
    "thresholds that fall": (
        lambda d: d.update(risk={"medium": 0.05, "severe": 0.02}),
        "do not rise",
    ),
    "thresholds that stay": (lambda d: d.update(risk={"medium": 0.05}), "do not rise"),
    "a threshold of nothing": (lambda d: d.update(risk={"medium": 0}), "greater than 0"),
    "a threshold of all": (lambda d: d.update(risk={"high": 1}), "less than 1"),
    "questionnaire altered": (
        lambda d: d["questionnaires"]["business"]["text"]["title"].update(en="Another"),
        "digest does not fit",
    ),
}


def test_a_possible_design_is_accepted():
    assert CampaignDesign[Stratum].model_validate(design()).stratum("north") is not None


@pytest.mark.parametrize(("edit", "reason"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_design_is_refused_with_its_reason(edit, reason):
    with pytest.raises(ValidationError, match=reason):
        CampaignDesign[Stratum].model_validate(edited(design(), edit))


def test_a_census_of_the_smallest_stratum_is_possible():
    census = edited(design(), lambda d: d["strata"][0].update(population=20, sample=20))

    assert CampaignDesign[Stratum].model_validate(census).strata[0].sample == 20


def test_the_canonical_form_is_the_one_written_by_hand():
    """Keys sorted, nothing between, Chinese as itself, no ``<`` that could end a script."""
    card = Card(zh="<甲>", number=3, day=date(2026, 1, 2))

    by_hand = '{"day":"2026-01-02","number":3,"zh":"\\u003c甲>"}'
    assert card.canonical() == by_hand.encode()
    assert json.loads(by_hand)["zh"] == "<甲>"


def test_the_digest_is_the_one_computed_by_openssl():
    """By openssl dgst -sha256 -binary and basenc --base64url, of the form above, unpadded."""
    assert Card(zh="<甲>", number=3, day=date(2026, 1, 2)).digest == DIGEST


@settings(max_examples=20)
@given(shuffle=st.randoms(use_true_random=False))
def test_the_canonical_form_does_not_depend_on_the_order_of_fields(shuffle):
    fields = list(design().items())
    shuffle.shuffle(fields)

    assert CampaignDesign[Stratum].model_validate(dict(fields)).canonical() == PLAN.canonical()


@settings(max_examples=40)
@given(st.text(max_size=20), st.integers(), st.dates())
def test_the_canonical_form_says_all_and_only_what_the_document_says(text, number, day):
    card = Card(zh=text, number=number, day=day)

    assert Card.model_validate_json(card.canonical()) == card
    assert b"<" not in card.canonical()


def test_a_rehearsal_is_written_and_others_say_nothing_of_it():
    rehearsal = PLAN.model_copy(update={"rehearsal": True})

    assert "rehearsal" not in json.loads(PLAN.canonical())
    assert json.loads(rehearsal.canonical())["rehearsal"] is True
    assert rehearsal.digest != PLAN.digest


def test_a_rehearsal_says_what_it_is_over_its_results():
    longest = Names(zh="长" * 200, en="x" * 200)
    rehearsal = PLAN.model_copy(update={"rehearsal": True, "title": longest})

    assert PLAN.heading == PLAN.title
    assert rehearsal.heading.zh == "【演练】" + longest.zh
    assert rehearsal.heading.en == "[Rehearsal] " + longest.en


def test_a_name_given_once_is_that_of_both_languages():
    assert PLAN.strata[0].unit == Names(zh="某大队", en="某大队")


@pytest.mark.parametrize(
    ("rate", "level"),
    [
        (0.0, RiskLevel.LOW),
        (0.0199, RiskLevel.LOW),
        (0.02, RiskLevel.MEDIUM),
        (0.0499, RiskLevel.MEDIUM),
        (0.05, RiskLevel.SEVERE),
        (0.0999, RiskLevel.SEVERE),
        (0.10, RiskLevel.HIGH),
        (1.0, RiskLevel.HIGH),
    ],
)
def test_a_rate_at_a_threshold_has_the_higher_level(rate, level):
    assert Thresholds().level(rate) == level


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_higher_rate_never_has_a_lower_level(rate, second_rate):
    low, high = sorted((rate, second_rate))
    order = list(RiskLevel)

    assert order.index(Thresholds().level(low)) <= order.index(Thresholds().level(high))


def test_a_campaign_has_its_own_thresholds():
    thresholds = Thresholds(medium=0.1, severe=0.2, high=0.3)

    assert thresholds.rising == (0.1, 0.2, 0.3)
    assert thresholds.level(0.15) == RiskLevel.MEDIUM


def test_each_stratum_is_asked_the_questionnaire_of_its_kind():
    north, staff = PLAN.stratum("north"), PLAN.stratum("staff")

    assert north
    assert staff
    assert PLAN.questions(north) == PLAN.questionnaires[Kind.BUSINESS].text
    assert PLAN.questions(staff) == PLAN.questionnaires[Kind.NON_BUSINESS].text
    assert PLAN.stratum("nowhere") is None


def test_a_period_of_one_day_is_possible():
    day = date(2026, 9, 1)

    assert Period(start=day, end=day).end == day


def test_the_window_includes_both_of_its_days():
    for day in (PLAN.window.start, PLAN.window.end):
        PLAN.check_days(day, PLAN.window.end)


def test_before_and_after_the_window_nothing_is_taken():
    with pytest.raises(NotYetOpenError, match="2026-09-01"):
        PLAN.check_days(PLAN.window.start - timedelta(days=1), PLAN.window.end)
    with pytest.raises(ClosedError):
        PLAN.check_days(PLAN.window.end + timedelta(days=1), PLAN.window.end)
