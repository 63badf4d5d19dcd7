"""What the ballot box refuses: one sentence, the right status, and nothing half written."""

from dataclasses import replace

import pytest
import urllib3

from survey_app.crypto import signatures
from survey_app.crypto.encoding import from_text
from survey_app.crypto.receipts import signed_content
from survey_app.respondent.http import RefusedError
from survey_app.respondent.protocol import Credential

BALLOT_REFUSED = (403, "ballot_refused")
UNREADABLE = (400, "input_unreadable")
WITHOUT = "without a valid credential"


def check_refused(survey, ballot, expected, sentence):
    survey.check_refused("respond", "ballots", ballot.fields, expected, sentence)


def test_a_signature_under_another_stratums_key_is_refused(survey):
    credential = survey.credential_naming("autumn", "south", by="north")

    check_refused(survey, survey.ballot(credential, "south"), BALLOT_REFUSED, WITHOUT)


def test_a_signature_under_another_campaigns_key_is_refused(survey, other_survey):
    credential = other_survey.credential_naming("autumn", "north", by="north")

    check_refused(survey, survey.ballot(credential), BALLOT_REFUSED, WITHOUT)


def test_a_credential_of_another_stratum_is_refused(survey):
    ballot = survey.ballot(survey.credential("south"), "north")

    check_refused(survey, ballot, BALLOT_REFUSED, WITHOUT)


def test_a_credential_of_another_campaign_is_refused(survey, other_survey):
    check_refused(survey, survey.ballot(other_survey.credential()), BALLOT_REFUSED, WITHOUT)


@pytest.mark.parametrize(("campaign", "stratum"), [("spring", "north"), ("autumn", "south")])
def test_a_good_signature_over_a_message_of_elsewhere_is_refused(survey, campaign, stratum):
    credential = survey.credential_naming(campaign, stratum, by="north")

    check_refused(survey, survey.ballot(credential), BALLOT_REFUSED, WITHOUT)


@pytest.mark.parametrize(
    "signature",
    [b"", bytes(256), b"\xff" * 256, bytes(255), bytes(4096)],
    ids=["none", "zero", "above n", "short", "long"],
)
def test_what_is_no_signature_is_refused(survey, signature):
    credential = Credential(bytes(32) + b"credential/v1autumnnorth" + bytes(32), signature)

    check_refused(survey, survey.ballot(credential), BALLOT_REFUSED, WITHOUT)


@pytest.mark.parametrize(
    "change", [lambda m: m[:-1], lambda m: m + b"\0", lambda m: b"", lambda m: m[::-1]]
)
def test_a_message_that_is_no_credentials_is_refused(survey, change):
    good = survey.credential()
    credential = replace(good, message=change(good.message))

    check_refused(survey, survey.ballot(credential), BALLOT_REFUSED, WITHOUT)


@pytest.mark.parametrize("items", [0, 7, 9, 40])
def test_sealed_answers_of_another_length_are_refused(survey, items):
    ballot = survey.ballot(survey.credential(), answers=bytes(items))

    check_refused(survey, ballot, UNREADABLE, "wrong length")


def test_sealed_answers_of_the_other_questionnaire_are_refused(survey):
    sealed = survey.ballot(survey.credential("staff"), "staff").sealed
    ballot = replace(survey.ballot(survey.credential()), sealed=sealed)

    check_refused(survey, ballot, UNREADABLE, "wrong length")


def test_no_sealed_answers_are_refused(survey):
    ballot = replace(survey.ballot(survey.credential()), sealed=b"")

    check_refused(survey, ballot, UNREADABLE, "wrong length")


def test_a_stratum_that_does_not_exist_is_refused(survey):
    ballot = replace(survey.ballot(survey.credential()), stratum="west")

    check_refused(survey, ballot, UNREADABLE, "no such stratum")


def test_after_a_refusal_the_same_credential_is_still_good(survey):
    ballot = survey.ballot(survey.credential())
    check_refused(survey, replace(ballot, sealed=b""), UNREADABLE, "wrong length")

    reply = survey.cast(ballot)

    assert (reply.status, reply.json()["receipt"]) == (201, ballot.receipt.hex())


def test_another_ballot_on_a_spent_credential_is_refused(survey):
    credential = survey.credential()
    assert survey.cast(survey.ballot(credential)).status == 201

    second = survey.ballot(credential)

    check_refused(survey, second, (409, "credential_spent"), "already received")


