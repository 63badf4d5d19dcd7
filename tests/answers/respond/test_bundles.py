"""What a respondent's page is made of: one file, its script pinned; and no query of the store."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest
from sqlalchemy import event, update

from survey_app.answers.analyse.box import service as box
from survey_app.answers.client.bundles import files
from survey_app.answers.store.models import Script
from survey_app.crypto import sealing
from survey_app.crypto.blind_rsa import SigningKey, generate_key
from survey_app.crypto.encoding import to_text
from survey_app.documents.manifest import FIRST, Manifest
from tests.manifests import ABOUT, RECEIPTS_KEY
from tests.sites import accept, design, serving

ADDRESS = re.compile(r'(?:src|href)="(/files/[0-9a-f]{16}/[a-z.]+)"')
SCRIPT = re.compile('<script type="module">(.*?)</script>', re.DOTALL)
PINNED = [("/spring/", "survey.js"), ("/spring/receipts", "receipts.js")]


@pytest.fixture
def respond(tmp_path):
    with serving("respond", tmp_path) as site:
        accept(site, design())
        yield site


def accept_first_edition(site):
    """Set a campaign of the first edition up, as release 0.1.0 did."""
    plan = design("earlier")
    modulus = SigningKey.from_der(generate_key()).modulus
    strata = [stratum.model_dump() | {"key": modulus} for stratum in plan.strata]
    fields = plan.model_dump(exclude=set(ABOUT)) | {
        "format": FIRST,
        "issuer": "/issue",
        "strata": strata,
    }
    keys = box.BoxKeys(sealing.public_bytes(sealing.generate_opening_key()), RECEIPTS_KEY)
    with site.extensions["store"].begin() as session:
        box.accept(session, Manifest.model_validate(fields).canonical(), keys)


def files_of(page):
    return ADDRESS.findall(page)


def script_of(answer):
    """The script that stands in a page, and is the only one its policy lets run."""
    (script,) = SCRIPT.findall(answer.text)
    digest = sha256(script.encode()).digest()
    policy = answer.headers["Content-Security-Policy"]
    assert f"script-src 'sha256-{b64encode(digest).decode()}';" in policy
    return script


def test_the_page_on_which_people_answer_is_one_file(respond):
    page = respond.test_client().get("/spring/")

    assert files_of(page.text) == []
    text = page.text.partition("<script")[0]
    assert re.findall(r"(?:src|href)=\"?([^\"#>\s]+)", text) == [
        "data:,",
        "receipts",
        "anonymity",
        "receipts",
    ]


@pytest.mark.parametrize(("path", "name"), PINNED)
def test_a_page_runs_the_very_script_that_its_manifest_names(tmp_path, path, name):
    with serving("respond", tmp_path) as site:
        manifest, _ = accept(site, design())
        assert manifest.scripts
        script = script_of(site.test_client().get(path))

    assert manifest.scripts[name] == sha256(script.encode()).digest()


@pytest.mark.parametrize(("path", "name"), PINNED)
def test_a_newer_program_serves_a_campaign_its_own_script(respond, path, name):
    earlier = f"// {name} of an earlier program"
    with respond.extensions["store"].begin() as session:
        session.execute(update(Script).values(content=earlier.encode()).where(Script.file == name))

    assert script_of(respond.test_client().get(path)) == earlier


def test_a_campaign_of_the_first_edition_gets_the_script_of_today(respond):
    accept_first_edition(respond)

    script = script_of(respond.test_client().get("/earlier/"))

    assert script.encode() == files()["survey.js"].content


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


def test_the_page_on_anonymity_prints_the_digests_and_says_who_opens_ballots(respond):
    purpose = {"zh": "改进服务", "en": "Better services"}
    manifest, _ = accept(respond, design("asked", purpose=purpose))
    client = respond.test_client()
    page, earlier = client.get("/asked/anonymity").text, client.get("/spring/anonymity").text

    assert manifest.scripts
    for name, digest in manifest.scripts.items():
        assert f"{name} <code>{to_text(digest)}</code>" in page
    assert "Better services" in page
    assert "Better services" not in earlier
    assert "has no seal keeper" in page
