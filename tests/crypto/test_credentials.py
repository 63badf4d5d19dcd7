"""What a credential says, and invitation codes as people type them."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey_app.crypto.credentials import (
    CODE_LENGTH,
    check_code,
    code_hash,
    credential_message,
    find_code,
    new_code,
    normalize_code,
    printed_code,
    spent_hash,
    verify_code,
)

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODES = st.text(ALPHABET, min_size=CODE_LENGTH, max_size=CODE_LENGTH)
KEY, ROOT = bytes(range(32)), b"root" * 8


def test_the_message_names_campaign_and_stratum_and_ends_with_the_serial():
    assert credential_message(1, "autumn", "north", b"s") == b"credential/v1autumnnorths"


def test_the_spent_hash_is_over_the_whole_message():
    assert spent_hash(1, b"message") == hashlib.sha256(b"spent/v1message").digest()


def test_the_second_edition_puts_lengths_before_the_fields():
    message = credential_message(2, "a", "bc", b"s")

    assert message == (b"\0\0\0\x0dcredential/v2\0\0\0\x01a\0\0\0\x02bc\0\0\0\x01s")
    assert message != credential_message(2, "ab", "c", b"s")


def test_a_code_is_printed_in_groups_of_four_the_last_of_which_checks_it():
    code, root = new_code(), bytes(32)

    assert len(code) == CODE_LENGTH
    assert [len(group) for group in printed_code(code).split("-")] == [4] * 4
    assert [len(group) for group in printed_code(code, root).split("-")] == [4] * 5
    verify_code(normalize_code(printed_code(code, root)), root)


@given(code=CODES, place=st.integers(0, 15), to=st.sampled_from(ALPHABET))
def test_a_slip_of_typing_is_noticed(code, place, to):
    printed = normalize_code(printed_code(code, ROOT))
    mistyped = printed[:place] + to + printed[place + 1 :]
    if mistyped == printed:
        return

    with pytest.raises(ValueError, match="mistyped"):
        verify_code(mistyped, ROOT)


def test_the_code_of_another_manifest_is_noticed():
    printed = normalize_code(printed_code("0123456789ABCDEF", ROOT))

    with pytest.raises(ValueError, match="another survey"):
        verify_code(printed, bytes(32))


def test_no_code_is_drawn_twice():
    assert len({new_code() for _ in range(2000)}) == 2000


@given(
    code=CODES,
    separators=st.lists(st.sampled_from(["", "-", " ", "–", ".", "\t"]), min_size=16, max_size=16),
    lower=st.booleans(),
)
def test_separators_and_case_do_not_matter(code, separators, lower):
    text = "".join(a + b for a, b in zip(code, separators, strict=True))

    assert normalize_code(text.lower() if lower else text) == code


@given(code=CODES, o=st.sampled_from("Oo"), like_one=st.sampled_from("IiLl"))
def test_letters_that_no_code_has_are_read_as_what_they_look_like(code, o, like_one):
    text = code.replace("0", o).replace("1", like_one).replace("V", "U")

    assert normalize_code(text) == code


@given(code=CODES)
def test_wide_characters_of_a_chinese_keyboard_are_read_too(code):
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code)

    assert normalize_code(wide) == code


@given(code=CODES)
def test_reading_a_code_again_changes_nothing(code):
    assert normalize_code(normalize_code(code)) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0123-4567-89AB-CDE",
        "0123-4567-89AB-CDEFG",
        "0123-4567-89AB-CDEF-GHJ",
        "0123-4567-89AB-CDEF-GHJKM",
        "0123-4567-89AB-CDE中",
    ],
)
def test_what_is_no_code_is_refused(text):
    with pytest.raises(ValueError, match="not a code"):
        normalize_code(text)


LINK = "https://survey.example.org/respond/spring/#{}.YnmB3Zbs5l0mQ0w9uT1b2k3c4d5e6f7g8h9i0j1k2l3.north"


@pytest.mark.parametrize("code", ["7H2K-9QXV-3M0T-ZA41", "7H2K-9QXV-3M0T-ZA41-B0C1"])
@pytest.mark.parametrize(
    "text",
    [
        "{}",
        LINK,
        LINK.replace("#", "%23"),
        f"请点 {LINK}，12月31日前有效",
        "邀请码：{}，12月31日前有效",
        "code {} valid until 31 Dec 2026",
    ],
)
def test_a_code_is_read_out_of_what_is_pasted(code, text):
    assert find_code(text.format(code)) == code.replace("-", "")
    assert find_code(text.format(code.lower())) == code.replace("-", "")


def test_what_has_no_code_in_it_is_refused():
    with pytest.raises(ValueError, match="no code"):
        find_code("https://survey.example.org/respond/spring/ 12月31日前有效")


def test_the_check_code_is_the_first_80_bits_of_the_root_in_groups_of_four():
    assert check_code(bytes(32)) == "0000-0000-0000-0000"
    assert check_code(b"\xff" * 10 + bytes(22)) == "ZZZZ-ZZZZ-ZZZZ-ZZZZ"
    assert check_code(b"\x00" * 9 + b"\x21" + b"\xff" * 22) == "0000-0000-0000-0011"


@given(text=st.text(max_size=40))
def test_whatever_is_typed_is_a_code_or_refused(text):
    try:
        code = normalize_code(text)
    except ValueError:
        return

    assert len(code) in (16, 20)
    assert set(code) <= set(ALPHABET)


def test_the_hash_of_a_code_is_an_hmac_bound_to_the_campaign():
    expected = hmac.new(KEY, b"autumn\x000123456789ABCDEF", hashlib.sha256).digest()

    assert code_hash(KEY, "autumn", "0123456789ABCDEF") == expected


@given(code=CODES, second_code=CODES)
def test_the_hash_differs_by_code_campaign_and_key(code, second_code):
    hashed = code_hash(KEY, "autumn", code)

    assert hashed != code_hash(KEY, "spring", code)
    assert hashed != code_hash(bytes(32), "autumn", code)
    assert (hashed == code_hash(KEY, "autumn", second_code)) == (code == second_code)
