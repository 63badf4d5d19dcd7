"""The document of a release: the same bytes again, in all formats, or refused."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from survey_app.crypto import signatures
from survey_app.documents.release import (
    FORMAT,
    PEOPLE,
    Fate,
    ReleaseDocument,
    RowOutcome,
    read,
    read_signed,
)
from survey_app.documents.results import CellKey, Note
from survey_app.errors import InputError
from tests.answers.analyse.boxes import box, estimate, sheet

FIRST_FORMAT = Path(__file__).parents[1] / "answers/analyse/releases/release-0.1.0.json"
DOMAIN = "stratum/business/north"
OUTCOMES = (
    RowOutcome(DOMAIN, Fate.ROUNDED, 0.01),
    RowOutcome("unit/business/south", Fate.MERGED, into=DOMAIN),
    RowOutcome("stratum/business/south", Fate.SMALL),
)


@pytest.fixture(scope="module")
def release():
    """A release of two strata, with a third that stays sealed."""
    ballot_box = box(
        {"north": [sheet()] * 20, "south": [sheet("south")] * 12}, sealed={"office": 3}
    )
    results = estimate(ballot_box)
    return ReleaseDocument(
        format=FORMAT,
        campaign="spring",
        number=2,
        version="1.0+abc",
        maker="maker",
        made_on=date(2026, 4, 1),
        checker="checker",
        signed_on=date(2026, 4, 2),
        options=results.options,
        rows=OUTCOMES,
        exposed=(str(CellKey(DOMAIN, "any", "valid")),),
        results=results,
    )


def changed(release, **fields):
    return json.dumps(json.loads(release.to_json()) | fields).encode()


def test_a_release_is_read_back_equal_and_written_alike(release):
    document = release.to_json()

    assert read(document) == release
    assert read(document).to_json() == document


def test_the_bytes_have_no_blanks_and_chinese_as_itself(release):
    document = release.to_json()
    content = json.loads(document)

    assert document == json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    assert "春季调查".encode() in document
    assert list(content) == [name for name in ReleaseDocument.model_fields if name != "cells"]


def test_fields_that_came_after_the_format_are_not_named_where_they_are_empty(release):
    rates = [replace(rate, outer_low=None, outer_high=None) for rate in release.results.rates]
    masked = replace(release.results, rates=tuple(rates), unfiltered=())
    document = release.model_copy(update={"results": masked}).to_json()

    assert b"outer_" not in document
    assert b"at_most" not in document
    assert read(document).results == masked


def test_a_sealed_stratum_keeps_its_ballots(release):
    assert read(release.to_json()).results.notes == (Note("sealed", "office", ballots=3),)


def test_the_first_format_has_the_ballots_of_a_sealed_stratum_in_other():
    document = FIRST_FORMAT.read_bytes()  # made by program 0.1.0
    note = json.loads(document)["results"]["notes"]

    release = read(document)

    assert note == [{"what": "sealed", "subject": "archive", "other": "3"}]
    assert release.format == 1
    assert release.results.notes == (Note("sealed", "archive", ballots=3),)
    assert release.to_json() == document


def test_a_joined_stratum_of_the_first_format_keeps_its_neighbour():
    content = json.loads(FIRST_FORMAT.read_bytes())
    content["results"]["notes"].insert(0, {"what": "joined", "subject": "a", "other": "b"})
    document = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()

    release = read(document)

    assert release.results.notes[0] == Note("joined", "a", "b")
    assert release.to_json() == document


@pytest.mark.parametrize("ballots", ["", "three", "3.5"])
def test_a_sealed_stratum_of_the_first_format_needs_a_number_of_ballots(ballots):
    content = json.loads(FIRST_FORMAT.read_bytes())
    content["results"]["notes"][0]["other"] = ballots

    with pytest.raises(InputError, match="not the document of a release"):
        read(json.dumps(content).encode())


@pytest.mark.parametrize(
    "fields",
    [{"format": 4}, {"format": 0}, {"number": "first"}, {"colour": "red"}, {"results": {}}],
    ids=["later format", "no format", "no number", "unknown field", "no results"],
)
def test_what_is_no_release_is_refused(release, fields):
    with pytest.raises(InputError, match="not the document of a release"):
        read(changed(release, **fields))


@pytest.mark.parametrize(
    "fields",
    [
        {"maker": None},
        {"made_on": "today"},
        {"checker": None},
        {"signed_on": None},
        {"checker": "maker"},
        {"format": 2},
    ],
    ids=str,
)
def test_a_release_whose_people_do_not_fit_is_refused(release, fields):
    with pytest.raises(InputError, match="not the document of a release"):
        read(changed(release, **fields))


def test_formats_before_3_name_nobody_and_are_flagged(release):
    nobody = dict.fromkeys(PEOPLE)
    outcomes = {"format": 2, "cells": (), "rows": ()}
    second = release.model_copy(update=outcomes | nobody)

    assert not set(PEOPLE) & set(json.loads(second.to_json()))
    assert read(second.to_json()) == second
    assert read(second.to_json()).has_old_rules
    assert read(FIRST_FORMAT.read_bytes()).has_old_rules
    assert not release.has_old_rules
    assert (
        second.flagged_results.title.en
        == "Spring survey (made by rules that no longer hold: do not use)"
    )
    assert release.flagged_results == release.results


KEY = signatures.side_key(bytes(32), signatures.RELEASES)
PUBLIC = signatures.public_bytes(KEY)


def test_a_signed_release_is_read_from_its_bytes_its_signature_and_the_key(release):
    document = release.to_json()

    assert read_signed(document, KEY.sign(document), PUBLIC) == release


def test_an_altered_release_or_one_under_another_key_is_refused(release):
    document = release.to_json()
    second_key = signatures.side_key(bytes([1] * 32), signatures.RELEASES)

    for content, signature in (
        (document + b"\n", KEY.sign(document)),
        (document, second_key.sign(document)),
        (document, b""),
    ):
        with pytest.raises(InputError, match="signature does not fit"):
            read_signed(content, signature, PUBLIC)


def test_a_release_that_nobody_has_checked_is_not_signed_whatever_its_signature(release):
    unsigned = release.model_copy(update={"checker": None, "signed_on": None}).to_json()

    with pytest.raises(InputError, match="of a signed release"):
        read_signed(unsigned, KEY.sign(unsigned), PUBLIC)


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b"\xff", b"null"])
def test_what_is_no_document_is_refused(document):
    with pytest.raises(InputError, match="not the document of a release"):
        read(document)


def test_a_release_cut_off_anywhere_is_refused(release):
    document = release.to_json()

    for end in range(0, len(document), len(document) // 20):
        with pytest.raises(InputError):
            read(document[:end])
