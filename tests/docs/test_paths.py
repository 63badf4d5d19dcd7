"""What the developers' pages name is there: a stranger finds it by the folder's name."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *(ROOT / "docs" / f"{name}.md" for name in ("architecture", "glossary", "protocol")),
    *sorted((ROOT / "docs" / "adr").glob("*.md")),
]
TOP = "survey_app|questionnaires|stats|migrations|deploy|supply|bench|tests|docs"
PATH = re.compile(rf"`((?:{TOP})(?:/[\w.-]+)*/?)`")
PLACES = re.compile(r"\b(?:NAME|SIDE)\b")
"""What stands for a name of the reader's own."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_path_on_a_page_exists(page):
    paths = set(PATH.findall(page.read_text(encoding="utf-8")))

    absent_paths = {
        path for path in paths if not PLACES.search(path) and not (ROOT / path).exists()
    }

    assert absent_paths == set()


def test_the_ten_questions_are_ten():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.split("\n## Ten questions\n")[1].split("\n## ")[0]

    assert len(re.findall(r"^\| (?!where|---)", table, flags=re.MULTILINE)) == 10


def test_the_map_names_every_folder_of_the_program():
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.split("\n## The map\n")[1].split("\n## ")[0]
    folders = set(re.findall(r"^\| `(?:survey_app/)?(\w+)", table, flags=re.MULTILINE))

    rooms = {path.name for path in (ROOT / "survey_app").iterdir() if path.is_dir()}

    assert rooms - {"__pycache__", "static", "templates"} <= folders
