"""Forms of staff: what is refused comes back on the form's own page, with everything as typed.

A view names the page that holds its form by `refused_on`; it raises `SurveyError`, or `FieldError`
where one field is to blame, and `survey_app.web.refusals` answers by that page with the error's
status. Its template asks these functions, which macros know too:

- ``typed(name, otherwise)``: what a field holds;
- ``ticked(name, otherwise, value)``: whether a box is ticked, or an option chosen;
- ``fault(name)``: the sentence to stand beside a field, empty if there is none;
- ``file_is_lost()``: whether a file is to be chosen again;
- ``refusal()``: the sentence and its field for the head of the page, which ``staff/base.html`` has.

Where a page has several forms with fields of one name, the first three take ``at``: the endpoint
that the form is sent to.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, TypeVar

from flask import Flask, Response, current_app, g, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import HTTPException

from survey_app.errors import N_, SurveyError
from survey_app.language import in_words

_NOT_SENT = N_(
    "You were signed out meanwhile, so this was not saved. What you typed stands below: "
    "send it again."
)
_FILE_NOT_SENT = N_(
    "You were signed out meanwhile, so this was not saved. What you typed stands below: choose the "
    "file again, and send it."
)

Page = Callable[..., ResponseReturnValue]
View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


class FieldError(SurveyError):
    """What was typed into one field cannot be used; all but the field is the error's own."""

    def __init__(self, field: str, error: SurveyError) -> None:
        super().__init__(error.sentence, **error.values)
        self.field, self.status, self.code = field, error.status, error.code


class FormProblem(NamedTuple):
    """A refusal as a page shows it: its sentence, the field to blame or no field, its code."""

    sentence: str
    field: str
    code: str


@contextmanager
def beside(field: str) -> Iterator[None]:
    """Blame a field for what is refused within.

    Raises
    ------
    FieldError
        Something was refused.
    """
    try:
        yield
    except FieldError:
        raise
    except SurveyError as error:
        raise FieldError(field, error) from None


def refused_on(page: Page | str) -> Callable[[View], View]:
    """Answer what a view refuses by the page that holds its form, made of the view's arguments.

    The page is a function, or the endpoint of a view.
    """

    def mark(view: View) -> View:
        view.form_page = page  # type: ignore[attr-defined]
        return view

    return mark


def form_page(endpoint: str | None) -> Page | None:
    """Find the page that holds the form of an endpoint, if it has one."""
    view = current_app.view_functions.get(endpoint or "")
    page: Page | str | None = getattr(view, "form_page", None)
    return partial(_page_at, page) if isinstance(page, str) else page


def _page_at(endpoint: str, **values: object) -> ResponseReturnValue:
    """Call the view of an endpoint with those of another's values that it takes."""
    (rule, *_) = current_app.url_map.iter_rules(endpoint)
    view = current_app.ensure_sync(current_app.view_functions[endpoint])
    page: ResponseReturnValue = view(**{name: values[name] for name in rule.arguments})
    return page


def address_of_page() -> str | None:
    """Give the address of the page whose form is sent to this one; None if there is none."""
    adapter, views = current_app.create_url_adapter(request), current_app.view_functions
    if adapter is None:
        return None
    endpoint, values = adapter.match(method="POST")
    page = getattr(views[endpoint], "form_page", None)
    name = page if isinstance(page, str) else next((n for n in views if views[n] is page), None)
    return url_for(name, **(dict(values) | request.args.to_dict())) if name else None


def answer_on_page(error: SurveyError) -> Response | None:
    """Render the form's own page around a refusal; None if it has none, or cannot be shown."""
    if not g.get("admitted") or "refused" in g:
        return None
    g.lost_a_file = _has_file()
    return _page_with(error, _sent())


def _page_with(error: SurveyError, fields: MultiDict[str, Any]) -> Response | None:
    page = form_page(request.endpoint)
    if page is None:
        return None
    g.refused, g.typed = error, fields
    try:
        return make_response(page(**request.view_args or {}))
    except SurveyError:
        return None


def bring_back(fields: MultiDict[str, str], *, had_file: bool) -> Response | None:
    """Render the form's own page with what was sent before its account signed in again."""
    sentence = _FILE_NOT_SENT if had_file else _NOT_SENT
    return _page_with(SurveyError(sentence), fields)


def add_to_templates(site: Flask) -> None:
    """Let a site's templates and macros ask what was typed, and what is wrong with it."""
    for function in (typed, ticked, fault, refusal, file_is_lost):
        site.add_template_global(function)


def typed(name: str, otherwise: object = "", *, at: str = "") -> object:
    """Give what was typed into a field of a refused form, else what stands there otherwise."""
    return g.typed.get(name, otherwise) if _comes_back(at) else otherwise


def typed_list(name: str) -> list[str]:
    """Give all that was typed into fields of one name, as in a table; nothing without refusal."""
    return g.typed.getlist(name) if "typed" in g else []


def ticked(name: str, otherwise: object = "", value: str = "", *, at: str = "") -> bool:
    """Tell whether a box of a refused form was ticked, else whether it is otherwise."""
    if not _comes_back(at):
        return bool(otherwise)
    return value in g.typed.getlist(name) if value else name in g.typed


def fault(name: str, *, at: str = "") -> str:
    """Give the sentence that stands beside a field, empty if nothing is wrong with it."""
    problem = refusal()
    return problem.sentence if problem and problem.field == name and _comes_back(at) else ""


def refusal() -> FormProblem | None:
    """Give the refusal that the page answers, in the reader's language."""
    error = g.get("refused")
    if error is None:
        return None
    sentence = in_words(error, str(get_locale()))
    return FormProblem(sentence, getattr(error, "field", ""), error.code)


def file_is_lost() -> bool:
    """Tell whether a file was sent with a refused form: browsers put none back into its field."""
    return bool(g.get("lost_a_file"))


def _comes_back(endpoint: str) -> bool:
    return "typed" in g and endpoint in {"", request.endpoint}


def _sent() -> MultiDict[str, Any]:
    """Gather the fields of a form; there are none of one that was too large to be read."""
    try:
        return MultiDict(request.values.items(multi=True))
    except HTTPException:
        return MultiDict()


def _has_file() -> bool:
    try:
        return any(file.filename for file in request.files.values())
    except HTTPException:
        return True
