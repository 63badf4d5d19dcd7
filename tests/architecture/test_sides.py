"""A process that serves one side carries nothing of the other: no module, no address, no secret."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from survey_app.config import Settings
from survey_app.sides import SIDES

ROOT = Path(__file__).parents[2]
OTHER_SIDES = {side: [other_side for other_side in SIDES if other_side != side] for side in SIDES}
UNREACHABLE = "postgresql://stranger@{0}.invalid/{0}"
SERVE = """
import json, sys
import wsgi
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize("side", SIDES)
def test_a_side_s_process_loads_no_module_and_touches_no_folder_of_the_other(side, tmp_path):
    environment = {
        "SURVEY_SITES": side,
        "SURVEY_INSTANCE": str(tmp_path),
        **{
            f"SURVEY_{other_side.upper()}_URL": UNREACHABLE.format(other_side)
            for other_side in OTHER_SIDES[side]
        },
    }
    process = subprocess.run(
        [sys.executable, "-c", SERVE],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )

    loaded = json.loads(process.stdout)
    assert {f"survey_app.{side}.{site.name}" for site in SIDES[side].sites} <= set(loaded)
    for other_side in OTHER_SIDES[side]:
        assert not [name for name in loaded if name.startswith(f"survey_app.{other_side}")]
        assert not (tmp_path / other_side).exists()


@pytest.mark.parametrize("side", SIDES)
def test_a_side_served_alone_is_prepared_alone_and_without_a_demo(side, installation):
    installation.urls = {"SURVEY_SITES": side}
    installation.cli("prepare")

    assert [path.name for path in installation.instance.iterdir()] == [side]
    assert installation.rows(side, "SELECT * FROM campaign") == []
    assert installation.rows(side, "SELECT * FROM staff") == []


@pytest.mark.parametrize(
    ("sites", "names"),
    [
        ("identity", ("issue", "manage")),
        ("answers", ("respond", "analyse")),
        ("answers, issue", ("issue", "respond", "analyse")),
        ("respond", ("respond",)),
    ],
)
def test_sites_are_named_one_by_one_or_by_their_side(sites, names, tmp_path):
    assert Settings(instance=tmp_path, sites=sites).site_names == names


def test_an_unknown_site_is_refused_by_its_name(tmp_path):
    with pytest.raises(ValueError, match="unknown site: nowhere"):
        _ = Settings(instance=tmp_path, sites="identity,nowhere").site_names