def test_the_same_ballot_again_gets_the_same_receipt_and_writes_nothing(survey):
    ballot = survey.ballot(survey.credential())
    first = survey.cast(ballot)
    before = survey.installation.stored_rows()

    again = survey.cast(ballot)

    assert first.status == again.status == 201
    assert first.data == again.data
    assert survey.installation.stored_rows() == before


def test_a_ballot_after_the_close_is_refused(opened_survey):
    survey, _, late = opened_survey

    check_refused(survey, late, (410, "closed"), "has closed")


def test_a_ballot_that_is_in_the_box_gets_its_receipt_again_after_the_close(opened_survey):
    survey, ballot, _ = opened_survey

    reply = survey.cast(ballot)

    assert (reply.status, reply.json()["receipt"]) == (201, ballot.receipt.hex())


def test_a_ballot_with_an_unknown_answer_code_is_counted_but_not_read(opened_survey):
    survey, _, _ = opened_survey
    installation = survey.installation

    lines = installation.rates("closed")
    query = "SELECT outcome, sheets FROM opening WHERE campaign = 'closed' ORDER BY outcome"
    outcomes = installation.rows("answers", query)

    assert {(line["ballots"], line["valid"]) for line in lines} == {("11", "10")}
    assert outcomes == [("does not decode", 1), ("kept", 10)]


def test_receipts_are_told_only_after_the_close(survey, opened_survey):
    _, ballot, late = opened_survey
    base = survey.installation.base

    before = urllib3.request("GET", f"{base}/respond/autumn/receipts.json")
    after = urllib3.request("GET", f"{base}/respond/closed/receipts.json")

    assert (before.status, after.status) == (409, 200)
    receipts = after.json()["receipts"]
    assert len(receipts) == 11
    assert ballot.receipt.hex() in receipts
    assert late.receipt.hex() not in receipts


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"sealed": "a==="}, "sealed"),
        ({"message": 1}, "message"),
        ({"signature": None}, "signature"),
        ({"stratum": ["north"]}, "stratum"),
        ({"code": "0000-0000-0000-0000"}, "code"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(survey, change, field):
    fields = survey.ballot(Credential(b"", b"")).fields | change

    survey.check_refused("respond", "ballots", fields, UNREADABLE, f"“{field}”")


@pytest.mark.parametrize("absent_field", ["stratum", "message", "signature", "sealed"])
def test_a_field_that_is_missing_is_named(survey, absent_field):
    fields = survey.ballot(Credential(b"", b"")).fields
    del fields[absent_field]

    survey.check_refused("respond", "ballots", fields, UNREADABLE, f"“{absent_field}”")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe"])
def test_what_is_no_json_object_is_refused(survey, content):
    survey.check_refused("respond", "ballots", content, UNREADABLE, "cannot be read")


def test_a_form_is_refused(survey):
    survey.check_refused(
        *("respond", "ballots", b"stratum=north", (415, "not_json"), "must be JSON"),
        kind="application/x-www-form-urlencoded",
    )


def test_a_body_over_64_kb_is_refused(survey):
    fields = survey.ballot(Credential(b"", b"")).fields | {"sealed": "A" * 65_536}

    survey.check_refused("respond", "ballots", fields, (413, "too_large"), "64 KB")


def test_a_survey_that_does_not_exist_is_refused(survey, other_survey):
    nowhere = replace(survey, name="nowhere")
    fields = survey.ballot(Credential(b"", b"")).fields

    nowhere.check_refused("respond", "ballots", fields, (404, "no_campaign"), "“nowhere”")


def test_the_client_is_told_the_servers_own_sentence(survey, other_survey):
    with pytest.raises(RefusedError, match="the code of another survey"):
        survey.wire.post(
            f"{survey.campaign.issuer}/stratum", {"code": other_survey.codes["north"][0]}, "stratum"
        )


def test_a_receipt_is_signed_for_this_campaign(survey):
    ballot = survey.ballot(survey.credential())
    manifest = survey.campaign.manifest

    signature = from_text(survey.cast(ballot).json()["signature"])

    signatures.verify(
        manifest.receipts_key, signature, signed_content(manifest.root, ballot.receipt)
    )
