"""A ballot's seals: two parties open it together, and neither alone."""

from dataclasses import replace

import pytest

from survey_app.crypto import sealing
from survey_app.crypto.seals import Seals

STATISTICIANS, KEEPER = sealing.generate_opening_key(), sealing.generate_opening_key()
ALONE = Seals(2, "autumn", "north", sealing.public_bytes(STATISTICIANS))
BOTH = replace(ALONE, keeper_key=sealing.public_bytes(KEEPER))
SPENT, ANSWERS = b"s" * 32, bytes([1, 0, 8, 9, 255])


def test_two_seals_are_taken_off_one_after_the_other():
    sealed = BOTH.seal(SPENT, ANSWERS)
    inner = BOTH.strip(KEEPER, SPENT, sealed)

    assert len(sealed) == BOTH.length(len(ANSWERS)) == ALONE.length(len(ANSWERS)) + 81
    assert BOTH.open_inner(STATISTICIANS, inner) == ANSWERS


def test_neither_key_opens_a_ballot_with_two_seals():
    sealed = BOTH.seal(SPENT, ANSWERS)
    inner = BOTH.strip(KEEPER, SPENT, sealed)

    for opens in (
        lambda: BOTH.open(STATISTICIANS, SPENT, sealed),
        lambda: BOTH.open_inner(STATISTICIANS, sealed),
        lambda: BOTH.open_inner(KEEPER, inner),
        lambda: ALONE.open(STATISTICIANS, SPENT, sealed),
    ):
        with pytest.raises(sealing.SealingError):
            opens()


def test_the_keepers_seal_binds_a_ballot_to_its_credential():
    with pytest.raises(sealing.SealingError):
        BOTH.strip(KEEPER, b"t" * 32, BOTH.seal(SPENT, ANSWERS))


def test_what_is_left_names_campaign_and_stratum_and_no_credential():
    inner = BOTH.strip(KEEPER, SPENT, BOTH.seal(SPENT, ANSWERS))

    for elsewhere in (replace(BOTH, campaign="spring"), replace(BOTH, stratum="south")):
        with pytest.raises(sealing.SealingError):
            elsewhere.open_inner(STATISTICIANS, inner)


def test_without_a_keeper_one_key_opens():
    assert ALONE.open(STATISTICIANS, SPENT, ALONE.seal(SPENT, ANSWERS)) == ANSWERS


def test_the_first_edition_is_opened_as_it_was_sealed():
    first = replace(ALONE, edition=1)
    sealed = sealing.seal(STATISTICIANS.public_key(), b"ballot/v1autumnnorth" + SPENT, ANSWERS)

    assert first.open(STATISTICIANS, SPENT, sealed) == ANSWERS
