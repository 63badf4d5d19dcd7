"""Signing in with name, password and code; the delay after failures; and how sessions end."""

import re
import time
from base64 import b32decode
from types import SimpleNamespace

import pytest

from survey_app.accounts import add_account
from survey_app.accounts.guard import IDLE_SECONDS, LONGEST_SECONDS
from survey_app.accounts.lockout import FIRST_DELAY, FREE
from survey_app.accounts.staff import reset_totp
from survey_app.crypto.totp import STEP_SECONDS, code_at
from survey_app.identity.store.models import Audit, Staff
from tests.sites import NAME, PASSWORD, csrf_token, serving, sign_in


@pytest.fixture
def clock(monkeypatch):
    """A clock that stands still until it is moved; the login library's own begins the session."""
    moment = SimpleNamespace(now=time.time())
    fake_time = SimpleNamespace(time=lambda: moment.now)
    for module in ("sign_in", "guard"):
        monkeypatch.setattr(f"survey_app.accounts.{module}.time", fake_time)
    return moment


@pytest.fixture
def site(tmp_path):
    with serving("manage", tmp_path, totp=True) as site:
        yield site


def secret_in(text):
    letters = text.replace(" ", "")
    return b32decode(letters + "=" * (-len(letters) % 8))


def secret_on(page):
    return secret_in(re.findall(r"<code class=\"key\">([A-Z2-7 ]+)</code>", page)[0])


def enrol(client, clock):
    """Sign in for the first time, and set an authenticator up."""
    assert sign_in(client).location == "/"
    page = client.get("/second-factor").text
    secret = secret_on(page)
    fields = {"csrf_token": csrf_token(page), "code": code_at(secret, clock.now)}
    assert client.post("/second-factor", data=fields).location == "/"
    return secret


def test_the_first_sign_in_leads_to_the_authenticator_whatever_is_asked_for(site, clock):
    client = site.test_client()
    sign_in(client)

    for page in ("/", "/log"):
        assert client.get(page).location == "/second-factor"
    enrolling = client.get("/second-factor").text
    assert "otpauth://totp/" in enrolling
    assert secret_on(client.get("/second-factor").text) == secret_on(enrolling)


def test_a_wrong_first_code_sets_nothing_up(site, clock):
    client = site.test_client()
    sign_in(client)
    page = client.get("/second-factor").text

    answer = client.post("/second-factor", data={"csrf_token": csrf_token(page), "code": "12345"})

    assert answer.status_code == 400
    assert "这不是验证器当前显示的动态码" in answer.text
    assert client.get("/").location == "/second-factor"


def test_an_authenticator_is_not_replaced_by_the_person_at_the_screen(site, clock):
    client = site.test_client()
    enrol(client, clock)

    assert client.get("/second-factor").location == "/"
    token = csrf_token(client.get("/").text)
    answer = client.post("/second-factor", data={"csrf_token": token, "code": "000000"})
    assert answer.location == "/second-factor"


def test_a_session_of_the_password_alone_ends_when_an_authenticator_is_set_up(site, clock):
    first_client = site.test_client()
    sign_in(first_client)
    page = first_client.get("/second-factor").text
    enrolled = site.test_client()
    enrol(enrolled, clock)

    assert enrolled.get("/").status_code == 200
    assert first_client.get("/").location == "/login?next=/"
    fields = {"csrf_token": csrf_token(page), "code": code_at(secret_on(page), clock.now)}
    assert first_client.post("/second-factor", data=fields).location.startswith("/login")


def test_a_person_who_signed_out_long_ago_signs_in_again(site, clock):
    client = site.test_client()
    clock.now -= IDLE_SECONDS + 1
    secret = enrol(client, clock)
    token = csrf_token(client.get("/").text)
    client.post("/logout", data={"csrf_token": token})
    clock.now += IDLE_SECONDS + 1

    sign_in(client, code=code_at(secret, clock.now))
    assert client.get("/").status_code == 200


