"""Signing in through Flask-Security, with accounts kept in the store of their own side."""

from datetime import timedelta

from flask import Flask, current_app
from flask_babel import get_locale, lazy_gettext
from flask_security import LoginForm, RoleMixin, Security, UserDatastore
from wtforms import PasswordField, StringField, SubmitField
from wtforms.validators import DataRequired, Length

from survey_app.accounts.columns import LONGEST_NAME, StaffColumns
from survey_app.accounts.guard import stand_before, to_sign_in
from survey_app.accounts.pages import blueprint
from survey_app.accounts.sign_in import SignIn
from survey_app.accounts.staff import LONGEST_PASSWORD, normal
from survey_app.config import SiteSettings
from survey_app.errors import LockedOutError, SignInRefusedError
from survey_app.language import in_words
from survey_app.storage.database import Database

_NEVER = timedelta(seconds=-1)
_LONGEST_CODE = 16


def protect(
    app: Flask, database: Database, staff: type[StaffColumns], settings: SiteSettings
) -> None:
    """Close every page of a staff site to all but its staff, so that no route can forget."""
    app.config.update(
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"username": {"mapper": normal}}],
        SECURITY_POST_LOGIN_VIEW=f"{settings.name}.index",
        SECURITY_LOGOUT_METHODS=["POST"],  # a link from elsewhere ends no session
        SECURITY_POST_LOGOUT_VIEW="security.login",
        SECURITY_STATIC_FOLDER=None,
        SECURITY_FRESHNESS=_NEVER,
        SECURITY_TWO_FACTOR_IMPLEMENTATIONS={},
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_CLI_USERS_NAME=False,
        SECURITY_CLI_ROLES_NAME=False,
        SECURITY_FLASH_MESSAGES=False,
    )
    sign_in = SignIn(database, staff, settings)
    app.extensions.update(sign_in=sign_in, sign_in_form=SignInForm)
    security = Security(app, _Accounts(sign_in), login_form=SignInForm)
    security.want_json(lambda _request: False)
    security.unauthn_handler(to_sign_in)
    stand_before(app, sign_in)
    app.register_blueprint(blueprint(sign_in))
    app.context_processor(lambda: {"totp": settings.totp, "role_names": staff.ROLES})


class _Accounts(UserDatastore):
    """The one side's accounts, each question in a transaction of its own."""

    def __init__(self, sign_in: SignIn) -> None:
        super().__init__(sign_in.staff, RoleMixin)
        self._sign_in = sign_in

    def find_user(
        self,
        case_insensitive: bool = False,  # noqa: ARG002, FBT001, FBT002 - Flask-Security's signature
        **columns: object,
    ) -> StaffColumns | None:
        return self._sign_in.find(**columns)

    def put(self, model: StaffColumns) -> StaffColumns:
        with self._sign_in.database.begin() as session:
            return session.merge(model)

    def commit(self) -> None:
        """Nothing waits: `put` has written."""


class SignInForm(LoginForm):
    """Name, password and code at once; a refusal does not tell which of them is wrong."""

    email = None
    remember = None
    username = StringField(
        lazy_gettext("Account name"),
        validators=[DataRequired(), Length(max=LONGEST_NAME)],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "autofocus": True},
    )
    password = PasswordField(
        lazy_gettext("Password"),
        validators=[DataRequired(), Length(max=LONGEST_PASSWORD)],
        render_kw={"autocomplete": "current-password"},
    )
    code = StringField(
        lazy_gettext("Code of the authenticator app"),
        description=lazy_gettext("Six digits. Leave it empty at your first sign-in."),
        validators=[Length(max=_LONGEST_CODE)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )
    submit = SubmitField(lazy_gettext("Sign in"))

    def validate(self, **options: object) -> bool:
        """Sign in; Flask-Security's own checks and sentences, which tell more, stay out."""
        sign_in: SignIn = current_app.extensions["sign_in"]
        is_filled = super(LoginForm, self).validate(**options)
        fields = (self.username, self.password, self.code)
        values = (field.data or "" if is_filled else "" for field in fields)
        try:
            self.user = sign_in.enter(*values)
        except (SignInRefusedError, LockedOutError) as error:
            for field in self:
                field.errors = []
            self.form_errors = [in_words(error, str(get_locale()))]
            return False
        return True
