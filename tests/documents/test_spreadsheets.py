"""What people typed is only text in a spreadsheet; numbers and telephone numbers stay as typed."""

import pytest

from survey_app.documents.spreadsheets import harmless


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x")',
        "@SUM(A1)",
        "-2+3+cmd|' /C calc'!A0",
        "|cmd",
        "%0A",
        "＝1+1",
        "＋1+1",
        " =1+1",
        "\t=1",
        "\n=1",
        "\ttext",
    ],
)
def test_what_starts_like_a_formula_gets_an_apostrophe(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "王一", "a=b", "-1", "-1.5", "+86 138 0013 8000", "12 (3)"])
def test_numbers_and_plain_texts_stay_as_they_are(text):
    assert harmless(text) == text
