"""Every refusal answered in one way: a page for a person, JSON for a program.

The page is that of the form which was refused, where there is one (`survey_app.web.forms`).

A site whose readers' language the server does not know puts a page of its own into the setting
``REFUSAL_PAGE``: what makes it of the refusal and its status.
"""

from http import HTTPStatus

from flask import (
    Response,
    current_app,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)
from flask_babel import get_locale
from flask_wtf.csrf import CSRFError
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from survey_app.config import API
from survey_app.errors import N_, InputError, StoreUnavailableError, SurveyError
from survey_app.language import in_words
from survey_app.logs import where
from survey_app.web.forms import address_of_page, answer_on_page

REFUSALS: dict[int, tuple[str, str]] = {
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
        N_("What was sent is larger than the %(largest)s that this address takes."),
    ),
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: (
        "not_json",
        N_("What is sent here must be JSON (application/json or text/plain)."),
    ),
    HTTPStatus.INTERNAL_SERVER_ERROR: (
        "failed",
        N_("Something went wrong on the server. Please try again in a moment."),
    ),
}
_STALE_FORM = N_("This form was open for too long. Load the page again and repeat the step.")
_FIELD = N_("The field “%(field)s” cannot be read.")


def refuse(error: SurveyError) -> Response:
    """Answer a refusal: its status, its stable code, and its sentence in the reader's language."""
    return _answer(error, error.status, error.code)


def refuse_for_now(error: Exception) -> Response:
    """Answer while the store does not work: clients ask again, and the log has the reason."""
    current_app.logger.error("The store does not work", extra={"where": where(error)})
    g.setdefault("_login_user", None)  # Flask-Login would ask the store who it is, for the page
    return refuse(StoreUnavailableError())


def refuse_body(error: ValidationError) -> Response:
    """Answer a body that is not of the form asked for, naming its first bad field."""
    if request.method != "POST":
        raise error  # what we stored or compute does not fit: our fault, not the sender's
    field = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
    return refuse(InputError(_FIELD, field=field[:100]) if field else InputError())


def refuse_request(error: HTTPException) -> Response:
    """Answer what Flask itself refuses, and unexpected failures.

    Who loads the address of a form that was refused, for instance in the other language, is led to
    the form's page.
    """
    page = address_of_page() if _loads_form_address(error) else None
    if page:
        return make_response(redirect(page))
    status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
    code, sentence = REFUSALS.get(status, REFUSALS[HTTPStatus.BAD_REQUEST])
    if isinstance(error, CSRFError):
        sentence = _STALE_FORM
    response = _answer(SurveyError(sentence, largest=_largest()), status, code)
    if isinstance(error, MethodNotAllowed):
        response.allow.update(error.valid_methods or ())
    return response


def _loads_form_address(error: HTTPException) -> bool:
    is_form = isinstance(error, MethodNotAllowed) and "POST" in (error.valid_methods or ())
    return is_form and request.method == "GET" and bool(g.get("admitted"))


def _largest() -> str:
    largest = (request.max_content_length or 0) // 1024
    return f"{largest // 1024} MB" if largest >= 1024 else f"{largest} KB"


def page_of(error: SurveyError, status: HTTPStatus) -> str:
    """Render a refusal in the reader's language, for staff with their menu."""
    for_staff = g.get("admitted") and status < HTTPStatus.INTERNAL_SERVER_ERROR
    template = "staff/refused.html" if for_staff else "refused.html"
    return render_template(template, sentence=in_words(error, str(get_locale())))


def _answer(error: SurveyError, status: HTTPStatus, code: str) -> Response:
    if wants_page():
        page = answer_on_page(error) if status < HTTPStatus.INTERNAL_SERVER_ERROR else None
        response = page or Response(current_app.config["REFUSAL_PAGE"](error, status))
    else:
        response = jsonify(error=code, message=in_words(error, str(get_locale())))
    response.status_code = status
    return response


def from_program() -> bool:
    """Tell whether a program asks, which reads JSON only."""
    return request.path.startswith(f"{API}/")


def wants_page() -> bool:
    """Tell whether a person asks, who reads pages."""
    if current_app.config["SITE"].for_staff:
        return not from_program()
    kinds = ["application/json", "text/html"]
    preferred = request.accept_mimetypes.best_match(kinds, kinds[0])
    return preferred == "text/html" and not current_app.config["SITE"].for_scripts
