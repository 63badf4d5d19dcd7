"""Stores and backups of 0.1.0 are opened by the program of today, on both engines."""

import csv
import shutil
import tarfile
from pathlib import Path

import pytest

from tests.conftest import ENGINES, urls_of
from tests.installation import Codes, Installation, read_csv
from tests.public import Survey

FOLDER = Path(__file__).with_name("release-0.1.0")
SPENT_CODES, BALLOTS = 10, 26
"""The codes of `collecting`."""
RATE = ("scope", "domain_en", "category_en", "strata", "item", "denominator")
"""The columns that say what a row is a rate of."""


def codes() -> Codes:
    """The codes of `collecting` that are not used yet."""
    unused: Codes = {}
    for row in read_csv(FOLDER / "codes.csv")[SPENT_CODES:]:
        unused.setdefault(row["stratum"], []).append(row["code"])
    return unused


def rates(lines: list[str]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """The numbers of each rate, by what it is a rate of."""
    return {
        tuple(row[name] for name in RATE): (
            row["n"],
            row["yes"],
            row["rate"],
        )
        for row in csv.DictReader(lines)
    }


@pytest.fixture
def unpacked(installation: Installation) -> Installation:
    """The stores as 0.1.0 in_side_folders them."""
    with tarfile.open(FOLDER / "instance.tar.xz") as archive:
        archive.extractall(installation.folder, filter="data")
    return installation


@pytest.fixture(params=ENGINES)
def restored_stores(unpacked: Installation, request: pytest.FixtureRequest) -> Installation:
    """The backups of 0.1.0 in empty stores of either engine, with the keys of that time."""
    before = unpacked.instance.rename(unpacked.folder / "kept")
    if request.param == "postgresql":
        clusters = request.getfixturevalue("clusters")
        for cluster in clusters.values():
            cluster.drop_others()
            cluster.empty()
        unpacked.urls = urls_of(clusters)
    shutil.copy(FOLDER / "backup.key", unpacked.folder)  # the first to read it rewrites it
    for side in ("identity", "answers"):
        unpacked.cli("restore", side, FOLDER / f"{side}.backup", "--key", "backup.key")
    assert (unpacked.folder / "backup.key").read_bytes().startswith(b"survey-key/1")
    for key in (before / "answers").glob("*.p12"):
        key.rename(unpacked.instance / "answers" / key.name)
    return unpacked


def check_goes_on(installation: Installation) -> None:
    """See that each campaign goes on from where it stood."""
    before = (FOLDER / "rates.csv").read_text(encoding="utf-8").splitlines()
    after = installation.cli("analyse", "rates", "opened", "--format", "csv").splitlines()
    assert rates(after) == rates(before)

    ((manifest,),) = installation.rows(
        "identity", "SELECT manifest FROM campaign WHERE campaign = 'fixed'"
    )
    (installation.folder / "fixed.json").write_bytes(bytes(manifest))
    published = installation.chain(
        ("manage", "audit", "--verify"),
        ("analyse", "audit", "--verify"),
        ("analyse", "accept", "fixed.json", "--shares-to", "shares"),
        ("manage", "publish", "fixed", "fixed.published.json"),
    )
    assert published.count("The log is whole") == 2

    installation.serve()
    survey = Survey(installation, "collecting", codes())
    for stratum, unused in survey.codes.items():
        while unused:
            assert survey.cast(survey.ballot(survey.credential(stratum), stratum)).status == 201
    installation.stop()
    assert f"Opened {BALLOTS} of {BALLOTS}" in installation.close_and_open("collecting")
    key = installation.instance / "answers" / "analyse" / "collecting.p12"
    assert key.read_bytes().startswith(b"survey-key/1")
    installation.cli("analyse", "destroy-key", "collecting", "--yes")
    assert not key.exists()


def test_stores_of_the_first_release_go_on(unpacked: Installation) -> None:
    check_goes_on(unpacked)


def test_files_of_the_first_release_come_to_lie_with_the_site_that_reads_them(
    unpacked: Installation,
) -> None:
    kept_files = {"*.key", "*.p12", "*.opening"}

    def contents() -> dict[str, bytes]:
        paths = (path for kind in kept_files for path in unpacked.instance.rglob(kind))
        return {f"{path.relative_to(unpacked.instance)}": path.read_bytes() for path in paths}

    for side in ("identity", "answers"):
        (unpacked.instance / side).chmod(0o750)
    before = contents()
    unpacked.prepare_apart()
    after = contents()

    staff = {"identity": "manage", "answers": "analyse"}
    of_both_sites = {"identity/codes.key", "identity/issuer.key"}
    for place, content in before.items():
        side, name = place.split("/")
        assert after[place if place in of_both_sites else f"{side}/{staff[side]}/{name}"] == content
    in_side_folders = {place for place in after if place.count("/") == 1}
    assert in_side_folders == of_both_sites | {"answers/receipts.key"}
    modes = {place: (unpacked.instance / place).stat().st_mode & 0o777 for place in in_side_folders}
    assert set(modes.values()) == {0o640}
    for side, site in staff.items():
        assert (unpacked.instance / side / site).stat().st_mode & 0o077 == 0


def test_backups_of_the_first_release_go_on(restored_stores: Installation) -> None:
    check_goes_on(restored_stores)
