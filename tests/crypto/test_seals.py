"""A ballot's seals: two parties open it together, and neither alone."""

from dataclasses import replace

import pytest

from survey_app.crypto import sealing
from survey_app.crypto.seals import Seals

STATISTICIANS, KEEPER = sealing.generate_opening_key(), sealing.generate_opening_key()
ONE_SEAL = Seals(2, "autumn", "north", sealing.public_bytes(STATISTICIANS))
TWO_SEALS = replace(ONE_SEAL, keeper_key=sealing.public_bytes(KEEPER))
SPENT_HASH, ANSWERS = b"s" * 32, bytes([1, 0, 8, 9, 255])


def test_two_seals_are_taken_off_one_after_the_other():
    sealed = TWO_SEALS.seal(SPENT_HASH, ANSWERS)
    inner = TWO_SEALS.strip(KEEPER, SPENT_HASH, sealed)

    assert len(sealed) == TWO_SEALS.length(len(ANSWERS)) == ONE_SEAL.length(len(ANSWERS)) + 81
    assert TWO_SEALS.open_inner(STATISTICIANS, inner) == ANSWERS


def test_neither_key_opens_a_ballot_with_two_seals():
    sealed = TWO_SEALS.seal(SPENT_HASH, ANSWERS)
    inner = TWO_SEALS.strip(KEEPER, SPENT_HASH, sealed)

    for opens in (
        lambda: TWO_SEALS.open(STATISTICIANS, SPENT_HASH, sealed),
        lambda: TWO_SEALS.open_inner(STATISTICIANS, sealed),
        lambda: TWO_SEALS.open_inner(KEEPER, inner),
        lambda: ONE_SEAL.open(STATISTICIANS, SPENT_HASH, sealed),
    ):
        with pytest.raises(sealing.SealingError):
            opens()


def test_the_keepers_seal_binds_a_ballot_to_its_credential():
    with pytest.raises(sealing.SealingError):
        TWO_SEALS.strip(KEEPER, b"t" * 32, TWO_SEALS.seal(SPENT_HASH, ANSWERS))


def test_what_is_left_names_campaign_and_stratum_and_no_credential():
    inner = TWO_SEALS.strip(KEEPER, SPENT_HASH, TWO_SEALS.seal(SPENT_HASH, ANSWERS))

    for elsewhere in (replace(TWO_SEALS, campaign="spring"), replace(TWO_SEALS, stratum="south")):
        with pytest.raises(sealing.SealingError):
            elsewhere.open_inner(STATISTICIANS, inner)


def test_without_a_keeper_one_key_opens():
    assert ONE_SEAL.open(STATISTICIANS, SPENT_HASH, ONE_SEAL.seal(SPENT_HASH, ANSWERS)) == ANSWERS


def test_the_first_edition_is_opened_as_it_was_sealed():
    first = replace(ONE_SEAL, edition=1)
    sealed = sealing.seal(STATISTICIANS.public_key(), b"ballot/v1autumnnorth" + SPENT_HASH, ANSWERS)

    assert first.open(STATISTICIANS, SPENT_HASH, sealed) == ANSWERS
