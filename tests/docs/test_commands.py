"""What the documentation says to type is typed, in a copy of the project."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest

from survey_app.__main__ import main
from tests.docs.pages import Block, blocks, english
from tests.installation import PASSPHRASE, PATIENCE, ROOT, TODAY, free_port

LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "instance", "tests")
SHELL = [block for page in english() for block in blocks(page) if block.language == "sh"]
SERVERS = [block for block in SHELL if block.note == "server"]
RUNNABLE = [block for block in SHELL if not block.note]
ELSEWHERE = [block for block in SHELL if block.note == "host"]
FILES = [
    block for page in english() for block in blocks(page) if block.language == "yaml" and block.note
]


class Newcomer:
    """A reader with a fresh copy of the project, who types what stands there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
        _environment(folder / ".venv")
        for file in FILES:
            (folder / file.note).write_text(_open_today(file.text), encoding="utf-8")

    def command(self, text: str) -> list[str]:
        """Type on the port that is free here in place of the one in the text."""
        return ["bash", "-euo", "pipefail", "-c", text.replace(":8000", f":{self.port}")]

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if "SURVEY_" not in name}
        # The passphrase would be asked for.
        own = {
            "PORT": str(self.port),
            "SURVEY_PASSPHRASE": PASSPHRASE,
            "LANG": "C.UTF-8",
            "no_proxy": "127.0.0.1",
        }
        return inherited | own

    def types(self, page: str, text: str) -> None:
        """Type all of a page's blocks into one shell."""
        process = subprocess.run(
            self.command(text),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=240,
        )
        report = f"{page}\n{process.stdout[-3000:]}\n{process.stderr[-3000:]}"
        assert process.returncode == 0, report

    def starts(self, text: str) -> subprocess.Popen[bytes]:
        """Start what goes on until it is interrupted, and wait for its word."""
        log = self.folder / "server.log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                self.command(text),
                cwd=self.folder,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        end = time.monotonic() + PATIENCE
        while f"ready: http://127.0.0.1:{self.port}/" not in log.read_text(errors="replace"):
            assert server.poll() is None, log.read_text(errors="replace")
            assert time.monotonic() < end, log.read_text(errors="replace")
            time.sleep(0.1)
        return server


def _environment(environment: Path) -> None:
    """Let make find the packages of this very interpreter, as if it had installed them."""
    environment.mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name not in {"runtime", "development"}:
            (environment / part.name).symlink_to(part)
    for stamp in ("runtime", "development"):
        (environment / stamp).touch()


def _open_today(text: str) -> str:
    """Move the example's days to where today is, whenever that is."""
    days = f"start: {TODAY - timedelta(days=2)}, end: {TODAY + timedelta(days=30)}"
    text = re.sub(r"^reference_period:.*\n", "", text, flags=re.MULTILINE)
    latest_end = f"{TODAY + timedelta(days=45)}"
    text = re.sub(r"(?<=^latest_end: )\S+", latest_end, text, flags=re.MULTILINE)
    result, times = re.subn(r"(?<=^window: {).*?(?=})", days, text, flags=re.MULTILINE)
    assert times == 1
    return result


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    reader = Newcomer(tmp_path / "survey")
    (start,) = SERVERS
    server = reader.starts(start.text)
    try:
        yield reader
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(PATIENCE)


def test_all_that_can_be_typed_on_one_machine_works(newcomer):
    for page in dict.fromkeys(block.page for block in RUNNABLE):
        newcomer.types(page, "\n".join(block.text for block in RUNNABLE if block.page == page))


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.page)
def test_a_block_is_one_that_the_shell_understands(block):
    subprocess.run(["bash", "-n"], input=block.text, check=True, encoding="utf-8")


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.page)
def test_every_command_named_exists(block):
    for words in _calls(block):
        _resolve(words)


@pytest.mark.parametrize("block", ELSEWHERE, ids=lambda block: block.page)
def test_every_file_named_exists(block):
    names = re.findall(
        r"(?<![\w/.])(?:deploy/[\w$/.*-]+|requirements[\w.-]+|tests/[\w/]+\.py)", block.text
    )
    for name in names:
        sides = {name.replace("$SIDE", side) for side in ("identity", "answers")}
        for path in sides:
            assert list(ROOT.glob(path.rstrip("/"))), path


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.page)
def test_every_target_of_make_exists(block):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", block.text, flags=re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


def test_what_is_not_run_needs_another_machine_or_its_administrator():
    beyond = re.compile(
        r"release-key\.pem|apt|systemctl|install -|nginx|postgres|/etc/|make test|make check|readyz|postgresql://"
    )
    for block in ELSEWHERE:
        assert beyond.search(block.text), block


def test_a_command_that_does_not_exist_is_found():
    wrong = Block("page.md", "sh", "python -m survey_app manage opne fire-2026\n")

    with pytest.raises(AssertionError, match="opne"):
        test_every_command_named_exists(wrong)


def test_a_step_that_fails_is_found(tmp_path):
    reader = object.__new__(Newcomer)
    reader.folder, reader.port = tmp_path, 1

    with pytest.raises(AssertionError, match=r"page\.md"):
        reader.types("page.md", "false\ntrue\n")


def _calls(block: Block) -> Iterator[list[str]]:
    """The words after each ``python -m survey_app`` of a block."""
    joined = block.text.replace("\\\n", " ")
    for call in re.findall(r"python -m survey_app ([^#\n)]*)", joined):
        yield shlex.split(call)


def _resolve(words: list[str]) -> None:
    """Follow the words through the groups of commands, then look for the options."""
    command: click.Command = main
    rest = list(words)
    while isinstance(command, click.Group):
        name = rest.pop(0)
        subcommand = command.get_command(click.Context(command), name)
        assert subcommand, f"there is no command {name}"
        command = subcommand
    options = {option for parameter in command.params for option in parameter.opts}
    for word in rest:
        assert not word.startswith("--") or word.partition("=")[0] in options, word
