"""The shipped units, containers and clusters, as far as they can be judged without running them."""

import re
import subprocess
import sys

import pytest
import yaml

from survey_app.config import Settings
from survey_app.sides import SIDE_OF, SIDES, SITES
from tests.clusters import SETTINGS
from tests.installation import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MOST_EXPOSED = 20
"""Tenths of systemd's score, which calls 0 to 2.9 “OK” and an ordinary service 9.6."""


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_sandboxed(unit):
    judged = ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}"]
    judgement = subprocess.run(
        [*judged, str(unit)], capture_output=True, check=False, encoding="utf-8"
    )

    assert judgement.returncode == 0, judgement.stdout[-3000:]


def test_systemd_finds_no_fault_in_the_units(tmp_path):
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text(encoding="utf-8").replace(
            "/opt/survey/.venv/bin/python", sys.executable
        )
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    names = [
        *(f"survey-{site}.service" for site in SITES),
        *(f"survey-backup@{side}.timer" for side in SIDES),
        "survey-work.timer",
    ]
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in names)],
        capture_output=True,
        check=False,
        encoding="utf-8",
    )

    complaints = [line for line in verified.stderr.splitlines() if "survey-" in line]
    assert (verified.returncode, complaints) == (0, [])


@pytest.mark.parametrize("side", SIDES)
def test_a_side_has_all_its_files_for_a_deployment(side):
    files = {
        *(f"env/{name}.env" for name in (side, f"{side}-owner")),
        *(f"env/{site.name}.env" for site in SIDES[side].sites),
        f"nginx/side/{side}.conf",
        *(f"systemd/survey-{site.name}.service" for site in SIDES[side].sites),
    }

    assert [name for name in sorted(files) if not (DEPLOY / name).is_file()] == []


@pytest.mark.parametrize("side", SIDES.values(), ids=lambda side: side.name)
def test_the_sites_of_a_side_run_under_accounts_of_their_own(side):
    units = {
        site.name: dict(
            re.findall(
                r"^(\w+)=(.*)$",
                (DEPLOY / "systemd" / f"survey-{site.name}.service").read_text(encoding="utf-8"),
                re.MULTILINE,
            )
        )
        for site in side.sites
    }
    public, staff = units[side.public_site.name], units[side.staff_site.name]

    assert public["User"] != staff["User"]
    assert public["Group"] == staff["Group"]
    assert staff["StateDirectoryMode"] == "0750"
    assert "StateDirectory" not in public
    address = f"SURVEY_{side.name.upper()}"
    for name, role, other_role in (
        (side.public_site.name, "_PUBLIC", ""),
        (side.staff_site.name, "", "_PUBLIC"),
    ):
        environment = "".join(
            (DEPLOY / "env" / f"{part}.env").read_text(encoding="utf-8")
            for part in (side.name, name)
        )
        assert f"{address}{role}_URL=" in environment
        assert f"{address}{other_role}_URL=" not in environment


def test_a_site_s_unit_is_given_no_owner_s_account():
    for unit in UNITS:
        owners = "owner.env" in unit.read_text(encoding="utf-8")
        assert owners == unit.name.startswith(("survey-prepare", "survey-backup"))


def test_containers_of_the_two_sides_share_nothing():
    plan = yaml.safe_load((DEPLOY / "container" / "compose.yaml").read_text(encoding="utf-8"))
    for site, side in SIDE_OF.items():
        service = plan["services"][site]
        assert service["network_mode"] == f"service:{side.name}-web"
        assert "SURVEY_SITES" in service["environment"]
        assert "owner" not in str(service)
        assert ("user" in service) == (not SITES[site].for_staff)
        assert service["volumes"][0].endswith(":ro") == (not SITES[site].for_staff)
        assert not [
            far_side for far_side in SIDES if far_side != side.name and far_side in str(service)
        ]
    for name in SIDES:
        assert plan["services"][f"{name}-web"]["networks"] == [name]
        store = plan["services"][f"{name}-store"]
        assert store["networks"] == [name]
        parts = {part for part in store["command"] if part != "-c"}
        assert parts == {f"{name}={value}" for name, value in shipped_settings().items()}


def test_the_tests_clusters_are_set_up_as_the_shipped_ones():
    assert shipped_settings().items() <= SETTINGS.items()


@pytest.mark.parametrize("file", sorted((DEPLOY / "env").iterdir()), ids=lambda file: file.name)
def test_an_example_of_an_environment_names_settings_that_there_are(file):
    settings = {
        str(field.validation_alias or f"SURVEY_{name.upper()}")
        for name, field in Settings.model_fields.items()
    }
    names = re.findall(r"^(\w+)=", file.read_text(encoding="utf-8"), re.MULTILINE)

    assert names
    assert set(names) <= settings


def shipped_settings() -> dict[str, str]:
    text = (DEPLOY / "postgresql" / "survey.conf").read_text(encoding="utf-8")
    return dict(re.findall(r"^(\w+) = (\w+)", text, re.MULTILINE))
