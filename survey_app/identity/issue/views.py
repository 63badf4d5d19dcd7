"""The issuer's API: two POSTs of one code each, and the counts after the close."""

from datetime import date, timedelta
from functools import lru_cache

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from survey_app.config import SiteSettings
from survey_app.crypto.blind_rsa import blind_sign
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import ClosedError, CodeRefusedError
from survey_app.identity.issue import api, service
from survey_app.storage.database import Database
from survey_app.web.openapi import describe

GRACE = timedelta(hours=1)
"""After the last day: who answered in its last minutes still gets a credential."""


class _LastDays:
    """The last day of each campaign as this process knows it: it only ever becomes later."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_campaign: dict[str, date] = {}

    def of(self, manifest: PublishedManifest, today: date) -> date:
        """Give the last day, asking the store only if today is after the one that is known."""
        last_day = self._by_campaign.get(manifest.campaign, manifest.window.end)
        if last_day < today <= manifest.latest_day:
            with self._database.read() as session:
                last_day = service.last_day(session, manifest)
            self._by_campaign[manifest.campaign] = last_day
        return last_day


def blueprint(database: Database, settings: SiteSettings) -> Blueprint:
    """Build the site on its store."""
    site = Blueprint("issue", __name__)
    last_days = _LastDays(database)
    code_key, master_key = settings.secret("codes"), settings.secret("issuer")

    @lru_cache(maxsize=64)
    def manifest_of(campaign: str) -> PublishedManifest:
        """Read a manifest once for every process."""
        with database.read() as session:
            return service.manifest_of(session, campaign)

    def collecting(campaign: str) -> PublishedManifest:
        manifest, today = manifest_of(campaign), settings.today(GRACE)
        manifest.check_begun(settings.today())  # the grace delays no first day
        if today > last_days.of(manifest, today):
            raise ClosedError
        return manifest

    @site.post("/<campaign>/stratum")
    def stratum(campaign: str) -> ResponseReturnValue:
        """Name the stratum of a code that was typed, so that the client knows its key.

        A code that was claimed or withdrawn is answered like any other.
        """
        body = api.CodeOnly.model_validate_json(request.get_data(cache=False))
        manifest = collecting(campaign)
        with database.read() as session:
            stratum = service.stratum_of(session, code_key, manifest, body.code)
        return api.CodeStratum(stratum=stratum).model_dump()

    @site.post("/<campaign>/credentials")
    def credentials(campaign: str) -> ResponseReturnValue:
        """Sign one blinded message for one code. Signing waits for the claim to be durable."""
        body = api.CredentialRequest.model_validate_json(request.get_data(cache=False))
        manifest = collecting(campaign)
        try:
            with database.begin() as session:
                encrypted = service.claim(session, code_key, manifest, body)
        except CodeRefusedError:
            with database.begin() as session:
                service.count_refusal(session, campaign)
            raise
        key = service.signing_key(master_key, campaign, encrypted)
        return api.BlindSignature(signature=blind_sign(key, body.blinded)).model_dump(mode="json")

    @site.get("/<campaign>/counts.json")
    def counts(campaign: str) -> ResponseReturnValue:
        """Publish how many codes and credentials each stratum had, signed, after the close."""
        with database.read() as session:
            published = service.published_counts(session, campaign)
        return published.model_dump(mode="json", exclude_none=True)

    @site.post("/<campaign>/used")
    def used(campaign: str) -> ResponseReturnValue:
        """Tell the holder of a code whether it was used, after the close."""
        body = api.CodeOnly.model_validate_json(request.get_data(cache=False))
        with database.read() as session:
            state = service.code_state(session, code_key, campaign, body.code)
        return api.CodeUse(state=state).model_dump(mode="json")

    @site.get("/openapi.json")
    def openapi() -> ResponseReturnValue:
        """Describe this site for other clients."""
        return describe("issuer", request.script_root, api.OPERATIONS)

    return site
