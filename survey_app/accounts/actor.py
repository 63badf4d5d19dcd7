"""Who acts: the account that is signed in, or the operating system's account of a command."""

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

PAGE, COMMAND = "page", "command"


@dataclass(frozen=True)
class Actor:
    """A staff account (on a page), or an account of the operating system (in a command)."""

    name: str
    origin: str = PAGE


_ACTOR: ContextVar[Actor | None] = ContextVar("actor", default=None)


def acting() -> Actor:
    """Return who acts now; services ask here, so that no caller can forget to say."""
    return _ACTOR.get() or Actor(_system_account(), COMMAND)


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Let an actor act until the end of the block."""
    token = _ACTOR.set(actor)
    try:
        yield
    finally:
        _ACTOR.reset(token)


def _system_account() -> str:
    """Ask the system and not the environment, which the caller could write."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
