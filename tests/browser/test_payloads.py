"""Script in every text that a person can write or send: on no page does anything come alive."""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from playwright.sync_api import Browser, Page

import questionnaires
from survey_app.documents.design import CampaignHeader
from survey_app.respondent.protocol import play
from tests.browser.payloads import IN_BRACES, PAYLOADS, Watch, fill, written_into
from tests.installation import NOW_OPEN, Installation, stratum

NAME, PASSWORD = "somebody", "a long enough password"
PAYLOAD_QUERY = quote('"><img data-injected src=x onerror=injected=1>')
QUERY = "&".join(
    f"{name}={PAYLOAD_QUERY}" for name in ("lang", "next", "action", "validity", "level")
)
MAIL = {"SURVEY_SMTP_URL": "smtp://127.0.0.1:9", "SURVEY_MAIL_FROM": "survey@example.org"}
KINDS = {"north": "business", "south": "business", "office": "non-business"}
PUBLIC = ("", "anonymity", "turnout", "receipts")
FOLDER = Path(questionnaires.__file__).parent


def design(name: str, folder: Path) -> dict[str, Any]:
    """A campaign in which every text holds a payload."""
    texts = cycle([*PAYLOADS, *IN_BRACES])
    for file in ("external", "internal"):
        content = yaml.safe_load((FOLDER / f"{file}.yaml").read_text(encoding="utf-8"))
        text = yaml.safe_dump(written_into(content), allow_unicode=True)
        (folder / f"{file}.yaml").write_text(text, encoding="utf-8")
    strata = [
        stratum(identifier, kind, population=60, sample=24) for identifier, kind in KINDS.items()
    ]
    members = [
        identifier
        | {part: {"zh": next(texts), "en": next(texts)} for part in ("unit", "post_category")}
        for identifier in map(dict, strata)
    ]
    return {
        "campaign": name,
        **{
            field: {"zh": next(texts), "en": next(texts)}
            for field in ("title", *CampaignHeader.ABOUT)
        },
        "window": NOW_OPEN,
        "questionnaires": {"business": "external.yaml", "non-business": "internal.yaml"},
        "strata": members,
    }


