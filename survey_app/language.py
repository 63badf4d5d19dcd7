"""Chinese and English: catalogues read straight from their .po files, no compile step."""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from survey_app.errors import SurveyError

CHINESE = "zh_Hans_CN"
ENGLISH = "en"
# Every other value is a name that a person gave.
_OUR_WORDS = {"reason", "state", "needed", "what", "figure", "part", "whole", "variable", "first"}
_FOLDER = Path(__file__).parent / "translations"


@cache
def catalogue(locale: str) -> Translations:
    """Read one language's catalogue; sentences it lacks stay English, which is their source."""
    path = _FOLDER / locale / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return Translations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=locale))
    compiled.seek(0)
    return Translations(compiled)


def in_words(error: SurveyError, locale: str) -> str:
    """Give a refusal's sentence in a language, with its reasons in that language too."""
    translate = catalogue(locale).gettext
    values = {name: _translated(name, value, locale) for name, value in error.values.items()}
    return translate(error.sentence) % values


def _translated(name: str, value: object, locale: str) -> object:
    if isinstance(value, SurveyError):
        return in_words(value, locale)
    ours = name in _OUR_WORDS and isinstance(value, str)
    return catalogue(locale).gettext(str(value)) if ours else value
