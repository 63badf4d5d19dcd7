"""A roster is read whatever wrote it, and refused with its line."""

import pytest

from survey_app.documents.design import Stratum
from survey_app.errors import RosterError
from survey_app.identity.manage.roster import rows

STRATA = [
    Stratum.model_validate(
        {
            "id": name,
            "unit": "u",
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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_every_encoding_and_line_end_gives_the_same_people(tmp_path, encoding, line_end):
    people = read(tmp_path, GOOD.replace("\n", line_end).encode(encoding))

    assert people.columns == ("stratum", "person", "name")
    assert [row["name"] for row in people.rows] == ["甲单位", "乙单位"]
    assert people.by_stratum == {"north": 2}


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("stratum,name\nnorth,x\n", 1, "the column “person” is missing"),
        ("", 1, "is empty"),
        ("stratum,person\n", 1, "the file contains no persons"),
        ("stratum,person\nnorth,1\nnorth,1\n", 3, "this person is listed twice (1)"),
        ("stratum,person\nnorth,1\nwest,2\n", 3, "the stratum is not in the design (west)"),
        ("stratum,person\nnorth,1\nnorth,\n", 3, "the person is empty"),
        ("stratum,person\nnorth,1\nnorth\n", 3, "does not have as many cells as the header"),
        (
            "stratum,person\n" + "".join(f"north,{i}\n" for i in range(21)),
            1,
            "a stratum has more persons than its population (north)",
        ),
        (
            "stratum,person\n" + "".join(f"north,{i}\n" for i in range(3)),
            1,
            "a stratum has more persons than its sample (north)",
        ),
        ("stratum,person,person\nnorth,1,1\n", 1, "a column is listed twice"),
        ("stratum,person,code\nnorth,1,1\n", 1, "is called 'code'"),
        ('stratum,person\nnorth,"1\n', 2, "is not CSV"),
        (b"stratum,person\nnorth,\xff\xff\n", 1, "is neither XLSX nor text (UTF-8 or GB18030)"),
    ],
)
def test_a_bad_roster_is_refused_with_line_and_reason(tmp_path, content, line, reason):
    with pytest.raises(RosterError) as caught:
        read(tmp_path, content)

    assert str(caught.value).startswith(f"people.csv, line {line}: ")
    assert reason in str(caught.value)
