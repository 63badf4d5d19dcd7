"""A survey manager in a real browser, from the first sign-in to the close, in both languages."""

from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.console_tour import PASSWORD, create, mail_server, plan, sign_in, tour
from tests.identity.manage.conftest import roster_csv
from tests.installation import Installation, stratum

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LOOKS = [("zh-CN", 360), ("en-GB", 1280)]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation with a manager for each look at it."""
    with mail_server() as mail:
        folder = tmp_path_factory.mktemp("office") / "installation"
        installation = Installation(folder, totp="on", urls=mail)
        installation.campaign("autumn", [stratum("north")])
        for account in ("manager", "second", "clumsy", "auditor"):
            role = "auditor" if account == "auditor" else "manager"
            installation.staff(PASSWORD, *(f"{account}-{width}" for _, width in LOOKS), role=role)
        installation.start()
        yield installation
        installation.stop()


@pytest.fixture
def page(browser: Browser, locale: str, width: int) -> Iterator[Page]:
    """A window of a width and a language, in which no script complains."""
    context = browser.new_context(viewport={"width": width, "height": 740}, locale=locale)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    yield page
    context.close()
    assert [fault for fault in faults if "status of 4" not in fault] == []


def looking(page: Page) -> Callable[[str], None]:
    """Look at a page as axe does, and for anything wider than the window."""

    def look(name: str) -> None:
        options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
        violations = Axe().run(page, options=options).response["violations"]
        faults = [
            (fault["id"], [node["html"] for node in fault["nodes"]][:3]) for fault in violations
        ]
        assert faults == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name

    return look


@pytest.mark.parametrize(("locale", "width"), LOOKS)
def test_a_manager_goes_from_the_plan_to_the_close(
    page: Page, office: Installation, locale: str, width: int
) -> None:
    accounts = (f"manager-{width}", f"second-{width}")
    tour(office, page, accounts, f"wave-{width}", looking(page))


@pytest.mark.parametrize(("locale", "width"), LOOKS)
def test_what_goes_wrong_is_told_to_everybody(
    page: Page, office: Installation, locale: str, width: int
) -> None:
    look = looking(page)
    sign_in(office, page, f"clumsy-{width}", look)
    create(page, f"wrong-{width}", look)
    page.click(".tabs a[href$=strata]")
    for field, value in (
        ("id", "n"),
        ("unit_zh", "队"),
        ("category_zh", "岗"),
        ("population", "5"),
    ):
        page.locator(f"[name={field}]").first.fill(value)
    page.click("button[name=plan]")
    page.wait_for_selector(".alert")
    look("small stratum")
    plan(page, look)
    page.click(".tabs a[href$=roster]")
    page.set_input_files("#file", {"name": "a.pdf", "mimeType": "", "buffer": b"%PDF-1.4\0"})
    with page.expect_response(lambda reply: reply.request.method == "POST") as refusal:
        page.locator("form:has(#file) button").click()
    assert refusal.value.status == 400
    page.wait_for_load_state()
    look("no table")
    page.go_back()
    faulty = roster_csv(30) + b"\nwest,p1,nobody,x\nnorth,p00001,p1@example.org,y"
    page.set_input_files("#file", {"name": "a.csv", "mimeType": "", "buffer": faulty})
    page.locator("form:has(#file) button").click()
    page.locator("form:has(#person) button").click()
    page.wait_for_selector("tbody tr")
    assert page.locator("tbody tr").count() >= 3
    look("dry run")
    page.goto(f"{office.base}/manage/campaigns/nowhere")
    look("no such campaign")


@pytest.mark.parametrize(("locale", "width"), LOOKS)
def test_an_auditor_reads_and_is_offered_nothing_to_change(
    page: Page, office: Installation, locale: str, width: int
) -> None:
    look = looking(page)
    sign_in(office, page, f"auditor-{width}", look)
    campaign_pages = "strata plan roster invitations letters texts fieldwork questions"
    pages = ("", *(f"/{name}" for name in campaign_pages.split()))
    for name in pages:
        page.goto(f"{office.base}/manage/campaigns/autumn{name}")
        look(name)
        assert page.locator("main form[method=post] button:enabled").count() == 0, name
    page.goto(f"{office.base}/manage/log")
    look("log")
