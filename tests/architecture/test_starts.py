"""A command loads what it needs: counted in modules, for seconds depend on the machine."""

import json
import subprocess
import sys

import pytest

from survey_app.__main__ import COMMANDS
from survey_app.sides import SIDES

LOADED = """
import json, sys
from survey_app.__main__ import main
main(sys.argv[1:], standalone_mode=False)
print(json.dumps([name for name in sys.modules]))
"""
WEB = {"flask", "flask_security", "werkzeug", "wtforms", "jinja2"}
FEW_NEED = {"alembic", "mako", "pygments", "scipy", "matplotlib", "polars", "docx"}
STORE = {"sqlalchemy", "psycopg"}
LIBRARIES = {"pydantic", "babel", "cryptography", "numpy", "urllib3", "yaml"}
FORBIDDEN = {
    (): WEB | FEW_NEED | STORE | LIBRARIES,
    ("respond",): WEB | FEW_NEED | STORE | {"numpy"},
    ("manage",): WEB | FEW_NEED | {"psycopg", "numpy", "urllib3"},
    ("analyse",): WEB | FEW_NEED | {"psycopg", "numpy", "urllib3"},
    ("prepare",): WEB | FEW_NEED | {"psycopg", "numpy", "urllib3"},
    ("backup",): WEB | FEW_NEED | {"psycopg", "numpy", "urllib3", "babel"},
}


@pytest.mark.parametrize("command", FORBIDDEN, ids=lambda command: " ".join(command) or "none")
def test_a_command_s_help_loads_nothing_that_it_does_not_need(command: tuple[str, ...]) -> None:
    helped = subprocess.run(
        [sys.executable, "-c", LOADED, *command, "--help"],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )

    loaded = set(json.loads(helped.stdout.splitlines()[-1]))
    assert "survey_app" in loaded
    assert not loaded & FORBIDDEN[command]
    for side, other_sides in {side: SIDES.keys() - {side} for side in SIDES}.items():
        if f"survey_app.{side}" in loaded and command != ("prepare",):
            assert not [
                other_side for other_side in other_sides if f"survey_app.{other_side}" in loaded
            ]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_a_command_itself_says(name: str) -> None:
    assert (COMMANDS[name].load().help or "").partition("\n")[0] == COMMANDS[name].help
