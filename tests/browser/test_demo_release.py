"""The played demo reaches a signed release by the pages alone; others are rejected, withdrawn."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.test_box_to_release import BEYOND, violations
from tests.installation import Installation

CAMPAIGN, PATIENCE = "demo-played", 120_000
WIDTHS = (360, 1280)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """What `make run` serves on a fresh machine."""
    installation = Installation(tmp_path_factory.mktemp("demo") / "installation")
    passwords = installation.cli("prepare")
    assert "checker / " in passwords
    installation.serve()
    yield installation
    installation.stop()


class Desk:
    """One of the demo's accounts in a browser of its own."""

    def __init__(self, page: Page, demo: Installation, account: str) -> None:
        self.page, self.base = page, f"{demo.base}/analyse"
        self.go("/login")
        accounts = json.loads((demo.instance / "demo.json").read_text())
        page.fill("input[name=username]", account)
        page.fill("input[name=password]", accounts[account])
        page.locator("main [type=submit]").click()
        expect(page.locator("h1")).to_be_visible()

    def go(self, path: str) -> None:
        self.page.goto(f"{self.base}{path}")

    def check(self) -> None:
        """See that axe finds nothing, and that nothing is wider than the screen."""
        self.page.wait_for_load_state()
        assert violations(self.page) == []
        assert not self.page.evaluate(BEYOND)

    def confirm(self, action: str, reason: str = "") -> None:
        """Do what cannot be undone, and read that it was done."""
        form = self.page.locator(f"form[method=post][action$='{action}']")
        if reason:
            self.page.locator("details", has=form).locator("summary").click()
            form.locator("textarea").fill(reason)
        form.locator("[name=sure]").check()
        form.locator("[type=submit]").click()
        expect(self.page.locator(".alert-success")).to_be_visible()
        self.check()

    def save(self, name: str, folder: Path) -> Path:
        with self.page.expect_download() as download:
            self.page.locator(f"a[href$='{name}']").click()
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path


@pytest.fixture
def desks(browser: Browser, demo: Installation):
    contexts = []

    def sit(account: str, width: int) -> Desk:
        viewport = ViewportSize(width=width, height=800)
        contexts.append(browser.new_context(viewport=viewport, locale="zh-CN"))
        return Desk(contexts[-1].new_page(), demo, account)

    yield sit
    for context in contexts:
        context.close()


def make(desk: Desk) -> None:
    """Look at the tables once they are computed, then make the release of them."""
    desk.go(f"/{CAMPAIGN}/releases")
    expect(desk.page.locator("#sure-make")).to_be_visible(timeout=PATIENCE)
    assert desk.page.locator("table").count() > 3
    desk.check()
    desk.confirm("/releases")


def take(checker: Desk) -> None:
    """Open what waits, from the checker's first page."""
    checker.go("/")
    checker.check()
    checker.page.get_by_role("link", name="第").click()
    checker.page.wait_for_url("**/releases/*")
    checker.check()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_demo_reaches_a_signed_release_that_others_verify(demo, desks, width: int) -> None:
    maker, checker = desks("statistician", width), desks("checker", width)
    make(maker)
    take(checker)
    checker.confirm("/signature")
    document = checker.save("release.json", demo.folder)
    checker.save("release.json.sig", demo.folder)
    checker.go(f"/{CAMPAIGN}/releases")
    key = checker.save("release-key.pem", demo.folder)
    checker.check()

    verification = demo.cli("analyse", "release-verify", document, "--key", key)

    assert "made by statistician" in verification
    assert "checked by checker" in verification


@pytest.mark.parametrize("width", WIDTHS)
def test_a_release_is_rejected_and_another_withdrawn(desks, width: int) -> None:
    maker, checker = desks("statistician", width), desks("checker", width)
    make(maker)
    take(checker)
    checker.confirm("/rejection", "口径不对")
    make(maker)
    take(checker)
    checker.confirm("/signature")
    maker.page.reload()
    maker.confirm("/withdrawal", "发现错误")
    maker.go(f"/{CAMPAIGN}/releases")
    expect(maker.page.locator("table").first).to_contain_text("发现错误")
    expect(maker.page.locator("table").first).to_contain_text("口径不对")
