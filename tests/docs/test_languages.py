"""Who reads Chinese reads the same as who reads English."""

import re

import pytest

from tests.docs.pages import CHINESE, blocks, english
from tests.installation import ROOT

ENGLISH_ONLY = {
    *("methodology.md", "licences.md"),  # formulas with their sources, and a table of names
    *("CONTRIBUTING.md", "architecture.md", "protocol.md", "stats.md"),  # for developers
    "glossary.md",  # both languages in one table
}
PAIRS = [
    pytest.param(page, page.with_name(page.name.replace(".md", CHINESE)), id=page.name)
    for page in english()
    if page.name not in ENGLISH_ONLY
]
in_both = pytest.mark.parametrize(("page", "translation"), PAIRS)
TARGET = re.compile(r"\]\(([^)\s]+)\)")


def prose(page):
    return re.sub(
        r"^ *```.*?^ *```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL
    )


def levels(page):
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(page), flags=re.MULTILINE)]


def codes_in_tables(page):
    """What the first cells of tables set as code."""
    cells = re.findall(r"^\| (`.*?) \|", prose(page), flags=re.MULTILINE)
    return [re.findall(r"`([^`]+)`", cell) for cell in cells]


def slugs(page):
    """The anchors of a page's headings, as forges make them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@in_both
def test_the_pages_have_the_same_headings(page, translation):
    assert levels(page) == levels(translation)


@in_both
def test_the_pages_have_the_same_blocks(page, translation):
    here, there = blocks(page), blocks(translation)

    assert [block.kind for block in here] == [block.kind for block in there]
    assert [block.code for block in here] == [block.code for block in there]


@in_both
def test_the_pages_show_the_same_pictures(page, translation):
    picture = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")

    translated = picture.findall(prose(translation).replace(".zh.png", ".png"))
    assert picture.findall(prose(page)) == translated


@in_both
def test_the_pages_list_the_same_settings_files_and_codes(page, translation):
    assert codes_in_tables(page) == codes_in_tables(translation)


@in_both
def test_each_page_leads_to_the_other_at_its_top(page, translation):
    assert (
        page.read_text(encoding="utf-8").splitlines()[2] == f"English | [中文]({translation.name})"
    )
    assert (
        translation.read_text(encoding="utf-8").splitlines()[2] == f"[English]({page.name}) | 中文"
    )


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")], ids=lambda page: page.name
)
def test_every_link_leads_somewhere(page):
    for target in TARGET.findall(prose(page)):
        place, _, anchor = target.partition("#")
        if "://" in place:
            continue
        aim = page.parent / place if place else page
        assert aim.exists(), target
        assert not anchor or anchor in slugs(aim), target
