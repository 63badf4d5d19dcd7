"""What another site can make a browser of the staff do, and what a planted cookie is worth."""

import pytest

from survey_app.accounts import add_account
from tests.sites import NAME, PASSWORD, STAFF, csrf_token, quick_hash, serving, sign_in

OTHER = "other"
REFUSED = {400, 401, 403}
"""The page to sign in on is shown again, and some acts are another role's: nothing is taken."""
FOREIGN = {"Origin": "https://evil.example", "Referer": "https://evil.example/"}
PLACES = {"number": 1, "kind": "business"}


@pytest.fixture(scope="module", params=STAFF)
def site(request, tmp_path_factory):
    with serving(request.param, tmp_path_factory.mktemp("forging")) as site:
        with quick_hash(), site.extensions["store"].begin() as session:
            add_account(session, STAFF[request.param], OTHER, PASSWORD)
        yield site


def posting(site):
    """Every route that takes a POST, built with values that name nothing."""
    places = site.url_map.bind("localhost")
    return [
        places.build(
            rule.endpoint, {name: PLACES.get(name, "x") for name in rule.arguments}, "POST"
        )
        for rule in site.url_map.iter_rules()
        if "POST" in rule.methods
    ]


def cookie(client, site):
    return client.get_cookie(site.config["SESSION_COOKIE_NAME"])


@pytest.mark.parametrize("forged", ["", "x", "another session's"])
def test_no_route_takes_a_post_without_the_session_s_own_token(site, forged):
    victim, attacker = site.test_client(), site.test_client()
    assert sign_in(victim).location == "/"
    assert sign_in(attacker, OTHER).location == "/"
    token = csrf_token(attacker.get("/").text) if forged == "another session's" else forged

    routes = posting(site)
    assert len(routes) >= 8
    for place in routes:
        for how in ({"data": {"csrf_token": token}}, {"headers": {"X-CSRFToken": token}}):
            headers = FOREIGN | how.get("headers", {})
            answer = victim.post(place, data=how.get("data"), headers=headers)
            assert answer.status_code in REFUSED, place
    assert victim.get("/").status_code == 200


def test_a_cookie_from_before_the_sign_in_is_worth_nothing_after_it(site):
    """Fixation: a session planted in a browser is worth nothing after the sign-in."""
    attacker, victim = site.test_client(), site.test_client()
    attacker.get("/login")
    planted = cookie(attacker, site)
    assert planted
    victim.set_cookie(planted.key, planted.value, path=planted.path)

    assert sign_in(victim).location == "/"

    assert cookie(victim, site).value != planted.value
    assert attacker.get("/").status_code == 302
    assert victim.get("/").status_code == 200


def test_a_cookie_of_a_session_that_was_ended_is_worth_nothing(site):
    client, thief = site.test_client(), site.test_client()
    sign_in(client)
    stolen = cookie(client, site)
    thief.set_cookie(stolen.key, stolen.value, path=stolen.path)
    assert thief.get("/").status_code == 200

    client.post("/logout", data={"csrf_token": csrf_token(client.get("/").text)})

    assert client.get("/").status_code == 302
    assert thief.get("/").status_code == 302


def test_every_sign_in_is_a_session_of_its_own(site):
    first, second = site.test_client(), site.test_client()
    sign_in(first, NAME, PASSWORD)
    sign_in(second, NAME, PASSWORD)

    assert cookie(first, site).value != cookie(second, site).value


def test_a_link_from_elsewhere_signs_no_one_out(site):
    client = site.test_client()
    sign_in(client)

    assert client.get("/logout", headers=FOREIGN).status_code != 302
    assert client.get("/").status_code == 200
