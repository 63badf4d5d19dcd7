"""A second manager's confirmation, where the setting asks for one."""

import secrets
import threading

import pytest

from survey_app.accounts import Actor, acting_as
from survey_app.errors import StateError, SurveyError, UnconfirmedError
from survey_app.identity.manage.campaigns import service
from survey_app.identity.store.models import Campaign
from tests.manifests import ISSUER
from tests.sites import design, serving

PLAN = design()


@pytest.fixture(scope="module")
def keys():
    return list(service.make_keys(PLAN, secrets.token_bytes(32)))


@pytest.fixture
def store(tmp_path):
    with serving("manage", tmp_path) as site:
        store = site.extensions["store"]
        with acting_as(Actor("first")), store.begin() as session:
            service.create(session, PLAN)
        yield store


def confirm(store, name):
    with acting_as(Actor(name)), store.begin() as session:
        service.confirm(session, "spring")


def fix_as(store, name, keys):
    with acting_as(Actor(name)), store.begin() as session:
        return service.fix(session, "spring", keys, ISSUER, two_managers=True)


def test_no_manager_fixes_a_design_alone(store, keys):
    with pytest.raises(UnconfirmedError):
        fix_as(store, "first", keys)
    confirm(store, "first")
    with pytest.raises(UnconfirmedError):
        fix_as(store, "first", keys)


def test_a_second_manager_confirms_and_the_first_fixes(store, keys):
    confirm(store, "second")
    confirm(store, "second")

    assert fix_as(store, "first", keys).campaign == "spring"


def test_a_confirmation_is_of_the_design_as_it_stood(store, keys):
    confirm(store, "second")
    with store.begin() as session:
        new_design = PLAN.model_copy(update={"window": PLAN.reference_period})
        session.get_one(Campaign, "spring").design = new_design.canonical()

    with pytest.raises(UnconfirmedError):
        fix_as(store, "first", keys)


def test_a_fixed_design_cannot_be_confirmed(store, keys):
    confirm(store, "second")
    fix_as(store, "first", keys)

    with pytest.raises(StateError):
        confirm(store, "third")


def test_of_two_who_fix_a_design_at_once_one_does(store, keys):
    confirm(store, "first")
    confirm(store, "second")
    outcomes = []

    def attempt(name):
        try:
            outcomes.append(fix_as(store, name, keys).campaign)
        except SurveyError as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=attempt, args=(name,)) for name in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes.count("spring") == 1
    assert outcomes.count(StateError) == 1
