"""Key files: one form, the published one; what is altered, hostile or guessed opens nothing."""

import re
import stat

import pytest
from argon2.low_level import Type, hash_secret_raw
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from survey_app.crypto import key_files
from survey_app.crypto.key_files import Cost, KeyFileError
from tests.installation import ROOT
from tests.old_key_files import old_file

CHEAP = Cost(memory=64, passes=1, lanes=2)
PASSPHRASE = "long enough for a test"
# RFC 9180, appendix A.3.1: skRm.
SECRET = 0xF3CE7FDAE57E1A310D87F1EBBDE6F328BE0A99CDBCADF4D6589CF29DE4B8FFD2
KEY = ec.derive_private_key(SECRET, ec.SECP256R1())
CONTENT = key_files.protect(KEY, PASSPHRASE, CHEAP)


def secret(content: bytes, passphrase: str = PASSPHRASE) -> int:
    return key_files.recover(content, passphrase).private_numbers().private_value


def test_the_file_of_the_page_on_the_protocol_is_read_and_is_what_the_page_says():
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    section = page.split("\n## Key files\n")[1].split("\n## ")[0]
    (text,) = re.findall(r"```text\n(survey-key.*?)```", section, re.DOTALL)
    (passphrase,) = re.findall(r"passphrase `([a-z ]+)`", section)
    header, encrypted = text.split("key ")
    salt, encrypted = bytes.fromhex(header.split("salt ")[1]), bytes.fromhex(encrypted)

    derived = hash_secret_raw(passphrase.encode(), salt, 3, 262144, 1, 32, Type.ID)
    scalar = AESGCM(derived).decrypt(encrypted[:12], encrypted[12:], header.encode())

    assert int.from_bytes(scalar) == secret(text.encode(), passphrase) == SECRET


def test_a_try_costs_a_quarter_of_a_gigabyte():
    parameters = key_files.protect(KEY, PASSPHRASE).splitlines()[1]

    assert parameters == b"argon2id m=262144 t=3 p=1"


def test_the_file_is_short_printable_and_without_the_key_in_the_clear():
    assert len(CONTENT) < 250
    assert CONTENT.decode().isascii()
    assert CONTENT.startswith(b"survey-key/1\n")
    assert f"{SECRET:064x}".encode() not in CONTENT


def test_two_files_of_one_key_share_neither_salt_nor_ciphertext():
    lines = [key_files.protect(KEY, PASSPHRASE, CHEAP).split() for _ in range(2)]

    assert lines[0][:5] == lines[1][:5]
    assert not {*lines[0][6:]} & {*lines[1][6:]} - {b"key"}


@pytest.mark.parametrize("wrong", ["", PASSPHRASE.upper(), PASSPHRASE + ".", "另一个口令"])
def test_a_wrong_passphrase_opens_no_key(wrong):
    with pytest.raises(KeyFileError):
        key_files.recover(CONTENT, wrong)


@pytest.mark.parametrize(
    "spelling", [f" {PASSPHRASE}\n", PASSPHRASE.replace(" ", "  "), PASSPHRASE.replace("l", "ｌ")]
)
def test_blanks_and_wide_letters_do_not_matter(spelling):
    assert secret(CONTENT, spelling) == SECRET


def test_ends_of_line_of_another_system_do_not_matter():
    assert secret(CONTENT.replace(b"\n", b"\r\n")) == SECRET


@pytest.mark.parametrize("at", [11, 30, 34, 45, 80, 150, 190])
def test_an_altered_character_is_refused(at):
    altered_content = (
        CONTENT[:at] + (b"2" if CONTENT[at : at + 1] != b"2" else b"3") + CONTENT[at + 1 :]
    )

    with pytest.raises(KeyFileError):
        key_files.recover(altered_content, PASSPHRASE)


@pytest.mark.parametrize(
    "cost",
    ["m=100000000 t=1 p=1", "m=262145 t=4 p=4", "m=64 t=99 p=1", "m=64 t=1 p=99", "m=8 t=1 p=4"],
)
def test_a_hostile_cost_is_refused_before_any_of_it_is_paid(cost):
    hostile = CONTENT.replace(b"m=64 t=1 p=2", cost.encode())
    assert hostile != CONTENT

    with pytest.raises(KeyFileError, match="cost"):
        key_files.recover(hostile, PASSPHRASE)


@pytest.mark.parametrize(
    "file", [b"", b"not a key", bytes(500), b"survey-key/1\n", CONTENT[:-9], CONTENT + b"0"]
)
def test_a_file_that_is_no_key_file_is_refused(file):
    with pytest.raises(KeyFileError):
        key_files.recover(file, PASSPHRASE)


def test_a_file_of_the_first_release_is_read_and_written_anew_in_its_place(tmp_path):
    path = tmp_path / "spring.p12"
    path.write_bytes(old_file(KEY, PASSPHRASE))
    path.chmod(0o640)

    assert secret(path.read_bytes()) == SECRET
    assert key_files.renew(path, KEY, PASSPHRASE)
    content = path.read_bytes()
    assert content.startswith(b"survey-key/1\n")
    assert secret(content) == SECRET
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]
    assert not key_files.renew(path, KEY, PASSPHRASE)
    assert path.read_bytes() == content


def test_an_old_file_is_not_written_anew_in_a_folder_that_takes_no_file(tmp_path, monkeypatch):
    path = tmp_path / "spring.p12"
    path.write_bytes(old_file(KEY, PASSPHRASE))
    monkeypatch.chdir(tmp_path)
    long_name = path.rename("s" * 250)

    with pytest.raises(OSError, match="name too long"):
        key_files.renew(long_name, KEY, PASSPHRASE)

    assert secret(long_name.read_bytes()) == SECRET


def test_an_old_file_under_another_passphrase_or_with_another_key_is_refused():
    with pytest.raises(KeyFileError, match="passphrase"):
        key_files.recover(old_file(KEY, PASSPHRASE), "another one")
    for key in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())):
        with pytest.raises(KeyFileError, match="P-256"):
            key_files.recover(old_file(key, PASSPHRASE), PASSPHRASE)
