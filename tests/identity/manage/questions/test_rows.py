"""A questionnaire as rows: the model's own rules, each fault beside its field."""

import pytest

from questionnaires import load
from survey_app.errors import InputError
from survey_app.identity.manage.questions.rows import (
    FaultyRowsError,
    Role,
    empty_row,
    questionnaire_of,
    rearranged,
    rows_of,
)

EXTERNAL, INTERNAL = load("external"), load("internal")


def changed(at, **fields):
    """The rows of the external questionnaire with one of them changed."""
    rows = rows_of(EXTERNAL)
    rows[at] = {**rows[at], **fields}
    return rows


def faults_of(rows):
    with pytest.raises(FaultyRowsError) as refusal:
        questionnaire_of(rows)
    return {fault.place: str(fault.error) for fault in refusal.value.faults}


@pytest.mark.parametrize("questionnaire", [EXTERNAL, INTERNAL])
def test_rows_say_all_that_a_questionnaire_says(questionnaire):
    assert questionnaire_of(rows_of(questionnaire)).digest == questionnaire.digest


@pytest.mark.parametrize(
    ("at", "fields", "place", "reason"),
    [
        (0, {"zh": " "}, "zh-0", "must not be empty"),
        (1, {"en": "{name}"}, "en-1", r"{name} is no placeholder"),
        (1, {"en": "{unit"}, "en-1", "brace"),
        (2, {"code": "Dealings!"}, "code-2", "identifier begins with a letter"),
        (3, {"label_en": ""}, "label_en-3", "must not be empty"),
        (4, {"zh": "长" * 2001}, "zh-4", "2000"),
        (5, {"code": "banquet"}, "code-5", "“banquet” is taken"),
        (5, {"code": "any"}, "code-5", "“any” is taken"),
        (9, {"expect": ""}, "expect-9", "Choose the answer"),
        (4, {"role": "page"}, "role-4", "“page” is none of"),
        (4, {"role": "screening"}, "role-4", "a second row “screening”"),
    ],
)
def test_a_fault_stands_beside_its_field(at, fields, place, reason):
    faults = faults_of(changed(at, **fields))

    assert list(faults) == [place]
    assert reason in faults[place]


def test_all_faults_are_named_at_once():
    rows = changed(0, zh="")
    rows.insert(3, empty_row(Role.ITEM))

    assert set(faults_of(rows)) == {
        *("zh-0", "code-3", "zh-3", "en-3", "label_zh-3", "label_en-3"),
    }


@pytest.mark.parametrize(("items", "reason"), [(0, "at least one"), (41, "at most 40")])
def test_a_questionnaire_has_one_to_forty_items(items, reason):
    first, *_ = (row for row in rows_of(EXTERNAL) if row["role"] == Role.ITEM)
    rest = [row for row in rows_of(EXTERNAL) if row["role"] != Role.ITEM]
    numbered = [{**first, "code": f"item_{number}"} for number in range(items)]

    assert reason in faults_of([*rest, *numbered])["items"]


@pytest.mark.parametrize(
    ("step", "codes"),
    [
        ("up-4", "dealings b a c attention"),
        ("down-4", "dealings a c b attention"),
        ("up-3", "dealings a b c attention"),
        ("down-5", "dealings a b c attention"),
        ("remove-4", "dealings a c attention"),
        ("remove-6", "dealings a b c"),
        ("remove-2", "dealings a b c attention"),
        ("add-2", "dealings  a b c attention"),
    ],
)
def test_items_move_between_the_screening_item_and_the_attention_item(step, codes):
    rows = [row for row in rows_of(EXTERNAL) if row["role"] != Role.ITEM]
    rows[3:3] = [{**empty_row(Role.ITEM), "code": code} for code in "abc"]

    assert " ".join(row["code"] for row in rearranged(rows, step)[2:]) == codes


@pytest.mark.parametrize("step", ["", "up", "up-99", "delete-1", "up-١"])
def test_a_step_that_is_none_is_refused(step):
    with pytest.raises(InputError):
        rearranged(rows_of(EXTERNAL), step)
