"""Accounts that are made and changed by another person, and what one person alone cannot do."""

import re
import threading

import pytest
from sqlalchemy import select

from survey_app.accounts import Actor, acting_as, add_account, keeping
from survey_app.accounts.actor import COMMAND
from survey_app.accounts.two_persons import are_two
from survey_app.errors import SurveyError
from survey_app.identity.store.models import Audit, Staff
from tests.sites import PASSWORD, csrf_token, quick_hash, serving, sign_in

NEW = "a new password of its own"
FIRST, SECOND, THIRD = "first", "second", "third"


@pytest.fixture
def site(tmp_path):
    with serving("manage", tmp_path) as site:
        with quick_hash(), site.extensions["store"].begin() as session:
            add_account(session, Staff, FIRST, PASSWORD)
            add_account(session, Staff, SECOND, PASSWORD)
        yield site


@pytest.fixture
def store(site):
    return site.extensions["store"]


def client_of(site, name, password=PASSWORD):
    client = in_english(site)
    assert sign_in(client, name, password).status_code == 302
    return client


def in_english(site):
    client = site.test_client()
    client.get("/login?lang=en")
    return client


def send(client, page, **fields):
    token = csrf_token(client.get("/password").text)
    return client.post(page, data={"csrf_token": token, **fields})


def one_time_on(page):
    return re.findall(r'id="one-time">([^<]+)<', page.text)[0]


def make_by(site, name, new_name, role="manager"):
    return one_time_on(send(client_of(site, name), "/accounts", name=new_name, role=role))


def account(store, name):
    with store.read() as session:
        return session.get(Staff, name)


def act_as(store, name, action, *arguments, **options):
    with acting_as(Actor(name)), store.begin() as session:
        return action(session, Staff, *arguments, **options)


def two(store, first, second):
    with store.read() as session:
        return are_two(session, Staff, first, second)


def test_a_new_account_chooses_its_own_password_before_anything_else(site):
    password = make_by(site, FIRST, THIRD)
    client = client_of(site, THIRD, password)

    for page in ("/", "/log", "/accounts"):
        assert client.get(page).location == "/password"
    assert send(client, "/password", new_password=NEW, repetition="other").status_code == 400
    assert send(client, "/password", new_password=password, repetition=password).status_code == 400
    assert send(client, "/password", new_password=NEW, repetition=NEW).location == "/"
    assert client.get("/").status_code == 200
    assert sign_in(site.test_client(), THIRD, password).status_code == 200
    assert sign_in(site.test_client(), THIRD, NEW).status_code == 302


def test_a_password_that_its_person_changes_ends_the_other_sessions(site):
    client, elsewhere = client_of(site, FIRST), client_of(site, FIRST)

    wrong = send(client, "/password", current="wrong", new_password=NEW, repetition=NEW)
    assert "The current password is wrong" in wrong.text
    send(client, "/password", current=PASSWORD, new_password=NEW, repetition=NEW)

    assert client.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302


def test_wrong_current_passwords_are_counted_as_failed_sign_ins(site):
    client = client_of(site, FIRST)
    fields = {"current": "wrong", "new_password": NEW, "repetition": NEW}
    answers = [send(client, "/password", **fields) for _ in range(6)]

    assert "Too many failed attempts" in answers[-1].text
    assert "Too many failed attempts" in sign_in(in_english(site), FIRST).text


def test_nobody_changes_their_own_account_but_for_its_password(site, store):
    client, before = client_of(site, FIRST), account(store, FIRST)

    for act in ("role", "lock", "password", "authenticator", "confirm"):
        answer = send(client, f"/accounts/{act}", name=FIRST, role="auditor")
        assert answer.status_code == 400
        assert "Another person changes your account" in answer.text
    after = account(store, FIRST)
    assert (after.role, after.active, after.password) == (before.role, True, before.password)


def test_what_another_person_does_to_an_account_ends_its_sessions_and_is_logged(site, store):
    client = client_of(site, FIRST)

    for act, entry in (
        ("authenticator", "reset totp"),
        ("role", "role"),
        ("lock", "lock"),
        ("unlock", "unlock"),
        ("password", "password"),
    ):
        session_before = account(store, SECOND).fs_uniquifier
        send(client, f"/accounts/{act}", name=SECOND, role="auditor")
        assert account(store, SECOND).fs_uniquifier != session_before
        with store.read() as session:
            last = session.scalar(select(Audit).order_by(Audit.entry.desc()).limit(1))
        assert (last.account, last.action, last.detail[:6]) == (FIRST, entry, SECOND)


def test_a_locked_account_does_not_sign_in_until_it_is_unlocked(site):
    client, second_client = client_of(site, FIRST), client_of(site, SECOND)

    send(client, "/accounts/lock", name=SECOND)
    assert sign_in(site.test_client(), SECOND).status_code == 200
    send(client, "/accounts/unlock", name=SECOND)

    assert second_client.get("/").status_code == 302
    assert sign_in(site.test_client(), SECOND).status_code == 302


def test_of_two_managers_who_lock_each_other_at_once_one_stays(store):
    for name in ("somebody", THIRD):
        with acting_as(Actor("root", COMMAND)), store.begin() as session:
            if session.get(Staff, name):
                keeping.set_active(session, Staff, name, active=False)
    outcomes = []

    def attempt(name, rival):
        try:
            act_as(store, name, keeping.set_active, rival, active=False)
            outcomes.append(rival)
        except SurveyError:
            outcomes.append(None)

    pairs = [(FIRST, SECOND), (SECOND, FIRST)]
    threads = [threading.Thread(target=attempt, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count(None) == 1
    assert [account(store, name).active for name in (FIRST, SECOND)].count(True) == 1


def test_an_account_that_one_person_made_is_no_second_person_beside_that_one(store):
    act_as(store, FIRST, keeping.make, THIRD, "manager")
    act_as(store, FIRST, keeping.make, "fourth", "manager")

    assert not two(store, FIRST, THIRD)
    assert not two(store, THIRD, "fourth")
    assert two(store, SECOND, THIRD)
    with pytest.raises(SurveyError):
        act_as(store, FIRST, keeping.confirm, THIRD)
    with pytest.raises(SurveyError):
        act_as(store, THIRD, keeping.confirm, "fourth")
    act_as(store, SECOND, keeping.confirm, THIRD)
    assert two(store, FIRST, THIRD)


def test_password_and_authenticator_from_one_person_put_an_account_in_that_hand(store):
    with store.begin() as session:
        session.get(Staff, SECOND).totp = b"secret"

    act_as(store, FIRST, keeping.reset_password, SECOND, second_factor=True)
    assert two(store, FIRST, SECOND)
    act_as(store, FIRST, keeping.reset_authenticator, SECOND)
    assert not two(store, FIRST, SECOND)


def test_the_operator_s_command_confirms_an_account(store):
    act_as(store, FIRST, keeping.make, THIRD, "manager")
    with acting_as(Actor(FIRST, COMMAND)), store.begin() as session:
        keeping.confirm(session, Staff, THIRD)

    assert two(store, FIRST, THIRD)


def test_a_one_time_password_stands_in_no_column_of_the_store(site, store):
    password = make_by(site, FIRST, THIRD)

    with store.read() as session:
        rows = [
            f"{vars(row)}" for table in (Audit, Staff) for row in session.scalars(select(table))
        ]
    assert any(THIRD in row for row in rows)
    assert not any(password in row for row in rows)
