"""Valid sheets by each rule, worked by hand; and presets that never change.

Results that name a preset can always be computed again.
"""

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import questionnaires
from survey_app.answers.analyse.estimates.validity import (
    NO_SCREENING,
    TOO_FEW,
    judge,
)
from survey_app.documents.design import Kind
from survey_app.documents.validity import Preset, preset, presets
from survey_app.errors import InputError
from tests.answers.analyse.boxes import sheet
from tests.sites import questionnaires_of_0_1_0

RULES = {
    "standard-1": '{"answered":[0,1,8,9],"share":0.8,"screening":true,"exclude":[]}',
    "strict-1": '{"answered":[0,1,8,9],"share":0.8,"screening":true,'
    '"exclude":["all_yes","contradiction","attention"]}',
    "attentive-1": '{"answered":[0,1,8,9],"share":0.8,"screening":true,"exclude":["attention"]}',
    "lenient-1": '{"answered":[0,1,8,9],"share":0.0,"screening":false,"exclude":[]}',
}
"""A new rule is a new preset: add a line, change none."""
VALID = {
    "standard-1": (3150, "593358c210ca253a"),
    "strict-1": (2220, "ecf00daeaeb9fe14"),
    "attentive-1": (2600, "7f6a5e5b3dd56568"),
    "lenient-1": (4900, "4f3ba987c82c3e40"),
}
"""How many of the sheets below are valid, and a digest of which."""
ASKED_THEN = questionnaires_of_0_1_0()[Kind.BUSINESS].text


