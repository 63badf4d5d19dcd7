"""A third side takes a line in the table of sides, a package, and a folder of migrations.

The program is copied and given a tiny side; whatever knew of two sides alone would break.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import urllib3

from tests.installation import PASSPHRASE, ROOT, free_port

THIRD = Path(__file__).with_name("third_side")
PROGRAM = ("survey_app", "migrations", "questionnaires", "stats", "wsgi.py", "gunicorn.conf.py")
SIDE = """        Side(
            name="oversight",
            sites=(
                Site(
                    "oversee",
                    title="Oversight",
                    secrets=("session", "totp", "lockout"),
                    for_staff=True,
                    commands="Look after posts.",
                ),
            ),
            after_restore="Posts registered since the backup are lost.",
        ),
"""
CHAIN = """
import json, sys
from survey_app.__main__ import main
for command in json.loads(sys.argv[1]):
    main(command, standalone_mode=False)
"""
LOADER = """def _oversight() -> Composition:
    from survey_app.oversight import composition

    return composition


"""
ADDITIONS = (
    ("survey_app/sides.py", '        Side(\n            name="answers",', SIDE),
    ("survey_app/__init__.py", "_COMPOSITIONS = {", LOADER),
    ("survey_app/__init__.py", '"answers": _answers}', '"oversight": _oversight, '),
)
"""All that is changed in the program: in which file, and before which text what is added."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program that has three sides."""
    copy = tmp_path_factory.mktemp("program")
    for name in PROGRAM:
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        else:
            shutil.copy(ROOT / name, copy)
    shutil.copytree(THIRD, copy, dirs_exist_ok=True)
    for name, place, addition in ADDITIONS:
        source = (copy / name).read_text(encoding="utf-8")
        assert source.count(place) == 1
        (copy / name).write_text(source.replace(place, addition + place), encoding="utf-8")
    return copy


@dataclass
class Installation:
    """The copied program in an empty folder, serving the third side and one site of another."""

    program: Path
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(self.program),
            "PYTHONDONTWRITEBYTECODE": "1",
            "SURVEY_INSTANCE": str(self.folder / "instance"),
            "SURVEY_PASSPHRASE": PASSPHRASE,
            "SURVEY_SITES": "oversight,issue",
            **self.settings,
        }

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            check=False,
            encoding="utf-8",
        )

    def chain(self, *commands: tuple[str, ...]) -> tuple[str, str]:
        """Run commands that must succeed, in one process: output and errors."""
        process = self.python("-c", CHAIN, json.dumps(commands))
        assert process.returncode == 0, process.stderr
        return process.stdout, process.stderr

    @contextmanager
    def running_sites(self) -> Iterator[str]:
        port = str(free_port())
        command = [sys.executable, "-m", "gunicorn", "-c", "gunicorn.conf.py", "wsgi:app"]
        environment = self.environment | {"PORT": port}
        with subprocess.Popen(
            command, cwd=self.program, env=environment, stderr=subprocess.PIPE, encoding="utf-8"
        ) as server:
            assert server.stderr
            assert any(line.startswith("ready: ") for line in server.stderr)
            yield f"http://127.0.0.1:{port}"
            server.terminate()


@pytest.fixture
def installation(program: Path, tmp_path: Path) -> Installation:
    return Installation(program, tmp_path)


def test_a_third_side_is_prepared_served_logged_backed_up_and_restored(
    installation: Installation,
) -> None:
    folder = installation.folder
    (folder / "password.txt").write_text("a password for tests\n", encoding="utf-8")
    output, errors = installation.chain(
        ("--help",),
        ("prepare",),
        ("oversee", "register", "gate"),
        ("oversee", "staff", "olga", "--password-file", "password.txt"),
        ("oversee", "doctor"),
        ("oversee", "audit"),
        ("backup-key", "key"),
        ("backup", "oversight", "backup", "--to", "key.pem"),
    )
    assert "Look after posts." in output
    assert "There are no binoculars." in errors
    assert {path.name for path in (folder / "instance").iterdir()} == {"identity", "oversight"}
    assert "Nothing was found" in output
    assert "register\t\tgate" in output
    assert "olga: overseer" in output

    with installation.running_sites() as base:
        start = urllib3.request("GET", base, headers={"Accept-Language": "en"})
        statuses = {
            path: urllib3.request("GET", f"{base}/{path}", redirect=False).status
            for path in ("oversee/login", "oversee/", "respond/")
        }
    assert statuses == {"oversee/login": 200, "oversee/": 302, "respond/": 404}
    assert b'href="oversee/"' in start.data

    shutil.rmtree(folder / "instance" / "oversight")
    output, _ = installation.chain(
        ("restore", "oversight", "backup", "--key", "key"), ("oversee", "audit")
    )
    assert "Posts registered since the backup are lost." in output
    assert "register\t\tgate" in output


@pytest.mark.parametrize("other_side", ["IDENTITY", "ANSWERS"])
def test_no_two_of_three_sides_share_a_cluster(installation: Installation, other_side: str) -> None:
    installation.settings = {
        "SURVEY_OVERSIGHT_URL": "postgresql://a@db.example/oversight",
        f"SURVEY_{other_side}_URL": "postgresql://b@DB.example:5432/other",
    }

    process = installation.python("-c", "from survey_app.config import Settings; Settings()")

    assert process.returncode != 0
    for name in (f"SURVEY_{other_side}_URL", "SURVEY_OVERSIGHT_URL"):
        assert name in process.stderr
    assert "give each its own" in process.stderr
