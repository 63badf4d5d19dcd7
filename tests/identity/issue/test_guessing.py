"""Asking about codes: nothing tells what became of one, neither words nor work."""

from collections.abc import Mapping

import pytest

from survey_app.crypto import blind_rsa
from survey_app.crypto.encoding import to_text
from tests.public import Survey

UNKNOWN = "0000-0000-0000-0000"
SIGNABLE = to_text(b"\2" * blind_rsa.MODULUS_BYTES)
UNSIGNABLE = {
    "too short": to_text(b"\2"),
    "too large": to_text(b"\xff" * blind_rsa.MODULUS_BYTES),
}


@pytest.fixture(scope="module")
def spent_code(survey: Survey) -> str:
    """A code that was spent on another message."""
    code = survey.code()
    blinded = to_text(b"\1" * blind_rsa.MODULUS_BYTES)
    body = {"code": code, "stratum": "north", "blinded": blinded}
    assert survey.post("issue", "credentials", body).status == 200
    return code


@pytest.fixture(scope="module")
def unspent_code(survey: Survey) -> str:
    """A code that stays good: what is asked about it spends nothing."""
    return survey.code()


def answers(
    survey: Survey, action: str, codes: list[str], fields: Mapping[str, str]
) -> list[tuple[object, ...]]:
    """Every byte of the replies, but for their date."""
    replies = [survey.post("issue", action, {"code": code, **fields}) for code in codes]
    return [
        (reply.status, reply.data, *(h for h in sorted(reply.headers.items()) if h[0] != "Date"))
        for reply in replies
    ]


def test_a_used_code_is_looked_up_to_the_byte_as_an_unused_one(
    survey: Survey, spent_code: str, unspent_code: str
) -> None:
    unspent, spent_reply = answers(survey, "stratum", [unspent_code, spent_code], {})

    assert unspent[:2] == (200, b'{"stratum":"north"}\n')
    assert spent_reply == unspent


def test_what_never_was_a_code_is_all_that_a_look_up_refuses(
    survey: Survey, other_survey: Survey
) -> None:
    unknown, foreign = answers(survey, "stratum", [UNKNOWN, other_survey.code()[:19]], {})

    assert unknown[0] == 409
    assert foreign == unknown


def test_a_claim_of_a_used_code_is_refused_to_the_byte_as_one_of_an_unknown_one(
    survey: Survey, other_survey: Survey, spent_code: str
) -> None:
    codes = [UNKNOWN, spent_code, other_survey.code()[:19], survey.code("south")]
    fields = {"stratum": "north", "blinded": SIGNABLE}

    replies = answers(survey, "credentials", codes, fields)

    assert len(set(replies)) == 1
    assert replies[0][0] == 409


@pytest.mark.parametrize("blinded", UNSIGNABLE.values(), ids=UNSIGNABLE)
def test_what_cannot_be_signed_tells_nothing_of_the_code_beside_it(
    survey: Survey, spent_code: str, unspent_code: str, blinded: str
) -> None:
    fields = {"stratum": "north", "blinded": blinded}

    replies = answers(survey, "credentials", [UNKNOWN, spent_code, unspent_code], fields)

    assert len(set(replies)) == 1
    assert replies[0][0] == 400
