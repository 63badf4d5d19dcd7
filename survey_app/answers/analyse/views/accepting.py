"""Accepting a manifest: look at it, make the opening key, and fix both for good."""

from pathlib import Path

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from survey_app.accounts.guard import open_to
from survey_app.accounts.passphrase import check_new
from survey_app.answers.analyse.box import key_file, key_shares, preview, service
from survey_app.config import SiteSettings
from survey_app.crypto import passphrases, sealing
from survey_app.crypto.encoding import fingerprint, from_text, to_text
from survey_app.errors import N_, InputError, OpeningError
from survey_app.storage import doctor
from survey_app.storage.database import Database
from survey_app.web.forms import refused_on, typed

_NO_KEEPER = "none"


def add(site: Blueprint, database: Database, settings: SiteSettings) -> None:
    """Put the pages on the site."""

    @site.get("/accept")
    @open_to("statistician")
    def choose_manifest() -> ResponseReturnValue:
        """Ask for the manifest."""
        return render_template("analyse/accept.html")

    @site.get("/accept/preview")
    @site.get("/accept/shares")
    @open_to("statistician")
    def start_again() -> ResponseReturnValue:
        """Lead back to the start: these steps are forms, and have no page to come back to."""
        return redirect(url_for("analyse.choose_manifest"))

    @site.post("/accept/preview")
    @open_to("statistician")
    @refused_on("analyse.choose_manifest")
    def preview_manifest() -> ResponseReturnValue:
        """Show what would be accepted, and ask how the opening key is to be made."""
        return _preview(_uploaded("manifest"), _uploaded_keeper())

    def _preview(document: bytes, keeper: bytes | None) -> str:
        with database.read() as session:
            proposal = preview.preview(session, document)
        return render_template(
            "analyse/preview.html",
            proposal=proposal,
            document=proposal.manifest.canonical().decode(),
            keeper=to_text(keeper) if keeper else _NO_KEEPER,
            keeper_fingerprint=fingerprint(keeper) if keeper else "",
            words=passphrases.propose(),
        )

    def preview_again() -> str:
        """Show the preview of the form that was sent; shares were shown once, and are no form."""
        if typed("key") == "shares":
            raise InputError
        return _preview(str(typed("document")).encode(), _read_keeper(str(typed("keeper"))))

    @site.post("/accept/shares")
    @open_to("statistician")
    def make_shares() -> ResponseReturnValue:
        """Make a key, show its shares this once, and keep nothing but its public half."""
        document, keeper = _document(), _keeper()
        with database.read() as session:
            proposal = preview.preview(session, document)
            service.check_new(session, proposal.manifest.campaign)
        key = sealing.generate_opening_key()
        return render_template(
            "analyse/shares.html",
            proposal=proposal,
            document=document.decode(),
            keeper=to_text(keeper) if keeper else _NO_KEEPER,
            shares=key_shares.split(key),
            point=to_text(sealing.public_bytes(key)),
        )

    @site.post("/accept")
    @open_to("statistician")
    @refused_on(preview_again)
    def accept_manifest() -> ResponseReturnValue:
        """Accept the manifest with its key."""
        doctor.check(settings, ())
        document, keeper = _document(), _keeper()
        with database.read() as session:
            campaign = preview.preview(session, document).manifest.campaign
            service.check_new(session, campaign)
        keys = service.BoxKeys.of(settings, campaign, _sealing_key(settings, campaign), keeper)
        with database.begin() as session:
            service.accept(session, document, keys)
        return redirect(url_for("analyse.box", campaign=campaign))


def _sealing_key(settings: SiteSettings, campaign: str) -> bytes:
    """Take the key's public half in the way that was chosen."""
    match request.form.get("key"):
        case "passphrase":
            return _key_under_passphrase(settings.key_file(campaign))
        case "shares":
            return _checked_shares()
        case "public":
            return key_file.public_half_of(_uploaded("public"))
    raise InputError(N_("Choose how the opening key is made."))


def _key_under_passphrase(path: Path) -> bytes:
    """Make a key file, or take the one of an acceptance that was interrupted."""
    passphrase = request.form.get("passphrase", "")
    if path.exists():
        return sealing.public_bytes(key_file.recover(path, passphrase))
    check_new(passphrase, request.form.get("again", ""))
    return key_file.make(path, passphrase)


def _checked_shares() -> bytes:
    """Make sure that two shares were written down right before the key is fixed for good."""
    key = key_shares.combine(request.form.getlist("share"))
    public = sealing.public_bytes(key)
    if to_text(public) != request.form.get("point"):
        raise OpeningError(N_("These shares are not those that were shown."))
    return public


def _uploaded_keeper() -> bytes | None:
    """Read the seal keeper's public key, or that there is none: one of both must be chosen."""
    match request.form.get("keeper"):
        case "named":
            return key_file.public_half_of(_uploaded("keeper_key"))
        case "none":
            return None
    raise InputError(N_("Choose whether there is a seal keeper."))


def _keeper() -> bytes | None:
    """Read the choice as an earlier page wrote it into the form."""
    return _read_keeper(request.form.get("keeper", ""))


def _read_keeper(text: str) -> bytes | None:
    if text == _NO_KEEPER:
        return None
    try:
        return sealing.public_bytes(sealing.load_public_key(from_text(text)))
    except ValueError:
        raise InputError(N_("Choose whether there is a seal keeper.")) from None


def _document() -> bytes:
    return request.form.get("document", "").encode()


def _uploaded(name: str) -> bytes:
    """Read an uploaded file.

    Raises
    ------
    InputError
        No file was chosen.
    """
    file = request.files.get(name)
    content = file.read() if file else b""
    if not content:
        raise InputError(N_("Choose a file first."))
    return content