def publish(installation: Installation, name: str) -> None:
    """Take such a campaign to its codes."""
    file = installation.folder / f"{name}.yaml"
    file.write_text(yaml.safe_dump(design(name, installation.folder), allow_unicode=True))
    manifest, published = f"{name}.manifest.json", f"{name}.published.json"
    installation.chain(
        ("manage", "create", file),
        ("manage", "fix", name, "--output", manifest),
        ("analyse", "accept", manifest, "--no-keeper", "--passphrase-key", "--output", published),
        ("manage", "publish", name, published),
        ("manage", "invite", name, "--output", f"{name}.codes.csv"),
    )


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Such campaigns: one planned, one under way and one opened."""
    installation = Installation(tmp_path_factory.mktemp("payloads") / "installation", urls=MAIL)
    publish(installation, "under-way")
    publish(installation, "opened")
    planned = installation.folder / "planned.yaml"
    planned.write_text(yaml.safe_dump(design("planned", installation.folder), allow_unicode=True))
    password = installation.folder / "password"
    password.write_text(PASSWORD, encoding="utf-8")
    installation.chain(
        ("manage", "create", planned),
        ("manage", "staff", NAME, "--password-file", password),
        ("analyse", "staff", NAME, "--password-file", password),
    )
    installation.start()
    answers = {
        item: "1" for kind in ("external", "internal") for item in questionnaires.load(kind).codes
    }
    rows = [{"code": row["code"], **answers} for row in installation.invitations("opened")]
    assert all(
        outcome.receipt
        for outcome in play(installation.base, rows, campaign="opened", concurrency=4)
    )
    installation.close_and_open("opened")
    yield installation
    installation.stop()


@pytest.fixture
def watch(browser: Browser) -> Iterator[Watch]:
    """A watched window, in which nothing has come alive at the end."""
    context = browser.new_context(accept_downloads=False, locale="zh-CN")
    context.set_default_timeout(20_000)
    watch = Watch(context.new_page())
    yield watch
    context.close()
    assert watch.findings == []


def links(page: Page, site: str) -> list[str]:
    """The pages of a site that a page leads to."""
    addresses = page.eval_on_selector_all("a[href]", "all => all.map((one) => one.href)")
    return [
        address.split("#")[0]
        for address in addresses
        if address.startswith(site) and "?" not in address
    ]


def pages_of(watch: Watch, site: str) -> list[str]:
    """Every page of a site that can be reached by links."""
    queue, visited, pages = [f"{site}/"], set[str](), []
    while queue:
        address = queue.pop()
        if address in visited:
            continue
        visited.add(address)
        if watch.visit(address):
            pages.append(address)
            queue += links(watch.page, site)
    return pages


def sign_in(page: Page, site: str) -> None:
    page.goto(f"{site}/login")
    page.fill("[name=username]", NAME)
    page.fill("[name=password]", PASSWORD)
    page.locator("main [type=submit]").click()
    page.wait_for_url(f"{site}/")


def send_forms(watch: Watch, address: str) -> int:
    """Send every form of a page that takes a text, with payloads for texts."""
    watch.visit(address)
    number = 0
    for place in range(watch.page.locator("form").count()):
        watch.visit(address)
        form = watch.page.locator("form").nth(place)
        if "logout" in (form.get_attribute("action") or "") or not fill(watch.page, place):
            continue
        with watch.page.expect_navigation():
            form.evaluate("(form) => form.requestSubmit()")
        watch.examine()
        number += 1
    return number


@pytest.mark.parametrize(("name", "at_least"), [("manage", (20, 12)), ("analyse", (10, 1))])
def test_nothing_comes_alive_on_any_page_for_staff(
    watch: Watch, installation: Installation, name: str, at_least: tuple[int, int]
) -> None:
    site = f"{installation.base}/{name}"
    sign_in(watch.page, site)
    pages = pages_of(watch, site)
    number = sum(send_forms(watch, address) for address in pages)
    for address in pages:
        watch.visit(f"{address}?{QUERY}")
    for place in (
        f"/{PAYLOAD_QUERY}",
        f"/campaigns/{PAYLOAD_QUERY}",
        f"/boxes/{PAYLOAD_QUERY}",
        f"/log?action={PAYLOAD_QUERY}",
    ):
        watch.visit(site + place)

    assert len(pages) >= at_least[0]
    assert number >= at_least[1]
    watch.visit(f"{site}/")
    assert any(payload in watch.page.inner_text("body") for payload in (*PAYLOADS, *IN_BRACES))


@pytest.mark.parametrize("campaign", ["under-way", "opened"])
def test_nothing_comes_alive_on_any_page_for_everybody(
    watch: Watch, installation: Installation, campaign: str
) -> None:
    site = f"{installation.base}/respond"
    addresses = [f"{site}/", *(f"{site}/{campaign}/{page}" for page in PUBLIC)]
    for address in addresses:
        watch.visit(address)
        watch.visit(f"{address}?{QUERY}#{PAYLOAD_QUERY}")
    watch.visit(f"{site}/{PAYLOAD_QUERY}")
    watch.visit(f"{site}/{PAYLOAD_QUERY}/turnout")


def test_no_payload_runs_while_a_respondent_answers(
    watch: Watch, installation: Installation
) -> None:
    watch.visit(
        f"{installation.base}/respond/under-way/#{installation.invitations('under-way')[0]['code']}"
    )
    watch.page.wait_for_load_state("networkidle")
    watch.examine()

    text = watch.page.inner_text("body")
    assert sum(payload in text for payload in PAYLOADS) >= 1, text


@pytest.mark.parametrize("policy", ["default-src *", "default-src 'none'; script-src 'self'"])
@pytest.mark.parametrize("payload", [*PAYLOADS[:3], PAYLOADS[4], PAYLOADS[16]])
def test_the_watch_finds_what_a_bad_page_lets_live(
    browser: Browser, policy: str, payload: str
) -> None:
    headers = {"Content-Type": "text/html", "Content-Security-Policy": policy}
    context = browser.new_context()
    watch = Watch(context.new_page())
    body = f"<!doctype html><p title=''>{payload}"
    watch.page.route("**/*", lambda route: route.fulfill(body=body, headers=headers))
    watch.page.route("**/*.js", lambda route: route.fulfill(body="injected=1"))
    watch.visit("http://bad.example/")
    context.close()

    assert watch.findings
