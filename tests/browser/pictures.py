"""Take the documentation's pictures from the running program: ``python -m tests.browser.pictures``.

The console's pages are taken on a survey manager's whole way; the README's tour on what `make run`
serves. A folder, a language and a width as arguments take the console's pages whole, to look at.
"""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

import questionnaires
from survey_app.answers.analyse.estimates.compute import results_of
from survey_app.answers.analyse.exports.word_report import Survey, report
from survey_app.config import VERSION
from survey_app.documents.results import Options
from survey_app.papers import pdf
from tests.answers.analyse.twelve_strata import twelve_strata
from tests.browser import console_tour
from tests.browser.conftest import QUIET
from tests.installation import ROOT, Installation, read_csv, stratum, write_csv

PICTURES = ROOT / "docs" / "pictures"
CONSOLE = ("campaigns", "campaign", "strata", "plan", "drawn", "invitations", "fieldwork")
LANGUAGES = {"en-GB": "", "zh-CN": ".zh"}
COVER_AND_CARDS = (0, 1)
FIRST_PAGES = (0, 2, 5)
"""Cover, summary, and a page of the results by post category."""
IN_A_ROW, GAP, GREY = 6, 6, 160
DESK, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
LIVE_CAMPAIGN, PAST_CAMPAIGN = "demo", "demo-played"
FOR_BUSINESS = {"inspection-north", "inspection-south", "investigation", "procurement"}


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def installation(totp: str) -> Iterator[Installation]:
    with TemporaryDirectory() as place, console_tour.mail_server() as mail:
        own = Installation(Path(place) / "installation", totp=totp, urls=mail)
        try:
            yield own
        finally:
            own.stop()


def console(folder: Path, locale: str, width: int) -> None:
    """Go a survey manager's whole way once, and keep a picture of each page."""
    whole = folder != PICTURES
    with installation("on") as own, chromium() as browser:
        own.campaign("autumn", [stratum("north")])
        own.staff(console_tour.PASSWORD, "manager", "second")
        own.start()
        page = browser.new_page(viewport={"width": width, "height": 720}, locale=locale)

        def look(name: str) -> None:
            if whole or name in CONSOLE:
                page.screenshot(path=folder / f"console-{name}.png", full_page=whole)

        console_tour.tour(own, page, ("manager", "second"), "spring", look)
        printed = (own.folder / "cards.pdf").read_bytes()
        sheet_of(printed, folder / "console-cards.png", COVER_AND_CARDS)


def tour(folder: Path) -> None:
    """Go through the demo as its three roles do, in both languages."""
    with installation("off") as own, chromium() as browser:
        output = own.cli("prepare")
        own.serve()
        link = next(line.strip() for line in output.splitlines() if "/respond/demo/#" in line)
        for locale, suffix in LANGUAGES.items():
            phone = browser.new_page(viewport=PHONE, locale=locale, device_scale_factor=2)
            look_at_question(phone, link, locale[:2], folder / f"tour-question{suffix}.png")
        answer_live_demo(own)
        for locale, suffix in LANGUAGES.items():
            desk = browser.new_page(viewport=DESK, locale=locale)
            look_at_staff_pages(own, desk, folder, suffix)


def answer_live_demo(own: Installation) -> None:
    """Let three of four invented respondents answer: the fieldwork then has something to show."""
    own.cli("manage", "invite", LIVE_CAMPAIGN, "--replace", "--output", "codes.csv")
    chance = random.Random(1)
    codes = {name: questionnaires.load(name).codes for name in ("external", "internal")}
    rows = [
        {"code": row["code"]}
        | dict.fromkeys(codes["external" if row["stratum"] in FOR_BUSINESS else "internal"], "0")
        | {"attention": "9"}
        for row in read_csv(own.folder / "codes.csv")
        if chance.random() < 0.75
    ]
    rows_file = write_csv(own.folder / "rows.csv", rows)
    options = ("--campaign", LIVE_CAMPAIGN, "--concurrency", 2)
    own.cli("respond", "--base", own.base, "--input", rows_file, "--output", "out.csv", *options)


