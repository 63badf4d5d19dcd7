"""Style sheets as a browser reads them: what it does not understand it drops without a word."""

import re
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import survey_app

SHEETS = sorted(Path(survey_app.__file__).parent.rglob("static/*.css"))
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
PAGE = re.compile(r"@page\s*\{[^}]*\}")  # its descriptors are no properties
RULE = re.compile(r"([^{};@]+)\{([^{}]*)\}")
NOT_UNDERSTOOD = """([selectors, declarations]) => [
  ...selectors.filter((one) => !CSS.supports(`selector(${one})`)),
  ...declarations.filter((one) => !CSS.supports(one)),
]"""


def rules(sheet: Path) -> list[tuple[list[str], list[str]]]:
    """The selectors and the declarations of each rule of a formatted style sheet."""
    text = PAGE.sub("", COMMENT.sub("", sheet.read_text(encoding="utf-8")))
    return [
        (
            [selector.strip() for selector in selectors.split(",\n")],
            [line.strip() for line in declarations.split(";") if line.strip()],
        )
        for selectors, declarations in RULE.findall(text)
    ]


def test_there_are_style_sheets_for_phones_and_for_staff():
    assert {"survey.css", "reading.css", "page.css", "staff.css"} <= {
        sheet.name for sheet in SHEETS
    }


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_a_browser_understands_every_selector_and_declaration(browser: Browser, sheet: Path):
    selectors = [selector for of_rule, _ in rules(sheet) for selector in of_rule]
    declarations = [declaration for _, of_rule in rules(sheet) for declaration in of_rule]
    page = browser.new_page()

    assert len(declarations) > 10
    assert page.evaluate(NOT_UNDERSTOOD, [selectors, declarations]) == []
    page.close()


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_no_rule_says_a_property_twice(sheet: Path):
    for selectors, declarations in rules(sheet):
        properties = Counter(declaration.partition(":")[0] for declaration in declarations)
        assert properties.most_common(1)[0][1] == 1, selectors
