"""A survey manager's whole way through the console, looked at page by page.

It has what goes wrong in offices: a roster as offices keep it, a mail server that
refuses some letters for now and others for good, a lost card, and a last day that becomes later.
"""

import io
import time
import warnings
from base64 import b32decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import xlsxwriter
from playwright.sync_api import Page, expect

from survey_app.crypto.totp import code_at
from tests.identity.manage.post import OK, Post
from tests.installation import NOW_OPEN, Installation, free_port
from tests.manifests import ABOUT

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the server's own library, at its import
    from aiosmtpd.controller import Controller

PASSWORD = "a long enough password"
STRATA = (
    ("north", "北区大队", "消防监督检查", "business", "420"),
    ("south", "南区大队", "消防监督检查", "business", "260"),
    ("office", "机关", "行政内勤", "non-business", "150"),
)
LISTED = 380
FOR_NOW, FOR_GOOD = 10, 2
"""How many letters the mail server of the tour refuses of every hundred."""
Look = Callable[[str], None]


@contextmanager
def mail_server() -> Iterator[dict[str, str]]:
    """A server that refuses some addresses for now and some for good; gives the settings for it."""
    post, port = Post(), free_port()
    post.at_rcpt = _reply_to
    controller = Controller(post, hostname="127.0.0.1", port=port)
    controller.start()
    yield {"SURVEY_SMTP_URL": f"smtp://127.0.0.1:{port}", "SURVEY_MAIL_FROM": "survey@example.org"}
    controller.stop()


def _reply_to(address: str) -> str:
    place = int(address.partition("@")[0].removeprefix("p")) % 100
    if place < FOR_GOOD:
        return "550 5.1.1 no such mailbox"
    return "450 4.2.0 greylisted" if place < FOR_GOOD + FOR_NOW else OK


def office_roster() -> bytes:
    """Write a roster as offices have it: a hidden first sheet, a title, merged units, formulas."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        settings, sheet = book.add_worksheet("参数"), book.add_worksheet("名单")
        settings.hide()
        settings.write_row(0, 0, ["单位", "人数"])
        sheet.activate()
        sheet.merge_range("A1:E1", "调查人员名单")
        sheet.write_row(2, 0, ["单位", "岗位", "姓名", "工号", "邮箱"])
        _, unit, post_category, *_ = STRATA[0]
        sheet.merge_range(3, 0, LISTED + 2, 0, unit)
        sheet.merge_range(3, 1, LISTED + 2, 1, post_category)
        for number in range(LISTED):
            name = '=HYPERLINK("//x.example")' if number == 0 else f"名字{number}"
            row = [name, f"p{number:05}", f"p{number}@example.org"]
            for column, cell in enumerate(row, start=2):
                sheet.write_string(number + 3, column, cell)
    return content.getvalue()


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
    _invite(installation, page, look)
    _write(installation, page, second, look)
    _replace_card(installation, page, look)
    _extend(page, look)
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
    page.fill("#latest_end", (NOW_OPEN["end"] + timedelta(days=30)).isoformat())
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
    roster = installation.folder / "名单.xlsx"
    roster.write_bytes(office_roster())
    page.click(".tabs a[href$=roster]")
    page.set_input_files("#file", roster)
    page.locator("form:has(#file) button").click()
    page.check("#knowingly")
    page.fill("#seed", "20261124-07-15-22")
    look("roster")
    page.locator("form:has(#seed) button").click()
    page.wait_for_selector("code.text-break")
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


def _invite(installation: Installation, page: Page, look: Look) -> None:
    """Print cards for the strata that have no roster."""
    page.click(".tabs a[href$=invitations]")
    look("invitations")
    page.click("form:has([name=form]) [data-tick=none]")
    expect(page.locator("[name=stratum]:checked")).to_have_count(0)
    page.click("form:has([name=form]) [data-tick=all]")
    page.locator("[name=stratum][value=north]").first.uncheck()
    page.check("[name=form][value=cards]")
    page.locator("form:has([name=form]) [type=submit]").click()
    page.wait_for_selector("form[action*='/codes/']")
    look("ready")
    _save_list(page, installation.folder / "cards.pdf")


def _save_list(page: Page, file: Path) -> None:
    """Download the list, and confirm that it is saved."""
    with page.expect_download() as download:
        page.locator("form[action*='/codes/']:not([action$=destroy]) button").click()
    assert download.value.suggested_filename.endswith(file.suffix)
    download.value.save_as(file)
    page.check("[name=kept]")
    page.locator("form[action$=destroy] button").click()
    page.wait_for_url("**/invitations")


def _write(installation: Installation, page: Page, second: str, look: Look) -> None:
    """Write to the stratum with a roster; who gets no letter gets a card, by two managers."""
    page.click(".tabs a[href$=letters]")
    page.click("a[href$=texts]")
    look("texts for groups")
    page.go_back()
    page.locator("form:has(#body) button").first.click()
    page.wait_for_selector(".letter-text")
    look("letter")
    page.locator("form:has(.letter-text) button").click()
    _wait_for_refusals(page)
    look("letters that did not arrive")
    page.locator("[formaction$=cards]").click()
    page.wait_for_selector("form[action$='/drop']")
    look("asked")
    _confirm_list(installation, page, second)
    page.reload()
    _save_list(page, installation.folder / "single.pdf")


def _wait_for_refusals(page: Page) -> None:
    """Look at the letters' page until those that were refused for good are listed by name."""
    campaign = page.url.split("/campaigns/")[1].split("/")[0]
    address = f"{page.url.split('/campaigns/')[0]}/campaigns/{campaign}/letters"
    for _ in range(100):
        page.goto(address)
        if page.locator("[name=letter]").count():
            return
        page.wait_for_timeout(300)
    raise AssertionError("no letter was refused")


def _replace_card(installation: Installation, page: Page, look: Look) -> None:
    """Give a new card for one that was lost."""
    page.click("a[href$=lost-code]")
    page.select_option("#stratum", "office")
    page.fill("#holder", "1")
    page.check("[name=way][value=card]")
    look("lost card")
    page.locator("form:has(#holder) [type=submit]").click()
    page.wait_for_selector("form[action*='/codes/']")
    _save_list(page, installation.folder / "single.pdf")


def _extend(page: Page, look: Look) -> None:
    """Let the last day be later, knowing what that means."""
    page.locator(".tabs a").first.click()
    page.fill("#day", (NOW_OPEN["end"] + timedelta(days=7)).isoformat())
    page.locator("form:has(#day) button").click()
    look("asked to extend")
    page.locator("form[action$=extend] [type=submit]").click()
    page.wait_for_selector("a[href$='extension.json']")
    look("extended")


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
