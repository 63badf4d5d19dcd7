"""The papers of a release: licences, bill of materials, audit, version."""

import json
import re
import tomllib

from packaging.version import Version

from supply import bill, licences
from supply.audit import FAULTY, INCOMPLETE, SOUND, read_output
from supply.locks import ROOT, RUNTIME, pins
from survey_app.config import VERSION

SOUND_PACKAGE = {"name": "sound", "version": "1.0", "vulns": []}
FAULT = {"id": "CVE-2026-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}


def audit_of(*packages):
    return read_output(json.dumps({"dependencies": packages, "fixes": []}))


def test_the_table_of_licences_is_that_of_the_lock():
    assert licences.TABLE.read_text(encoding="utf-8") == licences.table()


def test_the_bill_lists_every_package_of_the_lock_with_digests_and_licence():
    document = bill.bill()
    listed = {(part["name"], part["version"]): part for part in document["components"]}

    assert document["metadata"]["component"]["version"] == VERSION
    assert set(listed) == {(pin.name, pin.version) for pin in pins(RUNTIME)}
    for pin in pins(RUNTIME):
        part = listed[pin.name, pin.version]
        (files,) = part["externalReferences"]
        assert {f"sha256:{digest['content']}" for digest in files["hashes"]} == pin.digests
        assert part["licenses"][0]["license"]["name"]


def test_the_bill_is_the_same_every_time(tmp_path):
    first, second = tmp_path / "first.json", tmp_path / "second.json"
    bill.write(first)
    bill.write(second)

    assert first.read_bytes() == second.read_bytes()


def test_an_audit_that_asked_about_everything_is_sound():
    report = audit_of(SOUND_PACKAGE)

    assert (report.exit_code, str(report)) == (SOUND, "Audited 1 packages; known faults: 0.")


def test_a_known_fault_is_named_with_what_mends_it():
    report = audit_of(SOUND_PACKAGE | {"name": "weak", "vulns": [FAULT]})

    assert report.exit_code == FAULTY
    assert "weak 1.0: CVE-2026-1, mended by 1.1" in str(report)


def test_an_audit_without_an_index_does_not_pass_for_a_good_one():
    skipped = {"name": "unknown", "skip_reason": "Dependency not found"}

    for report in (read_output(""), audit_of(skipped)):
        assert report.exit_code == INCOMPLETE
        assert "Nothing was audited" in str(report)


def test_a_package_that_was_skipped_is_named():
    report = audit_of(SOUND_PACKAGE, {"name": "unknown", "skip_reason": "Dependency not found"})

    assert report.exit_code == INCOMPLETE
    assert "unknown" in str(report)


def test_the_version_is_the_last_released_or_the_next():
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", changes, flags=re.MULTILINE)
    dated = [re.fullmatch(r"\[(\S+)\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:]]
    versions = [Version(release[1]) for release in dated if release]

    assert headings[0] == "[Unreleased]"
    assert versions
    assert len(versions) == len(dated)
    assert versions == sorted(set(versions), reverse=True)
    assert versions[0] <= Version(VERSION)


def test_the_version_stands_in_one_place():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    number = re.compile(rf"(?<![\w.]){re.escape(VERSION)}(?![\w.])")
    kinds = {".py", ".toml", ".html", ".js", ".conf", ".service", ".yaml", ".env", ""}
    pages = {*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")} - {
        ROOT / "CHANGELOG.md",
        ROOT / "docs" / "licences.md",
    }
    folders = ("survey_app", "questionnaires", "stats", "supply", "migrations", "deploy", "bench")
    files = [
        *(path for folder in folders for path in (ROOT / folder).rglob("*")),
        *ROOT.glob("[!.]*"),
    ]
    files_with_version = {
        path.relative_to(ROOT).as_posix()
        for path in {*pages, *(path for path in files if path.suffix in kinds and path.is_file())}
        if number.search(path.read_text(encoding="utf-8"))
    }

    assert project["dynamic"] == ["version"]
    assert files_with_version == {"survey_app/config.py"}
