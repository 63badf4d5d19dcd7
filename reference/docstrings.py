"""Docstrings in numpydoc's form, taken apart and written as Markdown."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from enum import Enum

_UNDERLINED: Final = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)
_ENTRY: Final = re.compile(r"^(?=\S)", re.MULTILINE)
_SOURCE: Final = re.compile(r"^\.\. \[\d+\] ", re.MULTILINE)
_LITERAL: Final = re.compile(r"``(.+?)``")


def sections(documented: object) -> dict[str, str]:
    """Return the text of each section by its title; what stands before the first is ``""``."""
    parts = _UNDERLINED.split(inspect.getdoc(documented) or "")
    return {
        "": parts[0].strip(),
        **dict(zip(parts[1::2], map(str.strip, parts[2::2]), strict=True)),
    }


def written(documented: object) -> Iterator[str]:
    """Yield the paragraphs of a docstring in Markdown."""
    parts = sections(documented)
    yield _plain(parts[""])
    for title in ("Parameters", "Attributes", "Returns", "Yields", "Raises"):
        if title in parts:
            yield f"**{title}**"
            yield _entries(parts[title], in_code=title != "Returns")
    if "Examples" in parts:
        yield f"```python\n{parts['Examples']}\n```"
    if "References" in parts:
        yield "**References**"
        yield "\n".join(f"- {source}" for source in _sources(parts["References"]))


def signature(name: str, function: Callable[..., object]) -> str:
    """Return how a function is called, without types."""
    plain = [
        parameter.replace(annotation=parameter.empty)
        for argument, parameter in inspect.signature(function).parameters.items()
        if argument not in {"cls", "self"}
    ]
    text = str(inspect.Signature(plain))
    # A default is written as in code, not as it is represented.
    text = re.sub(r"<(\w+\.\w+): '[^']*'>", r"\1", text)
    return name + text.replace("mappingproxy({})", "{}")


def members(enum: type[Enum]) -> str:
    """Return a list of an enumeration's members, with what stands below each in the code."""
    body = ast.parse(textwrap.dedent(inspect.getsource(enum))).body[0]
    assert isinstance(body, ast.ClassDef)  # noqa: S101 - the source of a class
    meanings: dict[str, str] = {}
    name = ""
    for node in body.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and name:
            meanings[name] = inspect.cleandoc(str(node.value.value))
    return "\n".join(
        f"- `{member.name}` = `{member.value!r}`"
        + (f": {_plain(meanings[member.name])}" if member.name in meanings else "")
        for member in enum
    )


def _entries(section: str, *, in_code: bool) -> str:
    """Return a list of a section's entries: the name, its type, what it is."""
    lines = []
    for entry in filter(None, _ENTRY.split(section)):
        head, _, body = entry.partition("\n")
        name, _, kind = head.partition(" : ")
        label = f"`{name}`" if in_code or kind else name
        meaning = _plain(" ".join(textwrap.dedent(body).split()))
        lines.append(
            f"- {label}"
            + (f" ({_plain(kind)})" if kind else "")
            + (f": {meaning}" if meaning else "")
        )
    return "\n".join(lines)


def _sources(section: str) -> list[str]:
    return [" ".join(source.split()) for source in _SOURCE.split(section) if source.strip()]


def _plain(text: str) -> str:
    return _LITERAL.sub(r"`\1`", text)
