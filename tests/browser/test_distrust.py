"""The page refuses what it cannot trust, and says what is missing."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Route

from survey_app.crypto import blind_rsa, merkle
from survey_app.crypto.credentials import printed_code
from survey_app.crypto.encoding import from_text, to_text
from survey_app.documents.manifest import root_over
from tests.browser.conftest import Phones
from tests.browser.phone import Phone, address, ballots, link
from tests.conftest import BUSINESS
from tests.installation import Installation
from tests.public import Survey

WITHOUT_CRYPTO = "Object.defineProperty(crypto, 'subtle', {value: undefined})"
WITHOUT_ED25519 = """const importKey = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = async (format, key, name, ...more) => {
  if (name === 'Ed25519') throw new DOMException('', 'NotSupportedError');
  return importKey(format, key, name, ...more);
};"""
WITHOUT_BIGINT = "delete window.BigInt"


def _send(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code()), "welcome")
    phone.press("#begin", "questions")
    phone.press("#check", "review")
    phone.press("#send")


def test_an_issuer_with_a_key_of_its_own_is_refused(phone: Phone, survey: Survey) -> None:
    tagging = blind_rsa.SigningKey.from_der(blind_rsa.generate_key())

    def sign(route: Route) -> None:
        message = int.from_bytes(from_text((route.request.post_data_json or {})["blinded"]))
        blinded = (message % int(tagging.n)).to_bytes(blind_rsa.MODULUS_BYTES)
        signature = to_text(blind_rsa.blind_sign(tagging, blinded))
        route.fulfill(body=json.dumps({"signature": signature}))

    phone.page.route("**/credentials", sign)
    _send(phone, survey)
    phone.page.wait_for_selector("#again:not([hidden])")

    assert "签名或回执不对" in phone.text("#reason")
    assert phone.post_bodies("ballots") == []
    phone.page.unroute("**/credentials")
    phone.press("#again", "received")


def test_a_false_receipt_is_refused_and_the_ballot_kept(phone: Phone, survey: Survey) -> None:
    false = json.dumps({"receipt": "0" * 64})
    phone.page.route("**/ballots", lambda route: route.fulfill(status=201, body=false))
    _send(phone, survey)
    phone.page.wait_for_selector("#again:not([hidden])")

    assert "签名或回执不对" in phone.text("#reason")
    assert phone.stored_entries()[f"survey/{survey.name}"]["sealed"]
    phone.page.unroute("**/ballots")
    phone.press("#again", "received")
    assert phone.receipt() in ballots(survey)


def test_another_manifest_after_a_reload_is_refused(phone: Phone, survey: Survey) -> None:
    phone.open(link(survey, survey.code()), "welcome")

    def alter(route: Route) -> None:
        reply = route.fetch()
        route.fulfill(response=reply, body=reply.text().replace('"medium":0.02', '"medium":0.03'))

    phone.page.route(address(survey), alter)
    phone.page.reload()
    phone.page.wait_for_selector("#again:not([hidden])")

    assert "链接与问卷对不上" in phone.text("#reason")


def _other_leaf(proof: dict[str, Any]) -> None:
    proof["stratum"] = proof["stratum"].replace('"population":', '"population":1')


def _other_place(proof: dict[str, Any]) -> None:
    proof["index"] = 1


def _shorter_path(proof: dict[str, Any]) -> None:
    proof["path"].pop()


def _longer_path(proof: dict[str, Any]) -> None:
    proof["path"].append("A" * 43)


def _other_size(proof: dict[str, Any]) -> None:
    proof["size"] += 1


@pytest.mark.parametrize(
    "change", [_other_leaf, _other_place, _shorter_path, _longer_path, _other_size]
)
def test_a_stratum_that_is_not_in_the_manifest_is_refused(
    phone: Phone, survey: Survey, change: Callable[[dict[str, Any]], None]
) -> None:
    def alter(route: Route) -> None:
        proof = route.fetch().json()
        change(proof)
        route.fulfill(body=json.dumps(proof))

    phone.page.route("**/strata/north.json", alter)
    phone.page.goto(link(survey, survey.code()))
    phone.page.wait_for_selector("#again:not([hidden])")

    assert "链接与问卷对不上" in phone.text("#reason")
    assert [request.method for request in phone.requests if request.method != "GET"] == []


def test_a_group_too_small_to_hide_in_is_not_asked(phone: Phone, survey: Survey) -> None:
    manifest = survey.campaign.manifest
    small = re.sub(r'"population":\d+', '"population":19', manifest.proofs["north"].stratum)
    tree = merkle.root_of([small.encode()])
    root = root_over(manifest.header(), tree, 1)
    code = printed_code(survey.code().replace("-", "")[:16], root)

    def prove(route: Route) -> None:
        proof = route.fetch().json() | {"stratum": small, "index": 0, "size": 1, "path": []}
        route.fulfill(body=json.dumps(proof))

    def alter(route: Route) -> None:
        reply = route.fetch()
        body = reply.text().replace(to_text(manifest.tree_root), to_text(tree))
        route.fulfill(response=reply, body=re.sub(r'data-strata="?\d+"?', "data-strata=1", body))

    phone.page.route(re.compile(f"/{survey.name}/(#.*)?$"), alter)
    phone.page.route("**/strata/north.json", prove)
    phone.page.goto(f"{address(survey)}#{code}.{to_text(root)}.north")
    phone.page.wait_for_selector("#again:not([hidden])")

    assert "受邀的人太少" in phone.text("#reason")
    assert [request.method for request in phone.requests if request.method != "GET"] == []


def test_a_receipt_that_the_box_has_not_signed_is_refused(phone: Phone, survey: Survey) -> None:
    def alter(route: Route) -> None:
        reply = route.fetch()
        signature = reply.json() | {"signature": to_text(bytes(64))}
        route.fulfill(response=reply, body=json.dumps(signature))

    phone.page.route("**/ballots", alter)
    _send(phone, survey)
    phone.page.wait_for_selector("#again:not([hidden])")

    assert "签名或回执不对" in phone.text("#reason")


def test_a_browser_without_ed25519_keeps_the_signature_and_says_so(
    phone: Phone, survey: Survey
) -> None:
    phone.page.add_init_script(WITHOUT_ED25519)
    _send(phone, survey)

    assert phone.receipt() in ballots(survey)
    phone.press("summary")
    assert phone.page.is_visible("#unverified")
    assert len(from_text(phone.signature())) == 64


@pytest.mark.parametrize("lack", [WITHOUT_CRYPTO, WITHOUT_BIGINT])
def test_an_old_browser_is_told_what_to_do(phone: Phone, survey: Survey, lack: str) -> None:
    phone.page.add_init_script(lack)
    phone.page.goto(link(survey, survey.code()))
    phone.page.wait_for_selector(".late", state="visible")

    for advice in ("HTTPS", "JavaScript", "Chrome", "邀请码没有用掉", "your code is not used up"):
        assert advice in phone.text("#reason")
    assert phone.post_bodies("stratum") == []


def test_a_browser_without_scripts_is_told_what_to_do(phones: Phones, survey: Survey) -> None:
    phone = phones(scripts=False)
    phone.page.goto(address(survey))

    phone.page.wait_for_selector(".late", state="visible")


def test_plain_http_on_a_network_is_told_that_https_is_needed(phone: Phone, survey: Survey) -> None:
    network = "http://survey.example"

    def answer(route: Route) -> None:
        url = route.request.url.replace(network, survey.installation.base)
        route.fulfill(response=route.fetch(url=url))

    phone.page.route(f"{network}/**", answer)
    phone.page.goto(link(survey, survey.code()).replace(survey.installation.base, network))
    phone.page.wait_for_selector(".late", state="visible")

    assert not phone.page.evaluate("isSecureContext")
    assert "需要 HTTPS（网址以 https:// 开头）" in phone.text("#reason")


class _TwoOrigins(Installation):
    """An installation whose issuer is reached under another name, so another origin."""

    @property
    def environment(self) -> dict[str, str]:
        issuer = f"http://localhost:{self.port}/issue"
        return super().environment | {
            "SURVEY_ISSUE_URL": issuer,
            "SURVEY_RESPOND_URL": self.respond_url,
        }

    @property
    def respond_url(self) -> str:
        return f"{self.base}/respond"


def test_the_issuer_may_live_on_another_origin(phones: Phones, tmp_path: Path) -> None:
    installation = _TwoOrigins(tmp_path / "installation")
    try:
        survey = Survey(installation, "autumn", installation.campaign("autumn", BUSINESS))
        installation.start()
        phone = phones()
        _send(phone, survey)

        assert [phone.receipt()] == ballots(survey)
        issued = [r.url for r in phone.requests if "/issue/" in r.url and r.method == "POST"]
        assert issued
        assert all(url.startswith(f"http://localhost:{installation.port}/") for url in issued)
        assert phone.faults == []
    finally:
        installation.stop()
