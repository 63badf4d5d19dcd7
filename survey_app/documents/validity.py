"""The rules by which a sheet is valid: versioned presets."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from survey_app.documents.design import Names, Rule
from survey_app.errors import N_, InputError

DEFAULT = "standard-1"


class Preset(Rule):
    """One rule under its name; the file says what each means."""

    name: Names


@cache
def presets() -> dict[str, Preset]:
    """Read all presets, the default first."""
    content = Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")
    fields: dict[str, dict[str, Any]] = yaml.safe_load(content)
    return TypeAdapter(dict[str, Preset]).validate_python(
        {preset: {"preset": preset, **rule} for preset, rule in fields.items()}
    )


def preset(name: str) -> Preset:
    """Get a preset.

    Raises
    ------
    InputError
        There is no preset of this name.
    """
    if name not in presets():
        raise InputError(N_("There are no validity rules “%(name)s”."), name=name)
    return presets()[name]


def default_rule() -> Rule:
    """Give the rule of a campaign that names none, as its manifest carries it."""
    return Rule.model_validate(preset(DEFAULT).model_dump(exclude={"name"}))
