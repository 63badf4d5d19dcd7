"""The pages that both staff sites have: own password and authenticator, accounts, and the log."""

from dataclasses import asdict
from datetime import datetime
from functools import partial
from http import HTTPStatus
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, gettext
from flask_security import current_user
from flask_security.utils import login_user

from survey_app.accounts import audit
from survey_app.accounts.accounts_pages import add_accounts_pages
from survey_app.accounts.guard import open_to
from survey_app.accounts.password_page import add_password_page
from survey_app.accounts.sign_in import SignIn
from survey_app.errors import CodeWrongError, InputError
from survey_app.language import in_words

_PENDING = "pending_totp"
_FILTERS = ("campaign", "action", "account")


def blueprint(sign_in: SignIn) -> Blueprint:
    """Build the pages on their side's store."""
    site = Blueprint("staff", __name__)
    home = f"{sign_in.settings.name}.index"

    @site.get("/second-factor")
    def second_factor() -> ResponseReturnValue:
        """Show an account that has no authenticator how to set one up."""
        if current_user.provisional:
            return redirect(url_for("staff.password"))
        if not sign_in.must_enrol(current_user):
            return redirect(url_for(home))
        if _PENDING not in session:
            session[_PENDING] = sign_in.new_secret(current_user)
        return _setting_up(sign_in, None)

    @site.post("/second-factor")
    def set_second_factor() -> ResponseReturnValue:
        """Take the first code, which proves that the app has the secret."""
        is_ready = sign_in.must_enrol(current_user) and not current_user.provisional
        if not is_ready or _PENDING not in session:
            return redirect(url_for("staff.second_factor"))
        try:
            account = sign_in.enrol(current_user, session[_PENDING], request.form.get("code", ""))
        except CodeWrongError as error:
            return _setting_up(sign_in, error), HTTPStatus.BAD_REQUEST
        del session[_PENDING]
        login_user(account)
        return redirect(url_for(home))

    @site.get("/log")
    @open_to(*sign_in.staff.ROLES)
    def log() -> ResponseReturnValue:
        """Show who did what to which campaign, the latest first."""
        filters = audit.Filter(**{name: request.args.get(name, "") for name in _FILTERS})
        with sign_in.database.read() as store:
            page = audit.entries(store, sign_in.staff.AUDIT, filters, _before())
            choices = audit.choices(store, sign_in.staff.AUDIT)
            head = audit.head(store, sign_in.staff.AUDIT)
        return render_template(
            "staff/log.html",
            entries=page[: audit.PAGE_LENGTH],
            more=len(page) > audit.PAGE_LENGTH,
            chosen=asdict(filters),
            choices=choices,
            actions=sign_in.staff.AUDIT.ACTIONS,
            head=head.hex(),
            local=partial(local_minute, sign_in.settings.timezone),
            zone=sign_in.settings.timezone.key,
        )

    add_password_page(site, sign_in)
    add_accounts_pages(site, sign_in)
    return site


def _setting_up(sign_in: SignIn, error: CodeWrongError | None) -> str:
    return render_template(
        "staff/second_factor.html",
        secret=sign_in.shown(current_user, session[_PENDING], gettext(sign_in.settings.site.title)),
        wrong=in_words(error, str(get_locale())) if error else "",
    )


def local_minute(zone: ZoneInfo, minute: str) -> str:
    """Give a time where the survey is held, until the reader's browser knows better."""
    return datetime.fromisoformat(minute).astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _before() -> int | None:
    entry = request.args.get("before", "")
    if not entry:
        return None
    if not entry.isascii() or not entry.isdigit() or len(entry) > 12:
        raise InputError
    return int(entry)
