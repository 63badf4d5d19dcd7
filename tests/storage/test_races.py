"""Whatever is raced: one code one signature, one credential one ballot, one receipt one row."""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

from survey_app.crypto import blind_rsa
from survey_app.crypto.encoding import to_text
from tests.public import Reply, Survey

ROUNDS, RIVALS = 10, 50


def at_once(calls: Iterable[Callable[[], Reply]]) -> list[Reply]:
    """Start all calls together."""
    listed = list(calls)
    line = Barrier(len(listed))

    def after_the_others(call: Callable[[], Reply]) -> Reply:
        line.wait()
        return call()

    with ThreadPoolExecutor(len(listed)) as pool:
        return list(pool.map(after_the_others, listed))


def ballots_in(survey: Survey) -> int:
    return len(survey.installation.receipts(survey.name))


def test_one_ballot_posted_fifty_times_at_once_is_one_row_and_one_receipt(survey):
    ballot = survey.ballot(survey.credential())
    before = ballots_in(survey)

    replies = at_once([partial(survey.cast, ballot)] * RIVALS)

    assert Counter(reply.status for reply in replies) == {201: RIVALS}
    assert {reply.json()["receipt"] for reply in replies} == {ballot.receipt.hex()}
    assert ballots_in(survey) == before + 1


def test_of_many_ballots_on_one_credential_exactly_one_is_taken(survey):
    credential = survey.credential()
    ballots = [survey.ballot(credential) for _ in range(RIVALS)]
    before = ballots_in(survey)

    replies = at_once([partial(survey.cast, ballot) for ballot in ballots])

    assert Counter(reply.status for reply in replies) == {201: 1, 409: RIVALS - 1}
    assert ballots_in(survey) == before + 1


def test_one_code_with_two_messages_at_once_gets_exactly_one_signature(survey):
    for _ in range(ROUNDS):
        code, states = (
            survey.code(),
            [blind_rsa.blind(survey.key(), b"a"), blind_rsa.blind(survey.key(), b"b")],
        )
        bodies = [
            {"code": code, "stratum": "north", "blinded": to_text(state.blinded)}
            for state in states
        ]

        replies = at_once([partial(survey.post, "issue", "credentials", body) for body in bodies])

        assert sorted(reply.status for reply in replies) == [200, 409]


def test_one_message_posted_many_times_at_once_gets_one_signature(survey):
    state = blind_rsa.blind(survey.key(), b"a")
    body = {"code": survey.code(), "stratum": "north", "blinded": to_text(state.blinded)}

    replies = at_once([partial(survey.post, "issue", "credentials", body)] * RIVALS)

    assert Counter(reply.status for reply in replies) == {200: RIVALS}
    assert len({reply.data for reply in replies}) == 1
