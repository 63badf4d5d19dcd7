"""Whoever gets hold of a phone on which somebody has answered, and reads the browser's files.

A page can clear its own storage. It cannot touch the browser's history, which keeps the addresses
of links with what stands behind the ``#``; who types a code leaves none there. The receipt is kept
on purpose, until it is removed, and is not sought.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import kept_browser
from tests.browser.phone import Phone, address, link
from tests.linkage.measures import Tally
from tests.public import Survey

_OF_THE_PAGE = ("Local Storage", "Session Storage", "IndexedDB", "Service Worker", "Cache")
"""Where the files lie that a page can write and clear."""

THINKING = 7000
"""Milliseconds before the answers are sent: Chromium writes to its disk what stood for seconds."""


@dataclass(frozen=True)
class Remains:
    """What is left of one who answered: the files that hold it, by what it is."""

    files: Mapping[str, list[str]]

    @property
    def in_storage(self) -> Tally:
        """Count what the page's own storage holds."""
        return self._tally(of_the_page=True)

    @property
    def elsewhere(self) -> Tally:
        """Count what the browser keeps besides."""
        return self._tally(of_the_page=False)

    def _tally(self, *, of_the_page: bool) -> Tally:
        kinds = [
            any(of_the_page == any(folder in file for folder in _OF_THE_PAGE) for file in files)
            for files in self.files.values()
        ]
        return Tally(sum(kinds), 0, len(kinds))


def attack(survey: Survey, profile: Path, *, by_link: bool) -> Remains:
    """Answer in a browser that keeps its files, close it, and read them."""
    code = survey.code()
    with sync_playwright() as playwright, kept_browser(playwright.chromium, profile) as context:
        phone = Phone(context.new_page())
        _open(phone.page, phone, survey, code, by_link=by_link)
        answers = _answer(phone)
        phone.receipt()
    spellings = {
        "code": [code, code.replace("-", ""), code.replace("-", "").lower()],
        "answers": [f'"{item}":{value}' for item, value in answers.items()],
        "items": [item for item in answers if "_" in item],
    }
    return Remains({kind: list(_files(profile, texts)) for kind, texts in spellings.items()})


def _open(page: Page, phone: Phone, survey: Survey, code: str, *, by_link: bool) -> None:
    if by_link:
        phone.open(link(survey, code), "welcome")
        return
    phone.open(address(survey), "asking")
    page.fill("#code", code)
    phone.press("#asking .main", "welcome")


def _answer(phone: Phone) -> dict[str, int]:
    phone.press("#begin", "questions")
    answers = {item: (number + 1) % 2 for number, item in enumerate(phone.items())}
    for item, value in answers.items():
        phone.answer(item, value)
    phone.page.wait_for_timeout(THINKING)
    phone.press("#check", "review")
    phone.press("#send", "received")
    return answers


def _files(profile: Path, texts: list[str]) -> Iterator[str]:
    """Name every file that holds one of these texts, in whatever way it is written."""
    needles = {text.encode(encoding) for text in texts for encoding in ("utf-8", "utf-16-le")}
    for path in sorted(profile.rglob("*")):
        if path.is_file() and any(needle in path.read_bytes() for needle in needles):
            yield str(path.relative_to(profile))
