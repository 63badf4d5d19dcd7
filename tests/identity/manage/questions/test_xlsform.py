"""The yes/no questions of an XLSForm, and what of one is refused."""

import pytest

from questionnaires import load
from survey_app.identity.manage.questions import table, xlsform
from survey_app.identity.manage.questions.table import FaultyLinesError
from survey_app.identity.manage.questions.workbook import QuestionFileError
from tests.identity.manage.questions.test_table import xlsx

EXTERNAL = load("external")
HEAD = ["type", "name", "label::中文", "label::English (en)", "required", "relevant", "hint"]
QUEUE = ["select_one yn", "queue", "有没有插队？", "Did anyone jump the queue?", "yes", "", ""]
BANQUET = ["select_one yn", "banquet", "吃请？", "Banquets?", "", "", ""]
CHOICES = [
    ["list_name", "name", "label::中文", "label::English (en)"],
    ["yn", "a", "有", "Yes"],
    ["yn", "b", "没有", "No"],
    ["yn", "c", "不知道", "Don't know"],
    ["colour", "1", "红", "Red"],
    ["colour", "2", "绿", "Green"],
    ["coded", "1", "", ""],
    ["coded", "0", "", ""],
]


def read(*rows, head=HEAD, choices=CHOICES):
    sheets = table.filled_sheets(xlsx(survey=[head, *rows], choices=choices), "form.xlsx")
    assert xlsform.is_one(sheets)
    return xlsform.read(sheets, "form.xlsx", [EXTERNAL])


def test_yes_no_questions_become_items_by_their_names():
    lines, rows = read(QUEUE, BANQUET)

    assert lines == [2, 3]
    assert [(row["code"], row["zh"], row["en"]) for row in rows] == [
        ("queue", "有没有插队？", "Did anyone jump the queue?"),
        ("banquet", "吃请？", "Banquets?"),
    ]


def test_labels_are_those_of_the_known_item_and_else_to_be_written():
    _, rows = read(QUEUE, BANQUET)

    assert [row["label_en"] for row in rows] == ["", "Banquets"]
    assert table.lacks_labels(table.with_the_rest([2, 3], rows, EXTERNAL)[1])


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (["text", "why", "为什么", "Why", "", "", ""], "type", "Only yes/no"),
        (["start", "start", "", "", "", "", ""], "type", "Only yes/no"),
        (["select_multiple yn", "x", "甲", "X", "", "", ""], "type", "Only yes/no"),
        (["select_one colour", "x", "甲", "X", "", "", ""], "type", "“colour” is not yes and no"),
        (["select_one none", "x", "甲", "X", "", "", ""], "type", "“none” is not yes and no"),
        (["select_one", "x", "甲", "X", "", "", ""], "type", "is not yes and no"),
        (["select_one yn", "Q 1", "甲", "X", "", "", ""], "name", "begins with a letter"),
        (["select_one yn", "x", "", "X", "", "", ""], "label::中文", "must not be empty"),
        (["select_one yn", "x", "甲", "${y}", "", "", ""], "label::english (en)", "refer"),
        (["select_one yn", "x", "甲", "X", "", "${y}=1", ""], "relevant", "conditions"),
        (["select_one yn", "x", "甲", "X", "", "", "think"], "hint", "no hints"),
    ],
)
def test_a_row_that_does_not_fit_is_named_beside_those_that_do(row, column, reason):
    with pytest.raises(FaultyLinesError) as refusal:
        read(QUEUE, row, BANQUET)

    (fault,) = refusal.value.faults
    assert (fault.line, fault.column) == (3, column)
    assert reason in str(fault.error)


def test_choices_are_known_by_their_names_where_no_label_says_it():
    _, (row,) = read(["select_one coded", "queue", "甲", "X", "", "", ""])

    assert row["code"] == "queue"


@pytest.mark.parametrize(
    ("zh", "en"),
    [
        ("label::Chinese (zh)", "label::English"),
        ("label::中文(zh)", "label::en"),
        ("label:中文", "label:English (en)"),
    ],
)
def test_columns_of_languages_have_many_names(zh, en):
    _, (row,) = read(QUEUE[:4], head=["type", "name", zh, en])

    assert (row["zh"], row["en"]) == (QUEUE[2], QUEUE[3])


@pytest.mark.parametrize(
    ("head", "column"),
    [
        (["type", "name", "label", "label::English (en)"], "label::Chinese"),
        (["type", "name", "label::中文", "label::French (fr)"], "label::English"),
        (["kind", "name", "label::中文", "label::English"], "type"),
    ],
)
def test_a_missing_column_is_named(head, column):
    with pytest.raises(QuestionFileError, match=column):
        read(QUEUE[:4], head=head)
