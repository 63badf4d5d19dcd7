"""What every site is made of: limits, headers, languages, refusals, and a log that tells nothing.

`build` makes a site's empty application; `survey_app.create_app` puts the site's views on it. Each
site's ``views.py`` has ``def blueprint(database: Database, settings: SiteSettings) -> Blueprint``.

- A view may raise `SurveyError`, abort with an HTTP error, or let pydantic's `ValidationError` of a
  POST's body through: `_refuse` and its kin answer all of them.
- A refusal is a page for whoever asks for one (staff; on ``respond`` an ``Accept`` that prefers
  ``text/html`` to JSON, as browsers send when a person follows a link), else JSON
  ``{"error", "message"}``. The address plays no part in it.
- POSTs to the public sites must be ``application/json``.
- A view that connects to another origin names it in ``g.connect_src``; one whose answer belongs to
  its address for good sets ``g.cached_for_good``.
- Templates have ``lang`` (``zh-CN`` or ``en``) and the filter ``named`` for a `Names`.
"""

import hashlib
from datetime import timedelta
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from wsgiref.types import WSGIApplication

from babel.support import Translations
from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    abort,
    current_app,
    g,
    jsonify,
    render_template,
    request,
    session,
)
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSessionInterface, SessionInterface
from flask_babel import Babel, Domain, get_locale, gettext
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFError, CSRFProtect
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.security import safe_join

from survey_app.config import API, SiteSettings
from survey_app.documents.design import Names
from survey_app.errors import N_, InputError, StoreUnavailableError, SurveyError
from survey_app.language import CHINESE, ENGLISH, catalogue, in_words
from survey_app.logs import where
from survey_app.storage.database import UNAVAILABLE

_FOLDER = Path(__file__).parents[1]
_STAFF_SITES = {"manage", "analyse"}
_LARGEST_BODY = 64 * 1024
_LARGEST_UPLOAD = 4 * 1024 * 1024
"""A manifest of 2000 strata, in a form of the staff."""
_SESSION_ENDS = timedelta(hours=12)
_LANGUAGES = {"zh": CHINESE, "en": ENGLISH}

_HEADERS = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": (
        "accelerometer=(), browsing-topics=(), camera=(), display-capture=(), geolocation=(), "
        "gyroscope=(), magnetometer=(), microphone=(), payment=(), publickey-credentials-get=(), "
        "usb=()"
    ),
}
_TRANSPORT_SECURITY = "max-age=31536000; includeSubDomains"
_CACHED_FOR_GOOD = "public, max-age=31536000, immutable"

_REFUSALS: dict[int, tuple[str, str]] = {
    HTTPStatus.BAD_REQUEST: ("bad_request", N_("The request cannot be understood.")),
    HTTPStatus.UNAUTHORIZED: ("sign_in", N_("Sign in first.")),
    HTTPStatus.FORBIDDEN: ("forbidden", N_("This is not allowed.")),
    HTTPStatus.NOT_FOUND: ("not_found", N_("There is nothing at this address.")),
    HTTPStatus.METHOD_NOT_ALLOWED: (
        "method_not_allowed",
        N_("This address does not take requests of this kind."),
    ),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: (
        "too_large",
        N_("What was sent is larger than 64 KB, or for a file 4 MB."),
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        "not_json",
        N_("What is sent here must be JSON (application/json)."),
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "failed",
        N_("Something went wrong on the server. Please try again in a moment."),
    ),
}
_STALE_FORM = N_("This form was open for too long. Load the page again and repeat the step.")
_FIELD = N_("The field “%(field)s” cannot be read.")


class ReadableJson(DefaultJSONProvider):
    """JSON in which Chinese stays Chinese."""

    ensure_ascii = False


class Site(Flask):
    """One site's application: what it logs says where the code failed, not who asked for what."""

    json_provider_class = ReadableJson

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log an unexpected error by its type and frames; a message may quote what was sent."""
        if exc_info[1] is not None:
            self.logger.error("Unexpected error", extra={"where": where(exc_info[1])})


def build(settings: SiteSettings) -> Site:
    """Make one site's application, without its views."""
    if settings.name in _STAFF_SITES:
        return _staff(settings)
    site = _public(settings.name)
    site.before_request(_json_only)
    if settings.name == "issue":
        origin = settings.respond_origin
        site.after_request(lambda response: _readable_from(origin, response))
    return site


