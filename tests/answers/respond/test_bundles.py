"""What a respondent's page is made of: few requests, few bytes, and no question to the store."""

import re

import pytest
from sqlalchemy import event

from tests.sites import accept, design, serving

ADDRESS = re.compile(r'(?:src|href)="(/files/[0-9a-f]{16}/[a-z.]+)"')


@pytest.fixture
def respond(tmp_path):
    with serving("respond", tmp_path) as site:
        accept(site, design())
        yield site


def files_of(page):
    return ADDRESS.findall(page)


def test_a_page_is_three_files_of_40_kb_together(respond):
    client = respond.test_client()
    page = client.get("/spring/")

    files = [client.get(address).data for address in files_of(page.text)]

    assert len(files) == 2
    assert len(page.data) + sum(map(len, files)) <= 40_000


@pytest.mark.parametrize("path", ["/", "/spring/", "/spring/receipts", "/spring/anonymity"])
def test_files_are_cached_for_good_under_their_digest_only(respond, path):
    client = respond.test_client()
    for address in files_of(client.get(path).text):
        answer = client.get(address)
        _, _, digest, name = address.split("/")
        wrong_digest = client.get(f"/files/{digest[::-1]}/{name}")

        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert wrong_digest.status_code == 404
        assert wrong_digest.headers["Cache-Control"] == "no-store"


def test_joined_modules_import_and_export_nothing(respond):
    client = respond.test_client()
    script = next(name for name in files_of(client.get("/spring/").text) if name.endswith(".js"))

    text = client.get(script).text

    assert not re.search(r"^(import|export)\b", text, re.MULTILINE)
    assert len(re.findall(r"^const utf8 ", text, re.MULTILINE)) == 1


@pytest.mark.parametrize("path", ["/spring/", "/spring/manifest.json", "/spring/anonymity"])
def test_who_opens_the_page_asks_nothing_of_the_store(respond, path):
    transactions = []
    client = respond.test_client()
    first = client.get(path)
    engine = respond.extensions["store"].engine
    event.listen(engine, "before_cursor_execute", lambda *_: transactions.append(_))
    event.listen(engine, "begin", transactions.append)

    again = [client.get(path).data for _ in range(3)]

    assert again == [first.data] * 3
    assert transactions == []
