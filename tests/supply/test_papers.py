"""The papers of a release: licences, bill of materials, audit, version."""

import json
import re
import tomllib

from packaging.version import Version

from supply import bill, licences
from supply.audit import FAULTY, SOUND, UNASKED, judged
from supply.locks import ROOT, RUNTIME, pins

KNOWN = {"name": "sound", "version": "1.0", "vulns": []}
FAULT = {"id": "CVE-2026-1", "fix_versions": ["1.1"], "aliases": [], "description": ""}


def said(*packages):
    return judged(json.dumps({"dependencies": packages, "fixes": []}))


def test_the_table_of_licences_is_that_of_the_lock():
    assert licences.TABLE.read_text(encoding="utf-8") == licences.table()


def test_the_bill_lists_every_package_of_the_lock_with_digests_and_licence():
    document = bill.bill()
    listed = {(part["name"], part["version"]): part for part in document["components"]}

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
    report = said(KNOWN)

    assert (report.exit_code, str(report)) == (SOUND, "Audited 1 packages; known faults: 0.")


def test_a_known_fault_is_named_with_what_mends_it():
    report = said(KNOWN | {"name": "weak", "vulns": [FAULT]})

    assert report.exit_code == FAULTY
    assert "weak 1.0: CVE-2026-1, mended by 1.1" in str(report)


def test_an_audit_without_an_index_does_not_pass_for_a_good_one():
    skipped = {"name": "unknown", "skip_reason": "Dependency not found"}

    for report in (judged(""), said(skipped)):
        assert report.exit_code == UNASKED
        assert "Nothing was audited" in str(report)


def test_a_package_that_was_skipped_is_named():
    report = said(KNOWN, {"name": "unknown", "skip_reason": "Dependency not found"})

    assert report.exit_code == UNASKED
    assert "unknown" in str(report)


def test_the_version_is_the_last_released_or_the_next():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", changes, flags=re.MULTILINE)
    matches = [re.fullmatch(r"\[(\S+)\] - \d{4}-\d\d-\d\d", heading) for heading in headings[1:]]
    versions = [Version(match[1]) for match in matches if match]

    assert headings[0] == "[Unreleased]"
    assert len(versions) == len(matches)
    assert versions == sorted(set(versions), reverse=True)
    assert all(version <= Version(project["version"]) for version in versions)
