"""What a form of staff refuses comes back on the form's own page, with everything as typed."""

import io
import re

import pytest

from tests.identity.manage.conftest import publish
from tests.sites import csrf_token, serving, sign_in

HEAD = "/campaigns/spring"


@pytest.fixture
def site(tmp_path):
    with serving("manage", tmp_path) as site:
        yield site


@pytest.fixture
def manager(site):
    client = site.test_client()
    sign_in(client)
    client.get("/?lang=en")
    return client


def send(client, path, **fields):
    """Send a form with the token that the start page has."""
    fields["csrf_token"] = csrf_token(client.get("/").text)
    return client.post(path, data=fields)


def value(page, name):
    """What a field of a page holds."""
    element = re.search(rf'<input[^>]*\sname="{name}"[^>]*>', page)
    assert element, name
    content = re.search(r'\svalue="([^"]*)"', element[0])
    return content[1] if content else ""


def draft(client, **fields):
    return send(client, "/new", campaign="spring", title_zh="春", title_en="Spring", **fields)


def test_a_refused_period_stands_beside_its_field_with_everything_as_typed(manager):
    draft(manager)

    answer = send(
        manager,
        HEAD,
        title_zh="夏季",
        title_en="Summer <b>",
        window_start="2026-12-31",
        window_end="2026-12-01",
        rehearsal="on",
    )

    assert answer.status_code == 400
    assert value(answer.text, "title_en") == "Summer &lt;b&gt;"
    assert value(answer.text, "window_end") == "2026-12-01"
    assert re.search(r'name="rehearsal"[^>]*\schecked', answer.text)
    sentence = "A period needs two dates, the second not before the first."
    assert re.search(rf'id="window-problem">\s*{sentence}', answer.text)
    assert f'href="#window-problem">{sentence}' in answer.text


def test_a_save_says_so_once(manager):
    draft(manager)
    version = value(manager.get(HEAD).text, "version")
    send(manager, HEAD, version=version, title_zh="夏季", title_en="Summer")

    assert "Saved." in manager.get(HEAD).text
    assert "Saved." not in manager.get(HEAD).text


def test_of_two_forms_on_a_page_only_the_one_that_was_sent_comes_back(manager):
    draft(manager)

    answer = send(manager, "/new/wave", earlier="spring", campaign="Not An Identifier")

    assert answer.status_code == 400
    names = re.findall(r'<input[^>]*name="campaign"[^>]*>', answer.text)
    assert [("Not An Identifier" in name, "is-invalid" in name) for name in names] == [
        (False, False),
        (True, True),
    ]


def test_a_file_that_is_refused_is_named_beside_its_field(manager):
    answer = send(manager, "/new/file", file=(io.BytesIO(b"\x00"), "x.yaml"))

    assert answer.status_code == 400
    assert 'id="file-problem"' in answer.text
    assert "Choose the file again." in answer.text


def test_a_refusal_keeps_its_status_and_a_campaign_that_is_not_there_has_no_form(site, manager):
    publish(site.extensions["store"])

    assert send(manager, HEAD, version="", title_zh="夏").status_code == 409
    assert send(manager, "/campaigns/none", title_zh="夏").status_code == 404
    assert manager.get(f"{HEAD}/extend?day=never").status_code == 400


def test_a_file_that_is_too_large_is_refused_on_its_page_with_its_own_limit(manager):
    answer = send(manager, "/new/file", file=(io.BytesIO(bytes(2_000_000)), "x.yaml"))

    answer.request.environ["wsgi.input"].close()  # a large body lies in a file
    assert answer.status_code == 413
    assert "larger than the 1 MB" in answer.text
    assert 'action="/new/file"' in answer.text


def test_the_address_of_a_refused_form_leads_to_its_page_when_it_is_loaded(manager):
    assert manager.get("/new/wave?lang=zh").location == "/new?lang=zh"
    assert manager.get("/campaigns/spring/root").location == "/campaigns/spring"
    assert manager.get("/logout").status_code == 405
