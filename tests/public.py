"""A survey under way, and what strangers may post to its public sites."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import urllib3

from survey_app.crypto import blind_rsa
from survey_app.crypto.credentials import credential_message
from survey_app.crypto.encoding import from_text, to_text
from survey_app.respondent.http import Wire
from survey_app.respondent.protocol import (
    Credential,
    PublishedCampaign,
    SignedBallot,
    find_campaigns,
    obtain_credential,
    seal_ballot,
)
from tests.installation import Codes, Installation

CHINESE = re.compile("[\u4e00-\u9fff]")
Reply = urllib3.BaseHTTPResponse


@dataclass
class Survey:
    """A campaign whose codes are drawn one by one by the tests that need one."""

    installation: Installation
    name: str
    codes: Codes

    @property
    def wire(self) -> Wire:
        return Wire(5, 4, "en")

    @property
    def campaign(self) -> PublishedCampaign:
        return find_campaigns(self.wire, self.installation.base, self.name)[0]

    def code(self, stratum: str = "north") -> str:
        """An unused code."""
        return self.codes[stratum].pop()

    def key(self, stratum: str = "north") -> bytes:
        its_stratum = self.campaign.manifest.stratum(stratum)
        assert its_stratum is not None
        return its_stratum.key

    def credential(self, stratum: str = "north") -> Credential:
        """A good credential, for a code of its own."""
        its_stratum = self.campaign.manifest.stratum(stratum)
        assert its_stratum is not None
        return obtain_credential(self.wire, self.campaign, its_stratum, self.code(stratum))

    def credential_naming(self, campaign: str, stratum: str, by: str = "north") -> Credential:
        """A signature by one stratum's key over a message that names what it likes."""
        edition = self.campaign.manifest.edition
        content = credential_message(edition, campaign, stratum, bytes(32))
        state = blind_rsa.blind(self.key(by), blind_rsa.prepare(content))
        body = {"code": self.code(by), "stratum": by, "blinded": to_text(state.blinded)}
        reply = self.post("issue", "credentials", body)
        signature = blind_rsa.finalize(self.key(by), state, from_text(reply.json()["signature"]))
        return Credential(state.message, signature)

    def ballot(
        self, credential: Credential, stratum: str = "north", answers: bytes | None = None
    ) -> SignedBallot:
        """A ballot of this campaign, all answers no unless others are given."""
        manifest = self.campaign.manifest
        its_stratum = manifest.stratum(stratum)
        assert its_stratum is not None
        sheet = bytes(len(manifest.questions(its_stratum).codes)) if answers is None else answers
        return seal_ballot(manifest, its_stratum, credential, sheet)

    def post(
        self,
        site: str,
        action: str,
        body: Mapping[str, object] | bytes,
        *,
        language: str | None = "en",
        kind: str = "application/json",
    ) -> Reply:
        """Post anything at all to one of the public sites."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        # A connection each: a server may drop one whose body it refused to read.
        headers = {"Content-Type": kind, "Connection": "close"}
        if language:
            headers["Accept-Language"] = language
        address = f"{self.installation.base}/{site}/{self.name}/{action}"
        return urllib3.request("POST", address, body=content, headers=headers, retries=False)

    def get(self, site: str, document: str) -> Reply:
        """Read what a public site publishes of the survey."""
        address = f"{self.installation.base}/{site}/{self.name}/{document}"
        return urllib3.request("GET", address, retries=False)

    def cast(self, ballot: SignedBallot) -> Reply:
        return self.post("respond", "ballots", ballot.fields)

    def check_refused(
        self,
        site: str,
        action: str,
        body: Mapping[str, object] | bytes,
        expected: tuple[int, str],
        sentence: str,
        **options: Any,
    ) -> None:
        """See it refused, with one sentence in each language, and nothing written."""
        before = self.installation.stored_rows()
        replies = {
            language: self.post(site, action, body, language=language, **options)
            for language in ("en", "zh-CN", None)
        }

        assert self.installation.stored_rows() == before
        sentences = {}
        for language, reply in replies.items():
            content = reply.json()
            assert content.keys() == {"error", "message"}
            assert (reply.status, content["error"]) == expected, content
            assert "Set-Cookie" not in reply.headers
            sentences[language] = content["message"]
        assert sentence in sentences["en"]
        assert not CHINESE.search(sentences["en"])
        assert CHINESE.search(sentences["zh-CN"])
        assert sentences[None] == sentences["zh-CN"]
