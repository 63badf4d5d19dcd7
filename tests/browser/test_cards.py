"""Cards as they are printed: with the longest texts nothing is cut off."""

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Route
from werkzeug.serving import make_server

from tests.identity.manage.conftest import publish
from tests.identity.manage.views.test_console import Manager
from tests.sites import serving

LONGEST = {
    name: {"zh": "某市消防救援支队" * 25, "en": "Fire and rescue " * 12}
    for name in ("title", "organiser", "contact")
}
NAME = "a-name-of-forty-characters-" + "0" * 13
PERSON = '<div class="person">00017 王小明王小明王小明王小明王小明王小明</div>'
CUT_OFF = """cards => cards.filter(card => [...card.querySelectorAll('*')].some(part => {
  const [inner, outer] = [part, card].map(each => each.getBoundingClientRect());
  return inner.bottom > outer.bottom || inner.right > outer.right;
})).length"""
MODULE = "picture => picture.clientWidth / (picture.naturalWidth / 3)"
"""The side of a module of the picture: it is drawn with three pixels for each."""
MILLIMETRE = 96 / 25.4


def _answering(page: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=page, content_type="text/html; charset=utf-8")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_printed_card_is_cut_off(browser: Browser, tmp_path: Path, language: str) -> None:
    with serving("manage", tmp_path) as site:
        publish(site.extensions["store"], NAME, **LONGEST)
        manager = Manager(site)
        manager.get(f"/?lang={language}")
        server = make_server("127.0.0.1", 0, site, threaded=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        page = browser.new_page(viewport={"width": 718, "height": 1043})  # A4 less its margins
        page.emulate_media(media="print")
        address = f"http://127.0.0.1:{server.server_port}/cards"
        try:
            for per_page in (8, 10, 12):
                form = {"form": "cards", "per_page": per_page, "stratum": ["south"]}
                work = manager.post(f"/campaigns/{NAME}/codes", replace="on", **form).location
                cards = manager.post(work.replace("/work/", "/codes/")).text
                named = cards.replace('<p class="address">', f'{PERSON}<p class="address">')
                page.route(address, _answering(named))
                page.goto(address)

                shown = page.locator(".invitation-card")
                assert shown.count() == 30
                assert shown.evaluate_all(CUT_OFF) == 0, per_page
                assert page.locator(".qr").first.evaluate(MODULE) >= 0.45 * MILLIMETRE
        finally:
            page.close()
            server.shutdown()
            thread.join()
            server.server_close()
