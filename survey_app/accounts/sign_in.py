"""Signing in: name, password and code are checked together, and failures counted."""

import time
from dataclasses import dataclass
from secrets import token_hex

import segno
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import select

from survey_app.accounts import audit, lockout
from survey_app.accounts.actor import Actor, acting_as
from survey_app.accounts.columns import StaffColumns
from survey_app.accounts.staff import normal, set_password
from survey_app.config import SiteSettings
from survey_app.crypto import totp
from survey_app.crypto.at_rest import decrypt, encrypt
from survey_app.errors import N_, CodeWrongError, InputError, SignInRefusedError
from survey_app.storage.database import Database

_HASHER = PasswordHasher()
_UNKNOWN = _HASHER.hash(token_hex(16))
"""What an unknown name's password is compared with, so that it takes as long."""


@dataclass(frozen=True)
class Pending:
    """An authenticator's secret, to be shown while it is set up."""

    text: str
    uri: str
    picture: str


class SignIn:
    """Signing in to one staff site, and the authenticators of its accounts."""

    def __init__(
        self, database: Database, staff: type[StaffColumns], settings: SiteSettings
    ) -> None:
        self.database, self.staff, self.settings = database, staff, settings

    def enter(self, name: str, password: str, code: str) -> StaffColumns:
        """Sign in by name, password and, once one is set up, the authenticator's code.

        Raises
        ------
        LockedOutError
            The name has failed too often; the refusal does not tell whether it is an account's.
        SignInRefusedError
            Name, password or code is wrong; the refusal does not tell which, but for a code that
            was right and used before.
        """
        name, key = normal(name), self.settings.secret("lockout")
        with self.database.begin() as session:
            failures = lockout.count(session, self.staff.LOCKOUT, key, name, time.time())
        with self.database.read() as session:
            candidate = session.get(self.staff, name)
        knows = _verified(candidate, normal(password))
        with acting_as(Actor(name)), self.database.begin() as session:
            account = session.get(self.staff, name, with_for_update=True)
            refusal = self._refusal(account if knows else None, code)
            if not refusal:
                lockout.forget(session, self.staff.LOCKOUT, key, name)
                audit.record(session, self.staff.AUDIT, "sign in")
            elif account and lockout.delay(failures):
                audit.record(session, self.staff.AUDIT, "locked out")
        if refusal:
            raise SignInRefusedError(refusal)
        return self.account(name)

    def account(self, name: str) -> StaffColumns:
        """Read an account that exists."""
        with self.database.read() as session:
            return session.get_one(self.staff, name)

    def must_enrol(self, account: StaffColumns) -> bool:
        """Tell whether this account has yet to set its authenticator up."""
        return self.settings.totp and account.totp is None

    def new_secret(self, account: StaffColumns) -> str:
        """Draw a secret and give it encrypted, to be kept in the session until it is proven."""
        return encrypt(self._key, totp.new_secret(), _pending(account)).hex()

    def shown(self, account: StaffColumns, encrypted: str, issuer: str) -> Pending:
        """Write a pending secret in every form that an app can take it in, under a name."""
        secret = decrypt(self._key, bytes.fromhex(encrypted), _pending(account))
        uri = totp.uri(secret, account.username, issuer)
        picture = segno.make(uri, error="m").svg_data_uri(scale=5, border=4, light="#fff")
        return Pending(totp.text(secret), uri, picture)

    def enrol(self, account: StaffColumns, encrypted: str, code: str) -> StaffColumns:
        """Set the authenticator up, once its first code proves it; sessions without it end.

        Raises
        ------
        CodeWrongError
            The code is not the app's, or another app was set up meanwhile.
        """
        secret = decrypt(self._key, bytes.fromhex(encrypted), _pending(account))
        try:
            mark = totp.check(secret, code, time.time())
        except totp.TotpError:
            raise CodeWrongError from None
        with self.database.begin() as session:
            row = session.get_one(self.staff, account.username, with_for_update=True)
            if row.totp is not None:
                raise CodeWrongError
            row.fs_uniquifier = token_hex(32)
            row.totp = encrypt(self._key, secret, _stored(row))
            row.totp_used = mark
            audit.record(session, self.staff.AUDIT, "enrol")
        return self.account(account.username)

    def change_password(self, account: StaffColumns, current: str, password: str) -> StaffColumns:
        """Give an account the password that its person chose, which ends its other sessions.

        Parameters
        ----------
        current : str
            What it signs in with now; a one-time password was typed just before, and is not asked.

        Raises
        ------
        LockedOutError
            A wrong current password was typed too often: it counts as a failed sign-in.
        SignInRefusedError
            The current password is wrong.
        InputError
            The new one is too short or too long, or the old one again.
        """
        name, key = account.username, self.settings.secret("lockout")
        if not account.provisional:
            with self.database.begin() as session:
                lockout.count(session, self.staff.LOCKOUT, key, name, time.time())
            if not _verified(self.account(name), normal(current)):
                raise SignInRefusedError(N_("The current password is wrong."))
        with self.database.begin() as session:
            row = session.get_one(self.staff, name, with_for_update=True)
            if _verified(row, normal(password)):
                raise InputError(N_("Choose a password that you have not had before."))
            set_password(row, password, provisional=False)
            lockout.forget(session, self.staff.LOCKOUT, key, name)
            audit.record(session, self.staff.AUDIT, "own password")
        return self.account(name)

    def leave(self, account: StaffColumns) -> None:
        """End all sessions of an account, so that a copy of its cookie is of no use."""
        with self.database.begin() as session:
            row = session.get_one(self.staff, account.username, with_for_update=True)
            row.fs_uniquifier = token_hex(32)

    def find(self, **columns: object) -> StaffColumns | None:
        """Find an account for the login library."""
        with self.database.read() as session:
            return session.scalar(select(self.staff).filter_by(**columns))

    @property
    def _key(self) -> bytes:
        return self.settings.secret("totp")

    def _refusal(self, account: StaffColumns | None, code: str) -> str:
        """Check the second factor; an account without one sets it up right after this."""
        if not self.settings.totp:
            return "" if account else SignInRefusedError.sentence
        wrong = N_("The name, the password or the code is wrong.")
        if account is None or account.totp is None:
            return "" if account else wrong
        secret = decrypt(self._key, account.totp, _stored(account))
        try:
            account.totp_used = totp.check(secret, code, time.time(), account.totp_used)
        except totp.SpentCodeError:
            return N_("This code was used already: wait for the next one that the app shows.")
        except totp.TotpError:
            return wrong
        return ""


def _verified(account: StaffColumns | None, password: str) -> bool:
    try:
        _HASHER.verify(account.password if account else _UNKNOWN, password)
    except VerificationError:
        return False
    return account is not None and account.active


def _pending(account: StaffColumns) -> str:
    return f"pending totp/{account.username}"


def _stored(account: StaffColumns) -> str:
    return f"totp/{account.username}"
