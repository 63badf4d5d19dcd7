"""One-time codes: the RFC's test vectors, one step of drift each way, and good once."""

from base64 import b32decode
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from survey_app.crypto import totp
from survey_app.crypto.totp import STEP_SECONDS, TotpError, check, code_at

# RFC 6238, appendix B, SHA1: the last six of its eight digits.
SECRET = b"12345678901234567890"
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}
NOW = 1111111109
secrets = st.binary(min_size=20, max_size=20)
moments = st.integers(3 * STEP_SECONDS, 2**40)


@pytest.mark.parametrize(("moment", "code"), VECTORS.items())
def test_codes_are_those_of_the_rfc(moment, code):
    assert code_at(SECRET, moment) == code
    assert check(SECRET, code, moment)


def test_a_code_holds_for_its_step_of_thirty_seconds():
    start = 1111111080  # 37037036 steps
    codes = {code_at(SECRET, start + second) for second in (0, 0.5, 29, 29.999)}

    assert codes == {code_at(SECRET, start)}
    assert code_at(SECRET, start + 30) not in codes
    assert code_at(SECRET, start - 1) not in codes


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_clock_may_be_one_step_away(steps):
    assert check(SECRET, code_at(SECRET, NOW + steps * STEP_SECONDS), NOW)


@pytest.mark.parametrize("steps", [-2, 2])
def test_a_clock_two_steps_away_is_refused(steps):
    with pytest.raises(TotpError):
        check(SECRET, code_at(SECRET, NOW + steps * STEP_SECONDS), NOW)


@pytest.mark.parametrize("entry", ["081 804", " 081804\n", "08 18 04", "081\u00a0804"])
def test_blanks_in_a_code_do_not_matter(entry):
    assert check(SECRET, entry, NOW) == check(SECRET, "081804", NOW)


@pytest.mark.parametrize(
    "entry", ["", "08180", "0818044", "81804", "081805", "abcdef", "０８１８０４"]
)
def test_anything_but_its_six_digits_is_refused(entry):
    with pytest.raises(TotpError):
        check(SECRET, entry, NOW)


def assume_different_codes(secret, moment):
    """Two steps show one code about once in a million."""
    steps = range(-2, 3)
    assume(len({code_at(secret, moment + step * STEP_SECONDS) for step in steps}) == len(steps))


@given(secrets, moments, st.sampled_from([-1, 0, 1]))
def test_a_code_is_good_once(secret, moment, drift):
    assume_different_codes(secret, moment)
    code = code_at(secret, moment + drift * STEP_SECONDS)
    mark = check(secret, code, moment)

    for later in (0, STEP_SECONDS - 1):
        with pytest.raises(TotpError):
            check(secret, code, moment + later, mark)


@given(secrets, moments)
def test_a_code_of_before_the_one_used_is_refused_and_the_next_one_taken(secret, moment):
    assume_different_codes(secret, moment)
    mark = check(secret, code_at(secret, moment), moment)
    before, after = (code_at(secret, moment + step * STEP_SECONDS) for step in (-1, 1))

    with pytest.raises(TotpError):
        check(secret, before, moment, mark)
    following = check(secret, after, moment, mark)
    with pytest.raises(TotpError):
        check(secret, after, moment + STEP_SECONDS, following)


def test_the_mark_of_a_step_shows_no_moment_and_differs_between_accounts():
    mark, second_mark = (
        check(secret, code_at(secret, NOW), NOW) for secret in (SECRET, SECRET[::-1])
    )

    assert len(mark) == 32
    assert mark != second_mark
    assert str(NOW // STEP_SECONDS).encode() not in mark


def test_a_mark_of_long_ago_refuses_nothing():
    mark = check(SECRET, code_at(SECRET, 59), 59)

    assert check(SECRET, "081804", NOW, mark)


@given(secrets)
def test_a_secret_is_typed_as_groups_of_four_letters_of_base32(secret):
    groups = totp.text(secret)

    assert [len(group) for group in groups.split(" ")] == [4] * 8  # 160 bits by 5
    assert b32decode(groups.replace(" ", "")) == secret


def test_the_secret_of_the_rfc_is_written_as_apps_read_it():
    assert totp.text(SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"


def test_a_qr_code_names_the_account_and_what_apps_take_for_granted():
    link = urlsplit(totp.uri(SECRET, "zhang san", "Survey"))

    assert (link.scheme, link.netloc, unquote(link.path)) == (
        "otpauth",
        "totp",
        "/Survey:zhang san",
    )
    assert parse_qs(link.query) == {
        "secret": ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"],
        "issuer": ["Survey"],
        "algorithm": ["SHA1"],
        "digits": ["6"],
        "period": ["30"],
    }


def test_secrets_have_160_bits_and_are_never_the_same():
    fresh_secrets = {totp.new_secret() for _ in range(100)}

    assert len(fresh_secrets) == 100
    assert {len(secret) for secret in fresh_secrets} == {20}
