"""A seal keeper's key from its making to its end, by the commands of all who take part."""

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from survey_app.crypto import key_files, sealing
from survey_app.crypto.encoding import fingerprint
from tests.installation import PASSPHRASE, Installation, stratum


@pytest.fixture
def installation(tmp_path):
    return Installation(tmp_path / "installation")


def refusal_of(installation, *command):
    status, _, why = installation.run(*command)
    assert status != 0
    assert "Traceback" not in why
    return " ".join(why.split())


def test_a_key_is_made_without_a_store_and_never_over_another(installation):
    printed = installation.cli("keeper", "make", "keeper.key")

    key = key_files.recover((installation.folder / "keeper.key").read_bytes(), PASSPHRASE)
    pem = (installation.folder / "keeper.key.pem").read_bytes()
    assert load_pem_public_key(pem) == key.public_key()
    assert pem.decode() in printed
    assert fingerprint(sealing.public_bytes(key)) in printed
    assert not installation.instance.exists()
    assert "exists already" in refusal_of(installation, "keeper", "make", "keeper.key")
    installation.cli("keeper", "destroy", "keeper.key", "--yes")
    assert not (installation.folder / "keeper.key").exists()


def test_a_campaign_is_stripped_then_opened_and_both_keys_are_said_to_be_destroyed(installation):
    installation.chain(("keeper", "make", "keeper.key"), ("keeper", "make", "other.key"))
    installation.publish("spring", [stratum("north")], keeper="keeper.key.pem")
    strip = ("analyse", "strip", "spring", "--keeper")

    assert "only with the issuer" in refusal_of(installation, *strip, "keeper.key")
    installation.cli("manage", "close", "spring")
    grounds = installation.grounds("spring")
    assert "is collecting" in refusal_of(installation, "analyse", "open", "spring", *grounds)
    assert "not the seal keeper" in refusal_of(installation, *strip, "other.key", *grounds)
    assert "still needed" in refusal_of(
        installation, "analyse", "destroy-key", "spring", "--keeper", "--yes"
    )

    words = installation.chain(
        (*strip, "keeper.key", *grounds),
        ("analyse", "destroy-key", "spring", "--keeper", "--yes"),
        ("analyse", "open", "spring"),
        ("analyse", "destroy-key", "spring", "--yes"),
    )

    assert "seals are off; 0 ballots were refused" in words
    assert "Opened 0 of 0 ballots" in words
    destroyed_keys = installation.rows("answers", "SELECT key FROM key_destruction ORDER BY key")
    assert destroyed_keys == [("keeper",), ("opening",)]


def test_whether_there_is_a_keeper_must_be_said(installation):
    installation.publish("spring", [stratum("north")])
    again = ("analyse", "accept", "spring.manifest.json", "--passphrase-key")

    assert "--no-keeper" in refusal_of(installation, *again)
