"""Take the console's pictures for the documentation: ``python -m tests.browser.pictures``."""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from tests.browser.conftest import QUIET
from tests.browser.console_tour import PASSWORD, tour
from tests.installation import ROOT, Installation, stratum

MAIN = ("campaigns", "campaign", "strata", "plan", "drawn", "invitations", "cards", "fieldwork")


def take(folder: Path, locale: str, width: int) -> None:
    """Go the whole way once, and keep a picture of each page."""
    with TemporaryDirectory() as place, sync_playwright() as playwright:
        installation = Installation(Path(place) / "installation", totp="on")
        installation.campaign("autumn", [stratum("north")])
        installation.staff(PASSWORD, "manager")
        installation.start()
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        try:
            page = browser.new_page(viewport={"width": width, "height": 720}, locale=locale)

            def look(name: str) -> None:
                if name in MAIN or folder.name != "pictures":
                    file = folder / f"console-{name}.png"
                    page.screenshot(path=file, full_page=folder.name != "pictures")

            tour(installation, page, "manager", "spring", look)
        finally:
            browser.close()
            installation.stop()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures"
    target.mkdir(parents=True, exist_ok=True)
    language, pixels = (sys.argv[2], int(sys.argv[3])) if len(sys.argv) > 3 else ("en-GB", 1280)
    take(target, language, pixels)
