"""The commands about staff: accounts, roles, authenticators, and the log."""

import re

import pytest

from tests.installation import Installation, stratum

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    installation = Installation(tmp_path_factory.mktemp("commands") / "installation")
    installation.campaign("spring", [stratum("north")])
    return installation


@pytest.fixture
def password(installation):
    file = installation.folder / "password.txt"
    file.write_text(PASSWORD + "\n", encoding="utf-8")
    return str(file)


def refusal_of(installation, *command):
    status, _, why = installation.run(*command)
    assert status in {1, 2}
    assert "Traceback" not in why
    return why


def test_an_account_is_made_changed_and_logged(installation, password):
    installation.chain(
        ("manage", "staff", "first", "--password-file", password),
        ("manage", "staff", "second", "--role", "auditor", "--password-file", password),
        ("manage", "staff", "second", "--role", "manager"),
        ("manage", "staff", "second", "--reset-totp"),
        ("manage", "staff", "second", "--password-file", password),
    )

    lines = installation.cli("manage", "audit").splitlines()
    columns = [line.split("\t")[2:] for line in lines]
    assert columns[:5] == [
        ["password", "", "second"],
        ["reset totp", "", "second"],
        ["role", "", "second: manager"],
        ["account", "", "second: auditor"],
        ["account", "", "first: manager"],
    ]
    assert ["create", "spring", ""] in columns
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ", line.split("\t")[0]) for line in lines)


def test_the_log_is_verified(installation):
    for side in ("manage", "analyse"):
        whole, head = installation.cli(side, "audit", "--verify").splitlines()
        assert re.fullmatch(r"The log is whole: \d+ entries\. Its head:", whole)
        assert head in installation.cli(side, "audit", "--head", head)
        assert refusal_of(installation, side, "audit", "--head", "00" * 32)
        assert refusal_of(installation, side, "audit", "--head", "no head")


def test_what_cannot_be_done_is_refused_in_a_sentence(installation, password):
    short = installation.folder / "short.txt"
    short.write_text("short")

    assert "Usage" in refusal_of(installation, "manage", "staff", "new")
    assert refusal_of(installation, "manage", "staff", "new", "--password-file", str(short))
    assert refusal_of(installation, "manage", "staff", "a" * 65, "--password-file", password)
    assert refusal_of(installation, "manage", "staff", "new", "--role", "checker")
    assert refusal_of(installation, "analyse", "staff", "new", "--role", "manager")
