"""Accounts of one side as commands and pages change them; every change is logged."""

import sys
import unicodedata
from pathlib import Path
from secrets import token_hex
from typing import TypeVar

import click
from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.accounts.columns import LONGEST_NAME, StaffColumns
from survey_app.errors import N_, InputError

SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 200

AnyStaff = TypeVar("AnyStaff", bound=StaffColumns)


def add_account(
    session: Session, staff: type[AnyStaff], name: str, password: str, role: str | None = None
) -> AnyStaff:
    """Create an account, or change its password, which ends its sessions.

    Raises
    ------
    InputError
        The name, the password or the role will not do.
    """
    name = checked_name(name)
    account = session.get(staff, name)
    action = "password" if account else "account"
    if account is None:
        account = staff(username=name, active=True, role=next(iter(staff.ROLES)), totp_used=b"")
    account.made_by = ""
    set_password(account, password, provisional=False)
    session.add(account)
    set_role(account, role or account.role)
    detail = name if action == "password" else f"{name}: {account.role}"
    audit.record(session, staff.AUDIT, action, detail=detail)
    return account


def checked_name(name: str) -> str:
    """Normalise the name of a new account.

    Raises
    ------
    InputError
        It is empty, too long, or has characters that cannot be seen.
    """
    name = normal(name.strip())
    if not name.isprintable() or not 1 <= len(name) <= LONGEST_NAME:
        raise InputError(N_("An account's name has 1 to %(most)s characters."), most=LONGEST_NAME)
    return name


def set_password(account: StaffColumns, password: str, *, provisional: bool) -> None:
    """Give an account a password, which ends its sessions.

    Raises
    ------
    InputError
        It is too short or too long.
    """
    password = normal(password)
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise InputError(
            N_("A password has %(least)s to %(most)s characters."),
            least=SHORTEST_PASSWORD,
            most=LONGEST_PASSWORD,
        )
    account.password, account.provisional = PasswordHasher().hash(password), provisional
    account.fs_uniquifier = token_hex(32)


def find_account(session: Session, staff: type[AnyStaff], name: str) -> AnyStaff:
    """Get an account.

    Raises
    ------
    InputError
        There is none of this name.
    """
    account = session.get(staff, normal(name.strip()))
    if account is None:
        raise InputError(N_("There is no account “%(account)s” here."), account=name)
    return account


def give_role(session: Session, staff: type[AnyStaff], name: str, role: str) -> None:
    """Change an account's role, which ends its sessions."""
    account = find_account(session, staff, name)
    set_role(account, role)
    account.fs_uniquifier = token_hex(32)
    audit.record(session, staff.AUDIT, "role", detail=f"{account.username}: {role}")


def reset_totp(session: Session, staff: type[AnyStaff], name: str) -> None:
    """Forget an account's authenticator: its next sign-in sets another one up."""
    account = find_account(session, staff, name)
    forget_authenticator(account)
    audit.record(session, staff.AUDIT, "reset totp", detail=account.username)


def forget_authenticator(account: StaffColumns) -> None:
    """Take an account's authenticator away, which ends its sessions."""
    account.totp, account.totp_used = None, b""
    account.fs_uniquifier = token_hex(32)


def ask_password(file: Path | None) -> str:
    """Read a password from a file's first line, or ask for it twice."""
    if file is not None:
        return file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask on: give --password-file.")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def normal(text: str) -> str:
    """Normalise a name or password, whichever keyboard it came from."""
    return unicodedata.normalize("NFKD", text)


def set_role(account: StaffColumns, role: str) -> None:
    """Write a role into an account.

    Raises
    ------
    InputError
        This side has no such role.
    """
    if role not in account.ROLES:
        raise InputError(
            N_("There is no role “%(role)s” here, only: %(roles)s."),
            role=role,
            roles=", ".join(account.ROLES),
        )
    account.role = role
