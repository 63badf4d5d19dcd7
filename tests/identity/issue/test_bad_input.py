"""What the issuer refuses: one sentence, the right status, and no code spent by it."""

import json

import pytest
import urllib3

from survey_app.crypto import blind_rsa
from survey_app.crypto.encoding import to_text

ACTIONS = pytest.mark.parametrize("action", ["stratum", "credentials"])
BLINDED = to_text(b"\1" * blind_rsa.MODULUS_BYTES)
CODE_REFUSED = (409, "code_refused")
UNREADABLE = (400, "input_unreadable")


def body(
    code: object,
    blinded: object = BLINDED,
    action: str = "credentials",
    stratum: object = "north",
) -> dict[str, object]:
    if action == "stratum":
        return {"code": code}
    return {"code": code, "stratum": stratum, "blinded": blinded}


def is_unspent(survey, code):
    """Spend a code, to learn whether it was spent before."""
    return survey.post("issue", "credentials", body(code)).status == 200


@ACTIONS
def test_an_unknown_code_is_refused(survey, action):
    fields = body("0000-0000-0000-0000", action=action)

    survey.check_refused(
        "issue", action, fields, CODE_REFUSED, "not valid, or has been used already"
    )


@ACTIONS
@pytest.mark.parametrize(
    "code", ["", "ABCD", "0000-0000-0000-000√", "0000-0000-0000-00000", "您好"]
)
def test_a_malformed_code_is_refused(survey, action, code):
    fields = body(code, action=action)

    survey.check_refused("issue", action, fields, UNREADABLE, "20 letters and digits")


@ACTIONS
def test_a_code_of_another_survey_is_refused(survey, other_survey, action):
    code = other_survey.code()

    survey.check_refused(
        *("issue", action, body(code[:19], action=action), CODE_REFUSED),
        "not valid, or has been used already",
    )
    survey.check_refused(
        *("issue", action, body(code, action=action), UNREADABLE), "the code of another survey"
    )


def test_a_used_code_is_refused_in_the_words_of_an_unknown_one(survey):
    code = survey.code()
    assert survey.post("issue", "credentials", body(code)).status == 200
    second_message = to_text(b"\2" * blind_rsa.MODULUS_BYTES)

    survey.check_refused(
        *("issue", "credentials", body(code, second_message), CODE_REFUSED),
        "not valid, or has been used already",
    )


def test_a_code_of_another_stratum_is_refused_and_not_spent(survey):
    code = survey.code()

    survey.check_refused(
        *("issue", "credentials", body(code, stratum="south"), CODE_REFUSED),
        "not valid, or has been used already",
    )

    assert is_unspent(survey, code)


def test_a_stratum_that_is_not_in_the_manifest_is_named_before_the_code_is_looked_at(survey):
    fields = body("0000-0000-0000-0000", stratum="nowhere")

    survey.check_refused("issue", "credentials", fields, UNREADABLE, "no such stratum")


def test_the_same_request_again_gets_the_same_signature(survey):
    code = survey.code()

    first, again = (survey.post("issue", "credentials", body(code)) for _ in range(2))
    lower = survey.post("issue", "credentials", body(code.lower().replace("-", " ")))

    assert first.status == again.status == lower.status == 200
    assert first.data == again.data == lower.data


@pytest.mark.parametrize("length", [0, 1, 255, 257, 512])
def test_a_blinded_message_of_the_wrong_length_is_refused_and_spends_nothing(survey, length):
    code = survey.code()
    fields = body(code, to_text(b"\1" * length))

    survey.check_refused("issue", "credentials", fields, UNREADABLE, "blinded message")

    assert is_unspent(survey, code)


