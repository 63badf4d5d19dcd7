"""Requests that an OpenAPI description allows, and some that it does not."""

from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from schemathesis.checks import CHECKS


def conforming() -> list[Any]:
    """What every answer is checked for; the names are known once a description was read."""
    names = (
        "not_a_server_error",
        "response_schema_conformance",
        "content_type_conformance",
        "response_headers_conformance",
    )
    return [CHECKS.get_one(name) for name in names]


def cases_of(
    operation: Any,
    number: int,
    mode: schemathesis.GenerationMode = schemathesis.GenerationMode.POSITIVE,
) -> list[Any]:
    """Draw requests of one operation."""
    cases = []

    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis.settings(
        max_examples=number,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def collect(case: Any) -> None:
        cases.append(case)

    collect()
    return cases
