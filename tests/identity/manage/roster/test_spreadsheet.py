"""Files that only look like a table, or would fill the memory, are refused before they do."""

import io
import zipfile

import pytest
import xlsxwriter

from survey_app.errors import SpreadsheetError
from survey_app.identity.manage.roster import spreadsheet
from survey_app.identity.manage.roster.columns import Columns, propose


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


def sheet(xml, part="worksheets/sheet1.xml"):
    """A workbook whose only sheet is this text, in a part of this name."""
    good = zipfile.ZipFile(io.BytesIO(workbook([["stratum"], ["north"]])))
    parts = {name: good.read(name) for name in good.namelist()}
    parts.pop("xl/worksheets/sheet1.xml")
    links = parts["xl/_rels/workbook.xml.rels"].replace(b"worksheets/sheet1.xml", part.encode())
    return archive(parts | {"xl/_rels/workbook.xml.rels": links, f"xl/{part}": xml})


def test_a_workbook_is_read_like_the_same_text():
    rows = [["stratum", "person", "phone"], ["north", 17, "甲"], [], ["north", "018", ""]]

    table = spreadsheet.read(workbook(rows), "people.xlsx")

    assert table.header == ("stratum", "person", "phone")
    assert table.lines == ((2, ["north", "17", "甲"]), (4, ["north", "018", ""]))


def refusal(content):
    with pytest.raises(SpreadsheetError) as caught:
        spreadsheet.read(content, "people.xlsx")
    return str(caught.value)


def test_a_formula_is_refused_with_its_row():
    rows = [["stratum", "person"], ["north", "=1+1"]]

    assert "cell B2 of the sheet “Sheet1” has a formula" in refusal(workbook(rows))


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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("part", ["worksheets/sheet1.xml", "hidden/other.xml", "x.rels"])
def test_a_sheet_is_measured_whatever_its_part_is_called(part, encoding):
    text = f'<?xml version="1.0" encoding="{encoding}"?>{" " * 2**20}<worksheet><sheetData>'
    xml = f'{text}<row r="1"><c r="A1"/><c r="XFD1048576"/></row></sheetData></worksheet>'

    assert "too many rows or cells" in refusal(sheet(xml.encode(encoding), part))


def test_a_million_columns_are_too_many():
    wide = "stratum," + ",".join(f"c{i}" for i in range(1_000_000))

    assert "more than 200 columns" in refusal(wide.encode())
    assert "too many rows or cells" in refusal(f"stratum\n{',' * 1_000_000}\n".encode())
    cells = "".join("<c><v>1</v></c>" for _ in range(20_000))
    xml = f"<worksheet><sheetData><row>{cells}</row></sheetData></worksheet>"
    assert "too many rows or cells" in refusal(sheet(xml))


def test_entities_are_not_expanded():
    xml = '<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'

    assert "is not an Excel workbook" in refusal(sheet(xml))


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
    assert refusal(content).startswith("people.xlsx ")


def test_a_file_beyond_the_limit_is_refused():
    assert "larger than 32 MB" in refusal(b"a" * (spreadsheet.LARGEST_FILE + 1))


def test_a_column_without_a_name_of_its_own_bears_its_letter():
    table = spreadsheet.read(b"stratum,,person,person,code,\nnorth,x,1,2,3\n", "people.csv")

    assert table.header == ("stratum", "B", "person", "person (D)", "code (E)")


def of_an_office():
    """A hidden first sheet, titles above the headings, merged units, remarks and empty ends."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        settings, sheet = book.add_worksheet("参数"), book.add_worksheet("名单")
        sheet.activate()
        settings.hide()
        settings.write_row(0, 0, ["单位", "=1+1"])
        sheet.merge_range("A1:E1", "2026年春季调查人员名单")
        sheet.write_row("A2", ["填报单位：", "市局", "", "日期：", "3月"])
        sheet.write_row("A3", ["单位", "岗位（必填）", "工号", "姓名", "电子邮箱", ""])
        sheet.merge_range("A4:A6", "东城")
        digits = book.add_format({"num_format": "00000"})
        for row in range(3, 6):
            sheet.write_row(row, 1, ["检查", row, f"名{row}", "", ""])
            sheet.write_number(row, 2, row, digits)
        sheet.write_blank("H40", None, digits)
    return content.getvalue()


def test_a_workbook_of_an_office_is_read_as_it_is_seen():
    table = spreadsheet.read(of_an_office(), "people.xlsx")

    assert table.sheet == "名单"
    assert [(sheet.name, sheet.is_hidden) for sheet in table.sheets] == [
        ("参数", True),
        ("名单", False),
    ]
    assert table.header_row == 3
    assert table.header == ("单位", "岗位（必填）", "工号", "姓名", "电子邮箱")
    assert table.lines[2] == (6, ["东城", "检查", "00005", "名5", ""])
    assert len(table.lines) == 3
    assert propose(table.header) == Columns(
        "", "工号", "电子邮箱", unit="单位", category="岗位（必填）"
    )


def test_another_sheet_and_other_headings_can_be_taken():
    content = of_an_office()

    assert spreadsheet.read(content, "people.xlsx", "名单", 2).header[:2] == ("填报单位：", "市局")
    for sheet, row, sentence in (
        ("参数", 0, "cell B1 of the sheet “参数” has a formula"),
        ("名单", 9, "no headings in row 9"),
        ("x", 0, "no sheet “x”"),
    ):
        with pytest.raises(SpreadsheetError, match=sentence):
            spreadsheet.read(content, "people.xlsx", sheet, row)


def test_numbers_too_long_for_a_spreadsheet_are_marked():
    table = spreadsheet.read(workbook([["a", "b"], [110101196102022033, 17]]), "people.xlsx")

    assert table.rounded == {(2, 0)}


def test_merged_cells_beyond_all_bounds_are_too_many():
    merged = '<mergeCell ref="A1:A1000"/>' * 12_000
    rows = "".join(f'<row r="{i}"><c r="A{i}"><v>1</v></c></row>' for i in range(1, 1001))
    xml = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData><mergeCells>{merged}</mergeCells></worksheet>"
    )

    assert "too many rows or cells" in refusal(sheet(xml))