@pytest.mark.parametrize("above", [0, 1, None], ids=["n", "n + 1", "the largest"])
def test_a_blinded_message_not_below_the_modulus_is_refused_and_spends_nothing(survey, above):
    code = survey.code()
    n = int.from_bytes(survey.key(), "big")
    blinded = b"\xff" * 256 if above is None else (n + above).to_bytes(256, "big")

    fields = body(code, to_text(blinded))

    survey.check_refused("issue", "credentials", fields, UNREADABLE, "blinded message")
    assert is_unspent(survey, code)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"blinded": BLINDED + "="}, "blinded"),
        ({"blinded": "!!"}, "blinded"),
        ({"blinded": 17}, "blinded"),
        ({"blinded": None}, "blinded"),
        ({"code": 17}, "code"),
        ({"code": "0" * 101}, "code"),
        ({"stratum": None}, "stratum"),
        ({"name": "x"}, "name"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(survey, change, field):
    fields = body("0000-0000-0000-0000") | change

    survey.check_refused("issue", "credentials", fields, UNREADABLE, f"“{field}”")


@pytest.mark.parametrize("absent_field", ["code", "stratum", "blinded"])
def test_a_field_that_is_missing_is_named(survey, absent_field):
    fields = body("0000-0000-0000-0000")
    del fields[absent_field]

    survey.check_refused("issue", "credentials", fields, UNREADABLE, f"“{absent_field}”")


@ACTIONS
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"code=0"])
def test_what_is_no_json_object_is_refused(survey, action, content):
    survey.check_refused("issue", action, content, UNREADABLE, "cannot be read")


@ACTIONS
def test_a_form_is_refused(survey, action):
    survey.check_refused(
        *("issue", action, b"code=0000-0000-0000-0000", (415, "not_json"), "must be JSON"),
        kind="application/x-www-form-urlencoded",
    )


@ACTIONS
def test_a_body_over_64_kb_is_refused(survey, action):
    fields = body("0" * 65_536, action=action)

    survey.check_refused("issue", action, fields, (413, "too_large"), "64 KB")


def test_a_body_over_64_kb_that_hides_its_length_is_refused(survey):
    content = json.dumps(body("0" * 65_536)).encode()

    reply = urllib3.request(
        "POST",
        f"{survey.installation.base}/issue/autumn/stratum",
        body=iter([content[:1000], content[1000:]]),
        headers={"Content-Type": "application/json"},
        retries=False,
    )

    assert reply.status == 413


@ACTIONS
def test_a_survey_that_does_not_exist_is_refused(survey, action):
    fields = body("0000-0000-0000-0000", action=action)

    survey.check_refused(
        "issue/nowhere/..", f"../nowhere/{action}", fields, (404, "no_campaign"), "“nowhere”"
    )


@ACTIONS
def test_before_the_first_day_a_code_is_refused_with_that_day(too_early, action):
    fields = body(too_early.code("staff"), action=action)
    day = str(too_early.campaign.manifest.window.start)

    too_early.check_refused("issue", action, fields, (403, "not_yet_open"), day)


@ACTIONS
def test_after_the_last_day_a_code_is_refused(too_late, action):
    fields = body(too_late.code("staff"), action=action)

    too_late.check_refused("issue", action, fields, (410, "closed"), "has closed")


@ACTIONS
def test_after_the_close_a_code_is_refused(opened_survey, action):
    survey, _, _ = opened_survey
    fields = body(survey.code(), action=action)

    survey.check_refused("issue", action, fields, (410, "closed"), "has closed")


def test_counts_are_published_only_after_the_close(survey, opened_survey):
    replies = [
        urllib3.request("GET", f"{survey.installation.base}/issue/{name}/counts.json")
        for name in ("autumn", opened_survey[0].name)
    ]

    assert [reply.status for reply in replies] == [409, 200]
    assert replies[1].json()["strata"] == [{"stratum": "north", "invited": 220, "credentials": 12}]


def test_looking_at_a_code_consumes_nothing(survey):
    code = survey.code()

    for _ in range(3):
        assert survey.post("issue", "stratum", {"code": code}).json() == {"stratum": "north"}

    assert is_unspent(survey, code)
