"""The Chinese font of pictures and papers: what it is called, and where its files lie."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
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
    "No Chinese font is installed: pictures, reports and cards would show boxes in place of "
    "Chinese, so none are made. On Debian: apt install fonts-noto-cjk"
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


@dataclass(frozen=True)
class Face:
    """One face of a font: its file, and its number in it where the file holds several."""

    file: Path
    number: int


def faces() -> tuple[Face, Face]:
    """Find a Chinese font for text, and a bold one; where there is none, both are the same.

    Raises
    ------
    NoChineseFontError
        There is no font.
    """
    by_stem = {path.stem: path for path in reversed(files())}
    if not by_stem:
        raise NoChineseFontError
    regular = min(
        by_stem, key=lambda stem: ("Regular" not in stem, not stem.startswith("wqy"), stem)
    )
    bold = by_stem.get(regular.replace("Regular", "Bold"), by_stem[regular])
    return _face(by_stem[regular]), _face(bold)


def _face(path: Path) -> Face:
    """Choose the face of a file that draws characters as in mainland China, else the first."""
    if path.suffix != ".ttc":
        return Face(path, 0)
    from fontTools.ttLib import TTCollection  # noqa: PLC0415 - only papers need it

    with TTCollection(path, lazy=True) as collection:
        names = [font["name"].getDebugName(1) or "" for font in collection]
    chinese = (number for number, name in enumerate(names) if name in CHINESE)
    return Face(path, min(chinese, key=lambda number: CHINESE.index(names[number]), default=0))


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