def start_page(mounts: dict[str, WSGIApplication]) -> DispatcherMiddleware:
    """Put sites under their prefixes, and a page before them that leads there."""
    site = _public("start")

    @site.get("/")
    def index() -> str:
        return render_template("start.html", mounted=[prefix.strip("/") for prefix in mounts])

    return DispatcherMiddleware(site, mounts)


class _Unremembering(SessionInterface):
    """No session: public sites set no cookie, and writing to a session there is an error."""

    def open_session(self, app: Flask, request: Request) -> None:  # noqa: ARG002 - Flask's
        return None


class _StaffSessions(SecureCookieSessionInterface):
    """A cookie for the path the site is mounted on, kept off plain HTTP where there is HTTPS."""

    def get_cookie_path(self, app: Flask) -> str:  # noqa: ARG002 - Flask's signature
        return f"{request.script_root}/"

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's signature
        return request.is_secure


class _Catalogues(Domain):  # type: ignore[misc]
    """Sentences from the .po files."""

    def get_translations(self) -> Translations:
        return catalogue(str(get_locale() or CHINESE))


class _Languages(Babel):  # type: ignore[misc]
    domain_instance = _Catalogues()


def _public(name: str) -> Site:
    site = Site("survey_app", static_folder=None)
    site.session_interface = _Unremembering()
    return _furnish(site, name, public=True)


def _staff(settings: SiteSettings) -> Site:
    site = Site("survey_app", static_folder=None, static_url_path="/static")
    site.session_interface = _StaffSessions()
    site.secret_key = settings.secret("session")
    site.config.update(
        SESSION_COOKIE_NAME=f"survey_{settings.name}",
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=_SESSION_ENDS,
        BOOTSTRAP_SERVE_LOCAL=True,
        WTF_CSRF_SSL_STRICT=False,  # it wants the Referer that our Referrer-Policy withholds
    )
    Bootstrap5(site)
    CSRFProtect(site)
    return _furnish(site, settings.name, public=False)


def _furnish(site: Site, name: str, *, public: bool) -> Site:
    largest = _LARGEST_BODY if public else _LARGEST_UPLOAD
    site.config.update(
        MAX_CONTENT_LENGTH=largest, MAX_FORM_MEMORY_SIZE=largest, SITE=name, PUBLIC=public
    )
    site.register_blueprint(
        Blueprint("shared", __name__, static_folder=_FOLDER / "static", static_url_path="/shared")
    )
    _Languages(site, default_locale=CHINESE, locale_selector=_chosen_language)
    site.url_defaults(_version)
    site.add_template_filter(named)
    site.context_processor(lambda: {"lang": "zh-CN" if _chinese() else "en", "site_name": name})
    site.register_error_handler(SurveyError, _refuse)
    for unavailable in UNAVAILABLE:
        site.register_error_handler(unavailable, _refuse_for_now)
    site.register_error_handler(ValidationError, _refuse_body)
    site.register_error_handler(HTTPException, _refuse_request)
    site.after_request(_secure)
    return site


def named(names: Names) -> str:
    """Give a name in the reader's language."""
    return names.zh if _chinese() else names.en


def _chinese() -> bool:
    return str(get_locale()) == CHINESE


def _chosen_language() -> str:
    """``?lang=``, which staff sites remember; else what the browser asks for; else Chinese."""
    chosen = request.args.get("lang")
    if not current_app.config["PUBLIC"] and not _from_program():
        if chosen in _LANGUAGES:
            session["lang"] = chosen
        chosen = session.get("lang")
    if chosen not in _LANGUAGES:
        chosen = request.accept_languages.best_match(_LANGUAGES, "zh")
    return _LANGUAGES[chosen]


def _json_only() -> None:
    if request.method != "POST":
        return
    if request.mimetype != "application/json":
        abort(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if request.content_length is None and len(request.get_data()) >= _LARGEST_BODY:
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)  # sent in chunks, it would be cut there instead


