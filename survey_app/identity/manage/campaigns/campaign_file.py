"""A campaign's design as a survey manager writes it: a YAML file, checked with its lines."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

import questionnaires
from survey_app.documents.design import Design, Kind, Period, Questions, Stratum
from survey_app.errors import N_, CampaignFileError
from survey_app.identity.manage.campaigns.draft import SHIPPED, year_before


def read(path: Path) -> Design[Stratum]:
    """Read a campaign file.

    Raises
    ------
    CampaignFileError
        The file is not one, or its design is impossible; names file, line and reason.
    """
    try:
        return parse(path.read_bytes(), path)
    except OSError:
        raise CampaignFileError(file=path.name, line=0, reason="cannot be read") from None


def parse(content: bytes, path: Path, *, uploaded: bool = False) -> Design[Stratum]:
    """Read a campaign file's bytes; an uploaded one may name no questionnaire of this computer.

    Raises
    ------
    CampaignFileError
        As `read`.
    """
    try:
        text = content.decode("utf-8-sig")
        tree = yaml.compose(text, yaml.SafeLoader)
        fields = yaml.safe_load(text)
    except UnicodeDecodeError:
        raise CampaignFileError(file=path.name, line=1, reason="is not UTF-8 text") from None
    except (yaml.YAMLError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise CampaignFileError(file=path.name, line=line, reason="is not YAML") from None
    except RecursionError:
        raise CampaignFileError(file=path.name, line=1, reason="is nested too deeply") from None
    if not isinstance(fields, dict) or tree is None:
        raise CampaignFileError(file=path.name, line=1, reason="is not a campaign: no fields")
    if uploaded:
        _check_shipped(fields, tree, path)
    return _checked(fields, tree, path)


def _check_shipped(content: dict[str, Any], tree: yaml.Node, path: Path) -> None:
    named = content.get("questionnaires") or {}
    names = named.values() if isinstance(named, dict) else ()
    if any(name not in SHIPPED.values() for name in names):
        line = _line(tree, ("questionnaires",))
        reason = N_("questionnaires: an uploaded file names 'external' and 'internal' only")
        raise CampaignFileError(file=path.name, line=line, reason=reason)


def _checked(content: dict[str, Any], tree: yaml.Node, path: Path) -> Design[Stratum]:
    chosen = _questionnaires(content, tree, path)
    filled = {"reference_period": _year_before(content), **content, "questionnaires": chosen}
    try:
        return Design[Stratum].model_validate(filled)
    except ValidationError as error:
        first = error.errors()[0]
        place = (*first["loc"], *first.get("ctx", {}).get("at", ()))
        reason = first["msg"].removeprefix("Value error, ")
        if first["type"] != "impossible":
            reason = f"{'.'.join(str(part) for part in place)}: {reason}"
        raise CampaignFileError(file=path.name, line=_line(tree, place), reason=reason) from None


def _questionnaires(
    content: dict[str, Any], tree: yaml.Node, path: Path
) -> dict[Kind, dict[str, Any]]:
    """Load the questionnaire of every kind that a stratum has."""
    named = content.get("questionnaires") or {}
    if not isinstance(named, dict) or not set(named) <= set(Kind):
        line = _line(tree, ("questionnaires",))
        reason = N_("questionnaires: give one for 'business', for 'non-business', or both")
        raise CampaignFileError(file=path.name, line=line, reason=reason)
    strata = content.get("strata")
    used = (
        {s.get("kind") for s in strata if isinstance(s, dict)} if isinstance(strata, list) else ()
    )
    chosen = {}
    for kind in [kind for kind in Kind if kind in used]:
        try:
            loaded = questionnaires.load(str(named.get(kind, SHIPPED[kind])), path.parent)
        except questionnaires.QuestionnaireError as error:
            line = _line(tree, ("questionnaires", str(kind)))
            raise CampaignFileError(file=path.name, line=line, reason=str(error)) from None
        chosen[kind] = Questions.of(loaded).model_dump()
    return chosen


def _year_before(content: dict[str, Any]) -> Period | None:
    """Give the default reference period: the twelve months that end before the window."""
    window = content.get("window")
    opens = window.get("start") if isinstance(window, dict) else None
    if not isinstance(opens, date):
        return None
    return year_before(opens)


def _line(tree: yaml.Node, place: tuple[str | int, ...]) -> int:
    """Find the line on which a place of the document stands, or the nearest thing around it."""
    node = tree
    for part in place:
        inner = next((child for name, child in _children(node) if name == part), None)
        if inner is None:
            break
        node = inner
    return node.start_mark.line + 1


def _children(node: yaml.Node) -> Iterator[tuple[str | int, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        yield from ((key.value, value) for key, value in node.value)
    elif isinstance(node, yaml.SequenceNode):
        yield from enumerate(node.value)
