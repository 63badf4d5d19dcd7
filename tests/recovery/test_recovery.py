"""A side is restored from its backup into an empty instance, or one sentence says why not."""

import shutil

import pytest

from tests.conftest import ENGINES, urls_of
from tests.laptop import Laptop, stratum
from tests.public import Survey

SMALL = [stratum("north", unit="North", population=60, sample=40)]


@pytest.fixture(params=ENGINES)
def saved(laptop, request):
    """A campaign under way, its codes, and a backup of each side."""
    if request.param == "postgresql":
        clusters = request.getfixturevalue("clusters")
        laptop.urls = urls_of(clusters)
        for cluster in clusters.values():
            cluster.drop_others()
            cluster.empty()
    codes = laptop.campaign("autumn", SMALL)
    laptop.start()
    survey = Survey(laptop, "autumn", codes)
    for _ in range(6):
        assert survey.cast(survey.ballot(survey.credential())).status == 201
    laptop.cli("backup-key", "key")
    for side in ("identity", "answers"):
        laptop.cli("backup", side, f"{side}.backup", "--to", "key.pem")
    laptop.stop()
    return survey


@pytest.fixture
def burnt(saved, request):
    """What empties both sides, as a lost machine does."""

    def burn() -> None:
        saved.laptop.instance.rename(saved.laptop.folder / "burnt")
        if saved.laptop.urls:
            for cluster in request.getfixturevalue("clusters").values():
                cluster.drop_others()
                cluster.empty()

    return burn


def restored(laptop: Laptop, side: str, file: str | None = None) -> tuple[int, str, str]:
    return laptop.run("restore", side, file or f"{side}.backup", "--key", "key")


def lasting(laptop: Laptop) -> list[list[tuple[object, ...]]]:
    """Ballots and codes, without which of them are pending: a backup does not tell that."""
    tables = laptop.tables("answers")["ballot"], laptop.tables("identity")["invitation"]
    return [[tuple(row)[:-1] for row in table] for table in tables]


def test_a_restored_campaign_goes_on_to_its_rates(saved, burnt):
    laptop = saved.laptop
    before = lasting(laptop)
    burnt()
    for side in ("identity", "answers"):
        assert restored(laptop, side)[0] == 0
    assert lasting(laptop) == before
    shutil.copy(laptop.folder / "burnt/answers/autumn.p12", laptop.instance / "answers")

    laptop.start()
    for _ in range(6):
        assert saved.cast(saved.ballot(saved.credential())).status == 201
    laptop.stop()
    assert "Opened 12 of 12" in laptop.close_and_open("autumn")
    assert laptop.rates("autumn")
    for side in ("manage", "analyse"):
        assert "restore" in laptop.cli(side, "audit")
        assert "whole" in laptop.cli(side, "audit", "--verify")


def test_what_cannot_be_restored_is_refused_in_a_sentence_and_leaves_nothing(saved, burnt):
    laptop = saved.laptop
    before = laptop.stored()
    assert "already" in restored(laptop, "answers")[2]
    assert laptop.stored() == before

    whole = (laptop.folder / "answers.backup").read_bytes()
    assert b"autumn" not in whole
    for name, content in {
        "cut": whole[:-5],
        "altered": whole[:200] + bytes([whole[200] ^ 1]) + whole[201:],
        "other": (laptop.folder / "identity.backup").read_bytes(),
        "strange": b"strange",
    }.items():
        (laptop.folder / name).write_bytes(content)
    burnt()
    for name in ("cut", "altered", "other", "strange"):
        code, _, errors = restored(laptop, "answers", name)
        assert code == 2, name
        assert "not a whole backup" in errors
        assert len(errors.strip().splitlines()) == 1
        assert all(
            not rows for table, rows in laptop.tables("answers").items() if "alem" not in table
        )


def test_a_backup_bears_no_date(saved):
    assert (saved.laptop.folder / "answers.backup").stat().st_mtime == 0
