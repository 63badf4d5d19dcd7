"""What is installed is what the lists ask for, file by file."""

import re
import tomllib
from importlib.metadata import requires

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from supply.locks import DEVELOPMENT, ROOT, RUNTIME, pins, requirements

LOCKS = {ROOT / "requirements.txt": RUNTIME, ROOT / "requirements-dev.txt": DEVELOPMENT}
pairs = pytest.mark.parametrize(
    ("requirement", "lock"), LOCKS.items(), ids=("runtime", "development")
)


def needed(requirement: Requirement) -> list[Requirement]:
    """What a package needs on this machine, with the extras that are asked for."""
    requirements = [Requirement(line) for line in requires(requirement.name) or []]
    extras = requirement.extras or {""}
    return [
        needs
        for needs in requirements
        if needs.marker is None or any(needs.marker.evaluate({"extra": extra}) for extra in extras)
    ]


@pairs
def test_a_lock_holds_the_very_versions_of_its_list(requirement, lock):
    locked = {(pin.name, pin.version) for pin in pins(lock)}
    listed = {
        (canonicalize_name(item.name), str(item.specifier)) for item in requirements(requirement)
    }

    assert listed <= {(name, f"=={version}") for name, version in locked}


@pairs
def test_a_lock_holds_all_that_its_list_leads_to_and_nothing_else(requirement, lock):
    queue, reached = list(requirements(requirement)), set()
    while queue:
        item = queue.pop()
        key = (canonicalize_name(item.name), frozenset(item.extras))
        if key not in reached:
            reached.add(key)
            queue += needed(item)

    here = {pin.name for pin in pins(lock) if not pin.marker or Marker(pin.marker).evaluate()}
    assert {name for name, _ in reached} == here


@pairs
def test_every_file_is_known_by_its_digest(requirement, lock):
    for pin in pins(lock):
        assert pin.digests, pin.name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in pin.digests)


@pairs
def test_a_lock_names_no_place_to_fetch_from(requirement, lock):
    text = lock.read_text(encoding="utf-8")

    assert not re.search(r"://|index|find-links", text)


def test_tests_run_on_the_very_files_that_are_served():
    assert set(pins(RUNTIME)) <= set(pins(DEVELOPMENT))


def test_the_locks_are_for_every_python_that_the_project_takes():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest = project["requires-python"].removeprefix(">=")

    assert f"--python-version {oldest} " in (ROOT / "Makefile").read_text(encoding="utf-8")
