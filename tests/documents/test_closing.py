"""The issuer's closing statement: signed for one manifest, and never exceeded by the box."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from survey_app.crypto.encoding import to_text
from survey_app.crypto.signatures import campaign_key, public_bytes
from survey_app.documents.closing import ClosingStatement, StratumClaims
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import ClosingError
from tests.documents.plans import edited, published

KEY = campaign_key(bytes(32), "closing/v2", "autumn")
COUNTS = [
    StratumClaims(stratum="north", invited=20, credentials=12),
    StratumClaims(stratum="staff", invited=20, credentials=0),
]


def manifest() -> PublishedManifest:
    return PublishedManifest.model_validate(
        published() | {"closing_key": to_text(public_bytes(KEY))}
    )


def statement() -> ClosingStatement:
    return ClosingStatement.sign(KEY, "autumn", manifest().root, COUNTS)


def test_a_statement_is_read_as_it_was_written():
    read = ClosingStatement.read(statement().canonical())

    assert read == statement()
    read.check(manifest())


def test_what_the_issuer_publishes_beside_it_is_left_out():
    fields = statement().model_dump(mode="json") | {"receipts_root": "ab" * 32}

    assert ClosingStatement.read(json.dumps(fields).encode()) == statement()


CHANGES: dict[str, Callable[[dict[str, Any]], object]] = {
    "a count": lambda fields: fields["strata"][0].update(credentials=13),
    "an order": lambda fields: fields["strata"].reverse(),
    "another root": lambda fields: fields.update(root=to_text(bytes(32))),
    "another campaign": lambda fields: fields.update(campaign="spring"),
    "a signature": lambda fields: fields.update(signature=to_text(bytes(64))),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_statement_that_was_changed_is_refused(change):
    fields = edited(statement().model_dump(mode="json"), change)

    with pytest.raises(ClosingError):
        ClosingStatement.model_validate(fields).check(manifest())


def test_a_statement_signed_for_other_strata_is_refused():
    of_one_stratum = ClosingStatement.sign(KEY, "autumn", manifest().root, COUNTS[:1])

    with pytest.raises(ClosingError, match="strata"):
        of_one_stratum.check(manifest())


@pytest.mark.parametrize("document", [b"", b"{}", b"[1]", b'{"campaign": "autumn"}'])
def test_what_is_no_statement_is_refused(document):
    with pytest.raises(ClosingError, match="not a closing statement"):
        ClosingStatement.read(document)


def test_more_ballots_than_credentials_are_refused_by_the_name_of_their_stratum():
    statement().check_ballots({"north": 12})

    with pytest.raises(ClosingError, match="“staff” has 1 ballots"):
        statement().check_ballots({"north": 12, "staff": 1})