def test_the_code_is_needed_and_good_once(site, clock):
    secret = enrol(site.test_client(), clock)
    code = code_at(secret, clock.now)

    assert "这个动态码已经用过" in sign_in(site.test_client(), code=code).text
    assert sign_in(site.test_client()).status_code == 200
    clock.now += 2 * STEP_SECONDS
    fresh = code_at(secret, clock.now)
    assert sign_in(site.test_client(), code=f"{fresh[:3]} {fresh[3:]}").location == "/"
    assert sign_in(site.test_client(), code=fresh).status_code == 200


def test_what_is_wrong_of_the_three_is_not_told(site, clock):
    secret = enrol(site.test_client(), clock)
    clock.now += 2 * STEP_SECONDS
    code = code_at(secret, clock.now)

    sentences = {
        re.findall(r'role="alert">([^<]*)<', sign_in(site.test_client(), *entries).text)[0]
        for entries in (
            (NAME, "wrong password", code),
            (NAME, PASSWORD, "000000"),
            ("nobody", PASSWORD, code),
            (NAME, "", ""),
        )
    }

    assert sentences == {"用户名、密码或动态码不正确。"}


def test_a_reset_lets_another_authenticator_be_set_up_and_ends_sessions(site, clock):
    client = site.test_client()
    enrol(client, clock)
    with site.extensions["store"].begin() as session:
        reset_totp(session, Staff, NAME)

    assert client.get("/").location.startswith("/login")
    sign_in(client)
    assert client.get("/").location == "/second-factor"


def test_the_secret_does_not_stand_in_the_store(site, clock, tmp_path):
    secret = enrol(site.test_client(), clock)

    files = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert secret not in files
    assert PASSWORD.encode() not in files


def test_failures_bring_a_growing_delay_to_known_and_unknown_names_alike(site, clock):
    for name in (NAME, "nobody"):
        for _ in range(FREE + 1):
            assert "不正确" in sign_in(site.test_client(), name, "wrong password").text
        delayed = sign_in(site.test_client(), name, "wrong password").text
        assert "失败次数过多，请 1 分钟后再试" in delayed
    assert "失败次数过多" in sign_in(site.test_client()).text

    clock.now += FIRST_DELAY + 1
    assert sign_in(site.test_client()).location == "/"
    with site.extensions["store"].read() as session:
        logged = [entry.action for entry in session.query(Audit)]
    assert logged.count("locked out") == 1


def test_a_new_password_lifts_the_delay_only_by_the_command(site, clock):
    for _ in range(FREE + 1):
        sign_in(site.test_client(), NAME, "wrong password")
    with site.extensions["store"].begin() as session:
        add_account(session, Staff, NAME, "another good password")

    assert "失败次数过多" in sign_in(site.test_client(), NAME, "another good password").text


@pytest.mark.parametrize("step", [IDLE_SECONDS + 1, IDLE_SECONDS - 1])
def test_a_session_ends_when_idle_and_when_it_grew_old(site, clock, step):
    client = site.test_client()
    enrol(client, clock)
    with client.session_transaction() as session:
        clock.now = session["fs_paa"]  # the moment at which the login library began it

    lasted = 0.0
    while not client.get("/").location:
        clock.now += step
        lasted += step
        assert lasted < 2 * LONGEST_SECONDS

    if step > IDLE_SECONDS:
        assert lasted == step
    else:
        assert LONGEST_SECONDS - step <= lasted <= LONGEST_SECONDS + step
    page = client.get("/login?ended=1").text
    assert "会话即结束" in page


def test_without_a_second_factor_only_this_computer_is_let_in(tmp_path):
    with serving("manage", tmp_path) as site:
        sign_in(client := site.test_client())

        assert client.get("/").status_code == 200
        assert client.get("/", base_url="http://survey.example").status_code == 400
        for name in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via"):
            assert client.get("/login", headers={name: "https"}).status_code == 400
