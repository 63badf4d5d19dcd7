"""On what grounds a box is closed for good: its last day is over, or the issuer has closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from survey_app.documents.closing import ClosingStatement
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import N_, ClosingError, OpeningError


@dataclass(frozen=True)
class Grounds:
    """What is put forward for closing a box.

    Attributes
    ----------
    today
        The day where the survey is held.
    statement
        The issuer's closing statement.
    before_the_last_day
        That a campaign of the first edition, which has no such statement, is to end early.
    """

    today: date
    statement: ClosingStatement | None = None
    before_the_last_day: bool = False

    def check(self, manifest: PublishedManifest, ballots: Mapping[str, int]) -> None:
        """Refuse to close a box whose issuer may still sign credentials, or that was stuffed.

        Raises
        ------
        ClosingError
            The statement is needed, or not good, or the box holds more ballots than it allows.
        OpeningError
            The campaign is of the first edition, and goes on.
        """
        if self.statement is not None:
            self.statement.check(manifest)
            self.statement.check_ballots(ballots)
        elif self.today <= manifest.latest_day:
            self._check_early(manifest)

    def _check_early(self, manifest: PublishedManifest) -> None:
        if manifest.edition > 1:
            raise ClosingError(
                N_(
                    "Until %(day)s is over, the box opens only with the issuer's closing statement:"
                    " close the campaign on the identity side, and bring the statement here."
                ),
                day=manifest.latest_day,
            )
        if not self.before_the_last_day:
            raise OpeningError(
                N_(
                    "Answers are taken until the end of %(day)s. Who answers after the box is"
                    " closed gets a refusal, and a holder of the key learns the answers while the"
                    " campaign goes on: confirm it with --before-the-last-day, or wait."
                ),
                day=manifest.latest_day,
            )
