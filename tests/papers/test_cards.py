"""Cards as they are printed: read back from the pages of the PDF."""

import subprocess

import pytest
import zxingcpp
from PIL import Image

from survey_app.papers import cards, fonts, paper
from survey_app.papers.cards import PER_PAGE, CardFace, CardSheets, PrintedCard
from survey_app.papers.covers import CoverSheet, ListSheet
from survey_app.papers.lines import cut, segments, wrap

CODE = "WAVE-2026-CARD-{:04}-CHCK"
LINK = "https://survey.example.org/respond/wave-2026/#" + CODE + "." + "d" * 43 + ".north"
LONG_ZH, LONG_EN = "某市消防救援支队" * 25, "Fire and rescue " * 12


def face(zh="调查", en="A survey", **changes):
    """A card in both languages, whose title and contact are these."""
    texts = {
        "rehearsal": "",
        "title": (zh, en),
        "way": ("请扫码，或打开网址，输入邀请码：", "Scan, or type address and code:"),
        "address": "https://survey.example.org/respond/wave-2026/",
        "last_day": ("最后一天：2099年12月31日", "Last day: 31 December 2099"),
        "check_code": ("校验码：ABCD-EFGH", "Check code: ABCD-EFGH"),
        "promise": (
            "邀请码只能用一次。答案在您的手机上加密，不带姓名。",
            "The code works once. Your answers carry no name.",
        ),
        "about": (f"联系：{zh}", f"Contact: {en}"),
        "strip": "请撕下",
    }
    return CardFace(**texts | changes)


def some(number, strip=""):
    return [
        PrintedCard(f"B · {n}", CODE.format(n), LINK.format(n), strip) for n in range(1, number + 1)
    ]


def cover(mark):
    return CoverSheet("演练", ("调查",), f"卡片 {mark}", [("单位", LONG_ZH)], ["装入一个信封"])


def printed(*parts):
    return cards.print_parts(parts, lambda number: None)


ROWS = [[f"B · {n}", "王小明", "很长的科室名称" * (n % 7)] for n in range(1, 101)]
LONGEST = face(LONG_ZH, LONG_EN, rehearsal="演练 · Rehearsal")
PARTS = {
    **{f"{per_page} a page": CardSheets("B", face(), some(3), per_page) for per_page in PER_PAGE},
    "long": CardSheets(LONG_ZH, LONGEST, some(3), 12),
    "long with strips": CardSheets("B", LONGEST, some(3, "00017 王小明" * 20), 12),
    "cover A": cover("A"),
    "list": ListSheet("", ["发放名单 B"], ["卡片", "姓名", "科室"], ROWS, ["销毁"]),
}


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    file = tmp_path_factory.mktemp("cards") / "cards.pdf"
    file.write_bytes(printed(*PARTS.values()))
    return file


@pytest.fixture(scope="module")
def texts(pdf):
    """The text of each page; the first pages have a part each, the last a list."""
    command = ["pdftotext", "-raw", pdf, "-"]
    text = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    return text.split("\f")[:-1]


@pytest.fixture(scope="module")
def links(pdf):
    """The links of the QR codes on each page but the list's."""
    command = [
        "pdftoppm",
        "-r",
        "150",
        "-gray",
        "-l",
        str(len(PARTS) - 1),
        pdf,
        pdf.parent / "page",
    ]
    subprocess.run(command, check=True)
    pictures = [Image.open(page) for page in sorted(pdf.parent.glob("page-*.pgm"))]
    return [[code.text for code in zxingcpp.read_barcodes(picture)] for picture in pictures]


def test_every_printed_code_leads_to_its_link(texts, links):
    for part, text, on_page in zip(PARTS.values(), texts, links, strict=False):
        if isinstance(part, CardSheets):
            assert sorted(on_page) == [card.link for card in part.cards]
            assert all(card.code in text and card.mark in text for card in part.cards)


def test_the_longest_texts_push_no_code_day_or_promise_off_the_card(texts):
    for name, text in zip(PARTS, texts, strict=False):
        if name.startswith("long"):
            for line in ("演练", "31 December 2099", "ABCD-EFGH", "carry no name"):
                assert text.count(line) >= 3, (name, line)


def test_no_line_of_a_card_leaves_its_room():
    with paper.Paper() as sheet:
        for part in PARTS.values():
            if isinstance(part, CardSheets):
                cell, lines = cards._layout(sheet, part)
                for line in lines:
                    width = sheet.width(line.size, bold=line.bold)(line.text or part.cards[0].code)
                    assert line.x + width <= cell.width
                    assert line.y + paper.line_height(line.size) <= cell.bottom + 0.01
                    below = line.y >= cards._PADDING + cell.side
                    assert below or line.x >= cards._PADDING + cell.side


def test_a_part_begins_a_page(texts, links):
    before_list = texts[: len(PARTS) - 1]

    assert [len(on_page) for on_page in links] == [3] * (len(PARTS) - 2) + [0]
    assert "卡片 A" in before_list[-1]
    assert before_list[-1].replace("\n", "").count("某市消防救援支队") == 25


def test_a_long_list_names_its_columns_on_every_page(texts):
    of_list = texts[len(PARTS) - 1 :]

    assert len(of_list) > 2
    assert all("科室" in text and "销毁" in text for text in of_list)
    assert sum(text.count("王小明") for text in of_list) == 100


def test_a_pdf_carries_of_the_font_what_it_uses(pdf):
    command = ["pdffonts", pdf]
    table = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout

    assert pdf.stat().st_size < 200_000
    assert [line.split()[-5:-2] for line in table.splitlines()[2:]] == [["yes"] * 3] * 2


def test_without_a_chinese_font_cards_are_refused_with_the_reason(monkeypatch):
    monkeypatch.setattr(fonts, "files", list)

    with pytest.raises(fonts.NoChineseFontError, match="cards would show boxes"):
        printed(CardSheets("B", face(), some(1), 8))


def test_marks_are_letters_that_cannot_be_taken_for_digits():
    marks = [cards.mark_of(index) for index in range(24 + 24 * 24)]

    assert marks[:3] == ["A", "B", "C"]
    assert marks[23:26] == ["Z", "AA", "AB"]
    assert len(set(marks)) == len(marks)
    assert not set("IO") & set("".join(marks))


def test_lines_break_between_chinese_characters_and_after_slashes():
    assert wrap("一二三四，五", len, 4) == ["一二三", "四，五"]
    assert wrap("one two three", len, 7) == ["one two", "three"]
    assert wrap("https://a.example/respond/spring/", len, 18) == [
        "https://a.example/",
        "respond/spring/",
    ]
    assert wrap("abcdef", len, 4) == ["abcd", "ef"]
    assert wrap("最后一天：2099年12月31日", len, 12) == ["最后一天：", "2099年12月31日"]
    assert wrap("", len, 4) == []
    assert segments("https://a.example/b/") == ["https://a.example/", "b/"]
    assert cut(["abcd", "ef"], 1, len, 4) == ["abc…"]
