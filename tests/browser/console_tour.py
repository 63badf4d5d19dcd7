"""A survey manager's whole way through the console, looked at page by page."""

import time
from base64 import b32decode
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from survey_app.crypto.totp import code_at
from tests.identity.manage.conftest import roster_csv
from tests.installation import NOW_OPEN, Installation
from tests.manifests import ABOUT

PASSWORD = "a long enough password"
STRATA = (
    ("north", "北区大队", "消防监督检查", "business", "420"),
    ("south", "南区大队", "消防监督检查", "business", "260"),
    ("office", "机关", "行政内勤", "non-business", "150"),
)
Look = Callable[[str], None]


def tour(
    installation: Installation, page: Page, accounts: tuple[str, str], campaign: str, look: Look
) -> None:
    """Go from the first sign-in to the close; ``look`` is told each page's name.

    The second manager comes in only to confirm a list with names.
    """
    account, second = accounts
    sign_in(installation, page, account, look)
    create(page, campaign, look)
    plan(page, look)
    ask(page, look)
    _draw(installation, page, look)
    _open(installation, page, campaign, look)
    _invite(installation, page, second, look)
    _watch_and_close(page, campaign, look)


def sign_in(installation: Installation, page: Page, account: str, look: Look) -> None:
    page.goto(f"{installation.base}/manage/login")
    page.fill("#username", account)
    page.fill("#password", PASSWORD)
    page.click("#submit")
    page.wait_for_url("**/second-factor")
    key = page.locator("code.key").inner_text().replace(" ", "")
    page.fill("#code", code_at(b32decode(key + "=" * (-len(key) % 8)), time.time()))
    page.locator("form:has(#code) button[type=submit]").click()
    page.wait_for_url("**/manage/")
    look("campaigns")


def create(page: Page, campaign: str, look: Look) -> None:
    page.click("a[href$='/new']")
    look("new")
    page.fill("#title_zh", "廉政接触情况匿名调查")
    page.fill("#title_en", "Anonymous survey of contact with corruption")
    page.fill("#scratch-name", campaign)
    page.check("[name=rehearsal]")
    page.locator("form:has(#scratch-name) button").click()
    page.wait_for_url(f"**/campaigns/{campaign}")
    for name, text in ABOUT.items():
        for language in ("zh", "en"):
            page.fill(f"#{name}_{language}", text[language])
    page.fill("[name=window_start]", NOW_OPEN["start"].isoformat())
    page.fill("[name=window_end]", NOW_OPEN["end"].isoformat())
    page.locator("form:has(#title_zh) button").click()
    page.wait_for_load_state()
    look("campaign")


def ask(page: Page, look: Look) -> None:
    """Look at a questionnaire as on a phone, give an item other words, and take the old ones."""
    page.click(".tabs a[href$=questions]")
    page.locator("#business a[href*='in=zh']").click()
    look("preview")
    page.go_back()
    page.click("#business a[href$=edit]")
    page.click("button[value=add-2]")
    page.locator("form:has(#zh-0) button").first.click()
    expect(page.locator("#code-3")).to_be_focused()
    look("editing")
    page.click("button[value=remove-3]")
    page.fill("#en-3", "Did you meet a holder of this post who took gifts?")
    page.locator("form:has(#zh-0) button").first.click()
    page.wait_for_url("**/questions#business")
    look("questions")
    page.locator("#business details:has(#source-business) summary").click()
    page.locator("form:has(#source-business) button").click()
    expect(page.locator(".alert-warning")).to_have_count(0)


def plan(page: Page, look: Look) -> None:
    page.click(".tabs a[href$=strata]")
    fields = ("id", "unit_zh", "category_zh", "kind", "population")
    for row, values in enumerate(STRATA):
        for name, value in zip(fields, values, strict=True):
            field = page.locator(f"[name={name}]").nth(row)
            if name == "kind":
                field.select_option(value)
            else:
                field.fill(value)
    look("strata")
    page.click("button[name=plan]")
    page.wait_for_url("**/plan")
    page.fill("[name=margin]", "8")
    page.fill("#response", "70")
    page.locator("form:has(#method) button").click()
    page.wait_for_selector("form[method=post]:has([name=aim])")
    look("plan")
    page.locator("form[method=post]:has([name=aim]) button").click()
    page.wait_for_selector(".checklist")


