"""Every setting is documented, and nothing but the settings reads the environment."""

import re
from pathlib import Path

from survey_app.config import Settings

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented():
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", page, flags=re.MULTILINE))

    assert documented == {
        str(field.validation_alias or f"SURVEY_{name.upper()}")
        for name, field in Settings.model_fields.items()
    }


def test_only_the_settings_read_the_environment():
    readers = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "survey_app").rglob("*.py")
        if re.search(r"\benviron\b|\bgetenv\b", path.read_text(encoding="utf-8"))
    ]

    assert readers == []
