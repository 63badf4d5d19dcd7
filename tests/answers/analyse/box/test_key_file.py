"""The key file: read back under its passphrase only, and no file of a public half."""

import stat

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from survey_app.answers.analyse.box import key_file
from survey_app.crypto import sealing
from survey_app.errors import OpeningError

PASSPHRASE = "long enough for a test"
# RFC 9180, appendix A.3.1: skRm, pkRm.
SECRET = 0xF3CE7FDAE57E1A310D87F1EBBDE6F328BE0A99CDBCADF4D6589CF29DE4B8FFD2
PUBLIC = bytes.fromhex(
    "04fe8c19ce0905191ebc298a9245792531f26f0cece2460639e8bc39cb7f706a82"
    "6a779b4cf969b8a0e539c7f62fb3d30ad6aa8f80e30f1d128aafd68a2ce72ea0"
)


def pem(key):
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.fixture(scope="module")
def new_key(tmp_path_factory):
    """A key file that was made, and the public half it is for."""
    path = tmp_path_factory.mktemp("new") / "keys" / "spring.key.txt"
    return path, key_file.make(path, PASSPHRASE)


def test_a_key_is_read_back_under_its_passphrase(new_key):
    path, public = new_key

    assert sealing.public_bytes(key_file.recover(path, PASSPHRASE)) == public


def test_only_its_owner_reads_the_file_and_opens_its_folder(new_key):
    path, _ = new_key

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_the_file_does_not_hold_the_key_in_the_clear(new_key):
    path, _ = new_key
    secret = key_file.recover(path, PASSPHRASE).private_numbers().private_value

    assert secret.to_bytes(32) not in path.read_bytes()


def test_a_key_is_never_written_over_another(new_key):
    path, public = new_key

    with pytest.raises(FileExistsError):
        key_file.make(path, PASSPHRASE)
    assert sealing.public_bytes(key_file.recover(path, PASSPHRASE)) == public


def test_every_key_is_another(new_key, tmp_path):
    assert key_file.make(tmp_path / "second", PASSPHRASE) != new_key[1]


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE.upper()])
def test_another_passphrase_gives_no_key(new_key, passphrase):
    with pytest.raises(OpeningError, match="passphrase is wrong"):
        key_file.recover(new_key[0], passphrase)


def test_a_missing_file_is_refused_in_other_words_than_one_of_something_else(tmp_path):
    letter = tmp_path / "other"
    letter.write_bytes(b"a letter")

    with pytest.raises(OpeningError, match="no key file"):
        key_file.recover(tmp_path / "missing", PASSPHRASE)
    with pytest.raises(OpeningError, match="no key file"):
        key_file.recover(tmp_path, PASSPHRASE)
    with pytest.raises(OpeningError, match="not a key file"):
        key_file.recover(letter, PASSPHRASE)


def test_the_public_half_is_the_point_of_the_rfc(tmp_path):
    path = tmp_path / "public.pem"
    path.write_bytes(pem(ec.derive_private_key(SECRET, ec.SECP256R1())))

    assert key_file.public_half(path) == PUBLIC


def test_a_file_that_is_no_public_half_is_left_to_be_made_or_recovered(new_key, tmp_path):
    assert key_file.public_half(new_key[0]) is None
    assert key_file.public_half(tmp_path / "missing") is None


@pytest.mark.parametrize(
    "content",
    [
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ec.derive_private_key(SECRET, ec.SECP256R1()))[:-40],
        b"-----BEGIN PUBLIC KEY-----\n",
        b"",
    ],
    ids=["another curve", "cut off", "head only", "empty"],
)
def test_a_public_key_must_be_whole_and_of_the_curve(tmp_path, content):
    with pytest.raises(OpeningError, match="no public key on the curve P-256"):
        key_file.public_half_of(content)
