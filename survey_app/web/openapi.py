"""What a site's JSON addresses take and give, in OpenAPI 3.1, from the models of its views."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from survey_app.config import VERSION

JSON = "application/json"
_PLACES = "#/components/schemas/{model}"
CAMPAIGN = {"name": "campaign", "in": "path", "required": True, "schema": {"type": "string"}}
STRATUM = {**CAMPAIGN, "name": "stratum"}


class Refusal(BaseModel):
    """Why there is no answer: a code that stays, and a sentence in the reader's language."""

    error: str
    message: str


@dataclass(frozen=True)
class Operation:
    """One address: what is sent there, and what comes back."""

    summary: str
    answer: type[BaseModel]
    body: type[BaseModel] | None = None
    status: int = 200
    parameters: Sequence[Mapping[str, Any]] = ()


def describe(title: str, server: str, operations: Mapping[str, Operation]) -> dict[str, Any]:
    """Describe a site's operations by their addresses below a server's."""
    bodies = {operation.body for operation in operations.values() if operation.body}
    answers = {operation.answer for operation in operations.values()} | {Refusal}
    _, schemas = models_json_schema(
        [(model, "validation") for model in _sorted(bodies)]
        + [(model, "serialization") for model in _sorted(answers - bodies)],
        ref_template=_PLACES,
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Anonymous corruption-contact survey: {title}", "version": VERSION},
        "servers": [{"url": server}],
        "paths": {place: _path(operation) for place, operation in operations.items()},
        "components": {"schemas": schemas["$defs"]},
    }


def _sorted(models: set[type[BaseModel]]) -> list[type[BaseModel]]:
    return sorted(models, key=lambda model: model.__name__)


def _path(operation: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.summary,
        "parameters": list(operation.parameters),
        "responses": {
            str(operation.status): _content(operation.summary, operation.answer),
            "default": _content("Refused: the message says why.", Refusal),
        },
    }
    if operation.body is None:
        return {"get": described}
    described["requestBody"] = {"required": True, **_content("What is sent.", operation.body)}
    return {"post": described}


def _content(description: str, model: type[BaseModel]) -> dict[str, Any]:
    schema = {"$ref": _PLACES.format(model=model.__name__)}
    return {"description": description, "content": {JSON: {"schema": schema}}}
