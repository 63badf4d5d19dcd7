"""What a survey manager sees in the browser, and that no one else may."""

import secrets

import pytest

from survey_app.crypto.credentials import code_hash, normalize_code
from survey_app.documents.manifest import PublishedManifest
from survey_app.identity.manage.campaigns import service
from survey_app.identity.manage.invitations import codes
from survey_app.identity.manage.invitations.new_codes import Keys
from survey_app.identity.store.models import Invitation
from tests.manifests import CLOSING_PRIVATE, ISSUER, of_answers
from tests.sites import NAME, csrf_token, design, serving, sign_in

KEY = secrets.token_bytes(32)


@pytest.fixture(scope="module")
def site(engine, tmp_path_factory):
    with serving("manage", tmp_path_factory.mktemp("installation")) as site:
        yield site


@pytest.fixture
def store(site):
    return site.extensions["store"]


@pytest.fixture
def manager(site):
    client = site.test_client()
    sign_in(client)
    return client


def test_a_stranger_is_led_to_the_sign_in_page_and_back(site):
    client = site.test_client()

    answer = client.get("/?from=mail")

    assert answer.status_code == 302
    assert answer.location == "/login?next=/?from%3Dmail"


def test_a_wrong_name_and_a_wrong_password_are_answered_alike(site):
    pages = [
        sign_in(site.test_client(), name, password).text
        for name, password in ((NAME, "wrong password"), ("nobody", "wrong password"))
    ]

    assert all("用户名或密码不正确" in page for page in pages)
    assert "不存在" not in pages[1]


def test_the_session_ends_with_signing_out(manager):
    token = csrf_token(manager.get("/").text)

    manager.post("/logout", data={"csrf_token": token})

    assert manager.get("/").location == "/login?next=/"


def test_signing_out_needs_the_page_s_own_token(manager):
    assert manager.post("/logout").status_code == 400
    assert manager.get("/").status_code == 200


def test_the_session_cookie_is_the_site_s_own(site):
    over_https = site.test_client()
    with over_https.get("/login", base_url="https://localhost/manage") as page:
        cookie = page.headers["Set-Cookie"]

    assert cookie.startswith("survey_manage=")
    assert {"Secure", "HttpOnly", "Path=/manage/", "SameSite=Lax"} <= set(cookie.split("; "))


def test_an_empty_list_says_what_to_do_next(manager):
    page = manager.get("/").text

    assert "还没有调查" in page
    assert "/new" in page


def test_the_language_is_remembered(manager):
    manager.get("/?lang=en")

    assert "There is no campaign yet." in manager.get("/").text
    assert '<html lang="en">' in manager.get("/").text


def test_a_campaign_in_the_field_hides_small_counts_until_the_close(manager, store):
    plan = design("field")
    with store.begin() as session:
        service.create(session, plan)
        manifest = service.fix(
            session, "field", service.make_keys(plan, KEY), ISSUER, two_managers=False
        )
    point = (
        "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
    )
    published = manifest.model_dump(mode="json") | of_answers(point)
    document = PublishedManifest.model_validate(published).canonical()
    with store.begin() as session:
        service.publish(session, "field", document)
        invited = codes.hand_out(
            session, Keys(KEY, KEY), service.published_manifest(session, "field")
        )
        _claim(session, [new.code for new in invited if new.stratum == "north"][:12])
        _claim(session, [new.code for new in invited if new.stratum == "south"][:9])

    page = manager.get("/campaigns/field/fieldwork").text
    during = _row(page, "north"), _row(page, "south")
    with store.begin() as session:
        service.close(session, "field", CLOSING_PRIVATE)
    after = _row(manager.get("/campaigns/field/fieldwork").text, "south")

    assert during == (["100", "30", "≥10", "≥33 %"], ["100", "30", "&lt;10", "–"])
    assert after == ["100", "30", "9", "30 %"]


def test_a_title_is_text_and_nothing_else(manager, store):
    with store.begin() as session:
        service.create(session, design("script", title="<script>alert(1)</script>"))

    assert "&lt;script&gt;alert(1)" in manager.get("/").text


def _claim(session, codes):
    for code in codes:
        invitation = session.get(Invitation, code_hash(KEY, "field", normalize_code(code)))
        invitation.claimed_for = secrets.token_bytes(32)


def _row(page, stratum):
    row = page.split(f"· {stratum}</span>", 1)[1].split("</tr>", 1)[0]
    return [cell.split("</td>")[0].strip() for cell in row.split('class="number">')[1:]][:4]
