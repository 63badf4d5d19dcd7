"""The pages on which one account makes and changes others."""

from collections.abc import Callable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey_app.accounts import keeping, lockout
from survey_app.accounts.guard import open_to
from survey_app.accounts.sign_in import SignIn
from survey_app.accounts.staff import find_account, normal
from survey_app.web.forms import beside, refused_on


def add_accounts_pages(site: Blueprint, sign_in: SignIn) -> None:
    """Add the pages to those of both staff sites."""
    _add_list(site, sign_in)
    _add_changes(site, sign_in)
    _add_resets(site, sign_in)


def _add_list(site: Blueprint, sign_in: SignIn) -> None:
    staff = sign_in.staff

    @site.get("/accounts")
    @open_to(*staff.ROLES)
    def accounts() -> ResponseReturnValue:
        """List who may sign in here, and what stands against it."""
        with sign_in.database.read() as store:
            rows = store.scalars(select(staff).order_by(staff.username)).all()
        return render_template("staff/accounts.html", accounts=rows, may_change=_may_change())

    @site.post("/accounts")
    @open_to(*staff.KEEPING)
    @refused_on(accounts)
    def make_account() -> ResponseReturnValue:
        """Make an account, and show its one-time password this once."""
        name, role = request.form.get("name", ""), request.form.get("role", "")
        with beside("name"), sign_in.database.begin() as store:
            password = keeping.make(store, staff, name, role)
        return _password_page(normal(name.strip()), password)

    def _may_change() -> bool:
        return current_user.role in staff.KEEPING


def _add_changes(site: Blueprint, sign_in: SignIn) -> None:
    staff = sign_in.staff

    def apply(change: Callable[[Session, str], None], sentence: str) -> ResponseReturnValue:
        name = request.form.get("name", "")
        with sign_in.database.begin() as store:
            change(store, name)
        flash(sentence)
        return redirect(url_for("staff.account", name=name))

    @site.get("/accounts/change")
    @open_to(*staff.KEEPING)
    def account() -> ResponseReturnValue:
        """Show one account, with what another person may do to it."""
        return _account_page(sign_in)

    @site.post("/accounts/role")
    @open_to(*staff.KEEPING)
    @refused_on(account)
    def give_role() -> ResponseReturnValue:
        """Give an account another role."""
        role = request.form.get("role", "")
        return apply(
            lambda store, name: keeping.change_role(store, staff, name, role),
            gettext("The role is changed. The account's sessions have ended."),
        )

    @site.post("/accounts/lock")
    @open_to(*staff.KEEPING)
    @refused_on(account)
    def lock_account() -> ResponseReturnValue:
        """Let an account sign in no longer."""
        return apply(
            lambda store, name: keeping.set_active(store, staff, name, active=False),
            gettext("The account is locked. Its sessions have ended."),
        )

    @site.post("/accounts/unlock")
    @open_to(*staff.KEEPING)
    @refused_on(account)
    def unlock_account() -> ResponseReturnValue:
        """Let a locked account sign in again."""
        return apply(
            lambda store, name: keeping.set_active(store, staff, name, active=True),
            gettext("The account is unlocked."),
        )

    @site.post("/accounts/confirm")
    @open_to(*staff.KEEPING)
    @refused_on(account)
    def confirm_account() -> ResponseReturnValue:
        """Confirm, as a person who did not make it, that an account is a person's own."""
        return apply(
            lambda store, name: keeping.confirm(store, staff, name),
            gettext("The account is confirmed: it counts as a person of its own."),
        )


def _add_resets(site: Blueprint, sign_in: SignIn) -> None:
    staff = sign_in.staff

    def account_page() -> ResponseReturnValue:
        return _account_page(sign_in)

    @site.post("/accounts/password")
    @open_to(*staff.KEEPING)
    @refused_on(account_page)
    def reset_password() -> ResponseReturnValue:
        """Give an account a one-time password, and show it this once."""
        name = normal(request.form.get("name", "").strip())
        with sign_in.database.begin() as store:
            password = keeping.reset_password(
                store, staff, name, second_factor=sign_in.settings.totp
            )
            lockout.forget(store, staff.LOCKOUT, sign_in.settings.secret("lockout"), name)
        return _password_page(name, password)

    @site.post("/accounts/authenticator")
    @open_to(*staff.KEEPING)
    @refused_on(account_page)
    def reset_authenticator() -> ResponseReturnValue:
        """Let an account set up another authenticator."""
        name = request.form.get("name", "")
        with sign_in.database.begin() as store:
            keeping.reset_authenticator(store, staff, name)
        flash(gettext("At its next sign-in the account sets up another authenticator."))
        return redirect(url_for("staff.account", name=name))


def _account_page(sign_in: SignIn) -> ResponseReturnValue:
    with sign_in.database.read() as store:
        row = find_account(store, sign_in.staff, request.values.get("name", ""))
        may_lose = keeping.may_lose(store, sign_in.staff, row)
    return render_template("staff/account.html", account=row, may_lose=may_lose)


def _password_page(name: str, password: str) -> str:
    return render_template("staff/one_time_password.html", name=name, password=password)
