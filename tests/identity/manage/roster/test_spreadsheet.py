"""Files that only look like a table, or would fill the memory, are refused before they do."""

import io
import zipfile

import pytest
import xlsxwriter

from survey_app.errors import RosterError
from survey_app.identity.manage.roster import spreadsheet


def workbook(rows, **options):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, options) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)
    return content.getvalue()


def archive(parts):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return content.getvalue()


def sheet(xml):
    """A workbook whose only sheet is this text."""
    good = zipfile.ZipFile(io.BytesIO(workbook([["stratum"], ["north"]])))
    parts = {name: good.read(name) for name in good.namelist()}
    return archive(parts | {"xl/worksheets/sheet1.xml": xml})


def test_a_workbook_is_read_like_the_same_text():
    rows = [["stratum", "person", "phone"], ["north", 17, "甲"], [], ["north", "018", ""]]

    table = spreadsheet.read(workbook(rows), "people.xlsx")

    assert table.header == ("stratum", "person", "phone")
    assert table.lines == ((2, ["north", "17", "甲"]), (4, ["north", "018", ""]))


def refusal(content):
    with pytest.raises(RosterError) as caught:
        spreadsheet.read(content, "people.xlsx")
    return str(caught.value)


def test_a_formula_is_refused_with_its_row():
    rows = [["stratum", "person"], ["north", "=1+1"]]

    assert "line 2: has a formula" in refusal(workbook(rows))


def test_a_bomb_is_refused_by_what_it_says_of_its_size():
    bomb = archive({"xl/worksheets/sheet1.xml": b" " * (300 * 1024 * 1024)})

    assert len(bomb) < 1024 * 1024
    assert "unpacks to more than 256 MB" in refusal(bomb)


def test_a_bomb_that_lies_about_its_size_is_damaged():
    honest = archive({"xl/worksheets/sheet1.xml": b" " * 10_000_000})
    lying = honest.replace((10_000_000).to_bytes(4, "little"), (1000).to_bytes(4, "little"))

    assert "is damaged" in refusal(lying)


@pytest.mark.parametrize("quote", ['"', "'"])
def test_two_cells_at_the_far_ends_of_a_sheet_are_too_many(quote):
    cells = '<row r="1"><c r="A1"/></row><row r="1048576"><c r="XFD1048576"/></row>'
    xml = f"<worksheet><sheetData>{cells}</sheetData></worksheet>".replace('"', quote)

    assert "too many rows or cells" in refusal(sheet(xml))


def test_a_million_columns_are_too_many():
    wide = "stratum," + ",".join(f"c{i}" for i in range(1_000_000))

    assert "more than 200 columns" in refusal(wide.encode())
    assert "too many rows or cells" in refusal(f"stratum\n{',' * 1_000_000}\n".encode())
    cells = "".join("<c><v>1</v></c>" for _ in range(20_000))
    xml = f"<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>"
    assert "too many rows or cells" in refusal(sheet(xml))


def test_entities_are_not_expanded():
    xml = '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'

    assert "is not an XLSX workbook" in refusal(sheet(xml))


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7\n\0\xff\xfe",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"PK\x03\x04 nothing more",
        archive({"readme.txt": "no sheet"}),
        sheet("<worksheet><not closed"),
        b"",
        b"\n\n\n",
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(content):
    assert refusal(content).startswith("people.xlsx, line ")


def test_a_file_beyond_the_limit_is_refused():
    assert "larger than 32 MB" in refusal(b"a" * (spreadsheet.LARGEST_FILE + 1))


def test_a_column_needs_a_name_of_its_own():
    for header in ("stratum,,person", "stratum," + "x" * 101, "a,a", "a,code"):
        assert "column" in refusal(f"{header}\n".encode())
