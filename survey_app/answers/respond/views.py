"""The respondents' pages and the ballot box's API."""

import re
from datetime import date
from functools import lru_cache
from http import HTTPStatus
from time import monotonic
from urllib.parse import urlsplit

from babel.dates import format_date
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Blueprint, Response, abort, g, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from survey_app.answers.client.bundles import File, files
from survey_app.answers.respond import api, service
from survey_app.answers.store import queries
from survey_app.config import SiteSettings
from survey_app.crypto import signatures
from survey_app.crypto.credentials import check_code
from survey_app.crypto.encoding import to_text
from survey_app.crypto.receipts import signed_content
from survey_app.crypto.signatures import RECEIPTS
from survey_app.documents.design import Names
from survey_app.documents.manifest import PublishedManifest
from survey_app.errors import SurveyError
from survey_app.language import CHINESE, ENGLISH, in_words
from survey_app.storage.database import UNAVAILABLE, Database
from survey_app.web.openapi import describe
from survey_app.web.refusals import wants_page

_CHANGED_MARK = re.compile("#|%(?:25)*23")
"""The # of a link as mail programs change it, in a path that was decoded once or in a query."""


_QUOTES = re.compile(r'="([\w.#:-]+)"')
"""Values of attributes that stand as well without quotes, on a page that counts its bytes."""
_FRESH = 1.0
"""Seconds for which a process knows whether a box takes ballots, and until which day."""


class _Campaigns:
    """What never changes after a manifest was accepted: read once for every process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._standings: dict[str, tuple[float, service.Standing]] = {}
        self.manifest = lru_cache(maxsize=64)(self._manifest)
        self.script = lru_cache(maxsize=128)(self._script)
        self.page = lru_cache(maxsize=64)(self._page)

    def _manifest(self, campaign: str) -> PublishedManifest:
        with self._database.read() as session:
            return service.published(session, campaign)

    def _script(self, campaign: str, name: str) -> File:
        with self._database.read() as session:
            return service.script(session, campaign, name)

    def standing(self, campaign: str) -> service.Standing:
        """Give what may change of a campaign, as it was a second ago at most."""
        now = monotonic()
        since, standing = self._standings.get(campaign, (0.0, None))
        if standing is None or now - since > _FRESH:
            manifest = self.manifest(campaign)
            with self._database.read() as session:
                standing = service.standing(session, manifest)
            self._standings[campaign] = now, standing
        return standing

    def _page(self, campaign: str, phase: str, last_day: date) -> str:
        """Render a campaign's page: it is the same for everybody."""
        manifest = self.manifest(campaign)
        page = render_template(
            "respond/survey.html",
            manifest=manifest,
            tree=to_text(manifest.tree_root),
            phase=phase,
            last=last_day,
            style=_as_it_is(files()["survey.css"].content),
            script=_as_it_is(self.script(campaign, "survey.js").content),
        )
        text, mark, scripts = page.partition("<script")
        return _QUOTES.sub(r"=\1", text) + mark + scripts


