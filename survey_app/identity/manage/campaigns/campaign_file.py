"""A campaign's design as a survey manager writes it: a YAML file, checked with its lines."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

import questionnaires
from survey_app.documents.design import CampaignDesign, Kind, Period, Questions, Stratum
from survey_app.documents.design_rules import DesignRefusedError, check_design
from survey_app.errors import N_, CampaignFileError
from survey_app.identity.manage.campaigns.draft import SHIPPED, year_before


def read(path: Path) -> CampaignDesign[Stratum]:
    """Read a campaign file.

    Raises
    ------
    CampaignFileError
        The file is not one, or its design is impossible; names file, line and reason.
    """
    try:
        return parse(path.read_bytes(), path)
    except OSError:
        raise CampaignFileError(file=path.name, line=0, reason=N_("cannot be read")) from None


def parse(content: bytes, path: Path, *, uploaded: bool = False) -> CampaignDesign[Stratum]:
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
        raise CampaignFileError(file=path.name, line=1, reason=N_("is not UTF-8 text")) from None
    except (yaml.YAMLError, ValueError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", 0) + 1
        raise CampaignFileError(file=path.name, line=line, reason=N_("is not YAML")) from None
    except RecursionError:
        raise CampaignFileError(file=path.name, line=1, reason=N_("is nested too deeply")) from None
    if not isinstance(fields, dict) or tree is None:
        raise CampaignFileError(file=path.name, line=1, reason=N_("is not a campaign: no fields"))
    if uploaded:
        _check_shipped(fields, tree, path)
    return _validated_design(fields, tree, path)


def _check_shipped(content: dict[str, Any], tree: yaml.Node, path: Path) -> None:
    files = content.get("questionnaires") or {}
    names = files.values() if isinstance(files, dict) else ()
    if any(name not in SHIPPED.values() for name in names):
        line = _line(tree, ("questionnaires",))
        reason = N_(
            "questionnaires: an uploaded file names 'external' and 'internal' only. Others are "
            "edited or imported afterwards, under Questionnaires"
        )
        raise CampaignFileError(file=path.name, line=line, reason=reason)


def _validated_design(
    content: dict[str, Any], tree: yaml.Node, path: Path
) -> CampaignDesign[Stratum]:
    loaded = _questionnaires(content, tree, path)
    fields = {"reference_period": _year_before(content), **content, "questionnaires": loaded}
    try:
        design = CampaignDesign[Stratum].model_validate(fields)
        check_design(design.strata)
    except DesignRefusedError as error:
        line = _line(tree, error.place)
        raise CampaignFileError(file=path.name, line=line, reason=error) from None
    except ValidationError as error:
        first = error.errors()[0]
        place = (*first["loc"], *first.get("ctx", {}).get("at", ()))
        reason = first["msg"].removeprefix("Value error, ")
        if first["type"] != "impossible":
            reason = f"{'.'.join(str(part) for part in place)}: {reason}"
        raise CampaignFileError(file=path.name, line=_line(tree, place), reason=reason) from None
    return design


def _questionnaires(
    content: dict[str, Any], tree: yaml.Node, path: Path
) -> dict[Kind, dict[str, Any]]:
    """Load the questionnaire of every kind that a stratum has."""
    files = content.get("questionnaires") or {}
    if not isinstance(files, dict) or not set(files) <= set(Kind):
        line = _line(tree, ("questionnaires",))
        reason = N_("questionnaires: give one for 'business', for 'non-business', or both")
        raise CampaignFileError(file=path.name, line=line, reason=reason)
    strata = content.get("strata")
    kinds = (
        {s.get("kind") for s in strata if isinstance(s, dict)} if isinstance(strata, list) else ()
    )
    by_kind = {}
    for kind in [kind for kind in Kind if kind in kinds]:
        try:
            loaded = questionnaires.load(str(files.get(kind, SHIPPED[kind])), path.parent)
        except questionnaires.QuestionnaireError as error:
            line = _line(tree, ("questionnaires", str(kind)))
            raise CampaignFileError(file=path.name, line=line, reason=str(error)) from None
        by_kind[kind] = Questions.of(loaded).model_dump()
    return by_kind


def _year_before(content: dict[str, Any]) -> Period | None:
    """Compute the default reference period: the twelve months before the window."""
    window = content.get("window")
    first_day = window.get("start") if isinstance(window, dict) else None
    if not isinstance(first_day, date):
        return None
    return year_before(first_day)


def _line(tree: yaml.Node, place: tuple[str | int, ...]) -> int:
    """Find the line of a place in the document, or of the nearest thing around it."""
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
