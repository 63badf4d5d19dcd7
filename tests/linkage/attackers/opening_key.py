"""An attacker who holds a key of the box, and a copy of the answers store from some moment.

He does not use the program, which may refuse: he tries the key on the bytes of every ballot.
"""

from collections.abc import Callable

from survey_app.crypto import sealing
from survey_app.crypto.credentials import spent_hash
from survey_app.crypto.seals import Seals
from survey_app.respondent.protocol import SignedBallot
from tests.linkage.measures import Tally
from tests.linkage.simulation import Fieldwork

Attempt = Callable[[Seals, bytes, bytes], bytes]
"""Tries to read a ballot's answers: by its seals, its credential's hash, and its bytes."""


def by_statisticians(survey: Fieldwork, copy: set[bytes]) -> Tally:
    """Try the statisticians' key, as if there were no keeper, and as if he had stripped."""
    key = survey.opening_key
    return _opened(
        survey,
        copy,
        lambda seals, number, sealed: seals.open(key, number, sealed),
        lambda seals, _, sealed: seals.open_inner(key, sealed),
    )


def by_keeper(survey: Fieldwork, copy: set[bytes]) -> Tally:
    """Try the seal keeper's key alone."""
    keeper = survey.keeper
    if keeper is None:
        return Tally(0, 0, len(survey.ballots))
    return _opened(survey, copy, lambda seals, number, sealed: seals.strip(keeper, number, sealed))


def _opened(survey: Fieldwork, copy: set[bytes], *attempts: Attempt) -> Tally:
    """Count the ballots in a copy whose answers are read; their receipts stand beside them."""
    read = sum(
        any(_reads(survey, ballot, attempt) for attempt in attempts)
        for ballot in survey.ballots.values()
        if ballot.sealed in copy
    )
    return Tally(read, 0, len(survey.ballots))


def _reads(survey: Fieldwork, ballot: SignedBallot, attempt: Attempt) -> bool:
    stratum = survey.manifest.stratum(ballot.stratum)
    assert stratum
    number = spent_hash(survey.manifest.edition, ballot.credential.message)
    try:
        content = attempt(survey.manifest.seals(stratum), number, ballot.sealed)
    except sealing.SealingError:
        return False
    return any(answers in content for answers in survey.sheets)
