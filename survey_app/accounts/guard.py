"""What stands before every page of a staff site: a session that has not ended, and a role."""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import auth_required, current_user
from flask_security.utils import logout_user

from survey_app.accounts.actor import Actor, acting_as
from survey_app.accounts.sign_in import SignIn
from survey_app.config import API
from survey_app.errors import N_, InputError

OPEN_TO_ALL = frozenset({"security.login", "shared.static", "bootstrap.static"})
OPEN_TO_STAFF = frozenset(
    {
        "security.logout",
        "staff.second_factor",
        "staff.set_second_factor",
        "staff.password",
        "staff.change_password",
    }
)
IDLE_SECONDS, LONGEST_SECONDS = 30 * 60, 10 * 3600
_HERE = {"localhost", "127.0.0.1", "[::1]"}
_OF_PROXIES = ("X-Forwarded-", "Forwarded", "X-Real-Ip", "Via")
"""How the headers begin that web servers add to what they pass on."""

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def open_to(*roles: str) -> Callable[[View], View]:
    """Name the roles that a view is open to; a view that names none refuses everyone."""

    def mark(view: View) -> View:
        view.roles = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def may_open(endpoint: str) -> bool:
    """Tell whether the signed-in account's role is let in, so that no page leads to a refusal."""
    return current_user.role in _roles(current_app, endpoint)


def _roles(app: Flask, endpoint: str | None) -> frozenset[str]:
    view = app.view_functions.get(endpoint or "")
    return getattr(view, "roles", frozenset())


def stand_before(app: Flask, sign_in: SignIn) -> None:
    """Ask every request who sends it, whether the session still runs, and what its role may do.

    Under `API` no session counts: there each request brings a token, which the API itself checks.
    """
    refuse_strangers = auth_required("session")(lambda: None)

    @app.before_request
    def staff_only() -> ResponseReturnValue | None:
        if not sign_in.settings.totp and not _from_here():
            raise InputError(N_("Without a second factor staff sign in on this computer only."))
        if request.endpoint in OPEN_TO_ALL or request.path.startswith(f"{API}/"):
            return None
        if "_user_id" in session and _ended():
            return _sign_in_again()
        refusal: ResponseReturnValue | None = refuse_strangers() or _enrolment(sign_in)
        if refusal is None:
            _admit(app)
            if request.endpoint == "security.logout":
                sign_in.leave(current_user)
        return refusal

    @app.teardown_request
    def stop_acting(_error: BaseException | None) -> None:
        acting = g.pop("acting", None)
        if acting is not None:
            acting.__exit__(None, None, None)


def _from_here() -> bool:
    """Tell whether this computer's own browser asks, and no web server passes it on."""
    passed_on = any(name.startswith(_OF_PROXIES) for name, _ in request.headers)
    return not passed_on and request.host.rsplit(":", 1)[0] in _HERE


def to_sign_in(*_how: object, **_more: object) -> Response:
    """Lead a stranger to the sign-in page, and from there back."""
    return _to_sign_in({})


def _to_sign_in(more: dict[str, Any]) -> Response:
    path = request.full_path.removesuffix("?") if request.method == "GET" else "/"
    target = url_for("security.login", next=f"{request.script_root}{path}", **more)
    return make_response(redirect(target))


def _ended() -> bool:
    now = time.time()
    began = float(session.get("fs_paa", 0))
    idle = now - max(began, float(session.get("seen", 0)))  # "seen" outlives a sign-out
    session["seen"] = int(now)
    return idle > IDLE_SECONDS or now - began > LONGEST_SECONDS


def _sign_in_again() -> Response:
    language = session.get("lang")
    logout_user()
    session.clear()
    if language:
        session["lang"] = language
    return _to_sign_in({"ended": "1"})


def _enrolment(sign_in: SignIn) -> Response | None:
    """Lead an account to its own password and authenticator first, whatever it asked for."""
    if request.endpoint in OPEN_TO_STAFF:
        return None
    if current_user.provisional:
        return make_response(redirect(url_for("staff.password")))
    if sign_in.must_enrol(current_user):
        return make_response(redirect(url_for("staff.second_factor")))
    return None


def _admit(app: Flask) -> None:
    """Refuse the wrong role; let the account act for the rest of the request."""
    view = app.view_functions.get(request.endpoint or "")
    is_restricted = view is not None and request.endpoint not in OPEN_TO_STAFF
    if is_restricted and current_user.role not in _roles(app, request.endpoint):
        abort(HTTPStatus.FORBIDDEN)
    g.admitted = True
    g.acting = acting_as(Actor(current_user.username))
    g.acting.__enter__()
