"""A page follows long work that goes on elsewhere, and shows what came of it."""

import fcntl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from tests.sites import NAME, PASSWORD, accept, design, serving


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """The statisticians' site with a box, on a port of its own."""
    with serving("analyse", tmp_path) as site:
        accept(site, design())
        server = make_server("127.0.0.1", 0, site, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_page_of_a_box_follows_its_opening(
    browser: Browser, address: str, tmp_path: Path
) -> None:
    page = browser.new_context(locale="en-GB").new_page()
    page.goto(f"{address}/login")
    page.fill("#username", NAME)
    page.fill("#password", PASSWORD)
    page.click("#submit")
    page.wait_for_url(f"{address}/")
    with (tmp_path / "answers" / "analyse" / "spring.opening").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("7 36")
        file.flush()
        page.goto(f"{address}/spring/box")
        bar = page.locator("progress")
        expect(bar).to_have_attribute("value", "7")

        file.truncate(0)
        file.seek(0)
        file.write("20 36")
        file.flush()
        expect(page.get_by_text("20 of 36 ballots")).to_be_visible()
        expect(bar).to_have_js_property("value", 20)
        expect(page.get_by_role("button", name="Open the box")).to_have_count(0)

    expect(page.get_by_role("button", name="Open the box")).to_be_visible()
    expect(bar).to_have_count(0)
    page.context.close()
