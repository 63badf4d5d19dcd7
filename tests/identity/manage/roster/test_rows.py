"""A roster is read whatever wrote it, and refused with its line."""

from dataclasses import replace

import pytest

from survey_app.documents.design import Stratum
from survey_app.errors import SpreadsheetError
from survey_app.identity.manage.roster import rows, spreadsheet
from survey_app.identity.manage.roster.columns import Columns

STRATA = [
    Stratum.model_validate(
        {
            "id": name,
            "unit": f"u {name}",
            "post_category": "c",
            "kind": "business",
            "population": 20,
            "sample": 2,
        }
    )
    for name in ("north", "south")
]
GOOD = "stratum,person,name\nnorth,1,甲单位\nnorth,2,乙单位\n"


def read(tmp_path, content):
    path = tmp_path / "people.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return rows.read_sample(path, STRATA)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_however_a_text_is_written_it_names_the_same_people(
    tmp_path, encoding, line_end, delimiter
):
    text = GOOD.replace("\n", line_end).replace(",", delimiter)
    people = read(tmp_path, text.encode(encoding))

    assert people.columns == ("stratum", "person", "name")
    assert [row["name"] for row in people.rows] == ["甲单位", "乙单位"]
    assert people.by_stratum == {"north": 2}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("stratum,name\nnorth,x\n", ": the column “person” is missing"),
        ("", " is empty"),
        ("stratum,person\n", ", line 1: the file contains no persons"),
        ("stratum,person\nnorth,1\nnorth,1\n", ", line 3: this person is listed twice"),
        ("stratum,person\nnorth,1\nwest,2\n", ", line 3: the stratum is not in the design (west)"),
        ("stratum,person\nnorth,1\n,2\n", ", line 3: the cell is empty; perhaps it was merged"),
        ("stratum,person\nnorth,1\nnorth,\n", ", line 3: the person is empty"),
        ("stratum,person\nnorth,1\nnorth\n", ", line 3: the person is empty"),
        ("stratum,person\nnorth,1,x\n", ", line 2: there is no heading above this cell"),
        (
            "stratum,person\n" + "".join(f"north,{i}\n" for i in range(21)),
            ", line 1: a stratum has more persons than its population (north)",
        ),
        (
            "stratum,person\n" + "".join(f"north,{i}\n" for i in range(3)),
            ", line 1: a stratum has more persons than its sample (north)",
        ),
        ('stratum,person\nnorth,"1\n', ", row 2 is not CSV"),
        (b"stratum,person\nnorth,\xff\xff\n", " is neither an Excel workbook (.xlsx) nor text"),
    ],
)
def test_a_bad_roster_is_refused_with_its_place_and_reason(tmp_path, content, sentence):
    with pytest.raises(SpreadsheetError) as caught:
        read(tmp_path, content)

    assert str(caught.value).startswith(f"people.csv{sentence}")


def trial(rows_below, columns):
    text = "\n".join(",".join(cells) for cells in rows_below)
    return rows.check(spreadsheet.read(text.encode(), "people.csv"), columns, STRATA)


def test_strata_are_known_by_unit_and_post_category_too():
    table = [
        ("单位", "岗位", "工号"),
        ("u  North", "Ｃ", "1"),
        ("u South", "c", "1"),
        ("u", "c", "2"),
    ]

    result = trial(table, Columns("", "工号", unit="单位", category="岗位"))

    assert [row["stratum"] for row in result.roster.rows] == ["north", "south", "u · c"]
    [fault] = result.faults
    assert (fault.place, fault.value) == ("A4", "u · c")


def test_empty_cells_repeat_the_one_above_only_when_that_is_asked_for():
    table = [("单位", "岗位", "工号"), ("u north", "c", "1"), ("", "", "2"), ("u south", "", "3")]
    columns = Columns("", "工号", unit="单位", category="岗位")

    assert [fault.place for fault in trial(table, columns).faults] == ["A3", "A4"]
    complete = trial(table, replace(columns, fill_down=True))
    assert not complete.faults
    assert complete.roster.by_stratum == {"north": 2, "south": 1}


def test_a_person_may_stand_in_two_strata_and_share_an_address():
    table = [
        ("stratum", "person", "address"),
        ("north", "1", "desk@example.org"),
        ("south", "1", "desk@example.org"),
        ("south", "2", "desk@example.org"),
        ("north", "", ""),
    ]

    result = trial(table, Columns(address="address"))

    assert not result.faults
    assert result.shared_addresses == 1
    assert result.left_out == (5,)
    assert rows.draw(result.roster, {"north": 1, "south": 2}, "x") == {
        ("north", "1"),
        ("south", "1"),
        ("south", "2"),
    }


@pytest.mark.parametrize(
    "persons",
    [
        ["1.10101E+17", "110101196102022033", "x"],
        ["110101196102022000", "110101197102022000", "110101198102022000"],
    ],
)
def test_long_numbers_that_a_spreadsheet_has_cut_are_found(persons):
    table = [("stratum", "person"), *(("north", person) for person in persons)]

    faults = trial(table, Columns()).faults

    assert faults
    assert {fault.reason for fault in faults} == {rows.ROUNDED}


@pytest.mark.parametrize(
    ("persons", "digits"),
    [
        (["417", "12417"], (3, 5)),
        (["00417", "12417"], (0, 0)),
        ([*list("123456789"), "10"], (0, 0)),
    ],
)
def test_numbers_that_may_have_lost_their_zeros_are_told(persons, digits):
    table = [("stratum", "person"), *(("north", person) for person in persons)]

    assert trial(table, Columns()).uneven == digits


def test_faults_alike_are_told_together():
    table = [("stratum", "person"), *(("west", str(i)) for i in range(30)), ("east", "x")]

    faults = rows.grouped(trial(table, Columns()).faults)

    assert [(fault.place, fault.value, fault.later_rows) for fault in faults] == [
        ("A2", "west", 29),
        ("A32", "east", 0),
    ]
