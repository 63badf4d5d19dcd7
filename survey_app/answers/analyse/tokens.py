"""Tokens of the API: 256 random bits, shown once and kept as a digest."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.answers.store.models import Audit, Token, TokenScope
from survey_app.errors import N_, InputError, TokenRefusedError

LONGEST_DAYS = 366
_LONGEST_LABEL = 64


def make(session: Session, label: str, scope: TokenScope, today: date, days: int) -> str:
    """Make a token that is good until the end of so many days; only its digest is kept.

    Raises
    ------
    InputError
        The label is no line of up to 64 characters, or another token's.
    """
    label = label.strip()
    if not label.isprintable() or not 0 < len(label) <= _LONGEST_LABEL:
        raise InputError(N_("A token's label is one line of up to 64 characters."))
    if session.scalar(select(Token.label).where(Token.label == label)) is not None:
        raise InputError(N_("There is a token “%(label)s” already."), label=label)
    token = secrets.token_urlsafe(32)
    last_day = (today + timedelta(days)).isoformat()
    session.add(Token(digest=_digest(token), label=label, scope=scope, last_day=last_day))
    audit.record(session, Audit, "token", "", f"{label} ({scope}, {last_day})")
    return token


def revoke(session: Session, label: str) -> None:
    """Revoke a token.

    Raises
    ------
    InputError
        There is no token of this label.
    """
    token = session.scalar(select(Token).where(Token.label == label.strip()))
    if token is None:
        raise InputError(N_("There is no token “%(label)s”."), label=label)
    session.delete(token)
    audit.record(session, Audit, "revoke", "", token.label)


def list_tokens(session: Session) -> Sequence[Token]:
    """List the tokens by their labels."""
    return session.scalars(select(Token).order_by(Token.label)).all()


def check(session: Session, header: str, scope: TokenScope, today: date) -> str:
    """Give the label of a request's token; one that is missing, expired or too narrow is refused.

    Raises
    ------
    TokenRefusedError
        The ``Authorization`` header holds no valid token for this scope.
    """
    scheme, _, secret = header.partition(" ")
    token = session.get(Token, _digest(secret.strip())) if scheme.lower() == "bearer" else None
    if token is None or token.last_day < today.isoformat():
        raise TokenRefusedError
    if scope == TokenScope.RESULTS and token.scope != TokenScope.RESULTS:
        raise TokenRefusedError
    return token.label


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
