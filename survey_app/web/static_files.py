"""Shared files, whose addresses carry a digest of their content."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import current_app, request
from werkzeug.security import safe_join


def add_digest(endpoint: str, values: dict[str, str]) -> None:
    """Add a digest of the content to a shared file's address, so that it may be cached for good."""
    digest = _static_digest(endpoint, values.get("filename", ""))
    if digest:
        values["v"] = digest


def is_versioned() -> bool:
    """Whether the address names the very content that is served."""
    digest = _static_digest(request.endpoint or "", (request.view_args or {}).get("filename", ""))
    return digest is not None and request.args.get("v") == digest


def _static_digest(endpoint: str, filename: str) -> str | None:
    blueprint = current_app.blueprints.get(endpoint.removesuffix(".static"))
    if blueprint is None or blueprint.static_folder is None or endpoint == blueprint.name:
        return None
    return _digest(safe_join(blueprint.static_folder, filename))


@lru_cache(maxsize=256)
def _digest(path: str | None) -> str | None:
    if path is None or not Path(path).is_file():
        return None
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
