"""A side is restored from its backup into an empty instance, or one sentence says why not."""

import json
import shutil
from functools import partial

import pytest

from survey_app.config import Settings
from survey_app.crypto import chunks, key_files
from survey_app.operate import backup
from survey_app.storage.copies import BATCH
from survey_app.storage.migrations import prepared
from survey_app.storage.pool import MOST, STAYING
from tests.conftest import ENGINES, urls_of
from tests.installation import PASSPHRASE, Installation, stratum
from tests.public import Survey

SMALL = [stratum("north", unit="North", population=100, sample=80)]


@pytest.fixture(params=ENGINES)
def saved_survey(installation, request):
    """A campaign under way, its codes, and a backup of each side."""
    if request.param == "postgresql":
        clusters = request.getfixturevalue("clusters")
        installation.urls = urls_of(clusters)
        for cluster in clusters.values():
            cluster.drop_others()
            cluster.empty()
    codes = installation.campaign("autumn", SMALL)
    installation.start()
    survey = Survey(installation, "autumn", codes)
    for _ in range(6):
        assert survey.cast(survey.ballot(survey.credential())).status == 201
    installation.cli("backup-key", "key")
    for side in ("identity", "answers"):
        installation.cli("backup", side, f"{side}.backup", "--to", "key.pem")
    installation.stop()
    return survey


@pytest.fixture
def lose_machine(saved_survey, request):
    """What empties both sides, as a lost machine does."""

    def burn() -> None:
        saved_survey.installation.instance.rename(saved_survey.installation.folder / "burnt")
        if saved_survey.installation.urls:
            for cluster in request.getfixturevalue("clusters").values():
                cluster.drop_others()
                cluster.empty()

    return burn


def restore(installation: Installation, side: str, file: str | None = None) -> tuple[int, str, str]:
    return installation.run("restore", side, file or f"{side}.backup", "--key", "key")


def lasting_rows(installation: Installation) -> list[list[tuple[object, ...]]]:
    """Ballots and codes as a copy has them: what is not marked is not in it."""
    ballots = "SELECT receipt, spent, sealed FROM ballot WHERE copied ORDER BY receipt"
    codes = "SELECT code, stratum, CASE WHEN copied THEN claimed_for END FROM invitation"
    return [
        installation.rows("answers", ballots),
        installation.rows("identity", f"{codes} ORDER BY code"),
    ]


def test_a_restored_campaign_goes_on_to_its_rates(saved_survey, lose_machine):
    installation = saved_survey.installation
    installation.start()
    for _ in range(30):
        assert saved_survey.cast(saved_survey.ballot(saved_survey.credential())).status == 201
    installation.stop()
    for side in ("identity", "answers"):
        output = installation.cli("backup", side, f"{side}.backup", "--to", "key.pem")
        assert f"up to {MOST + BATCH - 1} " in output
    before = lasting_rows(installation)
    assert len(before[0]) == 2 * (MOST + 1 - STAYING)
    lose_machine()
    for side in ("identity", "answers"):
        assert restore(installation, side)[0] == 0
    assert lasting_rows(installation) == before
    assert len(installation.receipts("autumn")) == len(before[0])
    signing_keys = [
        folder / "answers/analyse/releases.key"
        for folder in (installation.folder / "burnt", installation.instance)
    ]
    assert len({file.read_text() for file in signing_keys}) == 1
    assert {file.stat().st_mode & 0o777 for file in signing_keys} == {0o600}
    key = installation.folder / "burnt/answers/analyse/autumn.key.txt"
    shutil.copy(key, installation.instance / "answers/analyse")

    installation.start()
    for _ in range(6):
        assert saved_survey.cast(saved_survey.ballot(saved_survey.credential())).status == 201
    installation.stop()
    assert "Opened 28 of 28" in installation.close_and_open("autumn")
    assert installation.rates("autumn")
    for side in ("manage", "analyse"):
        assert "restore" in installation.cli(side, "audit")
        assert "whole" in installation.cli(side, "audit", "--verify")


