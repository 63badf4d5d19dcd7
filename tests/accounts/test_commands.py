"""The commands about staff: accounts, roles, authenticators, and the log."""

import re

import pytest

from tests.laptop import Laptop, stratum

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    laptop = Laptop(tmp_path_factory.mktemp("commands") / "laptop")
    laptop.campaign("spring", [stratum("north")])
    return laptop


@pytest.fixture
def password(laptop):
    file = laptop.folder / "password.txt"
    file.write_text(PASSWORD + "\n", encoding="utf-8")
    return str(file)


def refused(laptop, *command):
    status, _, why = laptop.run(*command)
    assert status in {1, 2}
    assert "Traceback" not in why
    return why


def test_an_account_is_made_changed_and_logged(laptop, password):
    laptop.chain(
        ("manage", "staff", "first", "--password-file", password),
        ("manage", "staff", "second", "--role", "auditor", "--password-file", password),
        ("manage", "staff", "second", "--role", "manager"),
        ("manage", "staff", "second", "--reset-totp"),
        ("manage", "staff", "second", "--password-file", password),
    )

    lines = laptop.cli("manage", "audit").splitlines()
    said = [line.split("\t")[2:] for line in lines]
    assert said[:5] == [
        ["password", "", "second"],
        ["reset totp", "", "second"],
        ["role", "", "second: manager"],
        ["account", "", "second: auditor"],
        ["account", "", "first: manager"],
    ]
    assert ["create", "spring", ""] in said
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ", line.split("\t")[0]) for line in lines)


def test_the_log_is_verified(laptop):
    for side in ("manage", "analyse"):
        whole, head = laptop.cli(side, "audit", "--verify").splitlines()
        assert re.fullmatch(r"The log is whole: \d+ entries\. Its head:", whole)
        assert head in laptop.cli(side, "audit", "--head", head)
        assert refused(laptop, side, "audit", "--head", "00" * 32)
        assert refused(laptop, side, "audit", "--head", "no head")


def test_what_cannot_be_done_is_refused_in_a_sentence(laptop, password):
    short = laptop.folder / "short.txt"
    short.write_text("short")

    assert "Usage" in refused(laptop, "manage", "staff", "new")
    assert refused(laptop, "manage", "staff", "new", "--password-file", str(short))
    assert refused(laptop, "manage", "staff", "a" * 65, "--password-file", password)
    assert refused(laptop, "manage", "staff", "new", "--role", "checker")
    assert refused(laptop, "analyse", "staff", "new", "--role", "manager")