def blueprint(database: Database, settings: SiteSettings) -> Blueprint:
    """Build the site on its store."""
    site = Blueprint("respond", __name__, template_folder="templates")
    campaigns = _Campaigns(database)

    @site.get("/")
    def index() -> ResponseReturnValue:
        """Lead a person who has a code, a link or a receipt alone to the survey's pages."""
        with database.read() as session:
            surveys = service.listed(session, settings.today())
        return render_template("respond/index.html", surveys=surveys)

    @site.get("/campaigns.json")
    def list_campaigns() -> ResponseReturnValue:
        """List the surveys that are open."""
        with database.read() as session:
            manifests = service.collecting(session, settings.today())
        entries = [
            api.OpenCampaign(campaign=manifest.campaign, title=manifest.heading)
            for manifest in manifests
        ]
        return api.OpenCampaigns(campaigns=entries).model_dump()

    @site.get("/openapi.json")
    def openapi() -> ResponseReturnValue:
        """Describe this site for other clients."""
        return describe("ballot box", request.script_root, api.OPERATIONS)

    @site.get("/<campaign>/")
    def survey(campaign: str) -> ResponseReturnValue:
        """Serve the one page on which a respondent reads, answers and gets the receipt."""
        manifest = campaigns.manifest(campaign)
        g.connect_src = _origins(manifest.issuer)
        g.script_src = campaigns.script(campaign, "survey.js").policy
        g.style_src = files()["survey.css"].policy
        standing = campaigns.standing(campaign)
        phase = service.phase(manifest, standing, settings.today())
        return campaigns.page(campaign, phase, standing.last_day)

    @site.get("/<campaign>/manifest.json")
    def manifest(campaign: str) -> ResponseReturnValue:
        """Serve the published manifest, byte for byte what its digest is of."""
        return Response(campaigns.manifest(campaign).canonical(), mimetype="application/json")

    @site.get("/<campaign>/anonymity")
    def anonymity(campaign: str) -> ResponseReturnValue:
        """Explain in full why an answer stays anonymous, and what is not promised."""
        manifest = campaigns.manifest(campaign)
        scripts = {name: to_text(digest) for name, digest in (manifest.scripts or {}).items()}
        return render_template(
            "respond/anonymity.html",
            manifest=manifest,
            scripts=scripts,
            check_code=check_code(manifest.root),
            last_day=campaigns.standing(campaign).last_day,
        )

    @site.get("/<campaign>/strata/<stratum>.json")
    def stratum(campaign: str, stratum: str) -> ResponseReturnValue:
        """Serve one stratum with the proof that it belongs to the manifest."""
        proof = campaigns.manifest(campaign).proofs.get(stratum)
        if proof is None:
            abort(404)
        g.cached_for_good = True
        return proof.model_dump(mode="json")

    _add_ways_back(site, campaigns)
    _add_files(site)
    _add_box(site, database, settings, campaigns)
    _add_counts(site, database, campaigns)
    return site


def _add_ways_back(site: Blueprint, campaigns: _Campaigns) -> None:
    """Put on the site what meets those who come by an address that is none."""

    def known(campaign: str) -> str:
        """Name the campaign if there is one of this name, and the store can say so."""
        try:
            return campaigns.manifest(campaign).campaign
        except (SurveyError, *UNAVAILABLE):
            return ""

    def refusal_page(error: SurveyError, status: HTTPStatus) -> str:
        """Render a refusal in both languages; its page has the style and scripts of any other."""
        for policy in ("connect_src", "script_src", "style_src"):
            g.pop(policy, None)
        sentence = Names.model_construct(zh=in_words(error, CHINESE), en=in_words(error, ENGLISH))
        campaign = known(request.path.split("/")[1])
        return render_template(
            "respond/refused.html", sentence=sentence, status=status, campaign=campaign
        )

    @site.record_once
    def use(state: BlueprintSetupState) -> None:
        state.app.config["REFUSAL_PAGE"] = refusal_page

    @site.before_app_request
    def mend_link() -> ResponseReturnValue | None:
        """Meet a link whose # was changed: neither looked at here, nor answered by a redirect.

        A redirect would carry the code on, and what stands before the # is all that is used of it.
        """
        address = request.path + request.query_string.decode("latin-1")
        if request.method not in {"GET", "HEAD"} or not _CHANGED_MARK.search(address):
            return None
        if not wants_page():
            abort(HTTPStatus.NOT_FOUND)
        campaign = known(re.split("[/#%]", request.path)[1])
        return render_template("respond/changed_link.html", campaign=campaign)

    @site.app_template_filter()
    def dated(day: date, lang: str) -> str:
        form, locale = {"zh": ("long", CHINESE), "en": ("d MMMM y", ENGLISH)}[lang]
        return format_date(day, form, locale)


