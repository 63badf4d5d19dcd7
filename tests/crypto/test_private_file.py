"""Keys, backups and lists of codes go into new files of their owner's."""

import os

import pytest

from survey_app.crypto.private_file import private_file


def test_no_other_account_may_read_the_file_under_any_mask(tmp_path):
    mask = os.umask(0)
    try:
        with private_file(tmp_path / "key") as file:
            file.write(b"secret")
    finally:
        os.umask(mask)

    assert (tmp_path / "key").read_bytes() == b"secret"
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_there_stays_as_it_is(tmp_path):
    (tmp_path / "key").write_bytes(b"older")

    with pytest.raises(FileExistsError), private_file(tmp_path / "key") as file:
        file.write(b"newer")

    assert (tmp_path / "key").read_bytes() == b"older"


def test_no_link_is_followed(tmp_path):
    (tmp_path / "key").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(FileExistsError), private_file(tmp_path / "key") as file:
        file.write(b"secret")

    assert not (tmp_path / "elsewhere").exists()
