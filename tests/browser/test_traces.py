"""What a phone's disk tells after a survey: no answer, and no code but in the browser's history."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.conftest import kept_browser
from tests.browser.phone import Phone, address, link
from tests.public import Survey

WRITE_DELAY = 6_000
"""Milliseconds within which a browser has written what a page stores."""
HISTORY = {
    *("Favicons", "History", "Sessions", "Shortcuts", "Top Sites", "Visited Links"),
    *("segmentation_platform", "ukm_db"),
}
"""Where the browser itself keeps which addresses were opened."""


@contextmanager
def _opened(browser: Browser, profile: Path) -> Iterator[Phone]:
    with kept_browser(browser.browser_type, profile) as context:
        yield Phone(context.pages[0])


def _places(profile: Path, text: str) -> set[str]:
    """Name the files that hold a text, by their name in the folder of the profile's person."""
    patterns = [text.encode(encoding) for encoding in ("utf-8", "utf-16-le")]
    person = profile / "Default"
    return {
        path.relative_to(person if path.is_relative_to(person) else profile).parts[0]
        for path in profile.rglob("*")
        if path.is_file() and any(pattern in path.read_bytes() for pattern in patterns)
    }


def _slowly(route: Route) -> None:
    """Let a ballot be on its way long enough to be on the disk."""
    route.request.frame.page.wait_for_timeout(WRITE_DELAY)
    route.continue_()


@pytest.mark.parametrize(("by", "count"), [("link", 2), ("typing", 1)])
def test_the_disk_holds_no_answer_and_no_code(
    browser: Browser, survey: Survey, tmp_path: Path, by: str, count: int
) -> None:
    code = survey.code()
    with _opened(browser, tmp_path) as phone:
        if by == "typing":
            phone.open(address(survey), "asking")
            phone.page.fill("#code", code)
            phone.press("#asking .main", "welcome")
        else:
            phone.open(link(survey, code), "welcome")
        phone.press("#begin", "questions")
        items = phone.items()
        for item in items[:count]:
            phone.answer(item, 1)
            phone.page.wait_for_timeout(WRITE_DELAY)
        phone.press("#check", "review")
        phone.page.route("**/ballots", _slowly)
        phone.press("#send", "received")
        receipt = phone.receipt()
        phone.page.wait_for_timeout(WRITE_DELAY)
    for _ in range(3):
        with _opened(browser, tmp_path) as phone:
            phone.page.goto(address(survey))
            phone.see("asking")

    assert _places(tmp_path, receipt) == {"Local Storage"}, "the search finds what there is"
    places = {place for form in (code, code.replace("-", "")) for place in _places(tmp_path, form)}
    assert places <= (set() if by == "typing" else HISTORY)
    for item in items:
        assert _places(tmp_path, f'"{item}":') == set()
        assert "_" not in item or _places(tmp_path, item) == set()
