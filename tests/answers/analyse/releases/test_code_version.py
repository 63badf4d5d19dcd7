"""A release's version names all that changes a number, and nothing else."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from survey_app.answers.analyse.releases import code_version
from tests.answers.analyse.releases import releasing

ROOT = Path(__file__).parents[4]
ANALYSE = "survey_app/answers/analyse"
NO_NUMBERS = {
    "survey_app.crypto.blind_rsa",
    "survey_app.crypto.credentials",
    "survey_app.crypto.encoding",
    "survey_app.crypto.merkle",
    "survey_app.crypto.sealing",
    "survey_app.crypto.seals",
    "survey_app.crypto.signatures",
    "survey_app.errors",
}
"""What computing imports and no number depends on: keys, digests, refusals."""


@pytest.fixture
def tree(tmp_path):
    """A copy of all that the program's commands need."""
    folder = tmp_path / "other version"
    for package in ("survey_app", "stats", "questionnaires", "migrations"):
        shutil.copytree(
            ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    return folder


def edit(tree, file, old, new):
    path = tree / file
    content = path.read_text(encoding="utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), encoding="utf-8")


def run(tree, *arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": "", **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def version_of(tree):
    module = "survey_app.answers.analyse.releases.code_version"
    answer = run(tree, "-c", f"from {module} import version; print(version())")
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


def test_a_copy_of_the_program_has_its_version(tree):
    assert version_of(tree) == code_version.version()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (f"{ANALYSE}/views/files.py", '"""', '"""Changed. '),
        (f"{ANALYSE}/cli.py", '"""', '"""Changed. '),
        (f"{ANALYSE}/exports/pictures.py", '"""', '"""Changed. '),
        ("stats/command/rates.py", '"""', '"""Changed. '),
        ("survey_app/operate/demo.py", '"""', '"""Changed. '),
    ],
)
def test_what_changes_no_number_leaves_the_version(tree, file, old, new):
    edit(tree, file, old, new)

    assert version_of(tree) == code_version.version()


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("survey_app/documents/validity.yaml", "share: 0.8", "share: 0.5"),
        ("stats/rounding.py", "FEW: Final = 3.5", "FEW: Final = 4.5"),
        (f"{ANALYSE}/releases/shown_tables.py", "round(figure, 4)", "round(figure, 3)"),
        ("survey_app/documents/design.py", "rate >= threshold", "rate > threshold"),
        ("questionnaires/model.py", '"""', '"""Changed. '),
        ("questionnaires/external.yaml", "code: red_envelope", "code: envelope"),
        ("stats/rates.py", '"""', '"""Changed. '),
    ],
)
def test_what_changes_a_number_changes_the_version(tree, file, old, new):
    edit(tree, file, old, new)

    assert version_of(tree) != code_version.version()


@pytest.mark.parametrize("library", ["numpy", "scipy"])
def test_another_version_of_a_library_is_another_version(tree, library):
    installed = tree / f"{library}-0.0.1.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {library}\nVersion: 0.0.1\n")

    assert version_of(tree) != code_version.version()


def test_all_that_computes_is_in_the_version():
    packages = ("survey_app", "stats", "questionnaires")
    graph = grimp.build_graph(*packages, include_external_packages=False)
    computes = "survey_app.answers.analyse.releases.disclosure"
    modules = {computes} | graph.find_upstream_modules(computes)
    covered = {
        re.sub(r"\.__init__$", "", ".".join(path.relative_to(ROOT).with_suffix("").parts))
        for path in code_version.sources()
        if path.suffix == ".py"
    }
    packages_alone = {
        module for module in modules if (ROOT / module.replace(".", "/") / "__init__.py").exists()
    }

    assert modules - covered - packages_alone == NO_NUMBERS


@pytest.fixture
def release(store, tmp_path):
    """A release of this version, as a file in the folder of its installation."""
    file = tmp_path / "release.json"
    file.write_bytes(releasing.make(store).document)
    return file


def check(tree, file, language="C.UTF-8"):
    return run(
        tree,
        *("-m", "survey_app", "analyse", "release-check", str(file)),
        SURVEY_INSTANCE=str(file.parent),
        LANG=language,
    )


def test_the_same_numbers_of_another_version_are_told_apart(tree, release):
    unchanged = check(tree, release)
    edit(tree, "stats/rates.py", '"""', '"""Changed. ')
    answer = check(tree, release)
    in_chinese = check(tree, release, "zh_CN.UTF-8")

    assert "byte by byte" in unchanged.stdout, unchanged.stderr
    assert "has the numbers that this box gives" in answer.stdout, answer.stderr
    assert "数字与本答卷箱得出的相同" in in_chinese.stdout, in_chinese.stderr
    for version in (code_version.version(), version_of(tree)):
        assert version in answer.stdout


def test_other_numbers_of_another_version_raise_no_alarm(tree, release):
    edit(tree, f"{ANALYSE}/releases/shown_tables.py", "round(figure, 4)", "round(figure, 1)")
    answer = check(tree, release)
    in_chinese = check(tree, release, "zh_CN.UTF-8")

    assert (answer.returncode, in_chinese.returncode) == (2, 2)
    assert "computes other numbers" in answer.stderr
    assert "算出的数字不同" in in_chinese.stderr
    for version in (code_version.version(), version_of(tree)):
        assert version in answer.stderr
