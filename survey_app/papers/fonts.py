"""The Chinese font of pictures: what it is called, and where its files lie."""

from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Final

from survey_app.errors import N_, SurveyError

if TYPE_CHECKING:
    from matplotlib.font_manager import FontManager

CHINESE: Final = [
    "Noto Sans CJK SC",
    "Noto Sans CJK JP",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
]
"""The first is what readers' machines should have; then its faces under other names, and the free
fonts that Chinese editions of Linux bring."""
NO_CHINESE_FONT: Final = N_(
    "No Chinese font is installed: pictures and reports would show boxes in place of Chinese, so "
    "none are made. On Debian: apt install fonts-noto-cjk"
)
_FILES: Final = (
    "NotoSansCJK*.tt[cf]",
    "NotoSansCJK*.otf",
    "NotoSansSC*.[ot]tf",
    "SourceHanSans*.ttc",
    "SourceHanSans*.otf",
    "wqy-*.ttc",
)


class NoChineseFontError(SurveyError):
    """There is no font on the machine that Chinese could be drawn with."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "no_chinese_font"
    sentence = NO_CHINESE_FONT


def files() -> list[Path]:
    """List the files of Chinese fonts on this machine."""
    return [
        path
        for folder in _folders()
        for pattern in _FILES
        for path in sorted(folder.rglob(pattern))
    ]


def register(manager: "FontManager") -> None:
    """Tell matplotlib of Chinese fonts installed after it had made its list of fonts.

    It keeps that list in a cache and asks again only for a font that has gone, never for one that
    has come.
    """
    if not _has_chinese(manager):
        for path in files():
            manager.addfont(path)


def require(manager: "FontManager") -> None:
    """Make sure that there is a Chinese font, one installed a moment ago too.

    Raises
    ------
    NoChineseFontError
        There is none.
    """
    register(manager)
    if not _has_chinese(manager):
        raise NoChineseFontError


def _has_chinese(manager: "FontManager") -> bool:
    """Tell whether the list has a Chinese font, and not only remembers one."""
    return any(font.name in CHINESE and Path(font.fname).exists() for font in manager.ttflist)


def _folders() -> Iterator[Path]:
    yield Path("/usr/share/fonts")
    yield Path("/usr/local/share/fonts")
    with suppress(RuntimeError):  # a service's account may have no home
        yield Path.home() / ".local/share/fonts"
        yield Path.home() / ".fonts"
