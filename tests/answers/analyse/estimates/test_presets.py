"""A preset never changes: results that name it can always be computed again."""

from hashlib import sha256

import numpy as np
import pytest

import questionnaires
from survey_app.answers.analyse.estimates.validity import judge, preset, presets

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


@pytest.fixture(scope="module")
def sheets():
    """Sheets of the external questionnaire, some careful, some careless, some blank."""
    questionnaire = questionnaires.load("external")
    row, column = np.arange(5000)[:, None], np.arange(len(questionnaire.codes))
    codes = np.array([1, 0, 8, 9, questionnaires.BLANK], np.uint8)
    random_codes = codes[(row // (1 + column % 4) + row * column) % 5]
    careful = np.where(row % 7 < column % 11, np.uint8(0), random_codes)
    sheets = np.where(row % 3 == 0, random_codes, careful)
    sheets[::50] = questionnaires.BLANK
    return sheets


def test_every_preset_is_held():
    assert set(presets()) == set(RULES) == set(VALID)


@pytest.mark.parametrize("name", RULES)
def test_a_preset_never_changes(name):
    assert preset(name).model_dump_json(exclude={"name"}) == RULES[name]


@pytest.mark.parametrize("name", VALID)
def test_what_a_preset_says_of_a_sheet_never_changes(name, sheets):
    valid = judge(preset(name), questionnaires.load("external"), sheets).valid

    assert (int(valid.sum()), sha256(valid.tobytes()).hexdigest()[:16]) == VALID[name]
