"""What one account does to another on the page of accounts; all of it is logged.

No one changes their own account here, and the last who can go on with a campaign stays. An account
that is in another person's hand (`two_persons`) changes none: else one person would make a second
account by it, and a third by that one.
"""

from secrets import choice, token_hex
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from survey_app.accounts import audit
from survey_app.accounts.actor import PAGE, Actor, acting
from survey_app.accounts.columns import StaffColumns
from survey_app.accounts.staff import (
    checked_name,
    find_account,
    forget_authenticator,
    normal,
    set_password,
    set_role,
)
from survey_app.accounts.two_persons import hand_of
from survey_app.errors import N_, SurveyError
from survey_app.storage.database import lock

_GROUPS, _LETTERS = 4, "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Of a one-time password: 78 bits, of letters and digits that are not taken for one another."""

AnyStaff = TypeVar("AnyStaff", bound=StaffColumns)


class KeepingError(SurveyError):
    """An account cannot be changed in this way, or not by this one."""


def one_time_password() -> str:
    """Draw a password that is shown once and changed at the next sign-in."""
    return "-".join("".join(choice(_LETTERS) for _ in range(4)) for _ in range(_GROUPS))


def make(session: Session, staff: type[AnyStaff], name: str, role: str) -> str:
    """Make an account; returns its one-time password.

    Raises
    ------
    InputError, KeepingError
        The name or the role will not do; there is such an account; or who acts may make none.
    """
    _check_hand(session, staff)
    name, password = checked_name(name), one_time_password()
    if session.get(staff, name) is not None:
        raise KeepingError(N_("There is an account “%(account)s” already."), account=name)
    account = staff(username=name, active=True, totp_used=b"", made_by=acting().name)
    set_role(account, role)
    set_password(account, password, provisional=True)
    session.add(account)
    audit.record(session, staff.AUDIT, "account", detail=f"{name}: {role}")
    return password


def change_role(session: Session, staff: type[AnyStaff], name: str, role: str) -> None:
    """Give another account another role, which ends its sessions."""
    account = _account_of_another_person(session, staff, name)
    if role != account.role:
        _check_not_last(session, staff, account)
    set_role(account, role)
    account.fs_uniquifier = token_hex(32)
    audit.record(session, staff.AUDIT, "role", detail=f"{account.username}: {role}")


def set_active(session: Session, staff: type[AnyStaff], name: str, *, active: bool) -> None:
    """Lock another account, which ends its sessions, or unlock it."""
    account = _account_of_another_person(session, staff, name)
    if not active:
        _check_not_last(session, staff, account)
    account.active, account.fs_uniquifier = active, token_hex(32)
    audit.record(session, staff.AUDIT, "unlock" if active else "lock", detail=account.username)


def reset_password(
    session: Session, staff: type[AnyStaff], name: str, *, second_factor: bool
) -> str:
    """Give another account a one-time password, which ends its sessions; returns it.

    Parameters
    ----------
    second_factor : bool
        Whether staff sign in with an authenticator too: then the password alone opens nothing.
    """
    account, password = _account_of_another_person(session, staff, name), one_time_password()
    set_password(account, password, provisional=True)
    if not second_factor or account.totp is None:
        account.made_by = acting().name
    audit.record(session, staff.AUDIT, "password", detail=account.username)
    return password


def reset_authenticator(session: Session, staff: type[AnyStaff], name: str) -> None:
    """Let another account set up another authenticator at its next sign-in."""
    account = _account_of_another_person(session, staff, name)
    forget_authenticator(account)
    if account.provisional:
        account.made_by = acting().name
    audit.record(session, staff.AUDIT, "reset totp", detail=account.username)


def confirm(session: Session, staff: type[AnyStaff], name: str) -> None:
    """Confirm that an account is a person's own, as a person who did not make it.

    Raises
    ------
    KeepingError
        It was made by the one who acts, or needs no confirmation.
    """
    account = _account_of_another_person(session, staff, name)
    if not account.made_by or _is_acting(account.made_by):
        raise KeepingError(N_("Another person than the one who made an account confirms it."))
    account.made_by = ""
    audit.record(session, staff.AUDIT, "vouch", detail=account.username)


def may_lose(session: Session, staff: type[AnyStaff], account: StaffColumns) -> bool:
    """Tell whether the side can go on without an account: not without the last of its first role.

    The first role (survey managers, statisticians) is the one that can go on with a campaign.
    """
    first = next(iter(staff.ROLES))
    remaining = select(func.count()).where(
        staff.role == first, staff.active, staff.username != account.username
    )
    return account.role != first or bool(session.scalar(remaining))


def _check_not_last(session: Session, staff: type[AnyStaff], account: StaffColumns) -> None:
    if account.active and not may_lose(session, staff, account):
        raise KeepingError(
            N_("“%(account)s” is the last of its role that can sign in, and stays."),
            account=account.username,
        )


def _account_of_another_person(session: Session, staff: type[AnyStaff], name: str) -> AnyStaff:
    """Find an account to change, and lock all: two who lock each other at once would leave none."""
    _check_hand(session, staff)
    lock(session, "staff")
    if _is_acting(normal(name.strip())):
        raise KeepingError(N_("Another person changes your account; your password is yours."))
    return find_account(session, staff, name)


def _check_hand(session: Session, staff: type[AnyStaff]) -> None:
    if not _is_acting(hand_of(session, staff, acting().name)) and acting().origin == PAGE:
        raise KeepingError(
            N_(
                "Your own account has not been confirmed yet by a person who did not make it: until"
                " then it makes and changes no accounts."
            )
        )


def _is_acting(name: str) -> bool:
    """Tell whether an account of this name acts on a page; commands are the server operator's."""
    return acting() == Actor(name)