def look_at_question(page: Page, link: str, language: str, file: Path) -> None:
    page.goto(link)
    page.wait_for_selector("#welcome:not([hidden])")
    page.click(f"button[value^={language}]")
    page.click("#begin")
    page.wait_for_selector("fieldset")
    page.screenshot(path=file)


def look_at_staff_pages(own: Installation, page: Page, folder: Path, suffix: str) -> None:
    accounts = json.loads((own.instance / "demo.json").read_text())
    for site, account in (("manage", "manager"), ("analyse", "statistician")):
        page.goto(f"{own.base}/{site}/login")
        page.fill("#username", account)
        page.fill("#password", accounts[account])
        page.click("#submit")
        page.wait_for_url(f"**/{site}/")
    page.goto(f"{own.base}/manage/campaigns/{LIVE_CAMPAIGN}/fieldwork")
    page.wait_for_load_state("networkidle")  # the ballots come from the other side's page
    page.screenshot(path=folder / f"tour-fieldwork{suffix}.png")
    page.goto(f"{own.base}/analyse/{PAST_CAMPAIGN}/")
    rates = page.locator(".card:has(table)").nth(1)
    rates.screenshot(path=folder / f"tour-rates{suffix}.png")
    page.goto(f"{own.base}/analyse/{PAST_CAMPAIGN}/posts")
    page.locator(".post").first.screenshot(path=folder / f"tour-posts{suffix}.png")
    page.goto(f"{own.base}/analyse/{PAST_CAMPAIGN}/files")
    with page.expect_download() as download:
        page.click("a[href*='report.pdf']")
    sheet_of(download.value.path().read_bytes(), folder / f"tour-report{suffix}.png", FIRST_PAGES)


def reports(folder: Path) -> None:
    """Print the report of a campaign of twelve strata, all of its pages, in both languages."""
    _, box = twelve_strata()
    results = results_of(box, Options())
    survey = Survey(box.manifest, box.manifest.window.end)
    for chinese, suffix in ((True, ".zh"), (False, "")):
        document = report(results, VERSION, chinese=chinese, survey=survey)
        file = folder / f"report-twelve-strata{suffix}.png"
        sheet_of(pdf.printed(document, chinese=chinese), file, None)


def sheet_of(document: bytes, file: Path, pages: Sequence[int] | None) -> None:
    """Draw pages of a PDF beside each other: these, or all of them in rows of six."""
    with TemporaryDirectory() as place:
        (Path(place) / "report.pdf").write_bytes(document)
        draw = ["pdftoppm", "-png", "-gray", "-r", "64", f"{place}/report.pdf", f"{place}/page"]
        subprocess.run(draw, check=True)
        images = [Image.open(path) for path in sorted(Path(place).glob("page-*.png"))]
        selected = [images[at] for at in pages] if pages else images
        width, height = (side + GAP for side in images[0].size)
        columns = min(len(selected), IN_A_ROW)
        rows = -(-len(selected) // columns)
        sheet = Image.new("L", (columns * width - GAP, rows * height - GAP), GREY)
        for at, page in enumerate(selected):
            sheet.paste(page, (at % columns * width, at // columns * height))
        sheet.save(file, optimize=True)


def main(arguments: list[str]) -> None:
    if arguments:
        folder, locale, width = Path(arguments[0]), arguments[1], int(arguments[2])
        folder.mkdir(parents=True, exist_ok=True)
        console(folder, locale, width)
    else:
        PICTURES.mkdir(parents=True, exist_ok=True)
        console(PICTURES, "en-GB", 1280)
        tour(PICTURES)
        reports(PICTURES)


if __name__ == "__main__":
    main(sys.argv[1:])
