"""Questionnaires in spreadsheets, there and back, and files that are none."""

import io
import zipfile

import pytest
import xlsxwriter

from questionnaires import load
from survey_app.identity.manage.questions import table, workbook
from survey_app.identity.manage.questions.table import FaultyLinesError
from survey_app.identity.manage.questions.workbook import QuestionFileError

EXTERNAL, INTERNAL = load("external"), load("internal")


def xlsx(**sheets):
    """A workbook; the sheets whose names begin with an underscore are hidden."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    book.add_worksheet("cover")
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name.strip("_"))
        if name.startswith("_"):
            sheet.hide()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return content.getvalue()


def read(content, base=EXTERNAL):
    sheets = table.filled_sheets(content, "own.xlsx")
    return table.read(table.sheet_of_items(sheets), "own.xlsx", base)


def faults_of(content):
    with pytest.raises(FaultyLinesError) as refusal:
        read(content)
    return [(fault.line, fault.column, str(fault.error)) for fault in refusal.value.faults]


@pytest.mark.parametrize("questionnaire", [EXTERNAL, INTERNAL])
@pytest.mark.parametrize(
    "write", [workbook.write_csv, lambda rows: workbook.write_xlsx(rows, "questions")]
)
def test_a_questionnaire_comes_back_from_its_spreadsheet_with_its_digest(questionnaire, write):
    assert read(write(table.table_of(questionnaire))).digest == questionnaire.digest


def test_what_looks_like_a_formula_is_text_and_comes_back():
    rows = table.table_of(EXTERNAL)
    rows[1][2] = "=1+1"

    content = workbook.write_csv(rows)

    assert b",'=1+1," in content
    assert read(content).title.zh == "=1+1"


def test_a_template_is_a_questionnaire_with_one_item_to_follow():
    assert len(read(workbook.write_csv(table.template_of(EXTERNAL))).items) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_rows_without_roles_are_the_items_and_the_rest_stays(encoding):
    text = "编号,zh,en,label zh,label en\nqueue,有没有插队？,Jumped?,插队,Queues\n"

    questionnaire = read(text.replace("编号", "code").encode(encoding))

    assert [item.code for item in questionnaire.items] == ["queue"]
    assert questionnaire.screening == EXTERNAL.screening
    assert questionnaire.attention == EXTERNAL.attention
    assert questionnaire.title == EXTERNAL.title


def test_chinese_words_for_rows_columns_and_answers_are_read():
    rows = table.table_of(EXTERNAL)
    rows[0] = ["类型", "编号", "中文", "英文", "简称（中文）", "简称（英文）", "应选"]
    names = {"title": "标题", "introduction": "引言", "screening": "筛选题", "item": "题目"}
    for row in rows[1:]:
        row[0] = names.get(row[0], "注意力题")
    rows[-1][-1] = "不想答"

    assert read(workbook.write_csv(rows)).digest == EXTERNAL.digest


def test_every_line_that_does_not_fit_is_named_and_nothing_is_taken():
    rows = table.table_of(EXTERNAL)
    rows[4][1], rows[5][3], rows[6][0] = "Bad Code", "", "section"

    assert [fault[:2] for fault in faults_of(workbook.write_csv(rows))] == [(7, "role")]

    rows[6][0] = "item"
    assert [fault[:2] for fault in faults_of(workbook.write_csv(rows))] == [
        (5, "code"),
        (6, "en"),
    ]


def test_the_visible_sheet_with_codes_is_read():
    rows = table.table_of(INTERNAL)

    content = xlsx(_old=table.table_of(EXTERNAL), notes=[["to do"]], questions=rows)

    assert read(content).digest == INTERNAL.digest


def test_a_missing_column_is_named():
    with pytest.raises(QuestionFileError, match="“label zh” is missing"):
        read(b"code,zh,en\na,b,c\n")


def _far_off(name="xl/worksheets/sheet2.xml", encoding="utf-8"):
    """A workbook with one cell a million rows away, in a part of any name."""
    content = io.BytesIO(xlsx(questions=table.table_of(EXTERNAL)))
    with zipfile.ZipFile(content) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts.pop("xl/worksheets/sheet2.xml").decode().replace('r="A1"', 'r="XFD1048576"')
    parts[name] = sheet.replace("UTF-8", encoding).encode(encoding)
    links = parts["xl/_rels/workbook.xml.rels"]
    parts["xl/_rels/workbook.xml.rels"] = links.replace(
        b"worksheets/sheet2.xml", name.removeprefix("xl/").encode()
    )
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w") as archive:
        for part, text in parts.items():
            archive.writestr(part, text)
    return copy.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\x01\x02",
        b"PK\x03\x04 and no archive",
        b"\xff\xfe\x00",
        b"code\n" * 2002,
        xlsx(questions=table.table_of(EXTERNAL))[:900],
        _far_off(),
        _far_off("xl/hidden/other.xml"),
        _far_off(encoding="utf-16"),
    ],
)
def test_what_is_no_spreadsheet_of_this_size_is_refused(content):
    with pytest.raises(QuestionFileError):
        read(content)
