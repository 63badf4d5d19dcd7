"""What happens at the same moment at sign-in and in the log, on both engines."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from survey_app.accounts import Actor, acting_as, audit
from survey_app.accounts.lockout import FREE
from survey_app.accounts.staff import give_role
from survey_app.crypto.totp import code_at
from survey_app.errors import CodeWrongError, LockedOutError, SignInRefusedError, SurveyError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.store.models import Audit, Staff
from tests.accounts.test_sign_in import secret_in
from tests.sites import NAME, PASSWORD, design, serving

RIVALS = 12


@pytest.fixture(scope="module")
def site(engine, tmp_path_factory):
    with serving("manage", tmp_path_factory.mktemp(engine), totp=True) as site:
        yield site


@pytest.fixture(scope="module")
def sign_in(site):
    return site.extensions["sign_in"]


def at_once(*calls):
    """Start all calls together, and count what became of them."""
    line = Barrier(len(calls))

    def outcome(call):
        line.wait()
        try:
            call()
        except SurveyError as error:
            return type(error)
        return "done"

    with ThreadPoolExecutor(len(calls)) as pool:
        return Counter(pool.map(outcome, calls))


def test_no_guess_slips_past_the_delay_beside_another(sign_in):
    guesses = [lambda: sign_in.enter("stranger", "a guess", "")] * RIVALS

    assert at_once(*guesses) == {SignInRefusedError: FREE + 1, LockedOutError: RIVALS - FREE - 1}


def test_of_two_authenticators_at_once_one_is_set_up_and_its_code_is_good_once(sign_in):
    account = sign_in.account(NAME)
    secrets = [sign_in.new_secret(account) for _ in range(2)]
    now = time.time()
    codes = [
        code_at(secret_in(sign_in.shown(account, secret, "survey").text), now) for secret in secrets
    ]
    enrolments = [
        lambda secret=secret, code=code: sign_in.enrol(account, secret, code)
        for secret, code in zip(secrets, codes, strict=True)
    ]
    assert at_once(*enrolments) == {"done": 1, CodeWrongError: 1}

    replays = [lambda code=code: sign_in.enter(NAME, PASSWORD, code) for code in codes]
    assert at_once(*replays) == {SignInRefusedError: 2}


def test_whatever_is_done_at_once_is_chained(sign_in):
    store = sign_in.database
    with store.begin() as session:
        service.create(session, design())

    def confirm(name):
        with acting_as(Actor(name)), store.begin() as session:
            service.confirm(session, "spring")

    def change_role(role):
        with store.begin() as session:
            give_role(session, Staff, NAME, role)

    calls = [lambda name=name: confirm(name) for name in ("first", "first", "second", "third")]
    calls += [lambda role=role: change_role(role) for role in ("auditor", "manager") * 3]
    with store.read() as session:
        before = audit.verify(session, Audit)
    assert at_once(*calls) == {"done": len(calls)}

    with store.read() as session:
        assert audit.verify(session, Audit, before.head).entries == before.entries + len(calls)
