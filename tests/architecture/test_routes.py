"""Every route of every site: who may ask, which headers answer, and what is never set."""

import pytest

from survey_app.config import Settings
from survey_app.sides import SITES
from survey_app.web.application import start_page
from tests.sites import serving, sign_in

STAFF = ("manage", "analyse")
PUBLIC = ("issue", "respond")
OPEN_TO_ALL = {"security.login", "shared.static", "bootstrap.static"}
PLACES = {
    **dict.fromkeys(("campaign", "stratum", "digest", "filename", "name", "job"), "nothing"),
    "number": 1,
    "ending": "xlsx",
    "kind": "business",
}
POLICY = {
    "public": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "staff": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}


@pytest.fixture(scope="module")
def sites(tmp_path_factory):
    folder = tmp_path_factory.mktemp("installation")
    with (
        serving("issue", folder) as issue,
        serving("manage", folder) as manage,
        serving("respond", folder) as respond,
        serving("analyse", folder) as analyse,
    ):
        yield {"issue": issue, "manage": manage, "respond": respond, "analyse": analyse}


def answers(site, client=None):
    """Ask every route by every method it takes, and for a route that is none."""
    client = client or site.test_client()
    requests = [
        (rule.endpoint, method, adapter.build(rule.endpoint, values, method))
        for adapter in [site.url_map.bind("localhost")]
        for rule in site.url_map.iter_rules()
        for method in sorted(rule.methods)
        for values in [{name: PLACES[name] for name in rule.arguments}]
    ]
    for endpoint, method, path in [*requests, (None, "GET", "/no/such/page")]:
        with client.open(path, method=method) as answer:
            yield endpoint, method, answer


@pytest.mark.parametrize("name", STAFF)
def test_no_staff_route_answers_a_stranger(sites, name):
    closed_to_strangers = [
        request for request in answers(sites[name]) if request[0] not in OPEN_TO_ALL
    ]

    assert closed_to_strangers
    for endpoint, method, answer in closed_to_strangers:
        assert answer.status_code in {302, 400, 401}, endpoint
        if answer.status_code == 302:
            assert answer.location.startswith("/login?next=/")
        elif answer.status_code == 401:
            assert str(endpoint).startswith("analyse.api."), endpoint
        else:  # a form without its token is refused before its sender is looked at
            assert method == "POST", endpoint


@pytest.mark.parametrize("name", STAFF)
def test_no_page_is_open_by_the_way_it_is_asked_for(sites, name):
    client = sites[name].test_client()

    for headers in ({"Accept": "application/json"}, {"Authentication-Token": "x"}):
        assert client.get("/", headers=headers).status_code == 302


@pytest.mark.parametrize("name", SITES)
def test_every_answer_carries_the_protecting_headers(sites, name):
    kind = "staff" if name in STAFF else "public"
    resource = "cross-origin" if name == "issue" else "same-origin"
    for endpoint, method, answer in answers(sites[name]):
        request = f"{method} {endpoint}"
        assert answer.headers["Content-Security-Policy"] == POLICY[kind], request
        assert answer.headers["Referrer-Policy"] == "no-referrer", request
        assert answer.headers["X-Content-Type-Options"] == "nosniff", request
        assert answer.headers["X-Frame-Options"] == "DENY", request
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin", request
        assert answer.headers["Cross-Origin-Resource-Policy"] == resource, request
        assert "camera=()" in answer.headers["Permissions-Policy"], request
        assert answer.headers["Cache-Control"] == "no-store", request


@pytest.mark.parametrize("name", SITES)
def test_https_is_kept_once_it_was_used(sites, name):
    client = sites[name].test_client()

    over_https = client.get("/", base_url="https://localhost")
    over_http = client.get("/")

    assert over_https.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "Strict-Transport-Security" not in over_http.headers


@pytest.mark.parametrize("name", PUBLIC)
def test_nothing_on_a_public_site_marks_a_visitor(sites, name):
    for endpoint, method, answer in answers(sites[name]):
        for header in ("Set-Cookie", "ETag", "Last-Modified"):
            assert header not in answer.headers, f"{method} {endpoint}"


def test_only_the_issuer_answers_another_origin_and_only_the_respondents(sites):
    for name, site in sites.items():
        for _, _, answer in answers(site):
            origin = answer.headers.get("Access-Control-Allow-Origin")
            assert origin == ("http://127.0.0.1:8000" if name == "issue" else None)
            assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_shared_file_is_cached_for_good_under_its_digest_only(sites):
    client = sites["manage"].test_client()
    address = next(
        part for part in client.get("/login").text.split('"') if part.startswith("/shared/")
    )

    for path, expected in (
        (address, "public, max-age=31536000, immutable"),
        (address[:-1], "no-store"),
        (address.split("?")[0], "no-store"),
    ):
        with client.get(path) as answer:
            assert answer.status_code == 200
            assert answer.headers["Cache-Control"] == expected


def test_staff_sign_in_on_their_own_side_only(sites):
    cookies = {}
    for name in STAFF:
        client = sites[name].test_client()
        cookies[name] = sign_in(client).headers["Set-Cookie"].split(";")[0]
        assert client.get("/").status_code == 200

    for name, far_side in (STAFF, STAFF[::-1]):
        cookie = cookies[name].replace(f"survey_{name}", f"survey_{far_side}")
        assert sites[far_side].test_client().get("/", headers={"Cookie": cookie}).status_code == 302


def test_the_start_page_leads_to_what_is_mounted(tmp_path):
    for sites, present, absent in (
        ("issue,manage,respond,analyse", ("respond/", "manage/", "analyse/"), ()),
        ("issue,manage", ("manage/",), ("respond/", "analyse/")),
        ("issue", (), ("respond/", "manage/", "analyse/")),
    ):
        names = Settings(instance=tmp_path, sites=sites).site_names
        page = _start(start_page({f"/{name}": _nothing for name in names}))
        assert all(f'href="{place}"' in page for place in present)
        assert not any(f'href="{place}"' in page for place in absent)


def _nothing(environ, start_response):
    raise AssertionError


def _start(application):
    return application.app.test_client().get("/", headers={"Accept-Language": "en"}).text
