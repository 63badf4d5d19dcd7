"""What was typed when a session had ended comes back after signing in, to its own account alone."""

import io
import re
import time
from html import unescape
from types import SimpleNamespace

import pytest

from survey_app.accounts import add_account
from survey_app.accounts.guard import IDLE_SECONDS
from survey_app.accounts.staff import reset_totp
from survey_app.crypto.totp import STEP_SECONDS, code_at
from survey_app.identity.store.models import Staff
from tests.accounts.test_sign_in import enrol, secret_on
from tests.sites import NAME, PASSWORD, csrf_token, quick_hash, serving, sign_in

FIELDS = {"title_zh": "未保存的标题", "campaign": "spring"}
SENTENCE = "You were signed out meanwhile, so this was not saved."


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is moved."""
    moment = SimpleNamespace(now=time.time())
    for module in ("sign_in", "guard"):
        fake = SimpleNamespace(time=lambda: moment.now)
        monkeypatch.setattr(f"survey_app.accounts.{module}.time", fake)
    return moment


@pytest.fixture
def site(tmp_path):
    with serving("manage", tmp_path) as site, quick_hash():
        with site.extensions["store"].begin() as session:
            add_account(session, Staff, "another", PASSWORD)
        yield site


@pytest.fixture
def client(site, clock):
    client = site.test_client()
    sign_in(client)
    client.get("/?lang=en")
    return client


def send(client, token, **fields):
    return client.post("/new", data={"csrf_token": token, **FIELDS, **fields})


def send_too_late(client, clock, token):
    """Send a form after the session has ended; give the page that asks to sign in."""
    clock.now += 2 * IDLE_SECONDS
    answer = send(client, token)
    clock.now -= 2 * IDLE_SECONDS
    return answer


def kept_form(page):
    field = re.search(r'name="kept" value="([^"]+)"', page)
    assert field
    return unescape(field[1])


def sign_in_on(client, page, name=NAME, code="", **fields):
    """Fill in the page that asks to sign in."""
    entries = {
        "csrf_token": csrf_token(page),
        "kept": kept_form(page),
        "username": name,
        "password": PASSWORD,
        "code": code,
    }
    return post(client, "/login", entries | fields)


def post(client, path, entries):
    """Send a form as a browser does: again, to another address, where it is told to."""
    answer = client.post(path, data=entries)
    if answer.status_code == 307:
        return client.post(answer.location, data=entries)
    return client.get(answer.location) if answer.status_code == 302 else answer


def assert_comes_back(page):
    assert SENTENCE in page
    assert 'value="未保存的标题"' in page
    assert 'action="/new"' in page


def test_a_form_sent_after_the_session_ended_comes_back_and_is_then_taken(client, clock):
    token = csrf_token(client.get("/new").text)

    page = send_too_late(client, clock, token)
    assert page.status_code == 401
    assert "未保存的标题" not in page.text
    back = sign_in_on(client, page.text)

    assert_comes_back(back.text)
    assert client.get("/campaigns/spring").status_code == 404
    assert send(client, csrf_token(back.text)).location == "/campaigns/spring"


def test_it_comes_back_where_the_cookie_is_gone(client):
    token = csrf_token(client.get("/new").text)
    client.delete_cookie("survey_manage")

    page = send(client, token).text
    client.get("/login?lang=en")

    assert_comes_back(sign_in_on(client, send(client, token).text).text)
    assert "未保存的标题" not in page


def test_it_comes_back_after_a_wrong_password(client, clock):
    token = csrf_token(client.get("/new").text)

    answer = sign_in_on(client, send_too_late(client, clock, token).text, password="wrong")

    assert_comes_back(sign_in_on(client, answer.text).text)


def test_it_comes_back_where_the_page_to_sign_in_on_had_become_stale_too(client, clock):
    token = csrf_token(client.get("/new").text)
    page = send_too_late(client, clock, token).text

    stale = sign_in_on(client, page, csrf_token="stale")

    assert stale.status_code == 401
    assert_comes_back(sign_in_on(client, stale.text).text)


def test_a_page_of_an_earlier_session_is_answered_with_all_that_was_typed(client):
    token = csrf_token(client.get("/new").text)
    client.delete_cookie("survey_manage")
    sign_in(client)
    client.get("/?lang=en")

    assert_comes_back(send(client, token).text)


def test_another_account_gets_nothing_of_it(client, clock):
    token = csrf_token(client.get("/new").text)

    page = sign_in_on(client, send_too_late(client, clock, token).text, "another")

    assert page.status_code == 200
    assert "未保存的标题" not in page.text
    assert "未保存的标题" not in send(client, token).text


def test_what_no_page_of_an_account_sent_is_kept_and_shown_nowhere(client, clock):
    answer = send(client, "forged")
    assert answer.status_code == 400
    assert "未保存的标题" not in answer.text

    assert send_too_late(client, clock, "forged").location == "/login?next=/&ended=1"


def test_a_file_is_to_be_chosen_again(client):
    token = csrf_token(client.get("/new").text)
    file = {"csrf_token": token, "file": (io.BytesIO(b"campaign: x"), "x.yaml")}
    client.delete_cookie("survey_manage")

    page = client.post("/new/file", data=file).text

    assert "请重新选择文件" in sign_in_on(client, page).text


def test_it_comes_back_after_a_new_authenticator_is_set_up(tmp_path, clock):
    with serving("manage", tmp_path, totp=True) as site:
        client = site.test_client()
        enrol(client, clock)
        client.get("/?lang=en")
        token = csrf_token(client.get("/new").text)
        with site.extensions["store"].begin() as session:
            reset_totp(session, Staff, NAME)

        enrolling = sign_in_on(client, send(client, token).text).text
        secret = secret_on(enrolling)
        clock.now += 2 * STEP_SECONDS
        entries = {"csrf_token": csrf_token(enrolling), "kept": kept_form(enrolling)}
        wrong = client.post("/second-factor", data=entries | {"code": "1"})
        assert kept_form(wrong.text) == entries["kept"]
        entries["code"] = code_at(secret, clock.now)

        assert_comes_back(post(client, "/second-factor", entries).text)