@pytest.fixture(scope="module")
def sheets():
    """Sheets of release 0.1.0's questionnaire, some careful, some careless, some blank."""
    row, column = np.arange(5000)[:, None], np.arange(len(ASKED_THEN.codes))
    codes = np.array([1, 0, 8, 9, questionnaires.BLANK], np.uint8)
    drawn = codes[(row // (1 + column % 4) + row * column) % 5]
    careful = np.where(row % 7 < column % 11, np.uint8(0), drawn)
    sheets = np.where(row % 3 == 0, drawn, careful)
    sheets[::50] = questionnaires.BLANK
    return sheets


def test_every_preset_is_held():
    assert set(presets()) == set(RULES) == set(VALID)


@pytest.mark.parametrize("name", RULES)
def test_a_preset_never_changes(name):
    assert preset(name).model_dump_json(exclude={"name", "preset"}) == RULES[name]


@pytest.mark.parametrize("name", VALID)
def test_what_a_preset_says_of_a_sheet_never_changes(name, sheets):
    valid = judge(preset(name), ASKED_THEN, sheets).valid

    assert (int(valid.sum()), sha256(valid.tobytes()).hexdigest()[:16]) == VALID[name]


EXTERNAL = questionnaires.load("external")
ITEMS = [item.code for item in EXTERNAL.items]
BLANK_SHEET = dict.fromkeys(EXTERNAL.codes, None)


def judged(answers, rules="standard-1"):
    """What rules say of one sheet of the external questionnaire: its reasons, flags and fate."""
    content = np.frombuffer(questionnaires.encode(EXTERNAL, answers), np.uint8)[None, :]
    verdict = judge(rules if isinstance(rules, Preset) else preset(rules), EXTERNAL, content)
    reasons = {name for name, mask in verdict.invalid.items() if mask[0]}
    flags = {name for name, mask in verdict.flagged.items() if mask[0]}
    return reasons, flags, bool(verdict.valid[0])


def answered(number, answer=0, **more):
    """A sheet with dealings that answers the first items only."""
    return BLANK_SHEET | {"dealings": 1} | dict.fromkeys(ITEMS[:number], answer) | more


@pytest.mark.parametrize("answer", [0, 1, 8, 9])
def test_four_fifths_of_six_items_are_five(answer):
    assert judged(answered(5, answer))[2]
    assert judged(answered(4, answer))[0] == {TOO_FEW}


@pytest.mark.parametrize(("share", "number", "enough"), [(0.5, 3, True), (0.5, 2, False)])
def test_a_share_that_is_just_reached_is_enough(share, number, enough):
    rules = preset("standard-1").model_copy(update={"share": share})

    assert judged(answered(number), rules)[2] == enough


def test_without_dealings_nothing_else_need_be_answered():
    assert judged(BLANK_SHEET | {"dealings": 0}) == (set(), set(), True)


def test_who_would_rather_not_say_anything_has_answered_everything():
    assert judged(dict.fromkeys(EXTERNAL.codes, 9)) == (set(), set(), True)


def test_a_screening_item_that_is_refused_makes_the_items_apply():
    assert judged(BLANK_SHEET | {"dealings": 9})[0] == {TOO_FEW}
    assert judged(answered(5, dealings=9)) == (set(), set(), True)


def test_a_no_to_everything_the_reading_check_too_is_flagged_and_kept():
    careless = dict.fromkeys(EXTERNAL.codes, 0) | {"dealings": 1}

    assert judged(careless) == (set(), {"attention"}, True)
    assert judged(careless, "attentive-1") == (set(), {"attention"}, False)


def test_one_yes_is_dealings_and_makes_the_items_apply():
    assert judged(BLANK_SHEET | {"dealings": 0, ITEMS[0]: 1})[0] == {TOO_FEW}


def test_no_answer_at_all_is_too_few_under_every_preset():
    for rules in presets():
        assert judged(BLANK_SHEET, rules)[0] == {TOO_FEW}


def test_the_screening_item_is_needed_where_the_rules_say_so():
    unscreened = sheet() | {"dealings": None}

    assert judged(unscreened) == ({NO_SCREENING}, set(), False)
    assert judged(unscreened, "lenient-1")[2]


def test_a_sheet_has_one_reason_only():
    assert judged(answered(2, dealings=None))[0] == {TOO_FEW}


@pytest.mark.parametrize(
    ("answers", "flags"),
    [
        (sheet(**dict.fromkeys(ITEMS, 1)), {"all_yes"}),
        (sheet(**dict.fromkeys(ITEMS[1:], 1)), set()),
        (sheet(banquet=1, dealings=0), {"contradiction"}),
        (sheet(banquet=1, dealings=9), set()),
        (sheet(attention=9), set()),
        (sheet(attention=0), {"attention"}),
        (sheet(attention=1), {"attention"}),
        (sheet(attention=8), {"attention"}),
        (sheet(attention=None), set()),
    ],
)
def test_a_flag_is_raised_by_what_it_names(answers, flags):
    raised = judged(answers)[1]

    assert raised == flags
    assert judged(answers, "standard-1")[2]
    assert judged(answers, "strict-1")[2] == (not flags)
    assert judged(answers, "attentive-1")[2] == ("attention" not in flags)


def test_unknown_rules_are_refused():
    with pytest.raises(InputError, match="no validity rules “none”"):
        preset("none")


@pytest.mark.parametrize("dealings", [0, 1])
def test_no_to_everything_is_valid_under_every_preset(dealings):
    for rules in presets():
        assert judged(sheet(dealings=dealings), rules) == (set(), set(), True)


sheets_of_codes = st.lists(
    st.tuples(*[st.sampled_from([0, 1, 8, 9, questionnaires.BLANK])] * len(EXTERNAL.codes)),
    min_size=1,
    max_size=20,
)


@given(sheets_of_codes)
def test_stricter_rules_keep_no_sheet_that_looser_ones_leave_out(rows):
    content = np.array(rows, np.uint8)
    valid = {name: judge(rules, EXTERNAL, content).valid for name, rules in presets().items()}

    for strict, loose in (
        ("strict-1", "attentive-1"),
        ("attentive-1", "standard-1"),
        ("standard-1", "lenient-1"),
    ):
        assert not (valid[strict] & ~valid[loose]).any()
