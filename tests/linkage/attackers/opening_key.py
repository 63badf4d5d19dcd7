"""An attacker who holds the statisticians' key, and a copy of the answers store from some moment.

He does not use the program, which may refuse: he tries the key on the bytes of every ballot.
"""

from collections.abc import Iterator

from survey_app.crypto import sealing
from survey_app.crypto.credentials import spent_hash
from survey_app.respondent.protocol import SignedBallot
from tests.linkage.measures import Tally
from tests.linkage.simulation import Fieldwork


def attack(survey: Fieldwork, copy: set[bytes]) -> Tally:
    """Open the ballots whose sealed answers stand in a copy; their receipts stand beside them."""
    opened_ballots = sum(
        _opens(survey, ballot) for ballot in survey.ballots.values() if ballot.sealed in copy
    )
    return Tally(opened_ballots, 0, len(survey.ballots))


def _opens(survey: Fieldwork, ballot: SignedBallot) -> bool:
    answers = set(survey.sheets)
    for info in _infos(survey.manifest.campaign, ballot):
        try:
            if sealing.open_sealed(survey.opening_key, info, ballot.sealed) in answers:
                return True
        except sealing.SealingError:
            continue
    return False


def _infos(campaign: str, ballot: SignedBallot) -> Iterator[bytes]:
    """Give everything that a ballot may be sealed with, in either edition of the protocol."""
    message = ballot.credential.message
    yield sealing.ballot_info(campaign, ballot.stratum, spent_hash(message))
