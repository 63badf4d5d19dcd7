"""Staff accounts, kept by Flask-Security in the store of their own side.

Each store's models declare their own table, and nothing more::

    class Staff(IdentityBase, StaffColumns):
        \"\"\"A survey manager's account.\"\"\"

        __tablename__ = "staff"

There are no times, addresses or e-mail in it, no registration, and no reset by mail.
"""

import sys
import unicodedata
from datetime import timedelta
from pathlib import Path
from secrets import token_hex
from typing import ClassVar, TypeVar

import click
from argon2 import PasswordHasher
from flask import Flask, Response, current_app, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from flask_security import LoginForm, RoleMixin, Security, UserDatastore, UserMixin, auth_required
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column
from wtforms import PasswordField, StringField, SubmitField
from wtforms.validators import DataRequired, Length

from survey_app.config import SiteSettings
from survey_app.database import Database
from survey_app.errors import N_, InputError

LONGEST_NAME = 64
SHORTEST_PASSWORD = 10
_LONGEST_PASSWORD = 200
_OPEN_TO_ALL = {"security.login", "shared.static", "bootstrap.static"}
_NEVER = timedelta(seconds=-1)


class StaffColumns(UserMixin):
    """The columns of an account."""

    username: Mapped[str] = mapped_column(String(LONGEST_NAME), primary_key=True)
    password: Mapped[str] = mapped_column(String(200))
    active: Mapped[bool]
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    """Names the account in its sessions: a new one ends them all."""

    roles: ClassVar[list[RoleMixin]] = []  # type: ignore[misc] # an account of a side may do all


AnyStaff = TypeVar("AnyStaff", bound=StaffColumns)


def add_account(session: Session, staff: type[AnyStaff], name: str, password: str) -> AnyStaff:
    """Make an account, or give one a new password, which ends its sessions.

    Raises
    ------
    InputError
        The name or the password will not do.
    """
    name, password = _normal(name.strip()), _normal(password)
    if not name.isprintable() or not 1 <= len(name) <= LONGEST_NAME:
        raise InputError(N_("An account's name has 1 to %(most)s characters."), most=LONGEST_NAME)
    if not SHORTEST_PASSWORD <= len(password) <= _LONGEST_PASSWORD:
        raise InputError(
            N_("A password has %(least)s to %(most)s characters."),
            least=SHORTEST_PASSWORD,
            most=_LONGEST_PASSWORD,
        )
    account = session.get(staff, name) or staff(username=name, active=True)
    account.password = PasswordHasher().hash(password)
    account.fs_uniquifier = token_hex(32)
    session.add(account)
    return account


def ask_password(file: Path | None) -> str:
    """Read a password from a file's first line, or ask for it twice."""
    if file is not None:
        return file.read_text(encoding="utf-8").split("\n", 1)[0].rstrip("\r")
    if not sys.stdin.isatty():
        raise click.UsageError("There is no terminal to ask on: give --password-file.")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


def protect(
    app: Flask, database: Database, staff: type[StaffColumns], settings: SiteSettings
) -> None:
    """Let nobody into any page of a staff site but its staff, so that no route can forget."""
    app.config.update(
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"username": {"mapper": _normal}}],
        SECURITY_POST_LOGIN_VIEW=f"{settings.name}.index",
        SECURITY_POST_LOGOUT_VIEW="security.login",
        SECURITY_STATIC_FOLDER=None,
        SECURITY_FRESHNESS=_NEVER,
        SECURITY_TWO_FACTOR_IMPLEMENTATIONS={},
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
        SECURITY_FLASH_MESSAGES=False,
    )
    security = Security(app, _Accounts(database, staff), login_form=SignInForm)
    security.want_json(lambda _request: False)
    security.unauthn_handler(_to_sign_in)
    known = auth_required("session")(lambda: None)

    @app.before_request
    def staff_only() -> ResponseReturnValue | None:
        return None if request.endpoint in _OPEN_TO_ALL else known()


class _Accounts(UserDatastore):
    """The one side's accounts, each question in a transaction of its own."""

    def __init__(self, database: Database, staff: type[StaffColumns]) -> None:
        super().__init__(staff, RoleMixin)
        self._database, self._staff = database, staff

    def find_user(
        self,
        case_insensitive: bool = False,  # noqa: ARG002, FBT001, FBT002 - Flask-Security's signature
        **named: object,
    ) -> StaffColumns | None:
        with self._database.read() as session:
            return session.scalar(select(self._staff).filter_by(**named))

    def put(self, model: StaffColumns) -> StaffColumns:
        with self._database.begin() as session:
            return session.merge(model)

    def commit(self) -> None:
        """Nothing waits: `put` has written."""


class SignInForm(LoginForm):
    """Name and password; what is wrong of the two is never told."""

    email = None
    remember = None
    username = StringField(
        lazy_gettext("Name"),
        validators=[DataRequired(), Length(max=LONGEST_NAME)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "autofocus": True},
    )
    password = PasswordField(
        lazy_gettext("Password"),
        validators=[DataRequired(), Length(max=_LONGEST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )
    submit = SubmitField(lazy_gettext("Sign in"))

    def validate(self, **options: object) -> bool:
        """Check both; Flask-Security's own sentences, which tell more, are dropped."""
        accounts: _Accounts = current_app.extensions["security"].datastore
        self.user = accounts.find_user(username=_normal(self.username.data or ""))
        self.ifield = self.username
        if super().validate(**options):
            return True
        for field in self:
            field.errors = []
        self.form_errors = [gettext("The name or the password is wrong.")]
        return False


def _normal(typed: str) -> str:
    return unicodedata.normalize("NFKD", typed)


def _to_sign_in(*_how: object, **_more: object) -> Response:
    wanted = request.full_path.removesuffix("?") if request.method == "GET" else "/"
    target = url_for("security.login", next=f"{request.script_root}{wanted}")
    return make_response(redirect(target))
