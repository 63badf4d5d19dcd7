"""Every setting is documented, and nothing but the settings reads the environment."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

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


def test_an_error_in_the_settings_shows_no_password():
    urls = {
        f"{side}_url": f"postgresql://service:PASSWORD@db.example/{side}"
        for side in ("identity", "answers")
    }

    with pytest.raises(ValidationError, match="give each its own") as refusal:
        Settings(**urls)

    assert "PASSWORD" not in str(refusal.value)


@pytest.mark.parametrize(
    "urls",
    [
        {"respond_url": "https://answers.example/respond"},
        {"respond_url": "http://192.0.2.7:8000/respond"},
        {"respond_url": "https://127.0.0.1/respond"},
        {"issue_url": "https://identity.example/issue"},
        {"issue_url": "//identity.example/issue"},
    ],
)
def test_the_second_factor_is_not_left_out_where_other_computers_are_served(urls):
    with pytest.raises(ValidationError, match="SURVEY_TOTP=off is for this computer alone"):
        Settings(totp=False, **urls)

    assert Settings(**urls).totp


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000"])
def test_the_second_factor_may_be_left_out_on_one_computer(host):
    assert not Settings(totp=False, respond_url=f"http://{host}/respond", issue_url="/issue").totp