def _add_box(
    site: Blueprint, database: Database, settings: SiteSettings, campaigns: _Campaigns
) -> None:
    """Put the ballot box on the site."""
    secret = settings.secret("receipts")

    @site.post("/<campaign>/ballots")
    def ballots(campaign: str) -> ResponseReturnValue:
        """Take one sealed ballot in and return its receipt."""
        message = api.Ballot.model_validate_json(request.get_data(cache=False))
        ballot = service.Cast(**dict(message))
        manifest = campaigns.manifest(campaign)
        service.verify(manifest, ballot)
        with database.begin() as session:
            receipt = service.cast(session, manifest, ballot, settings.today())
        signature = sign(manifest, receipt)
        reply = api.Receipt(receipt=receipt.hex(), signature=signature)
        return reply.model_dump(mode="json", exclude_none=True), 201

    def sign(manifest: PublishedManifest, receipt: bytes) -> bytes | None:
        """Sign a receipt, so that one that is missing later proves something."""
        if manifest.edition == 1:
            return None
        return receipts_key(manifest.campaign).sign(signed_content(manifest.root, receipt))

    @lru_cache(maxsize=64)
    def receipts_key(campaign: str) -> Ed25519PrivateKey:
        return signatures.campaign_key(secret, RECEIPTS, campaign)


def _add_files(site: Blueprint) -> None:
    """Put scripts and styles on the site, for good under the address that names their content."""

    @site.app_template_global()
    def file_url(name: str) -> str:
        return url_for("respond.file", digest=files()[name].digest, name=name)

    @site.get("/files/<digest>/<name>")
    def file(digest: str, name: str) -> ResponseReturnValue:
        """Serve one file, if it is still the one that is asked for."""
        asset = files().get(name)
        if asset is None or asset.digest != digest:
            abort(404)
        g.cached_for_good = True
        return Response(asset.content, mimetype=asset.kind)


def _add_counts(site: Blueprint, database: Database, campaigns: _Campaigns) -> None:
    """Put the pages on the site that let anyone check the counts."""

    @site.get("/<campaign>/turnout")
    def turnout_page(campaign: str) -> ResponseReturnValue:
        """Publish how many answered, so coarsely that no moment of answering shows."""
        with database.read() as session:
            counts = queries.turnout(session, campaign)
            collecting = service.collects(session, campaign)
        return render_template(
            "respond/turnout.html",
            campaign=campaign,
            title=campaigns.manifest(campaign).heading,
            counts=counts,
            collecting=collecting,
        )

    @site.get("/<campaign>/receipts")
    def receipts_page(campaign: str) -> ResponseReturnValue:
        """Let anyone check a receipt and the counts."""
        manifest = campaigns.manifest(campaign)
        script = campaigns.script(campaign, "receipts.js")
        g.connect_src, g.script_src = _origins(manifest.issuer), script.policy
        return render_template(
            "respond/receipts.html",
            campaign=campaign,
            title=manifest.heading,
            digest=manifest.digest,
            is_signed=manifest.receipts_key is not None,
            last=campaigns.standing(campaign).last_day,
            manifest=_as_it_is(manifest.canonical()),
            script=_as_it_is(script.content),
        )

    @site.get("/<campaign>/turnout.json")
    def turnout_json(campaign: str) -> ResponseReturnValue:
        """Publish each stratum's ballots in tens, and exactly after the close."""
        with database.read() as session:
            counts = queries.turnout(session, campaign)
        strata = [
            api.StratumTurnout(stratum=count.stratum.id, ballots=count.ballots) for count in counts
        ]
        return api.Turnout(campaign=campaign, strata=strata).model_dump()

    @site.get("/<campaign>/receipts.json")
    def receipts(campaign: str) -> ResponseReturnValue:
        """Publish the sorted receipts and their Merkle root, after the close."""
        with database.read() as session:
            count = service.count(session, campaign)
        return api.Receipts(
            campaign=campaign,
            root=count.root.hex(),
            strata=[
                api.StratumTurnout(stratum=stratum, ballots=ballots)
                for stratum, ballots in sorted(count.ballots.items())
            ],
            receipts=[receipt.hex() for receipt in count.receipts],
        ).model_dump()


def _as_it_is(content: bytes) -> Markup:
    """Put into a page what may stand there: a document with every "<" escaped, or our own text."""
    return Markup(content.decode())  # noqa: S704 - no visitor wrote it


def _origins(issuer: str) -> str:
    """Name the issuer's origin for ``connect-src``; a relative issuer is the page's own."""
    parts = urlsplit(issuer)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
