"""What every site is made of: limits, headers, languages, refusals, and a log that tells nothing.

`build` makes a site's empty application; `survey_app.create_app` puts the site's views on it. Each
site's ``views.py`` has ``def blueprint(database: Database, settings: SiteSettings) -> Blueprint``.

- A view may raise `SurveyError`, abort with an HTTP error, or let pydantic's `ValidationError` of a
  POST's body through: `survey_app.web.refusals` answers all of them.
- A refusal is a page for those who ask for one (staff; on ``respond`` an ``Accept`` that prefers
  ``text/html`` to JSON, as browsers send when a person follows a link), else JSON
  ``{"error", "message"}``. The address plays no part in it.
- POSTs to the public sites are JSON, called ``application/json``, or ``text/plain`` by browsers:
  those then need not ask another origin first whether they may (CORS).
- A view that connects to another origin names it in ``g.connect_src``, one whose page holds its own
  script or style their digests in ``g.script_src`` and ``g.style_src``; one whose answer belongs to
  its address for good sets ``g.cached_for_good``.
- Templates have ``lang`` (``zh-CN`` or ``en``) and the filter ``named`` for a `Names`.
"""

from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from wsgiref.types import WSGIApplication

from flask import Blueprint, Flask, Request, abort, render_template, request
from flask.json.provider import DefaultJSONProvider
from flask.sessions import SecureCookieSessionInterface, SessionInterface
from flask_bootstrap import Bootstrap5
from flask_wtf.csrf import CSRFProtect
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from survey_app.config import SiteSettings
from survey_app.errors import SurveyError
from survey_app.language import CHINESE
from survey_app.logs import where
from survey_app.sides import SITES, Site
from survey_app.storage.database import UNAVAILABLE, Database
from survey_app.web.forms import add_to_templates
from survey_app.web.headers import readable_from, secure
from survey_app.web.languages import Languages, chinese, chosen_language, named
from survey_app.web.multipart import FormRequest
from survey_app.web.refusals import (
    page_of,
    refuse,
    refuse_body,
    refuse_for_now,
    refuse_request,
)
from survey_app.web.static_files import add_digest

_FOLDER = Path(__file__).parents[1]
_LARGEST_BODY = 64 * 1024
_JSON_KINDS = {"application/json", "text/plain"}
_LARGEST_UPLOAD = 4 * 1024 * 1024
"""A manifest of 2000 strata, in a form of the staff."""
MakeBlueprint = Callable[[Database, SiteSettings], Blueprint]
_SESSION_ENDS = timedelta(hours=12)


class ReadableJson(DefaultJSONProvider):
    """JSON in which Chinese stays Chinese."""

    ensure_ascii = False


class SiteApplication(Flask):
    """One site's application: what it logs says where the code failed, not who asked for what."""

    json_provider_class = ReadableJson
    request_class = FormRequest

    def log_exception(
        self,
        exc_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None],
    ) -> None:
        """Log an unexpected error by its type and frames; a message may quote what was sent."""
        if exc_info[1] is not None:
            self.logger.error("Unexpected error", extra={"where": where(exc_info[1])})


def build(settings: SiteSettings) -> SiteApplication:
    """Make one site's application, without its views."""
    if settings.site.for_staff:
        return _staff(settings)
    site = _public(settings.site)
    site.before_request(_json_only)
    if settings.site.for_scripts:
        origin = settings.respond_origin
        site.after_request(lambda response: readable_from(origin, response))
    return site


def start_page(mounts: dict[str, WSGIApplication]) -> DispatcherMiddleware:
    """Put sites under their prefixes, and a page before them that leads there."""
    site = _public(Site("start"))

    @site.get("/")
    def index() -> str:
        sites = [SITES[prefix.strip("/")] for prefix in mounts]
        return render_template("start.html", sites=sites)

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


def _public(of: Site) -> SiteApplication:
    site = SiteApplication("survey_app", static_folder=None)
    site.session_interface = _Unremembering()
    return _furnish(site, of)


def _staff(settings: SiteSettings) -> SiteApplication:
    site = SiteApplication("survey_app", static_folder=None, static_url_path="/static")
    site.session_interface = _StaffSessions()
    site.secret_key = settings.secret("session")
    site.config.update(
        SESSION_COOKIE_NAME=f"survey_{settings.name}",
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=_SESSION_ENDS,
        BOOTSTRAP_SERVE_LOCAL=True,
        WTF_CSRF_CHECK_DEFAULT=False,  # it is checked after the session: accounts.guard
        WTF_CSRF_TIME_LIMIT=None,  # a form is good as long as its session
        WTF_CSRF_SSL_STRICT=False,  # it requires the Referer that our Referrer-Policy withholds
    )
    Bootstrap5(site)
    CSRFProtect(site)
    add_to_templates(site)
    return _furnish(site, settings.site)


def _furnish(site: SiteApplication, of: Site) -> SiteApplication:
    largest = _LARGEST_UPLOAD if of.for_staff else _LARGEST_BODY
    site.config.update(MAX_CONTENT_LENGTH=largest, MAX_FORM_MEMORY_SIZE=largest)
    site.config.update(SITE=of, REFUSAL_PAGE=page_of)
    site.register_blueprint(
        Blueprint("shared", __name__, static_folder=_FOLDER / "static", static_url_path="/shared")
    )
    Languages(site, default_locale=CHINESE, locale_selector=chosen_language)
    site.url_defaults(add_digest)
    site.add_template_filter(named)
    site.context_processor(lambda: {"lang": "zh-CN" if chinese() else "en", "site": of})
    site.register_error_handler(SurveyError, refuse)
    for unavailable in UNAVAILABLE:
        site.register_error_handler(unavailable, refuse_for_now)
    site.register_error_handler(ValidationError, refuse_body)
    site.register_error_handler(HTTPException, refuse_request)
    site.after_request(secure)
    return site


def _json_only() -> None:
    if request.method != "POST":
        return
    if request.mimetype not in _JSON_KINDS:
        abort(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    if request.content_length is None and len(request.get_data()) >= _LARGEST_BODY:
        abort(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)  # sent in chunks, it would be cut there instead
