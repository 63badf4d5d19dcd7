"""Strata are read as they are copied from spreadsheets, whatever the columns are called."""

import pytest

from survey_app.errors import InputError
from survey_app.identity.manage.campaigns.strata_block import (
    FIELDS,
    is_turned_by_spreadsheets,
    pasted,
    read_count,
    rows,
)

NORTH = dict.fromkeys(FIELDS, "") | {
    "unit_zh": "北区大队",
    "category_zh": "消防监督检查",
    "kind": "business",
    "population": "420",
}
SOUTH = NORTH | {"unit_zh": "南区大队", "population": "260"}
ENGLISH = dict.fromkeys(FIELDS, "") | {
    "unit_en": "North",
    "category_en": "Inspection",
    "kind": "non-business",
    "population": "420",
    "sample": "60",
}


@pytest.mark.parametrize(
    "text",
    [
        "北区大队\t消防监督检查\t业务\t420\n南区大队\t消防监督检查\t业务\t260\n",
        (
            "单位\t岗位类别\t岗位性质\t总体人数\r\n北区大队\t消防监督检查\t业务\t420人\r\n"
            "南区大队\t消防监督检查\t业务\t２６０\r\n"
        ),
        (
            "2026 年各层\t\t\t\n\t\t\t\n人数\t岗位\t单位名称\t性质\n"
            "420\t消防监督检查\t北区大队\t业务岗位\n260\t\t南区大队\t\n680\t\t合计\t\n"
        ),
        "单位,岗位类别,性质,人数\n北区大队,消防监督检查,业务,420.0\n南区大队,消防监督检查,,260\n",
        '单位；岗位；性质；人数\n北区大队；"消防监督检查"；业务；420\n南区大队；消防监督检查；业务；260',
    ],
)
def test_a_block_is_read_with_and_without_header(text):
    assert pasted(text) == [NORTH, SOUTH]


@pytest.mark.parametrize(
    "text",
    [
        "Unit\tPost category\tKind\tPopulation\tSample\nNorth\tInspection\tinternal\t420\t60",
        "North\tInspection\tnon-business\t420\t60",
    ],
)
def test_names_in_english_go_to_the_english_columns(text):
    assert pasted(text) == [ENGLISH]


def test_names_in_both_languages_and_identifiers_are_told_apart():
    header = "编号\t单位\tUnit\t岗位类别（中文）\tPost category (English)\t总体\n"
    row = "s01\t北区大队\tNorth\t检查\tInspection\t420"
    (with_header,) = pasted(header.replace("Unit", "单位（英文）") + row)
    (without,) = pasted(row)

    assert with_header == without
    assert [without[name] for name in FIELDS] == [*row.split("\t")[:5], "", "420", ""]


def test_a_merged_cell_is_filled_down_and_a_name_in_one_language_is_not_mixed_with_another():
    header = ["单位（中文）", "单位（英文）", "岗位类别", "人数"]
    first, second, third = rows(
        [
            header,
            ["北区", "North", "检查", "50"],
            ["", "", "采购", "60"],
            ["南区", "", "检查", "70"],
        ]
    )

    assert (second["unit_zh"], second["unit_en"]) == ("北区", "North")
    assert (third["unit_zh"], third["unit_en"]) == ("南区", "")
    assert first["kind"] == ""


@pytest.mark.parametrize("text", ["", "单位\t岗位\t人数\n", "a\tb\n", "北区\t420\n南区\t260\n"])
def test_what_is_no_block_of_strata_is_refused(text):
    with pytest.raises(InputError):
        pasted(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("420", 420),
        (" ４２０ ", 420),
        ("1,200", 1200),
        ("1，200人", 1200),
        ("420 人", 420),
        ("420.0", 420),
        ("1 200", 1200),
        ("420 persons", 420),
        ("", None),
        ("四百", None),
        ("4.5", None),
        ("-4", None),
        ("1,2", None),
        ("9" * 10, None),
        ("٤٢", None),
    ],
)
def test_numbers_of_persons_are_read_as_people_write_them(text, number):
    assert read_count(text) == number


@pytest.mark.parametrize("name", ["1-2", "3e5", "007", "mar-1", "sept2", "march1", "true", "dec-"])
def test_identifiers_that_spreadsheets_change_are_known(name):
    assert is_turned_by_spreadsheets(name)


@pytest.mark.parametrize("name", ["s01", "north", "e5", "march", "may-fair", "decor1a", "office-2"])
def test_identifiers_that_stay_as_they_are_typed_are_good(name):
    assert not is_turned_by_spreadsheets(name)
