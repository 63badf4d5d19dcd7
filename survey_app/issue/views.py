"""The issuer's API: two POSTs of one code each, and the counts after the close."""

from functools import lru_cache
from typing import Annotated

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, StringConstraints

from survey_app.config import SiteSettings
from survey_app.crypto.blind_rsa import blind_sign
from survey_app.crypto.encoding import Base64, to_text
from survey_app.database import Database
from survey_app.issue import service
from survey_app.manifest import Manifest

Typed = Annotated[str, StringConstraints(max_length=100)]


class CodeOnly(BaseModel):
    """A code, to learn its stratum."""

    model_config = ConfigDict(extra="forbid")

    code: Typed


class CredentialRequest(CodeOnly):
    """A code, and what is to be signed for it."""

    blinded: Base64


def blueprint(database: Database, settings: SiteSettings) -> Blueprint:
    """Build the site on its store."""
    site = Blueprint("issue", __name__)
    code_key, master_key = settings.secret("codes"), settings.secret("issuer")

    @lru_cache(maxsize=64)
    def manifest_of(campaign: str) -> Manifest:
        """Read a manifest once for every process."""
        with database.read() as session:
            return service.manifest_of(session, campaign)

    def collecting(campaign: str) -> Manifest:
        manifest = manifest_of(campaign)
        manifest.check_window(settings.today())
        return manifest

    @site.post("/<campaign>/stratum")
    def stratum(campaign: str) -> ResponseReturnValue:
        """Tell the stratum of an unspent code, so that the client knows which key to blind for."""
        asked = CodeOnly.model_validate_json(request.get_data(cache=False))
        manifest = collecting(campaign)
        with database.read() as session:
            found = service.stratum_of(session, code_key, manifest, asked.code)
        return {"stratum": found}

    @site.post("/<campaign>/credentials")
    def credentials(campaign: str) -> ResponseReturnValue:
        """Sign one blinded message for one code. Signing waits for the claim to be durable."""
        asked = CredentialRequest.model_validate_json(request.get_data(cache=False))
        manifest = collecting(campaign)
        with database.begin() as session:
            encrypted = service.claim(session, code_key, manifest, asked.code, asked.blinded)
        key = service.signing_key(master_key, campaign, encrypted)
        return {"signature": to_text(blind_sign(key, asked.blinded))}

    @site.get("/<campaign>/counts.json")
    def counts(campaign: str) -> ResponseReturnValue:
        """Publish how many codes and credentials each stratum had, after the close."""
        with database.read() as session:
            found = service.published_counts(session, campaign)
        strata = [
            {"stratum": stratum, "invited": n.invited, "credentials": n.claimed}
            for stratum, n in sorted(found.items())
        ]
        return {"campaign": campaign, "strata": strata}

    return site
