"""Respondents at once, who keep what was acknowledged and send again what was not."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

from questionnaires import load
from survey_app.respondent.protocol import Outcome, play
from tests.installation import PATIENCE, Codes, Installation

ITEMS = sorted({code for name in ("external", "internal") for code in load(name).codes})
AT_ONCE = 6


@dataclass
class Respondents:
    """Reference respondents, one for each code."""

    installation: Installation
    campaign: str
    codes: list[str]
    receipts: set[str] = field(default_factory=set)
    """What was acknowledged so far."""

    @classmethod
    def of(cls, installation: Installation, campaign: str, codes: Codes) -> "Respondents":
        """Let everybody come who has a code."""
        return cls(
            installation, campaign, [code for of_stratum in codes.values() for code in of_stratum]
        )

    @contextmanager
    def answering(self) -> Iterator[Future[list[Outcome]]]:
        """Let them answer while the test goes on; each is patient with a server that is down."""
        with ThreadPoolExecutor(1) as beside:
            yield beside.submit(
                play,
                self.installation.base,
                [{"code": code, **dict.fromkeys(ITEMS, "0")} for code in self.codes],
                campaign=self.campaign,
                concurrency=AT_ONCE,
                patience=PATIENCE,
                on_progress=self._note,
            )

    def wait_for(self, number: int, under_way: "Future[list[Outcome]]") -> None:
        """Wait until so many were acknowledged, and others are still answering."""
        end = time.monotonic() + 2 * PATIENCE
        while len(self.receipts) < number:
            assert not under_way.done(), under_way.result()
            assert time.monotonic() < end, self.installation.server_log()
            time.sleep(0.01)

    def stored_receipts(self) -> list[str]:
        """The receipts of the campaign's ballots as they stand in the store."""
        return self.installation.receipts(self.campaign)

    def number_of_claims(self) -> int:
        """How many of the campaign's codes are spent."""
        return self.installation.claims(self.campaign)

    def _note(self, outcome: Outcome) -> None:
        assert outcome.receipt, f"{outcome.error}{self.installation.server_log()}"
        self.receipts.add(outcome.receipt)
