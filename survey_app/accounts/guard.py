"""What stands before every page of a staff site: a session that has not ended, and a role."""

import time
from collections.abc import Callable, Mapping
from functools import partial
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
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_security import auth_required, current_user
from flask_security.utils import logout_user
from flask_wtf.csrf import CSRFError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from survey_app.accounts.actor import Actor, acting_as
from survey_app.accounts.kept_forms import FIELD, KeptForms, address, mark_forms, owner_of_form
from survey_app.accounts.sign_in import SignIn
from survey_app.config import API
from survey_app.errors import N_, InputError
from survey_app.web.forms import bring_back

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
_SIGNING_IN = frozenset({"security.login", "staff.set_second_factor"})
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
    kept_forms = app.extensions["kept_forms"] = KeptForms(sign_in.settings.secret("session"))
    _add_admission(app, sign_in, kept_forms)
    app.after_request(partial(_lead_to_kept_form, kept_forms))

    @app.teardown_request
    def stop_acting(_error: BaseException | None) -> None:
        acting = g.pop("acting", None)
        if acting is not None:
            acting.__exit__(None, None, None)


def _add_admission(app: Flask, sign_in: SignIn, kept_forms: KeptForms) -> None:
    @app.before_request
    def staff_only() -> ResponseReturnValue | None:
        if not sign_in.settings.totp and not _from_here():
            raise InputError(N_("Without a second factor staff sign in on this computer only."))
        if request.endpoint in OPEN_TO_ALL or request.path.startswith(f"{API}/"):
            return _check_sign_in()
        if "_user_id" in session and _ended():
            return _sign_in_again()
        refusal: ResponseReturnValue | None = _refuse_strangers() or _enrolment(sign_in)
        if refusal is None:
            _admit(app)
            refusal = _brought_back(kept_forms) or _check_form()
        if refusal is None and request.endpoint == "security.logout":
            sign_in.leave(current_user)
        return refusal


def _lead_to_kept_form(kept_forms: KeptForms, response: Response) -> Response:
    """Send a form that waited on to its own address, once its account has signed in."""
    if response.status_code == HTTPStatus.FOUND and FIELD in _form_of_sign_in():
        form = kept_forms.open(current_user.username)
        if form:
            response.status_code = HTTPStatus.TEMPORARY_REDIRECT  # which sends the form again
            response.location = f"{request.script_root}{form.address}"
    return response


def _refuse_strangers() -> Response | None:
    """Lead who has no session to the sign-in page; their form is looked at after that."""
    try:
        refusal: Response | None = auth_required("session")(lambda: None)()
    except (CSRFError, RequestEntityTooLarge):
        return None
    return refusal


def _from_here() -> bool:
    """Tell whether this computer's own browser asks, and no web server passes it on."""
    passed_on = any(name.startswith(_OF_PROXIES) for name, _ in request.headers)
    return not passed_on and request.host.rsplit(":", 1)[0] in _HERE


def to_sign_in(*_how: object, **_more: object) -> Response:
    """Lead a stranger to the sign-in page, and from there back."""
    return _to_sign_in({})


def _to_sign_in(more: dict[str, Any]) -> Response:
    sealed_form = _sealed_form()
    if sealed_form:
        return sign_in_page(sealed_form, **more)
    path = address() if request.method == "GET" else "/"
    target = url_for("security.login", next=f"{request.script_root}{path}", **more)
    return make_response(redirect(target))


def sign_in_page(sealed_form: str, **more: object) -> Response:
    """Ask a person to sign in, on a page that holds what they had typed."""
    form = current_app.extensions["sign_in_form"](formdata=None)
    page = render_template(
        "security/login_user.html", login_user_form=form, kept=sealed_form, **more
    )
    return make_response(page, HTTPStatus.UNAUTHORIZED)


def _sealed_form() -> str:
    kept_forms: KeptForms = current_app.extensions["kept_forms"]
    return kept_forms.keep() if request.method == "POST" else ""


def _check_sign_in() -> Response | None:
    """Ask again where the page to sign in on has become too old, or its cookie is gone."""
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        if request.endpoint != "security.login":
            raise
        return sign_in_page(_sealed_form(), stale=True)
    return None


def _form_of_sign_in() -> Mapping[str, str]:
    """Give the form that signs a person in; nothing where another page is asked for."""
    return request.form if request.endpoint in _SIGNING_IN else {}


def _brought_back(kept_forms: KeptForms) -> ResponseReturnValue | None:
    """Show a form again that was sent after its session had ended, instead of taking it."""
    if request.method != "POST" or FIELD not in request.form:
        return None
    form = kept_forms.open(current_user.username)
    if form is None or form.address != address():
        return None
    mark_forms(current_user.username)
    page = bring_back(form.fields, had_file=form.had_file)
    return page or redirect(f"{request.script_root}/")


def _check_form() -> Response | None:
    """Refuse a form of another session, and mark those of this one.

    A form that is too large, or one from a page that was made for this account, is answered on its
    own page; what another site sent is shown nowhere.
    """
    if request.method == "POST":
        g.admitted = owner_of_form() == current_user.username
    try:
        current_app.extensions["csrf"].protect()
    except CSRFError:
        page = _of_earlier_session() if g.admitted else None
        if page is None and not (g.admitted and request.endpoint == "security.logout"):
            raise
        return page
    g.admitted = True
    mark_forms(current_user.username)
    return None


def _of_earlier_session() -> Response | None:
    """Show a form that was sent from a page of an earlier session of this account."""
    mark_forms(current_user.username)
    return bring_back(MultiDict(request.form.items(multi=True)), had_file=bool(request.files))


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
    if not sign_in.must_enrol(current_user):
        return None
    if request.method == "POST" and FIELD in request.form:
        return make_response(current_app.view_functions["staff.second_factor"]())
    return make_response(redirect(url_for("staff.second_factor")))


def _admit(app: Flask) -> None:
    """Refuse the wrong role; let the account act for the rest of the request."""
    view = app.view_functions.get(request.endpoint or "")
    is_restricted = view is not None and request.endpoint not in OPEN_TO_STAFF
    if is_restricted and current_user.role not in _roles(app, request.endpoint):
        abort(HTTPStatus.FORBIDDEN)
    g.admitted = True
    g.acting = acting_as(Actor(current_user.username))
    g.acting.__enter__()
