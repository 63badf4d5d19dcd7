"""The Chinese font of pictures: what it is called, and where its files lie."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from matplotlib.font_manager import FontManager

CHINESE: Final = ["Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC"]
"""The first is what readers' machines should have; the others are its faces under other names."""
NO_CHINESE_FONT: Final = (
    "No Chinese font is installed: pictures and Word reports would show boxes in place of Chinese. "
    "On Debian: apt install fonts-noto-cjk"
)
_FILES: Final = ("NotoSansCJK*.tt[cf]", "NotoSansCJK*.otf", "NotoSansSC*.[ot]tf")


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
    if not {font.name for font in manager.ttflist} & set(CHINESE):
        for path in files():
            manager.addfont(path)


def _folders() -> Iterator[Path]:
    yield Path("/usr/share/fonts")
    yield Path("/usr/local/share/fonts")
    with suppress(RuntimeError):  # a service's account may have no home
        yield Path.home() / ".local/share/fonts"
        yield Path.home() / ".fonts"