def _refuse(error: SurveyError) -> Response:
    """Answer a refusal: its status, its stable code, and its sentence in the reader's language."""
    return _answer(error.status, error.code, in_words(error, str(get_locale())))


def _refuse_for_now(error: Exception) -> Response:
    """Answer while the store does not work: clients ask again, and the log has the reason."""
    current_app.logger.error("The store does not work", extra={"where": where(error)})
    g.setdefault("_login_user", None)  # Flask-Login would ask the store who it is, for the page
    return _refuse(StoreUnavailableError())


def _refuse_body(error: ValidationError) -> Response:
    """Answer a body that is not of the form asked for, naming its first bad field."""
    if request.method != "POST":
        raise error  # what we stored or compute does not fit: our fault, not the sender's
    field = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
    return _refuse(InputError(_FIELD, field=field[:100]) if field else InputError())


def _refuse_request(error: HTTPException) -> Response:
    """Answer what Flask itself refuses, and the failures nobody foresaw."""
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    code, sentence = _REFUSALS.get(status, _REFUSALS[HTTPStatus.BAD_REQUEST])
    if isinstance(error, CSRFError):
        sentence = _STALE_FORM
    response = _answer(status, code, gettext(sentence))
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())
    return response


def _answer(status: HTTPStatus, code: str, sentence: str) -> Response:
    if _wants_page():
        response = Response(render_template("refused.html", sentence=sentence))
    else:
        response = jsonify(error=code, message=sentence)
    response.status_code = status
    return response


def _from_program() -> bool:
    return request.path.startswith(f"{API}/")


def _wants_page() -> bool:
    if not current_app.config["PUBLIC"]:
        return not _from_program()
    kinds = ["application/json", "text/html"]
    asked = request.accept_mimetypes.best_match(kinds, kinds[0])
    return current_app.config["SITE"] != "issue" and asked == "text/html"


def _secure(response: Response) -> Response:
    """Set the headers of every response, errors included."""
    response.headers.update(_HEADERS)
    response.headers["Content-Security-Policy"] = _content_policy()
    for_good = g.get("cached_for_good") or _is_versioned()
    response.headers["Cache-Control"] = _CACHED_FOR_GOOD if for_good else "no-store"
    own = current_app.config["SITE"] != "issue"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin" if own else "cross-origin"
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = _TRANSPORT_SECURITY
    for validator in ("ETag", "Last-Modified"):  # an entity tag is a cookie by another name
        response.headers.pop(validator, None)
    return response


def _content_policy() -> str:
    public = current_app.config["PUBLIC"]
    connect = f"'self' {g.get('connect_src', '')}".strip()
    images, forms = ("data:", "'none'") if public else ("'self' data:", "'self'")
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        f"img-src {images}; connect-src {connect}; base-uri 'none'; "
        f"form-action {forms}; frame-ancestors 'none'"
    )


def _readable_from(origin: str, response: Response) -> Response:
    """Let the respondents' page call the issuer from its own origin, without credentials."""
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Allow-Methods"] = "GET, POST"
    response.headers["Access-Control-Allow-Headers"] = "Content-Type"
    response.headers["Access-Control-Max-Age"] = "7200"
    return response


def _version(endpoint: str, values: dict[str, str]) -> None:
    """Add a digest of the content to a shared file's address, so that it may be cached for good."""
    digest = _static_digest(endpoint, values.get("filename", ""))
    if digest:
        values["v"] = digest


def _is_versioned() -> bool:
    """Whether the address names the very content that is served."""
    digest = _static_digest(request.endpoint or "", (request.view_args or {}).get("filename", ""))
    return digest is not None and request.args.get("v") == digest


def _static_digest(endpoint: str, filename: str) -> str | None:
    blueprint = current_app.blueprints.get(endpoint.removesuffix(".static"))
    if blueprint is None or blueprint.static_folder is None or endpoint == blueprint.name:
        return None
    return _digest(safe_join(blueprint.static_folder, filename))


@lru_cache(maxsize=256)
def _digest(path: str | None) -> str | None:
    if path is None or not Path(path).is_file():
        return None
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