def test_what_cannot_be_restored_is_refused_in_a_sentence_and_leaves_nothing(
    saved_survey, lose_machine, monkeypatch
):
    installation = saved_survey.installation
    before = installation.stored_rows()
    assert "already" in restore(installation, "answers")[2]
    assert installation.stored_rows() == before

    whole = (installation.folder / "answers.backup").read_bytes()
    assert b"autumn" not in whole
    for name, content in {
        "cut": whole[:-5],
        "altered": whole[:200] + bytes([whole[200] ^ 1]) + whole[201:],
        "other": (installation.folder / "identity.backup").read_bytes(),
        "strange": b"strange",
    }.items():
        (installation.folder / name).write_bytes(content)
    write_newer(installation)
    installation.cli("backup-key", "another")
    lose_machine()
    for name in ("cut", "altered", "other", "strange"):
        check_refused(installation, name, "not a whole backup")
    check_refused(installation, "answers.backup", "made for another key", key="another")
    check_refused(installation, "newer", "newer version")
    check_refused(installation, "answers.backup", "not a key file", key="key.pem")
    monkeypatch.setattr("tests.installation.PASSPHRASE", "a passphrase of another operator")
    check_refused(installation, "answers.backup", "passphrase is wrong")


def check_refused(installation: Installation, file: str, sentence: str, key: str = "key") -> None:
    code, _, errors = installation.run("restore", "answers", file, "--key", key)
    assert code == 2, errors
    assert sentence in errors
    assert len(errors.strip().splitlines()) == 1
    tables = installation.tables("answers")
    assert not any(rows for table, rows in tables.items() if "alembic" not in table)
    assert not list((installation.instance / "answers").rglob("*.key"))


def write_newer(installation: Installation) -> None:
    """Write what a later version of the program would."""
    public = backup.public_key((installation.folder / "key.pem").read_bytes())
    head = {"revision": "9999", "secrets": {}}
    with (installation.folder / "newer").open("wb") as file:
        file.write(b"survey backup 1\n")
        lines = [json.dumps(content).encode() + b"\n" for content in (head, {"rows": 0})]
        chunks.write(file, public, b"backup/v1answers", iter(lines))


class KilledError(BaseException):
    """The process ends here."""


def end_the_process(*_arguments):
    raise KilledError


def some_secrets(number, write, settings, contents):
    write(settings, dict(list(contents.items())[:number]))
    raise KilledError


BLOWS = [
    ("_row", lambda _usual: end_the_process),
    ("_write_secrets", lambda usual: partial(some_secrets, 0, usual)),
    ("_write_secrets", lambda usual: partial(some_secrets, 1, usual)),
    ("_write_secrets", lambda usual: partial(some_secrets, 99, usual)),
]
"""At the first row; before, between and after the secrets."""


def test_an_interrupted_restore_is_resumed(saved_survey, lose_machine, monkeypatch):
    installation = saved_survey.installation
    before = lasting_rows(installation)
    lose_machine()
    for name, value in installation.environment.items():
        monkeypatch.setenv(name, value)
    private = key_files.recover((installation.folder / "key").read_bytes(), PASSPHRASE)
    settings = Settings().of("manage")
    for name, instead in BLOWS:
        with monkeypatch.context() as patch:
            patch.setattr(backup, name, instead(getattr(backup, name)))
            database = prepared(settings)
            with pytest.raises(KilledError):
                backup.restore(database, settings, private, installation.folder / "identity.backup")
            database.engine.dispose()

    for side in ("identity", "answers"):
        assert restore(installation, side)[0] == 0, restore(installation, side)
    assert lasting_rows(installation) == before
    installation.start()
    assert saved_survey.cast(saved_survey.ballot(saved_survey.credential())).status == 201
    installation.stop()


def test_a_backup_that_was_interrupted_leaves_the_last_one_whole(saved_survey, monkeypatch):
    installation = saved_survey.installation
    assert (installation.folder / "answers.backup").stat().st_mtime == 0, "a backup bears no date"
    for name, value in installation.environment.items():
        monkeypatch.setenv(name, value)
    settings = Settings().of("analyse")
    file = installation.folder / "answers.backup"
    before = file.read_bytes()
    monkeypatch.setattr("os.utime", end_the_process)
    database = prepared(settings)
    with pytest.raises(KilledError):
        backup.write(database, settings, (installation.folder / "key.pem").read_bytes(), file)
    database.engine.dispose()

    assert file.read_bytes() == before
    assert not list(installation.folder.glob(".answers.backup.*"))
