"""A respondent's phone: what a finger does on it, and what can be seen of it from outside."""

import json
import re
from typing import Any

from playwright.sync_api import Page, Request, Response

from tests.public import Survey

RECEIPT = re.compile(r"\b[0-9a-f]{64}\b")
SIGNATURE = re.compile(r"Signature: (\S+)")
SMALLEST_TARGET = 48
BEYOND = """() => {
  const {scrollWidth, clientWidth} = document.documentElement;
  return scrollWidth <= clientWidth ? [] : [...document.querySelectorAll('body *')]
    .filter((element) => element.getBoundingClientRect().right > clientWidth)
    .map((element) => element.outerHTML.slice(0, 120));
}"""


class Phone:
    """One browser page, used by touch alone."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[Request] = []
        self.responses: list[Response] = []
        self.faults: list[str] = []
        page.on("request", lambda request: self.requests.append(request))  # noqa: PLW0108
        page.on("response", lambda response: self.responses.append(response))  # noqa: PLW0108
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._listen)
        page.on("dialog", lambda dialog: dialog.accept())

    def _listen(self, message: Any) -> None:
        if "Content Security Policy" in message.text:
            self.faults.append(message.text)

    def open(self, link: str, step: str) -> None:
        """Open an address and wait for a step of the page."""
        self.page.goto(link)
        self.see(step)

    def see(self, step: str) -> None:
        """Wait until a step is the one that is shown."""
        self.page.wait_for_selector(f"#{step}:not([hidden])")

    def press(self, target: str, step: str | None = None) -> None:
        """Tap something large enough to be tapped."""
        element = self.page.locator(target)
        element.scroll_into_view_if_needed()
        box = element.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= SMALLEST_TARGET, (target, box)
        element.tap()
        if step:
            self.see(step)

    def answer(self, item: str, value: int) -> None:
        """Tap the row of an answer, anywhere but on the small circle in it."""
        choice = f'label:has(input[name="{item}"][value="{value}"])'
        self.press(choice)
        assert self.page.locator(f"{choice} input").is_checked()

    def items(self) -> list[str]:
        """The codes of the items on the page, in their order."""
        names: list[str] = self.page.eval_on_selector_all(
            "fieldset", "sets => sets.map((set) => set.querySelector('input').name)"
        )
        return names

    def text(self, target: str) -> str:
        """What a reader sees there."""
        return self.page.locator(target).inner_text()

    def receipt(self) -> str:
        """The receipt that is shown: its number, and the whole of it to copy."""
        self.see("received")
        number = self.text("#receipt").replace(" ", "")
        receipts: list[str] = RECEIPT.findall(self.page.text_content("#proof") or "")
        assert [receipt[:16] for receipt in receipts] == [number]
        return receipts[0]

    def signature(self) -> str:
        """The signature of the receipt; in the first edition there is none."""
        signatures: list[str] = SIGNATURE.findall(self.page.text_content("#proof") or "")
        return signatures[0] if signatures else ""

    def stored_entries(self) -> dict[str, Any]:
        """What the browser keeps for the survey."""
        entries: dict[str, str] = self.page.evaluate("({...localStorage})")
        return {name: json.loads(value) for name, value in entries.items()}

    def post_bodies(self, action: str) -> list[dict[str, Any]]:
        """The bodies of all POSTs to one address."""
        return [
            request.post_data_json or {}
            for request in self.requests
            if request.method == "POST" and request.url.endswith(f"/{action}")
        ]

    def check_width(self) -> None:
        """See that nothing reaches beyond the screen."""
        beyond = self.page.evaluate(BEYOND)
        assert beyond == []


def link(survey: Survey, code: str, stratum: str = "north") -> str:
    """The link of an invitation."""
    return f"{address(survey)}#{code}.{survey.campaign.manifest.digest}.{stratum}"


def address(survey: Survey, page: str = "") -> str:
    """The address of one of a survey's public pages."""
    return f"{survey.installation.base}/respond/{survey.name}/{page}"


def answer_all(phone: Phone, value: int = 0) -> None:
    """Had dealings, and the same answer to every other item."""
    screening, *items = phone.items()
    phone.answer(screening, 1)
    for item in items:
        phone.answer(item, value)


def ballots(survey: Survey) -> list[str]:
    """All receipts in the box."""
    return survey.installation.receipts(survey.name)
