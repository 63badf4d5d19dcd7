"""What respondents' browsers load is what the sources give, and nothing in it is newer than they."""

import re

import pytest

from supply import scripts

TOO_NEW = re.compile(
    r"\.replaceChildren\(|\.at\(|\.findLast|\.toSorted\(|\.hasOwn\(|structuredClone"
    r"|\?\?=|\|\|=|&&=|\.replaceAll\(|Promise\.any|\.allSettled\(|static \{"
)
"""What Chromium 80, Firefox 78 or Safari 14 do not know, by MDN's tables of compatibility."""


@pytest.mark.parametrize("name", scripts.PAGES)
def test_what_is_served_is_built_from_what_stands_beside_it(name):
    assert (scripts.TARGET / name).read_text(encoding="utf-8") == scripts.build(name)


def test_nothing_else_is_served():
    assert {path.name for path in scripts.TARGET.iterdir()} == set(scripts.PAGES)


@pytest.mark.parametrize("name", [name for name in scripts.PAGES if name.endswith(".js")])
def test_a_script_is_one_scope_that_older_browsers_read(name):
    script = scripts.build(name)

    assert not re.search(r"\b(?:import|export)\s*[{*]", script)
    assert TOO_NEW.findall(script) == []


def test_two_modules_that_declare_one_name_are_not_joined(tmp_path, monkeypatch):
    (tmp_path / "one.js").write_text("export function begin() {}\n")
    (tmp_path / "two.js").write_text("import { begin } from './one.js';\nconst begin = 1;\n")
    monkeypatch.setattr(scripts, "SOURCES", tmp_path)

    with pytest.raises(ValueError, match="two modules declare begin"):
        scripts.build("two.js")
