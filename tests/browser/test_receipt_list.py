"""The check page's own SHA-256 and tree: the published vectors, and the server's own functions."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from survey_app.crypto.receipts import merkle_root

FIPS_180_4 = {
    "": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": (
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
    "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu": (
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    "a" * 1_000_000: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
}
"""NIST's examples for SHA-256 (FIPS 180-4): none, one, two and many blocks."""
LOAD = """async () => {
  const modules = await Promise.all(
    ['bytes', 'sync_sha256', 'receipt_list'].map((name) => import(`/${name}.js`)));
  Object.assign(window, ...modules);
  window.digest = (bytes) => {
    const target = new Uint8Array(32);
    digestInto(bytes, target);
    return toHex(target);
  };
}"""
LIKE_THE_BROWSERS = """async () => {
  for (let length = 0; length < 200; length++) {
    const message = random(length);
    if (digest(message) !== toHex(await sha256(message))) return length;
  }
}"""
TREE = Path(__file__).parents[2] / "docs" / "protocol-vectors.json"


@pytest.fixture(scope="module")
def page(browser: Browser, static_url: str) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(static_url)
    page.evaluate(LOAD)
    yield page
    context.close()


@pytest.mark.parametrize("message", FIPS_180_4, ids=len)
def test_the_hash_follows_the_standard(page: Page, message: str) -> None:
    assert page.evaluate("(text) => digest(utf8(text))", message) == FIPS_180_4[message]


def test_the_hash_is_the_browser_s_at_every_length(page: Page) -> None:
    assert page.evaluate(LIKE_THE_BROWSERS) is None


def test_the_hash_begins_where_it_is_told(page: Page) -> None:
    target = page.evaluate(
        "() => { const t = new Uint8Array(34); digestInto(utf8('abc'), t, 1); return toHex(t); }"
    )

    assert target == f"00{FIPS_180_4['abc']}00"


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 8, 13, 1000])
def test_the_root_is_the_server_s(page: Page, size: int) -> None:
    receipts = [secrets.token_bytes(32) for _ in range(size)]

    root = page.evaluate("rootOver", [receipt.hex() for receipt in receipts])
    assert root == merkle_root(receipts).hex()


def test_the_root_is_that_of_the_protocol_s_vectors(page: Page) -> None:
    tree = json.loads(TREE.read_text(encoding="utf-8"))["tree"]

    roots = [page.evaluate("rootOver", receipts) for receipts in tree["input"]["receipts"]]
    assert roots == tree["output"]["roots"]
