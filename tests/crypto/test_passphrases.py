"""Passphrases: words of a list are proposed, and what is quickly guessed is refused."""

import pytest
from shamir_mnemonic.wordlist import WORDLIST

from survey_app.crypto import passphrases
from survey_app.crypto.passphrases import WeakPassphraseError


def test_six_words_of_a_list_of_1024_are_proposed():
    words = passphrases.propose().split()

    assert len(words) == 6
    assert {*words} <= {*WORDLIST}
    assert len({*WORDLIST}) == 2**10


def test_no_two_proposals_are_the_same_and_every_proposal_is_taken():
    proposals = {passphrases.propose() for _ in range(50)}

    assert len(proposals) == 50
    for proposal in proposals:
        passphrases.check(proposal)


@pytest.mark.parametrize(
    "passphrase",
    [
        "acid acne adapt admit adult",
        "Acid  ACNE adapt admit adult ",
        "correct horse battery",
        "今年春天单位门口那棵槐树又开花了",
        "g7#Kq2vXw9!mZp4T",
    ],
)
def test_five_words_of_the_list_or_sixteen_characters_are_enough(passphrase):
    passphrases.check(passphrase)


@pytest.mark.parametrize(
    "passphrase",
    [
        "",
        "12345678",
        "acid acne adapt",
        "acid acid acid acid acid",
        "g7#Kq2vXw9!mZp4",
        "aaaaaaaaaaaaaaaa",
        "1234567812345678",
        "9876543210987654",
        "qwertyuiopasdfgh",
        "passwordpassword",
        "password12345678",
        "Iloveyou iloveyou",
        "八个字的口令够了八个字的口令够了",
        "                     x",
    ],
)
def test_what_is_short_or_repeats_or_follows_a_row_of_keys_is_refused(passphrase):
    with pytest.raises(WeakPassphraseError):
        passphrases.check(passphrase)
