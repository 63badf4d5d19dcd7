"""Which language a request is answered in, and how names are given in it."""

from babel.support import Translations
from flask import current_app, request, session
from flask_babel import Babel, Domain, get_locale

from survey_app.documents.design import Names
from survey_app.language import CHINESE, ENGLISH, catalogue
from survey_app.web.refusals import from_program

_LANGUAGES = {"zh": CHINESE, "en": ENGLISH}


class _Catalogues(Domain):  # type: ignore[misc]
    """Sentences from the .po files."""

    def get_translations(self) -> Translations:
        return catalogue(str(get_locale() or CHINESE))


class Languages(Babel):  # type: ignore[misc]
    """Flask-Babel on our catalogues."""

    domain_instance = _Catalogues()


def named(names: Names) -> str:
    """Give a name in the reader's language."""
    return names.zh if chinese() else names.en


def chinese() -> bool:
    """Tell whether the reader reads Chinese."""
    return str(get_locale()) == CHINESE


def chosen_language() -> str:
    """``?lang=``, which staff sites remember; else what the browser asks for; else Chinese."""
    language = request.args.get("lang")
    if current_app.config["SITE"].for_staff and not from_program():
        if language in _LANGUAGES:
            session["lang"] = language
        language = session.get("lang")
    if language not in _LANGUAGES:
        language = request.accept_languages.best_match(_LANGUAGES, "zh")
    return _LANGUAGES[language]
