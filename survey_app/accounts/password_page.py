"""The page on which an account's own person changes its password."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_security import current_user
from flask_security.utils import login_user

from survey_app.accounts.sign_in import SignIn
from survey_app.accounts.staff import SHORTEST_PASSWORD
from survey_app.errors import N_, InputError, LockedOutError, SignInRefusedError
from survey_app.web.forms import FieldError, refused_on


def add_password_page(site: Blueprint, sign_in: SignIn) -> None:
    """Add the page to those of both staff sites."""

    @site.get("/password")
    def password() -> ResponseReturnValue:
        """Ask for a new password; at the first sign-in nothing else is open."""
        return render_template("staff/password.html", shortest=SHORTEST_PASSWORD)

    @site.post("/password")
    @refused_on(password)
    def change_password() -> ResponseReturnValue:
        """Change it: every other session of the account ends."""
        new_password = request.form.get("new_password", "")
        if new_password != request.form.get("repetition", ""):
            raise FieldError("repetition", InputError(N_("The two passwords are not the same.")))
        try:
            account = sign_in.change_password(
                current_user, request.form.get("current", ""), new_password
            )
        except (SignInRefusedError, LockedOutError) as error:
            raise FieldError("current", error) from None
        except InputError as error:
            raise FieldError("new_password", error) from None
        login_user(account)
        flash(gettext("Your password is changed. Your other sessions have ended."))
        return redirect(url_for(f"{sign_in.settings.name}.index"))