def _draw(installation: Installation, page: Page, look: Look) -> None:
    roster = installation.folder / "people.csv"
    roster.write_bytes(roster_csv(400))
    page.click(".tabs a[href$=roster]")
    page.set_input_files("#file", roster)
    page.locator("form:has(#file) button").click()
    page.locator("form:has(#person) button").click()
    page.fill("#seed", "20261124-07-15-22")
    look("roster")
    page.locator("form:has(#seed) button").click()
    page.wait_for_url("**/roster")
    look("drawn")


def _open(installation: Installation, page: Page, campaign: str, look: Look) -> None:
    page.locator(".tabs a").first.click()
    page.locator("form[action$=fix] button").click()
    page.wait_for_selector("a[href$='manifest.json']")
    with page.expect_download() as download:
        page.click("a[href$='manifest.json']")
    manifest = installation.folder / f"{campaign}.manifest.json"
    download.value.save_as(manifest)
    installation.chain(("analyse", "accept", manifest, "--no-keeper", "--passphrase-key"))
    page.set_input_files("#published", _published(installation, campaign))
    page.locator("form:has(#published) button").click()
    page.wait_for_selector("main a[href$='/close']")
    look("published")


def _published(installation: Installation, campaign: str) -> Path:
    return next(installation.folder.rglob(f"{campaign}.published.json"))


def _invite(installation: Installation, page: Page, second: str, look: Look) -> None:
    page.click(".tabs a[href$=invitations]")
    look("invitations")
    page.locator("[name=stratum][value=north]").first.uncheck()
    page.check("[name=form][value=cards]")
    page.locator("form:has([name=form]) [type=submit]").click()
    page.wait_for_selector("form[action*='/codes/']")
    look("ready")
    _save_list(page, installation.folder / "cards.pdf")
    page.click("form:has([name=form]) [data-tick=none]")
    expect(page.locator("[name=stratum]:checked")).to_have_count(0)
    page.click("form:has([name=form]) [data-tick=all]")
    for name in ("south", "office"):
        page.locator(f"[name=stratum][value={name}]").first.uncheck()
    page.locator("[name=stratum][value=north]").first.check()
    page.check("[name=form][value=xlsx]")
    page.locator("form:has([name=form]) [type=submit]").click()
    page.wait_for_selector("form[action$='/drop']")
    look("asked")
    _confirm_list(installation, page, second)
    page.reload()
    _save_list(page, installation.folder / "codes.xlsx")
    _write(page, look)


def _save_list(page: Page, file: Path) -> None:
    """Download the list, and confirm that it is saved."""
    with page.expect_download() as download:
        page.locator("form[action*='/codes/']:not([action$=destroy]) button").click()
    assert download.value.suggested_filename.endswith(file.suffix)
    download.value.save_as(file)
    page.check("[name=kept]")
    page.locator("form[action$=destroy] button").click()
    page.wait_for_url("**/invitations")


def _write(page: Page, look: Look) -> None:
    page.click(".tabs a[href$=letters]")
    page.locator("form:has(#body) button").first.click()
    page.wait_for_selector(".letter-text")
    look("letter")
    page.click("a[href$=texts]")
    look("texts for groups")


def _confirm_list(installation: Installation, page: Page, second: str) -> None:
    assert page.context.browser
    other_window = page.context.browser.new_page()
    sign_in(installation, other_window, second, lambda _: None)
    other_window.goto(page.url)
    other_window.click("form[action$='/confirm'] button")
    other_window.wait_for_selector("form[action*='/codes/']")
    other_window.close()


def _watch_and_close(page: Page, campaign: str, look: Look) -> None:
    page.click(".tabs a[href$=fieldwork]")
    expect(page.locator(".ballots").first).not_to_have_text("…")
    page.locator("th button.sort").first.click()
    page.fill("[data-filter]", "north")
    assert page.locator("#strata tbody tr:visible").count() == 1
    page.fill("[data-filter]", "")
    look("fieldwork")
    page.locator(".tabs a").first.click()
    page.click("main a[href$='/close']")
    look("asked to close")
    page.fill("#typed", campaign)
    page.locator("form[action$=close] button").click()
    page.wait_for_selector("#typed", state="detached")
    look("closed")
